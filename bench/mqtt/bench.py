#!/usr/bin/env python3
"""Readings a second from MQTT to the log, beside a bare subscriber at the same broker in the same run.

  bench.py --bin DIR --engine DIR [--seconds N] [--connections N]

A publisher of raw sockets (mqttload.c) sends a fixed number of messages: QoS 0 and 1, one reading a message and batches of 50; first to a subscriber that
only counts, then to bench-mqtt, the engine's way from the broker to log and windows. Prints readings a second, the CPU share of publisher, broker and
receiver, and the readings in the store: at QoS 1 as many as were acknowledged, each once.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "Tests", "clients"))
from harness import Broker, Engine, eventually  # noqa: E402


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        parts = f.read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def publish(load, broker, qos, batch, messages, first):
    out = subprocess.run([load, "pub", str(broker.port), str(qos), str(batch), str(messages), str(first)], stdout=subprocess.PIPE, text=True, check=True).stdout
    sent, acked, seconds, own = out.split()
    return int(sent), int(acked), float(seconds), float(own)


def bare(load, qos, batch, messages, first):
    """The broker's own limit: a subscriber that only counts."""
    broker = Broker()
    sub = subprocess.Popen([load, "sub", str(broker.port), str(qos)], stdout=subprocess.PIPE, text=True)
    sub.stdout.readline()
    began = cpu(broker.proc.pid)
    sent, acked, _, own = publish(load, broker, qos, batch, messages, first)
    count, seconds, subscriber = sub.communicate()[0].split()
    used = cpu(broker.proc.pid) - began
    broker.remove()
    return int(count), float(seconds), own, used, float(subscriber)


def engine(load, a, qos, batch, messages, first):
    """bench-mqtt, which reads as the engine does; then a real engine counts what is in the store."""
    broker = Broker()
    data = tempfile.mkdtemp(prefix="feederline-bench.")
    program = subprocess.Popen([os.path.join(a.bin, "bench-mqtt"), str(broker.port), str(a.connections), data], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "ready\n"
    state = {"count": 0, "last": 0.0}

    def read():
        for line in program.stdout:
            state.update(count=int(line), last=time.monotonic())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    pids = broker.proc.pid, program.pid
    before = [cpu(p) for p in pids]
    began = time.monotonic()
    sent, acked, _, own = publish(load, broker, qos, batch, messages, first)
    eventually(lambda: state["count"] >= messages or time.monotonic() - max(began, state["last"]) > 5, 120)
    used = [cpu(p) - b for p, b in zip(pids, before)]
    program.stdin.close()
    program.wait()
    broker.remove()
    e = Engine(a.engine, "--ocpp", "off", "--grpc", "off", "--mqtt", "off", data=data)
    stored = (e.rows("SELECT count(active_power_w) FROM Power_Flow") or [{"count": 0}])[0]["count"]
    e.stop()
    e.remove()
    return state["count"], state["last"] - began, own, used[0], used[1], stored, acked


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="where bench-mqtt is, a release build")
    parser.add_argument("--engine", required=True, help="where v2g-engine is, which counts afterwards")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--connections", type=int, default=1)
    a = parser.parse_args()
    load = os.path.join(tempfile.mkdtemp(), "mqttload")
    subprocess.run(["cc", "-O2", os.path.join(HERE, "mqttload.c"), "-o", load], check=True)
    share = lambda used, seconds: f"{100 * used / seconds:3.0f} %"
    print("QoS batch  receiver    readings/s  publisher  broker  receiver   messages, stored")
    for qos, batch, rate in ((0, 1, 60_000), (0, 50, 25_000), (1, 1, 20_000), (1, 50, 12_000)):
        messages = int(rate * a.seconds)
        first = time.time_ns() - int(messages * batch * 1000) - 5 * 10**9
        count, seconds, p, b, r = bare(load, qos, batch, messages, first)
        limit = count * batch / seconds
        print(f"{qos:3} {batch:5}  bare      {limit:12,.0f}  {share(p, seconds):>9}  {share(b, seconds):>6}  {share(r, seconds):>8}   {count} of {messages}")
        count, seconds, p, b, r, stored, acked = engine(load, a, qos, batch, messages, first)
        rate = count * batch / seconds
        print(f"{qos:3} {batch:5}  engine    {rate:12,.0f}  {share(p, seconds):>9}  {share(b, seconds):>6}  {share(r, seconds):>8}   {count} of {messages}, "
              f"{stored} readings stored, {acked} messages acknowledged; {100 * rate / limit:.0f} % of bare", flush=True)


if __name__ == "__main__":
    main()
