"""Streams: frames far behind the lateness, groups, transformers, and windows that a user declares, with a kill -9 in the middle."""
import os
import subprocess
import sys
import tempfile
import time

from harness import Engine, KEY, REFERENCE, check, eventually
from window_parts import close, compare, stubs_of

CONFIGURATION = """streams:
  Minute:
    from: Power_Flow
    field: active_power_w
    group_by: [Feeder_ID]
    window: {tumbling_s: 60}
    aggregates: [count, energy_wh, distinct EVSE_ID]
"""


def streams(bin_dir):
    """The answer key with every twentieth frame held back until its windows are final."""
    topology = os.path.join(KEY, "topology.json")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as f:
        f.write(CONFIGURATION)
    e = Engine(bin_dir, "--ocpp", "off", "--mqtt", "off", "--grpc", "127.0.0.1:0", "--topology", topology, "--config", f.name)
    lines = subprocess.run([sys.executable, REFERENCE, "lp", os.path.join(KEY, "frames.csv"), topology],
                           stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    stamp = lambda line: int(line.rsplit(" ", 1)[1])
    first, last = min(map(stamp, lines)), max(map(stamp, lines))
    held = lines[7::20]
    sold, frequencies = promise(first, last)
    late_sold = sold[70::50]
    check("what is sold", e.write("telemetry", "\n".join(line for index, line in enumerate(sold) if index < 70 or index % 50 != 20))[0] == 204)
    prompt = [line for index, line in enumerate(lines) if index % 20 != 7]
    for index in range(0, len(prompt), 100):
        check("write", e.write("telemetry", "\n".join(prompt[index:index + 100]))[0] == 204)
    # A reading of nobody that we know moves event time on, so that every window of the key becomes final, and its quarter-hour.
    for step in (30, 60, 90, 120, 400, 700, 1000):
        e.write("telemetry", f"Power_Flow,EVSE_ID=clock active_power_w=0 {last + step * 10**9}")
    for index in range(0, len(held), 100):
        check("late write", e.write("telemetry", "\n".join(held[index:index + 100]))[0] == 204)
        if index == 0:
            e.kill()
            e.start()
    check("late frequencies", e.write("telemetry", "\n".join(late_sold))[0] == 204)
    check("repairs come to an end", eventually(
        lambda: e.metric("feederline_windows_late_total") > 100 and e.metric("feederline_windows_repairs_pending") == 0, 60),
        (e.metric("feederline_windows_late_total"), e.metric("feederline_windows_repairs_pending")))
    time.sleep(2)
    compare("Feeder_Aggregate 1 s, repaired", e, "Feeder_Aggregate", " WHERE window = '1s'", os.path.join(KEY, "windows_1s.csv"))
    compare("Feeder_Aggregate 60 s, repaired", e, "Feeder_Aggregate", " WHERE window = '60s'", os.path.join(KEY, "windows_60s.csv"))
    compare("FCR_Readiness, repaired", e, "FCR_Readiness", "", os.path.join(KEY, "readiness_1s.csv"))
    check("a repaired window has a further revision", e.rows("SELECT max(revision) FROM Feeder_Aggregate WHERE window = '60s'")[0]["max"] > 1)
    fleet = {r["time"]: r for r in e.rows("SELECT * FROM Fleet_Aggregate WHERE window = '60s'", epoch="ns")}
    parts = {}
    for r in e.rows("SELECT * FROM Feeder_Aggregate WHERE window = '60s' GROUP BY Feeder_ID", epoch="ns"):
        parts.setdefault(r["time"], []).append(r)
    wrong = [t for t, rows in parts.items() for field in ("energy_import_wh", "energy_export_wh", "active_power_w", "readings")
             if t not in fleet or not close(fleet[t][field], sum(r[field] for r in rows))]
    check("the fleet is the sum of its feeders", len(parts) >= 5 and not wrong, wrong[:3])
    states = e.rows("SELECT * FROM Transformer_State GROUP BY Transformer_ID")
    check("transformers have a temperature each minute", len(states) >= 8 and all(s["hot_spot_c"] >= s["top_oil_c"] - 1e-9 for s in states), states[:1])
    counted = sum(r["count"] or 0 for r in e.rows(f"SELECT * FROM Minute WHERE time >= {first - 60 * 10**9} AND time <= {last} GROUP BY Feeder_ID"))
    distinct = len({(line.split(" ")[0], stamp(line)) for line in lines})
    check("a declared stream counts what came in time and what was repaired", abs(counted - distinct) <= 2, (counted, distinct))
    complete = e.rows(f"SELECT * FROM Minute WHERE time >= {first} AND time < {last} GROUP BY Feeder_ID")
    check("... and says how many series were expected, heard and stale", complete and all(
        r["series_expected"] >= r["series_heard"] > 0 and 0 <= r["series_stale"] <= r["series_expected"] for r in complete), complete[:1])
    audited(e, first, last, frequencies)
    every_series(e)
    with open(f.name, "w") as broken:
        broken.write(CONFIGURATION.replace("tumbling_s", "tumbling"))
    e.stop()
    program = os.path.join(bin_dir, "v2g-engine")
    refused = subprocess.run([program, "--data", tempfile.mkdtemp(), "--config", f.name], capture_output=True, text=True, timeout=20)
    check("a window that is not known is refused with its line", refused.returncode == 78 and f"{f.name}:6: unknown key tumbling" in refused.stdout + refused.stderr,
          (refused.stdout + refused.stderr)[-300:])
    os.unlink(f.name)
    e.remove()


def promise(first, last):
    """Lines that sell reserve of a feeder, with its baseline, and the grid's frequency each second; and that by its time."""
    second = 10**9
    lines = [f"FCR_Contract,Portfolio=P1,Feeder_ID=FDR0001 reserve_w=20000 {first - 60 * second}",
             f"Baseline,Feeder_ID=FDR0001 active_power_w=5000 {first - 60 * second}"]
    frequencies = {first + i * second: 50 + ((i * 37) % 40 - 20) / 100 for i in range((last - first) // second + 1)}
    return lines + [f"Grid_Frequency,Source=A frequency_hz={hertz:.2f} {at}" for at, hertz in frequencies.items()], frequencies


def audited(e, first, last, frequencies):
    """The audit of a feeder is what its windows, its baseline and the frequency say, with all that came late."""
    second = 10**9
    where = "WHERE Feeder_ID = 'FDR0001' AND window = '1s'"
    powers = {r["time"]: r["active_power_w"] for r in e.rows(f"SELECT active_power_w FROM Feeder_Aggregate {where}", epoch="ns")}
    rows = [r for r in e.rows(f"SELECT * FROM FCR_Audit {where}", epoch="ns") if first <= r["time"] and r["time"] + second <= last]
    wrong = []
    for r in rows:
        hertz = frequencies[max(at for at in frequencies if at < r["time"] + second)]
        change = 0 if abs(hertz - 50) < 0.0099 else 20000 * max(-1, min(1, (hertz - 50) / 0.2))
        if not (close(r["frequency_hz"], hertz) and close(r["required_w"], change) and close(r["delivered_w"], powers[r["time"]] - 5000)):
            wrong.append((r["time"], r["frequency_hz"], hertz, r["required_w"], change, r["delivered_w"], powers[r["time"]] - 5000))
    check("the audit of a feeder, repaired", len(rows) > 280 and not wrong, (len(rows), wrong[:3]))
    quarters = e.rows("SELECT seconds FROM FCR_Audit WHERE Portfolio = 'P1' AND window = '900s'")
    check("... and of its portfolio, by quarter-hours", quarters and quarters[0]["seconds"] > 280, quarters)


def every_series(e):
    """By gRPC each series of results as it is in the store: the last closed window of each, and a declared stream from a cursor."""
    import grpc
    with tempfile.TemporaryDirectory() as out:
        pb, stubs = stubs_of(out)
    with grpc.insecure_channel(f"127.0.0.1:{e.port('GRPC')}") as channel:
        stub = stubs.DispatchFeedStub(channel)
        last = stub.LastClosed(pb.LastClosedRequest(), timeout=5).results
        for measurement, field in (("Transformer_Aggregate", "feeder_aggregate"), ("Fleet_Aggregate", "feeder_aggregate"),
                                   ("Fleet_Readiness", "fcr_readiness"), ("Transformer_State", "transformer_state")):
            found = [r for r in last if r.measurement == measurement]
            check(f"gRPC has the last closed {measurement}", found and all(r.WhichOneof("values") == field for r in found), len(found))
        responses = []
        try:
            wanted = pb.ResultFilter(measurements=["Minute"], tags={"Feeder_ID": "FDR0001"})
            for response in stub.Subscribe(pb.SubscribeRequest(filter=wanted, cursor=0), timeout=3):
                responses.append(response)
        except grpc.RpcError as error:
            check("the stream ends by its deadline", error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error)
        results = [r for response in responses for r in response.results]
        check("gRPC carries a declared stream by its name and tag", results and all(
            r.operator == pb.OPERATOR_DECLARED_STREAM and dict(r.tags) == {"Feeder_ID": "FDR0001"} and "energy_wh" in r.fields for r in results), results[:1])
        newest = {r.window_start_ns: r.fields["count"] for r in sorted(results, key=lambda r: r.revision) if "count" in r.fields}
        stored = {r["time"]: r["count"] for r in e.rows("SELECT count FROM Minute WHERE Feeder_ID = 'FDR0001'", epoch="ns")}
        wrong = [t for t, count in newest.items() if stored.get(t) != count]
        check("... as it is in the store", newest and not wrong, wrong[:3])
