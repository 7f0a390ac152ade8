"""What goes over HTTP: writes, queries, connections, hostile statements, the real clients, a live influxd."""
import copy
import gzip
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

import harness
from harness import Engine, HERE, QUIET, can_connect, check, eventually, free_port


def http(bin_dir):
    """curl's view: status codes, bodies and headers of good and broken writes, formats of answers."""
    e = Engine(bin_dir, *QUIET)
    status, headers, body = e.get("/ping")
    check("ping", (status, body) == (204, b"") and headers["X-Influxdb-Version"] and headers["X-Influxdb-Build"], headers)
    check("health", e.get("/health")[0] == 200)
    check("metrics", b"# TYPE feederline_store_rows_total counter" in e.get("/metrics")[2])
    check("the telemetry database is there", ["telemetry"] in e.series("SHOW DATABASES")[0].get("values", []))
    check("create", "error" not in str(e.query("CREATE DATABASE d")))
    check("write", e.write("d", "m,t=a v=1,i=2i,u=3u,s=\"x y\",b=true 1000000000\n\n# c\r\nm,t=b v=2 2000000000\n")[0] == 204)
    check("all types come back", e.series("SELECT * FROM m", "d") == [
        {"name": "m", "columns": ["time", "b", "i", "s", "t", "u", "v"],
         "values": [["1970-01-01T00:00:01Z", True, 2, "x y", "a", 3, 1], ["1970-01-01T00:00:02Z", None, None, None, "b", None, 2]]}],
        e.series("SELECT * FROM m", "d"))
    check("gzip", e.request("POST", "/write?db=d", gzip.compress(b"m,t=z v=9 3000000000"), {"Content-Encoding": "gzip"})[0] == 204)
    check("a body that is no gzip", e.request("POST", "/write?db=d", b"nonsense", {"Content-Encoding": "gzip"})[2] == b'{"error":"gzip: invalid header"}\n')
    check("a bad line for a database that is not there", e.request("POST", "/write?db=nowhere", b"bad")[0] == 404)
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


def connections(bin_dir):
    """What clients do with a connection: many requests at once, a question before a body, a port that is taken."""
    e = Engine(bin_dir, *QUIET)
    head = lambda method, path, more="": f"{method} {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode()
    write = head("POST", "/write?db=telemetry", "Content-Length: 7\r\n") + b"m f=1 1"
    got = exchange(e, head("GET", "/ping") + head("GET", "/health") + write + head("GET", "/ping") + write, 5)
    check("pipelined requests are answered in order", got == [204, 200, 204, 204, 204], got)
    asked = head("POST", "/write?db=telemetry", "Content-Length: 7\r\nExpect: 100-continue\r\n")
    check("Expect: 100-continue gets its answer before the body", exchange(e, asked, 1) == [100])
    check("... and the write its own", exchange(e, asked + b"m f=1 1", 2) == [100, 204])
    for path in ("/write", "/query"):
        status, headers, _ = e.request("OPTIONS", path, None, {"Origin": "http://page"})
        check(f"OPTIONS {path} lets a page of another origin in", (status, headers["Access-Control-Allow-Origin"]) == (204, "http://page"))
    foreign = {"Origin": "http://page", "Content-Type": "application/x-www-form-urlencoded"}
    for method, path, body in (("GET", "/query?q=DROP%20DATABASE%20telemetry", None), ("POST", "/query", "q=DROP DATABASE telemetry")):
        answer = e.request(method, path, body, foreign)[2].decode()
        check(f"a page of another origin drops nothing by {method}", "another origin" in answer and e.rows("SHOW DATABASES"), answer)
    check("... but may ask", b"telemetry" in e.request("GET", "/query?q=SHOW%20DATABASES", None, foreign)[2])
    own = {"Origin": e.url, "Content-Type": "application/x-www-form-urlencoded"}
    check("a page of ours may", b"error" not in e.request("POST", "/query", "q=CREATE DATABASE own", own)[2])
    for option in ("--http", "--ocpp", "--grpc"):
        rest = [word for name in ("--http", "--ocpp", "--grpc", "--mqtt") if name != option for word in (name, "off")]
        other = subprocess.run([e.program, "--data", e.data + option, option, f"127.0.0.1:{e.ports['HTTP']}", *rest],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
        check(f"{option} at a port that is taken says so", other.returncode == 1 and "Address already in use" in other.stdout
              and str(e.ports["HTTP"]) in other.stdout, other.stdout[-300:])
        shutil.rmtree(e.data + option, ignore_errors=True)
    proc = subprocess.Popen([e.program, "--data", e.data + ".hup", "--http", "off", *QUIET], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    masks = lambda: [int(line.split()[1], 16) for line in open(f"/proc/{proc.pid}/status") if line.startswith(("SigIgn", "SigCgt"))]
    eventually(lambda: any(mask & 1 for mask in masks()))  # Before main is loaded nobody can help.
    end = time.monotonic() + 1
    while time.monotonic() < end and proc.poll() is None:
        proc.send_signal(1)
        time.sleep(0.005)
    check("SIGHUP while it starts ends nothing", proc.poll() is None)
    proc.terminate()
    proc.wait(20)
    shutil.rmtree(e.data + ".hup", ignore_errors=True)
    answer = e.write("telemetry", "m,time=1 f=1 1\nm time=1 2\nm f=1,time=1 3")[2].decode()
    check("a tag named time is refused as influxd does", "invalid tag key" in answer and "dropped=2" in answer, answer)
    e.write("telemetry", "Power_Flow,EVSE_ID=E1 soc_pct=1.5 1")
    e.stop()
    e.start()
    check("declared floats take whole numbers after a restart", e.write("telemetry", "Power_Flow,EVSE_ID=E1 soc_pct=1i 2")[0] == 204)
    e.query("DROP DATABASE telemetry")
    e.query("CREATE DATABASE telemetry")
    check("... and in a database that was made again", e.write("telemetry", "Power_Flow,EVSE_ID=E1 soc_pct=1i 2")[0] == 204
          and e.write("telemetry", "Power_Flow,EVSE_ID=E1 soc_pct=1.5 3")[0] == 204)
    check("a client cannot give a result's field another type", e.write("telemetry", 'FCR_Readiness fcr_up_w="x" 1')[0] == 400)
    e.stop()
    e.remove()


def exchange(e, data, answers, seconds=5):
    """What comes back on one connection for `data`, until so many status lines have come."""
    with socket.create_connection(("127.0.0.1", e.ports["HTTP"]), seconds) as s:
        s.settimeout(seconds)
        s.sendall(data)
        got = b""
        try:
            while got.count(b"HTTP/1.1 ") < answers:
                more = s.recv(65536)
                if not more:
                    break
                got += more
        except TimeoutError:
            pass
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", got)]


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
    more = ["m,h=h9 v=3 1500", "n,z=1 q=1i 10", "m v=100 700"]
    for database, questions in (("dd", "reference_queries.txt"), ("gone", "reference_deletions.txt")):
        for server in (oracle, e):
            server.query(f"CREATE DATABASE {database}", database)
            check("write", server.write(database, "\n".join(lines + more), precision="s")[0] == 204)
        with open(os.path.join(HERE, questions)) as f:
            for question in f.read().splitlines():
                want, have = oracle.query(question, database), e.query(question, database)
                check(question, want == have, harness.difference(want, have))
    influxd.terminate()
    influxd.wait()
    shutil.rmtree(folder, ignore_errors=True)
    e.stop()
    e.remove()
