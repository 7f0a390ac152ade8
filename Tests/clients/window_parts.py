"""The windows against the answer key, through HTTP and gRPC."""
import csv
import os
import subprocess
import sys
import tempfile
import threading
import time

from harness import Engine, KEY, REFERENCE, ROOT, check, eventually


def close(a, b):
    return abs(a - b) <= max(1e-3, 1e-6 * abs(b))


def compare(name, e, measurement, where, path, tags=("Feeder_ID",)):
    have = {(r["time"], r["Feeder_ID"]): r for r in e.rows(f"SELECT * FROM {measurement}{where} GROUP BY Feeder_ID", epoch="ns")}
    wrong = []
    with open(path) as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        got = have.get((int(row["time"]), row["Feeder_ID"]))
        for column, text in row.items():
            if column in ("time", "Feeder_ID"):
                continue
            value = None if got is None else got.get(column)
            if (text == "") != (value is None) or (text != "" and not close(float(value), float(text))):
                wrong.append((row["time"], row["Feeder_ID"], column, text, value))
        if got is not None and not got.get("final"):
            wrong.append((row["time"], row["Feeder_ID"], "final", True, got.get("final")))
    check(name, rows and not wrong, f"{len(wrong)} of {len(rows)} rows, first {wrong[:3]}")


def windows(bin_dir):
    """The answer key through HTTP, with a kill -9 in the middle, and through gRPC."""
    topology = os.path.join(KEY, "topology.json")
    e = Engine(bin_dir, "--ocpp", "off", "--mqtt", "off", "--grpc", "127.0.0.1:0", "--topology", topology)
    lines = subprocess.run([sys.executable, REFERENCE, "lp", os.path.join(KEY, "frames.csv"), topology],
                           stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    last = max(int(line.rsplit(" ", 1)[1]) for line in lines)
    for index in range(0, len(lines), 50):
        if index == 50 * (len(lines) // 100):
            e.kill()
            e.start()
        check("write", e.write("telemetry", "\n".join(lines[index:index + 50]))[0] == 204)
    # A reading of nobody that we know moves event time on, so that every window of the key becomes final.
    for step in (30, 60, 90, 120):
        e.write("telemetry", f"Power_Flow,EVSE_ID=clock active_power_w=0 {last + step * 10**9}")
    final = lambda: e.rows("SELECT count(final) FROM FCR_Readiness WHERE final = true")
    eventually(lambda: final() and final()[0]["count"] >= 290 * 4, 30)
    time.sleep(1)
    compare("Feeder_Aggregate 1 s", e, "Feeder_Aggregate", " WHERE window = '1s'", os.path.join(KEY, "windows_1s.csv"))
    compare("Feeder_Aggregate 60 s", e, "Feeder_Aggregate", " WHERE window = '60s'", os.path.join(KEY, "windows_60s.csv"))
    compare("FCR_Readiness", e, "FCR_Readiness", "", os.path.join(KEY, "readiness_1s.csv"))
    feed(e)
    e.proc.send_signal(1)
    check("SIGHUP", eventually(lambda: any("is in force" in line for line in e.log)), e.log[-3:])
    check("a clean stop", e.stop() == 0)
    e.remove()


def stubs_of(out):
    """The messages and stubs of the feed, made from its proto file in the directory `out`."""
    proto = os.path.join(ROOT, "Sources", "Dispatch", "DispatchFeed")
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{proto}", f"--python_out={out}", f"--grpc_python_out={out}",
                    "feederline_dispatch_v1.proto"], check=True)
    sys.path.insert(0, out)
    import feederline_dispatch_v1_pb2 as pb
    import feederline_dispatch_v1_pb2_grpc as stubs
    return pb, stubs


