# Sourced by the benchmarks of this folder: peers, a release build, and where results go.
. ../scripts/packages.sh
need_swift
need_packages libzstd-dev liblz4-dev libdeflate-dev libmosquitto-dev zlib1g-dev gcc influxdb victoria-metrics
scratch=${FEEDERLINE_SCRATCH:-$PWD/../.build}
(cd .. && swift build -c release --scratch-path "$scratch" --product v2g-engine)
bin=$(cd .. && swift build -c release --scratch-path "$scratch" --show-bin-path)
export BENCH_DIR=${BENCH_DIR:-$(mktemp -d)}
export CAND_CMD="$bin/v2g-engine --data {dir} --http 127.0.0.1:{port} --ocpp off --mqtt off --grpc off"
export CAND_COMPACT=/admin/compact
echo "results go to $BENCH_DIR/results.jsonl"
