#!/usr/bin/env python3
"""Real clients against the real engine, each main route once and the ways in which it may break.

  end_to_end.py --bin DIR [--only NAME[,NAME]]

Runs the built programs of DIR on free loopback ports with the influx shell and the Python packages influxdb, influxdb-client
ocpp and grpcio, mosquitto and mosquitto_pub. The last line is 'N passed, N failed'.
"""
import argparse
import copy
import csv
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import harness
from harness import Broker, Engine, check, eventually

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KEY = os.path.join(ROOT, "Tests", "Pipelines", "FleetPipelineTests", "Resources")
REFERENCE = os.path.join(ROOT, "Tests", "Pipelines", "reference", "reference.py")
QUIET = ("--ocpp", "off", "--mqtt", "off", "--grpc", "off")


def http(bin_dir):
    """curl's view: status codes, bodies and headers of good and broken writes, formats of answers."""
    e = Engine(bin_dir, *QUIET)
    status, headers, body = e.get("/ping")
    check("ping", (status, body) == (204, b"") and headers["X-Influxdb-Version"] and headers["X-Influxdb-Build"], headers)
    check("health", e.get("/health")[0] == 200)
    check("metrics", b"# TYPE feederline_store_rows_total counter" in e.get("/metrics")[2])
    check("the telemetry database is there", ["telemetry"] in e.series("SHOW DATABASES")[0].get("values", []))
    check("create", "error" not in str(e.query("CREATE DATABASE d")))
    check("write", e.write("d", "m,t=a v=1,i=2i,u=3u,s=\"x y\",b=true 1000000000\n\n# c\r\nm,t=b v=2 2000000000\r\n")[0] == 204)
    check("all types come back", e.series("SELECT * FROM m", "d") == [
        {"name": "m", "columns": ["time", "b", "i", "s", "t", "u", "v"],
         "values": [["1970-01-01T00:00:01Z", True, 2, "x y", "a", 3, 1], ["1970-01-01T00:00:02Z", None, None, None, "b", None, 2]]}],
        e.series("SELECT * FROM m", "d"))
    check("gzip", e.request("POST", "/write?db=d", gzip.compress(b"m,t=z v=9 3000000000"), {"Content-Encoding": "gzip"})[0] == 204)
    check("a broken gzip", e.request("POST", "/write?db=d", b"\x1f\x8bnonsense", {"Content-Encoding": "gzip"})[0] == 400)
    check("an unknown encoding", e.request("POST", "/write?db=d", b"m v=1", {"Content-Encoding": "br"})[0] == 415)
    status, _, body = e.write("d", "m v=1 4000000000\nbad\nm v=2 5000000000\nm v=\"text\" 6000000000")
    check("a partial write", status == 400 and b"partial write" in body and b"unable to parse 'bad': missing fields" in body
          and b"dropped=1" in body, body)
    check("... keeps the good lines", e.rows("SELECT count(v) FROM m WHERE time >= 4s", "d")[0]["count"] == 2)
    check("only bad lines", e.write("d", "bad")[0] == 400)
    check("no database", e.write("nope", "m v=1")[0] == 404)
    check("no db parameter", e.request("POST", "/write", "m v=1")[0] == 400)
    check("v2 write", e.request("POST", "/api/v2/write?bucket=d&org=o&precision=ms", "m,t=v2 v=7 7000")[0] == 204)
    check("v2 precision", e.rows("SELECT v FROM m WHERE t='v2'", "d", epoch="ms")[0] == {"time": 7000, "v": 7})
    check("v2 bucket not found", e.request("POST", "/api/v2/write?bucket=nope", "m v=1")[0] == 404)
    check("binary rubbish", e.write("d", bytes(range(256)))[0] == 400)
    check("a missing time is now", e.write("d", "now v=1")[0] == 204 and e.rows("SELECT v FROM now WHERE time > now() - 1m", "d"))
    status, headers, body = e.get("/query?db=d&epoch=s&q=SELECT%20v%20FROM%20m%20LIMIT%201", {"Accept": "application/csv"})
    check("csv", body == b"name,tags,time,v\nm,,1,1\n", body)
    check("pretty", e.get("/query?db=d&pretty=true&q=SHOW%20MEASUREMENTS")[2].startswith(b"{\n    \"results\""))
    chunks = e.get("/query?db=d&chunked=true&chunk_size=2&q=SELECT%20v%20FROM%20m")[2].splitlines()
    check("chunks", len(chunks) > 1 and all(json.loads(c) for c in chunks) and b"\"partial\":true" in chunks[0], chunks)
    check("a syntax error", e.get("/query?db=d&q=SELEC")[0] == 400)
    check("compact", e.request("POST", "/admin/compact", b"")[0] in (200, 204))
    before = e.rows("SELECT * FROM m", "d")
    check("a clean stop", e.stop() == 0, e.log[-3:])
    e.start()
    check("the same rows after a restart", e.rows("SELECT * FROM m", "d") == before)
    check("SIGTERM", e.stop(15) == 0)
    e.remove()


