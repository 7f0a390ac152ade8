"""Statements that go on working by themselves: continuous queries over a restart, subscriptions to real receivers."""
import http.server
import re
import shutil
import socket
import ssl
import tempfile
import threading
import time
import urllib.parse

from answer_parts import certificate
from harness import Engine, QUIET, check, eventually, free_port


class Receiver:
    """A server of /write that keeps what it gets, and answers as it is told."""

    def __init__(self, status=204, delay=0.0, port=0, certificate=None):
        receiver = self
        self.requests = []
        self.status = status
        self.delay = delay

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(receiver.delay)
                receiver.requests.append((self.path, dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.block_on_close = False
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*certificate)
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def lines(self):
        return [line for _, _, body in list(self.requests) for line in body.decode().splitlines()]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def counts(e, name):
    """The points of a subscription by what became of them."""
    page = e.get("/metrics")[2].decode()
    found = re.findall(r'feederline_subscription_points_total\{([^}]*)\} (\d+)', page)
    return {re.search(r'result="(\w+)"', labels)[1]: int(n) for labels, n in found if f'subscription="{name}"' in labels}


def continuous(bin_dir):
    """Continuous queries of one second that run, go on after a restart, and write late points again."""
    e = Engine(bin_dir, *QUIET)
    e.query("CREATE DATABASE d")
    made = e.query("CREATE CONTINUOUS QUERY q ON d BEGIN SELECT sum(v) INTO w FROM m GROUP BY time(1s), h END; "
                   "CREATE CONTINUOUS QUERY late ON d RESAMPLE EVERY 1s FOR 10m BEGIN SELECT count(v) INTO l FROM m "
                   "GROUP BY time(1m) END", "d")
    check("continuous queries are made", "error" not in str(made), made)
    listed = e.series("SHOW CONTINUOUS QUERIES")

    def fed():
        e.write("d", "m,h=a v=1")
        return e.series("SELECT sum FROM w WHERE h = 'a'", "d")

    check("windows are written as they end", eventually(fed), e.log[-3:])
    check("... each value at the start of its window", all(v[0].endswith("Z") and "." not in v[0] for v in fed()[0]["values"]))
    moment = (int(time.time()) // 60 - 5) * 60
    e.write("d", f"m,h=a v=1 {moment}000000001")
    late = lambda want: lambda: e.rows(f"SELECT * FROM l WHERE time = {moment}s", "d") == [
        {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)), "count": want}]
    check("late points within FOR are counted", eventually(late(1)))
    e.write("d", f"m,h=b v=1 {moment}000000002")
    check("... and counted again when more come", eventually(late(2)))
    check("they are counted in /metrics", b'feederline_continuous_query_runs_total{result="ok"} ' in e.get("/metrics")[2])
    check("a clean stop with continuous queries", e.stop() == 0, e.log[-3:])
    e.start()
    check("continuous queries outlive a restart", e.series("SHOW CONTINUOUS QUERIES") == listed)
    e.write("d", f"m,h=b v=1 {moment}000000003")
    check("... and go on", eventually(late(3)))
    check("a dropped one is gone", "error" not in str(e.query("DROP CONTINUOUS QUERY q ON d"))
          and "CREATE CONTINUOUS QUERY q " not in str(e.series("SHOW CONTINUOUS QUERIES")))
    e.stop()
    e.remove()


