#!/usr/bin/env python3
"""How much memory a connected station costs, and how many readings arrive: `v2g simulate` against `ocpp-gateway` or the engine itself.

  load.py --gateway BIN_DIR --engine BIN_DIR [--stations N] [--interval S] [--seconds S] [--embedded] [--data DIR]

Prints the resident memory of the process that holds the connections before and with them, the CPU time of each process, and the readings that the
simulator heard acknowledged beside the rows that the store holds: the two must be equal but for those on their way at the end.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Tests", "clients"))
from gateway_parts import Gateway  # noqa: E402
from harness import Engine, eventually  # noqa: E402


def resident(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1]) * 1024


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        parts = f.read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--stations", type=int, default=5000)
    parser.add_argument("--interval", type=float, default=5)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--embedded", action="store_true")
    parser.add_argument("--data", help="a directory on a disk; a temporary one by default")
    a = parser.parse_args()
    # As far as the hard limit lets, which root alone may raise.
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3 * a.stations + 4096,) * 2)
    except (ValueError, OSError) as error:
        print(f"open files stay at {resource.getrlimit(resource.RLIMIT_NOFILE)}: {error}")
    data = a.data or tempfile.mkdtemp(prefix="feederline-load.")
    e = Engine(a.engine, "--ocpp", "127.0.0.1:0" if a.embedded else "off", "--mqtt", "off", "--grpc", "off" if a.embedded else "127.0.0.1:0", data=os.path.join(data, "engine"))
    g = None if a.embedded else Gateway(a.gateway, e, ping_interval_s=60)
    holder = e.proc if a.embedded else g.proc
    url = f"ws://127.0.0.1:{e.port('OCPP')}/ocpp" if a.embedded else g.url
    connections = (lambda: e.metric("feederline_ocpp_connections")) if a.embedded else (lambda: g.metric("feederline_ocpp_connections"))
    time.sleep(1)
    before, used = resident(holder.pid), cpu(holder.pid)
    began = time.monotonic()
    fleet = subprocess.Popen([os.path.join(a.gateway, "v2g"), "simulate", "--http", "off", "--mqtt", "off", "--ocpp", url, "--evses", str(a.stations), "--interval",
                              str(a.interval), "--seconds", str(a.seconds)], stdout=subprocess.PIPE, text=True)
    all_there = eventually(lambda: connections() >= a.stations, min(120, a.seconds))
    print(f"connected: {int(connections())} of {a.stations} after {time.monotonic() - began:.1f} s{'' if all_there else ' (not all)'}", flush=True)
    most, middle = 0, (time.monotonic(), cpu(holder.pid))
    while fleet.poll() is None and time.monotonic() - began < a.seconds - 2:
        most = max(most, resident(holder.pid))
        time.sleep(1)
    held, spent = int(connections()), cpu(holder.pid) - middle[1]
    per = (most - before) / max(1, held)
    print(f"connections {held}, resident {before / 2**20:.1f} -> {most / 2**20:.1f} MiB: {per / 1024:.1f} KiB a connection")
    print(f"CPU of the process that holds them: {spent / (time.monotonic() - middle[0]):.2f} cores")
    out = fleet.communicate()[0].strip().splitlines()
    print(out[-1])
    time.sleep(2)
    body = urllib.parse.urlencode({"q": "SELECT count(active_power_w) FROM Power_Flow", "db": "telemetry"}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{e.url}/query", data=body)) as r:
        series = json.load(r)["results"][0].get("series")
    print(f"rows in the store: {series[0]['values'][0][1] if series else 0}")
    if g:
        print("InternalErrors:", int(g.metric('feederline_ocpp_call_errors_total')), "shed:", int(g.metric("feederline_ocpp_connections_shed_total")))
        g.stop()
    e.stop()


if __name__ == "__main__":
    main()