def hostile(bin_dir):
    """Statements that are meant to hurt: each gets an answer, and the engine answers the next one."""
    e = Engine(bin_dir, *QUIET)
    e.query("CREATE DATABASE d")
    e.write("d", "m v=1,i=-9223372036854775808i 1000\nm v=2,i=9223372036854775807i 2000")
    huge = "9223372036854775807"
    statements = {
        f"SELECT v FROM m WHERE time > {huge}": None, "SELECT v FROM m WHERE time < -9223372036854775807 - 10": None,
        "SELECT v FROM m WHERE time > 99999999999999999999999.5": "out of range", "SELECT i % -1 FROM m": None,
        "SELECT percentile(v, 99999999999999999999999.0) FROM m": None, "SELECT spread(i), sum(i) FROM m": None,
        "SELECT count(v) FROM m WHERE time > -9223372036854775800 AND time < 9223372036854775800 GROUP BY time(1s)": "max-select-buckets",
        "SELECT count(v) FROM m WHERE time > 9223372036854775000 GROUP BY time(1h) LIMIT 5": None,
        "SELECT count(v) FROM m WHERE time >= 0 AND time < 10s GROUP BY time(1s, 9223372036854775807ns)": None,
        "SELECT count(v) FROM m WHERE time >= 0 AND time < 10s GROUP BY time(1s) fill(99999999999999999999999.0)": None,
        f"SELECT v FROM m LIMIT {huge} OFFSET {huge}": None, f"SELECT v FROM m SLIMIT {huge} SOFFSET {huge}": None,
        f"SELECT mean(v) FROM m GROUP BY time(1m) LIMIT {huge}": "max-select-buckets",
        "SELECT " + "- " * 100_000 + "1 FROM m": "expected identifier, number", "SELECT " + "(" * 100_000 + "v FROM m": "nested too deeply",
        "SELECT v FROM m WHERE " + " OR ".join(["v=1"] * 100_000): "operators", "SELECT v FROM m WHERE v =~ /((a*)*)*b/": None,
    }
    for statement, reason in statements.items():
        answer = json.dumps(e.query(statement, "d"))
        check(statement[:90], e.proc.poll() is None and '"results"' in answer or reason and reason in answer, answer)
        check(f"... says why: {reason}", reason is None or reason in answer, answer)
        if not check("... and the engine lives", e.proc.poll() is None and e.rows("SELECT count(v) FROM m", "d")[0]["count"] == 2):
            e.start()
    e.stop()
    e.remove()