def downsampling(bin_dir):
    """Coarser copies by the configuration: equal to the raw rows, also after late rows, a kill and a restart with another level."""
    def config(levels):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as f:
            f.write("downsampling:\n  - {database: telemetry, keep: 7d, measurements: [Power_Flow], delay_s: 0, levels: [" + levels + "]}\n")
        return f.name

    minutes = "{every: 1m, keep: 365d}, {every: 15m, keep: inf}"
    e = Engine(bin_dir, *QUIET, "--config", config(minutes))
    now = int(time.time()) // 60 * 60
    start = now // 3600 * 3600 - 3 * 3600
    lines = [f"Power_Flow,EVSE_ID=E{n},Feeder_ID=F{n % 2} active_power_w={(t * 31 + n * 7) % 997 - 500},soc_pct={t % 100}i {t}000000000"
             for n in range(6) for t in range(start, now, 20 + n)]
    check("rows are written", e.write("telemetry", "\n".join(lines))[0] == 204)
    pairs = [("count(active_power_w)", "sum(count_active_power_w)"), ("sum(active_power_w)", "sum(sum_active_power_w)"),
             ("min(active_power_w)", "min(min_active_power_w)"), ("max(soc_pct)", "max(max_soc_pct)"),
             ("first(active_power_w)", "first(first_active_power_w)"), ("last(soc_pct)", "last(last_soc_pct)"),
             ("mean(active_power_w)", "sum(sum_active_power_w) / sum(count_active_power_w)")]

    def differences(levels):
        found = []
        for level, window in levels:
            tail = f"WHERE time >= {start}s AND time < {now // 900 * 900}s GROUP BY time({window}), EVSE_ID fill(none)"
            for raw, rolled in pairs:
                one = [x["values"] for x in e.series(f"SELECT {raw} AS v FROM Power_Flow {tail}")]
                two = [x["values"] for x in e.series(f'SELECT {rolled} AS v FROM "{level}".Power_Flow {tail}')]
                if one != two or len(one) != 6:
                    found.append((level, window, raw, len(one), len(two)))
        return found

    levels = [("1m", "1m"), ("1m", "15m"), ("1m", "1h"), ("15m", "15m"), ("15m", "1h")]
    equal = lambda levels=levels: eventually(lambda: not differences(levels), 60)
    check("each level equals the raw rows", equal(), differences(levels))
    policies = {r["name"]: r["duration"] for r in e.rows("SHOW RETENTION POLICIES")}
    check("the retention policies are as declared", policies == {"autogen": "168h0m0s", "1m": "8760h0m0s", "15m": "0s"}, policies)
    check("windows of feeders see no coarser row", e.metric("feederline_windows_readings_total") <= len(lines))
    for round_ in range(3):
        late = [f"Power_Flow,EVSE_ID=E{n},Feeder_ID=F{n % 2} active_power_w={round_ * 1000 + n},soc_pct=1i {start + 1800 + n * 450 + round_}000000000" for n in range(6)]
        check("late rows are written", e.write("telemetry", "\n".join(late))[0] == 204)
        e.kill()
        e.start()
        check("late rows change the levels, kill -9 or not", equal(), differences(levels))
    check("... counted", "feederline_downsampling_recomputed_total" in e.get("/metrics")[2].decode())
    e.stop()
    e.arguments = (*QUIET, "--config", config(minutes.replace("365d", "30d") + ", {every: 1h, keep: inf, retention_policy: hours}"))
    e.start()
    check("the old levels stay", equal(), differences(levels))
    tail = f"WHERE time >= {start}s AND time < {start + 7200}s GROUP BY time(1h), EVSE_ID fill(none)"
    hours = lambda: [x["values"] for x in e.series(f"SELECT sum(count_active_power_w) AS v FROM hours.Power_Flow {tail}")]
    raw = [x["values"] for x in e.series(f"SELECT count(active_power_w) AS v FROM Power_Flow {tail}")]
    check("a new level is filled from the raw rows that there are", eventually(lambda: hours() == raw, 60), (hours(), raw))
    check("a changed time to keep is in force", {r["name"]: r["duration"] for r in e.rows("SHOW RETENTION POLICIES")}["1m"] == "720h0m0s")
    check("a clean stop with downsampling", e.stop() == 0, e.log[-3:])
    e.remove()