def feed(e):
    """The dispatch feed with grpcio: from the start, on from a cursor, newest wins, after a restart, live."""
    import grpc
    with tempfile.TemporaryDirectory() as out:
        pb, stubs = stubs_of(out)

    def take(request, until=None, seconds=4):
        """The responses until the deadline, or until `until` is true of them."""
        responses = []
        with grpc.insecure_channel(f"127.0.0.1:{e.port('GRPC')}") as channel:
            try:
                for response in stubs.DispatchFeedStub(channel).Subscribe(request, timeout=seconds):
                    responses.append(response)
                    if until and until(responses):
                        return responses
            except grpc.RpcError as error:
                check("the stream ends by its deadline alone", error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error)
        return responses

    wanted = pb.ResultFilter(feeders=["FDR0001"], operators=[pb.OPERATOR_FEEDER_AGGREGATE], window_seconds=[1])
    results = lambda responses: [result for response in responses for result in response.results]
    keys = lambda responses: [(r.cursor, r.feeder, r.window_start_ns, r.window_seconds, r.revision) for r in results(responses)]
    everything = take(pb.SubscribeRequest(filter=wanted, cursor=0))
    check("gRPC gives every result from the log's beginning",
          len(everything) > 0 and not everything[0].HasField("notice") and len(results(everything)) > 300, len(results(everything)))
    check("... of the feeder that was asked for alone", all(r.feeder == "FDR0001" for r in results(everything)))
    newest = {}
    for r in results(everything):
        if r.window_start_ns not in newest or newest[r.window_start_ns].revision <= r.revision:
            newest[r.window_start_ns] = r
    with open(os.path.join(KEY, "windows_1s.csv")) as f:
        rows = [row for row in csv.DictReader(f) if row["Feeder_ID"] == "FDR0001"]
    wrong = [row["time"] for row in rows if int(row["time"]) not in newest or not newest[int(row["time"])].is_final
             or not close(newest[int(row["time"])].feeder_aggregate.active_power_w, float(row["active_power_w"] or 0))]
    check("... equal to the answer key", rows and not wrong, wrong[:3])
    cursors = sorted({r.cursor for r in results(everything)})
    middle = cursors[len(cursors) // 2]
    rest = take(pb.SubscribeRequest(filter=wanted, cursor=middle))
    # Ticks of the idle fleet close windows meanwhile, so the second stream may go further than the first.
    check("a cursor resumes without loss or repeat",
          [k for k in keys(rest) if k[0] <= cursors[-1]] == [k for k in keys(everything) if k[0] > middle], len(rest))
    e.kill()
    e.start()
    again = take(pb.SubscribeRequest(filter=wanted, cursor=middle))
    check("... after a kill -9 too", set(keys(rest)) <= set(keys(again)), (len(keys(rest)), len(keys(again))))
    conflated = take(pb.SubscribeRequest(filter=wanted, cursor=0, mode=pb.DELIVERY_MODE_NEWEST_WINS))
    # Ticks of the idle fleet close a window now and then meanwhile: the first response is what was held.
    check("newest wins", len(conflated) > 0 and [r.window_start_ns >= max(newest) for r in conflated[0].results] == [True], conflated[:1])
    with grpc.insecure_channel(f"127.0.0.1:{e.port('GRPC')}") as channel:
        last = stubs.DispatchFeedStub(channel).LastClosed(pb.LastClosedRequest(filter=wanted), timeout=5)
    check("the last closed window", [r.window_start_ns >= max(newest) for r in last.results] == [True], last)
    # Live: a subscriber from now gets the windows that readings of now close.
    live = []
    thread = threading.Thread(target=lambda: live.extend(take(pb.SubscribeRequest(), until=lambda got: results(got), seconds=20)))
    thread.start()
    end = time.monotonic() + 15
    while thread.is_alive() and time.monotonic() < end:
        e.write("telemetry", f"Power_Flow,EVSE_ID=live,Feeder_ID=FDR0001 active_power_w=-3 {time.time_ns()}")
        time.sleep(0.25)
    thread.join()
    check("a subscriber from now gets new windows", len(results(live)) > 0)