def clients(bin_dir):
    """The influx shell and the two Python packages."""
    e = Engine(bin_dir, *QUIET)

    def influx(*arguments):
        return subprocess.run(["influx", "-host", "127.0.0.1", "-port", str(e.ports["HTTP"]), *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30).stdout

    influx("-execute", "CREATE DATABASE shell")
    influx("-database", "shell", "-execute", "INSERT m,t=a v=1 1000000000")
    out = influx("-database", "shell", "-format", "csv", "-execute", "SELECT * FROM m")
    check("influx -format csv", out == "name,time,t,v\nm,1000000000,a,1\n", out)
    out = influx("-database", "shell", "-precision", "rfc3339", "-execute", "SELECT * FROM m")
    check("influx -format column", "1970-01-01T00:00:01Z a 1" in out, out)
    out = influx("-execute", "SHOW DATABASES")
    check("influx SHOW DATABASES", "shell" in out and "telemetry" in out, out)

    import influxdb
    c = influxdb.InfluxDBClient("127.0.0.1", e.ports["HTTP"], database="py")
    c.create_database("py")
    c.write_points([{"measurement": "m", "tags": {"t": "x"}, "time": "2026-01-01T00:00:00Z", "fields": {"f": 1.5, "i": 2, "s": "t", "b": True}}])
    points = list(c.query("SELECT * FROM m").get_points())
    check("influxdb package", points == [{"time": "2026-01-01T00:00:00Z", "b": True, "f": 1.5, "i": 2, "s": "t", "t": "x"}], points)
    try:
        c.write_points([{"measurement": "m", "fields": {"f": "text"}}])
        check("influxdb package hears of a conflict", False)
    except influxdb.exceptions.InfluxDBClientError as error:
        check("influxdb package hears of a conflict", error.code == 400 and "field type conflict" in str(error), error)

    import influxdb_client
    from influxdb_client.client.write_api import SYNCHRONOUS
    with influxdb_client.InfluxDBClient(url=e.url, token="t", org="o") as v2:
        v2.write_api(write_options=SYNCHRONOUS).write("py", record=influxdb_client.Point("m2").tag("t", "y").field("v", 2.5).time(5))
        check("influxdb-client writes", e.rows("SELECT * FROM m2", "py", epoch="ns") == [{"time": 5, "t": "y", "v": 2.5}])
        check("influxdb-client pings", v2.ping())
    e.stop()
    e.remove()


def ocpp(bin_dir):
    """The real ocpp package as a station; its readings in the store, signed."""
    e = Engine(bin_dir, "--ocpp", "127.0.0.1:0", "--mqtt", "off", "--grpc", "off")
    script = subprocess.run([sys.executable, os.path.join(HERE, "ocpp_station.py"), f"ws://127.0.0.1:{e.port('OCPP')}/ocpp/CS00001"],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
    check("the station's own checks", script.returncode == 0, script.stdout[-1500:])
    rows = e.rows("SELECT active_power_w FROM Power_Flow WHERE EVSE_ID =~ /^CS00001:/")
    check("a discharge is negative", rows and min(r["active_power_w"] for r in rows) < 0 < max(r["active_power_w"] for r in rows), rows[:3])
    check("the log names OCPP_JSON_INVALID", any("OCPP_JSON_INVALID" in line for line in e.log))
    port = harness.free_port()
    gateway = subprocess.Popen([os.path.join(bin_dir, "ocpp-gateway"), "--listen", f"127.0.0.1:{port}", "--engine", e.url],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(lambda: harness.can_connect(port))
    script = subprocess.run([sys.executable, os.path.join(HERE, "ocpp_station.py"), f"ws://127.0.0.1:{port}/ocpp/CS00002"],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
    check("the same through ocpp-gateway", script.returncode == 0, script.stdout[-1500:])
    check("... reaches the store", e.rows("SELECT count(active_power_w) FROM Power_Flow WHERE EVSE_ID =~ /^CS00002:/"))
    gateway.terminate()
    check("ocpp-gateway stops cleanly", gateway.wait(20) == 0)
    check("Ctrl-C with stations", e.stop() == 0)
    e.remove()


def reference(bin_dir):
    """The same rows and questions to the real influxd 1.6.7 and to the engine: the answers must be equal."""
    folder = tempfile.mkdtemp(prefix="feederline-influxd.")
    port = harness.free_port()
    with open(os.path.join(folder, "influxdb.conf"), "w") as f:
        f.write(f"""reporting-disabled = true
bind-address = "127.0.0.1:{harness.free_port()}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
""")
    influxd = subprocess.Popen(["influxd", "run", "-config", os.path.join(folder, "influxdb.conf")],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(lambda: harness.can_connect(port), 30)
    e = Engine(bin_dir, *QUIET)
    oracle = copy.copy(e)
    oracle.url = f"http://127.0.0.1:{port}"
    lines = [f'm,h=h{i % 3},r=r{i % 2} v={i * 7 % 11}.5,i={i % 5}i,s="x{i % 4}",b={"true" if i % 2 else "false"} {i * 20}' for i in range(60)]
    for server in (oracle, e):
        server.query("CREATE DATABASE dd", "dd")
        check("write", server.write("dd", "\n".join(lines + ["m,h=h9 v=3 1500", "n,z=1 q=1i 10", "m v=100 700"]), precision="s")[0] == 204)
    with open(os.path.join(HERE, "reference_queries.txt")) as f:
        for question in f.read().splitlines():
            want, have = oracle.query(question, "dd"), e.query(question, "dd")
            check(question, want == have, f"influxd {json.dumps(want)[:280]} ours {json.dumps(have)[:280]}")
    influxd.terminate()
    influxd.wait()
    shutil.rmtree(folder, ignore_errors=True)
    e.stop()
    e.remove()


def mqtt(bin_dir):
    """mosquitto_pub's messages; a broker that dies and comes back; a simulated fleet on every way in."""
    broker = Broker()
    e = Engine(bin_dir, "--ocpp", "127.0.0.1:0", "--mqtt", f"127.0.0.1:{broker.port}", "--grpc", "off")
    check("the broker is found", eventually(lambda: e.metric("feederline_mqtt_connected") == 1))
    now = time.time_ns()
    broker.publish("v2g/v1/S1/E1/telemetry", json.dumps({"ts": now, "active_power_w": -3500, "soc_pct": 55.5}))
    two = [{"ts": now, "active_power_w": 1}, {"ts": now + 10**9, "active_power_w": 2.5}]
    broker.publish("v2g/v1/S1/E2/telemetry", json.dumps(two))
    broker.publish("v2g/v1/S1/E3/lp", f"Power_Flow active_power_w=7 {now}")
    broker.publish("v2g/v1/S1/E4/telemetry", "not json")
    broker.publish("v2g/v1/S1/E5/telemetry", json.dumps({"ts": now, "active_power_w": 5}))
    counts = lambda: {r["EVSE_ID"]: r["count"] for r in e.rows("SELECT count(active_power_w) FROM Power_Flow GROUP BY EVSE_ID")}
    check("every good reading is there once", eventually(lambda: counts() == {"E1": 1, "E2": 2, "E3": 1, "E5": 1}), counts())
    first = e.rows("SELECT active_power_w, soc_pct, Site_ID FROM Power_Flow WHERE EVSE_ID='E1'")[0]
    check("site, sign and fields are kept", (first["active_power_w"], first["soc_pct"], first["Site_ID"]) == (-3500, 55.5, "S1"), first)
    check("the bad one is counted", e.metric("feederline_mqtt_messages_dropped_total") == 1)
    broker.publish("v2g/v1/S1/M1/meter", json.dumps({"ts": now, "active_power_w": 12000}))
    broker.publish("v2g/v1/S1/weather", json.dumps({"ts": now, "ambient_temperature_c": 21.5}))
    check("a meter", eventually(lambda: e.rows("SELECT active_power_w FROM Grid_Meter WHERE Meter_ID='M1'")))
    check("the weather", eventually(lambda: e.rows("SELECT * FROM Weather")), e.log[-3:])
    broker.stop()
    check("a dead broker is named", eventually(lambda: any("ECONNREFUSED" in line for line in e.log), 30), e.log[-5:])
    check("... and counted", e.metric("feederline_mqtt_connected") == 0)
    check("... and hurts nothing else", e.write("telemetry", f"Power_Flow,EVSE_ID=E6 active_power_w=1 {now}")[0] == 204)
    broker.start()
    check("it is found again", eventually(lambda: e.metric("feederline_mqtt_connected") == 1, 60))
    broker.publish("v2g/v1/S1/E7/telemetry", json.dumps({"ts": now, "active_power_w": 6}))
    check("readings flow again", eventually(lambda: counts().get("E7") == 1, 30), counts())
    e.kill()
    broker.publish("v2g/v1/S1/E8/telemetry", json.dumps({"ts": now, "active_power_w": 8}))
    e.start()
    check("what came while the engine was away is there", eventually(lambda: counts().get("E8") == 1, 30), counts())
    simulate = subprocess.run(
        [os.path.join(bin_dir, "v2g"), "simulate", "--http", e.url, "--ocpp", f"ws://127.0.0.1:{e.port('OCPP')}/ocpp", "--mqtt",
         f"127.0.0.1:{broker.port}", "--evses", "6", "--interval", "0.5", "--seconds", "4"], stdout=subprocess.PIPE, text=True, timeout=60)
    check("v2g simulate runs", simulate.returncode == 0, simulate.stdout)
    fleet = lambda: len([name for name in counts() if name not in ("E1", "E2", "E3", "E5", "E6", "E7", "E8")])
    check("each of its vehicles arrives, whatever it speaks", eventually(lambda: fleet() == 6), counts())
    check("a clean stop", e.stop() == 0)
    broker.remove()
    e.remove()


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


def feed(e):
    """The dispatch feed with grpcio: from the start, on from a cursor, newest wins, after a restart, live."""
    import grpc
    with tempfile.TemporaryDirectory() as out:
        proto = os.path.join(ROOT, "Sources", "Dispatch", "DispatchFeed")
        subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{proto}", f"--python_out={out}", f"--grpc_python_out={out}",
                        "feederline_dispatch_v1.proto"], check=True)
        sys.path.insert(0, out)
        import feederline_dispatch_v1_pb2 as pb
        import feederline_dispatch_v1_pb2_grpc as stubs

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


def crash(bin_dir):
    """kill -9 during ingest: what was acknowledged is there, each row once."""
    e = Engine(bin_dir, *QUIET)
    e.query("CREATE DATABASE c")
    acknowledged = set()
    number = 0
    for round_ in range(5):
        stop = threading.Event()
        lock = threading.Lock()

        def writer():
            nonlocal number
            while not stop.is_set():
                with lock:
                    first = number
                    number += 200
                lines = "\n".join(f"m,t=s{n % 17} v={n}i {n + 1}" for n in range(first, first + 200))
                if e.write("c", lines)[0] == 204:
                    acknowledged.update(range(first, first + 200))

        threads = [threading.Thread(target=writer) for _ in range(3)]
        for t in threads:
            t.start()
        time.sleep(random.uniform(0.3, 1.2))
        if round_ == 2:
            e.request("POST", "/admin/compact", b"")
        e.kill()
        stop.set()
        for t in threads:
            t.join()
        e.start()
        have = [row["v"] for row in e.rows("SELECT v FROM m", "c")]
        check(f"kill {round_}: nothing acknowledged is lost", acknowledged <= set(have), len(acknowledged - set(have)))
        check(f"kill {round_}: nothing is there twice", len(have) == len(set(have)))
    check("rows were written", len(acknowledged) > 1000, len(acknowledged))
    e.stop()
    e.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--only", default="")
    a = parser.parse_args()
    parts = [http, hostile, clients, reference, ocpp, mqtt, windows, crash]
    for part in parts:
        if not a.only or part.__name__ in a.only.split(","):
            began = time.monotonic()
            try:
                part(a.bin)
            except Exception as error:  # One part that breaks must not hide the others.
                check(f"{part.__name__} runs to its end", False, repr(error))
            print(f"{part.__name__}: {time.monotonic() - began:.1f} s", flush=True)
    print(f"{harness.passed} passed, {harness.failed} failed")
    sys.exit(1 if harness.failed else 0)


if __name__ == "__main__":
    main()