def subscriptions(bin_dir):
    """Points go on to HTTP and UDP receivers, to all or to any, over a restart; a slow receiver slows no writer."""
    e = Engine(bin_dir, *QUIET)
    one, two = Receiver(), Receiver()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.settimeout(10)
    e.query("CREATE DATABASE d; CREATE RETENTION POLICY other ON d DURATION 0s REPLICATION 1")
    made = e.query(f"CREATE SUBSCRIPTION a ON d.autogen DESTINATIONS ALL 'http://u:p@127.0.0.1:{one.port}', '{two.url}', "
                   f"'udp://127.0.0.1:{udp.getsockname()[1]}'")
    check("a subscription is made", "error" not in str(made), made)
    body = "m,t=a\\ b f=1.5,i=2i,s=\"x \\\"y\",b=true 1000000001\nm f=2 2000000000\nbad\nm f=\"text\" 3"
    check("a partial write", e.write("d", body)[0] == 400)
    want = ["m,t=a\\ b f=1.5,i=2i,s=\"x \\\"y\",b=true 1000000001", "m f=2 2000000000"]
    # The order of fields is free, and so is a whole number's fraction.
    fields = lambda lines: sorted(str(sorted(re.split(r"[, ](?=\w+=)| (?=\d)", line.replace(".0 ", " ")))) for line in lines)
    for name, receiver in (("one", one), ("two", two)):
        check(f"what was stored is sent to receiver {name}",
              eventually(lambda: fields(receiver.lines) == fields(want)), receiver.requests)
    path = urllib.parse.urlsplit(one.requests[0][0])
    check("the path of a subscriber's write", path.path == "/write" and urllib.parse.parse_qs(path.query) ==
          {"db": ["d"], "precision": ["ns"], "rp": ["autogen"]}, one.requests[0][0])
    check("the user of the destination", one.requests[0][1].get("Authorization") == "Basic dTpw", one.requests[0][1])
    check("the same over UDP", fields(udp.recv(65536).decode().splitlines()) == fields(want))
    e.request("POST", "/write?db=d&rp=other", "m f=9 9")
    e.query("SELECT f INTO copy FROM m", "d")
    check("INTO is sent too, another policy is not", eventually(lambda: [l.split(" ")[0] for l in one.lines].count("copy") == 2)
          and not any(line.endswith(" 9") for line in one.lines), one.lines)
    check("what was sent is counted", counts(e, "a").get("forwarded", 0) >= 6 and counts(e, "a")["dropped"] == 0, counts(e, "a"))

    e.query("DROP SUBSCRIPTION a ON d.autogen")
    before = len(one.requests)
    e.query(f"CREATE SUBSCRIPTION b ON d.autogen DESTINATIONS ANY '{one.url}', '{two.url}', 'http://127.0.0.1:{free_port()}'")
    for second in range(6):
        e.write("d", f"m f=1 {second + 10}000000000")
        time.sleep(0.2)
    any_of = lambda: len([l for l in one.lines + two.lines if re.search(r" 1\d000000000$", l)])
    check("with ANY one receiver gets each point", eventually(lambda: any_of() == 6), any_of())
    check("... by turns", len(one.requests) > before and counts(e, "b").get("failed", 0) >= 1, counts(e, "b"))

    check("a clean stop with subscriptions", e.stop() == 0, e.log[-3:])
    e.start()
    check("subscriptions outlive a restart", e.series("SHOW SUBSCRIPTIONS")[0]["values"][0][1:3] == ["b", "ANY"])
    e.write("d", "m f=1 20000000000")
    check("... and go on", eventually(lambda: any(l.endswith(" 20000000000") for l in one.lines + two.lines)))

    one.status = two.status = 500
    failed = counts(e, "b")["failed"]
    e.write("d", "m f=1 21000000000")
    check("what a receiver refuses is counted", eventually(lambda: counts(e, "b")["failed"] > failed), counts(e, "b"))
    e.query("DROP SUBSCRIPTION b ON d.autogen")
    slow = Receiver(delay=60)
    e.query(f"CREATE SUBSCRIPTION c ON d.autogen DESTINATIONS ALL '{slow.url}'")
    began = time.monotonic()
    for second in range(1100):
        e.write("d", f"m f=1 {second + 100}000000000")
    took = time.monotonic() - began
    check("a slow receiver slows no writer", took < 30, took)
    check("... its points are dropped and counted", eventually(lambda: counts(e, "c").get("dropped", 0) > 0), counts(e, "c"))
    check("a stop does not wait for it", e.stop() == 0 and time.monotonic() - began < took + 20)
    for receiver in (one, two, slow):
        receiver.stop()
    udp.close()
    e.remove()


def subscriptions_tls(bin_dir):
    """Subscribers over TLS: by the authority that is configured; a stranger's certificate or another name is no subscriber."""
    folder = tempfile.mkdtemp(prefix="feederline-tls.")
    ours, other = certificate(folder, "ours", file="ours"), certificate(folder, "other", file="other")
    elsewhere = certificate(folder, "elsewhere", address="10.9.8.7", file="elsewhere")
    with open(f"{folder}/ca.pem", "w") as ca:
        for name in (ours[0], elsewhere[0]):
            ca.write(open(name).read())
    with open(f"{folder}/c.yaml", "w") as f:
        f.write(f"subscriber_ca: {folder}/ca.pem\n")
    e = Engine(bin_dir, *QUIET, "--config", f"{folder}/c.yaml")
    good, stranger, misnamed = Receiver(certificate=ours), Receiver(certificate=other), Receiver(certificate=elsewhere)
    e.query("CREATE DATABASE d")
    for name, receiver in (("good", good), ("stranger", stranger), ("misnamed", misnamed)):
        made = e.query(f"CREATE SUBSCRIPTION {name} ON d.autogen DESTINATIONS ALL '{receiver.url}'")
        check(f"a subscription over TLS is made: {name}", "error" not in str(made), made)
    e.write("d", "m f=1 1")
    check("points go to a subscriber over TLS", eventually(lambda: good.lines == ["m f=1.0 1"]), good.requests)
    for name, receiver in (("stranger", stranger), ("misnamed", misnamed)):
        check(f"... to no {name}", eventually(lambda: counts(e, name).get("failed", 0) == 1) and not receiver.requests, counts(e, name))
    check("a clean stop with subscribers over TLS", e.stop() == 0, e.log[-3:])
    with open(f"{folder}/c.yaml", "w") as f:
        f.write("subscriber_insecure: true\n")
    e.start()
    e.write("d", "m f=2 2")
    check("where any certificate is taken all get points", eventually(lambda: stranger.lines == misnamed.lines == ["m f=2.0 2"]), e.log[-3:])
    for receiver in (good, stranger, misnamed):
        receiver.stop()
    e.stop()
    e.remove()
    shutil.rmtree(folder)
