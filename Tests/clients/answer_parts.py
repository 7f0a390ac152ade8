"""How answers look beside influxd's: MessagePack, CSV, chunks, methods, pages for debugging; and HTTPS, datagrams and limits."""
import copy
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import msgpack

import harness
from access_parts import Influxd, ask, same, secured
from harness import Engine, QUIET, check, eventually

ROWS = "m,t=a f=1.5,i=2i,s=\"x\",b=true 1000000001\nm,t=b f=2 2000000000\nn,t=c,z=d f=-3,i=-70000i 3000000000\nm f=1e300 -1"
QUESTIONS = [
    "SELECT * FROM m", "SELECT f FROM m WHERE time > 0 GROUP BY t", "SELECT count(f), mean(i) FROM n, m", "SELECT f FROM", "SELECT nope(f) FROM m",
    "SHOW MEASUREMENTS; SELECT f FROM nope..m", "SELECT f FROM m WHERE t = 'zz'", "CREATE DATABASE d", "SHOW DATABASES", "SHOW SERIES",
    "SHOW MEASUREMENTS", "SHOW TAG KEYS", "SHOW TAG VALUES WITH KEY =~ /./", "SHOW FIELD KEYS", "SHOW RETENTION POLICIES", "SHOW USERS", "SHOW CONTINUOUS QUERIES",
    "SHOW SERIES CARDINALITY", "SHOW SERIES EXACT CARDINALITY", "SHOW TAG KEY CARDINALITY", "SELECT f INTO q FROM m; SHOW DATABASES", "",
]


# Left out on purpose: behind a statement that fails influxd gives "not executed" the number of that one, which hides its error.


def packed(server, path, method):
    """What both of MessagePack's layers say: the status, and each document with times as they were sent."""
    status, headers, body = server.request(method, path, b"" if method == "POST" else None, {"Accept": "application/x-msgpack"})
    unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
    unpacker.feed(body)
    return status, headers["Content-Type"], list(unpacker)


def answers(bin_dir):
    """Every form of an answer beside influxd's."""
    influxd = Influxd()
    e = secured(bin_dir)
    oracle = copy.copy(e)
    oracle.url = f"http://127.0.0.1:{influxd.port}"
    for server in (oracle, e):
        ask(server, "CREATE USER u WITH PASSWORD 'u' WITH ALL PRIVILEGES")
        ask(server, "DROP DATABASE telemetry; CREATE DATABASE d", "u")
        check("write", server.request("POST", "/write?db=d&u=u&p=u", ROWS)[0] == 204)
    for q in QUESTIONS:
        for more in ({}, {"epoch": "ms"}, {"chunked": "true", "chunk_size": "1"}, {"chunked": "true", "chunk_size": "2"}, {"pretty": "true"}):
            path = "/query?" + urllib.parse.urlencode({"q": q, "db": "d", "u": "u", "p": "u", **more})
            method = "GET" if "CREATE" in q and more else "POST"
            want, have = packed(oracle, path, method), packed(e, path, method)
            check(f"msgpack {more} {q}", want == have, f"influxd {want} ours {have}")
            for accept in ("application/csv", "application/json", "*/*"):
                if accept == "application/csv" and "POLICIES" in q:
                    continue  # influxd writes a whole number of this column as the column's name.
                same(f"{accept} {more} {q}", oracle, e, path, method, b"" if method == "POST" else None, {"Accept": accept})
    for accept in ("application/csv", "application/x-msgpack", "application/json"):
        for path in ("/query?q=SHOW+DATABASES&u=u&p=x", "/query?u=u&p=u"):
            same(f"{accept} {path}", oracle, e, path, headers={"Accept": accept})
        for path, body in (("/write?db=d&u=u&p=x", b"m v=1"), ("/write?db=d&u=u&p=u", b"m"), ("/write?u=u&p=u", b"m v=1")):
            same(f"{accept} {path}", oracle, e, path, "POST", body, {"Accept": accept})
    for method in ("GET", "PUT", "DELETE", "PATCH", "POST", "HEAD"):
        for path in ("/write", "/query", "/ping", "/status", "/nope"):
            if (method, path) not in (("POST", "/write"), ("GET", "/query"), ("POST", "/query")):
                same(f"{method} {path}", oracle, e, path, method, None, None, ("Allow", "X-Content-Type-Options"))
    for level in ("any", "one", "quorum", "all", "ALL", "bogus", ""):
        same(f"consistency {level}", oracle, e, f"/write?db=d&u=u&p=u&consistency={level}", "POST", b"m f=1 1")
    looks = {}
    for name, server in (("influxd", oracle), ("ours", e)):
        thread = threading.Thread(target=lambda: looks.update({name: server.get("/debug/requests?seconds=2")}))
        thread.start()
        time.sleep(0.5)
        for _ in range(3):
            server.request("POST", "/write?db=d&u=u&p=u", b"m f=1 1")
            server.get("/query?q=SHOW+DATABASES&u=u&p=u")
        thread.join()
    check("/debug/requests", looks["influxd"][0] == looks["ours"][0] and looks["influxd"][2] == looks["ours"][2], looks)
    want, have = (json.loads(server.get("/debug/vars")[2]) for server in (oracle, e))
    check("/debug/vars has influxd's words", set(have["system"]) == set(want["system"]) and have["database:d"] == want["database:d"]
          and set(have["queryExecutor"]["values"]) == set(want["queryExecutor"]["values"]), have)
    influxd.remove()
    e.stop()
    e.remove()


def certificate(folder, name, address="127.0.0.1", file="cert"):
    """A certificate that signs itself, and its key."""
    paths = os.path.join(folder, f"{file}.pem"), os.path.join(folder, f"{file}.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
                    f"subjectAltName=IP:{address}", "-keyout", paths[1], "-out", paths[0]], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return paths


def edges(bin_dir):
    """HTTPS with a certificate that changes, datagrams, and what is too much."""
    folder = tempfile.mkdtemp(prefix="feederline-tls.")
    cert, key = certificate(folder, "first")
    e = Engine(bin_dir, *QUIET, "--tls-cert", cert, "--tls-key", key, "--udp", "127.0.0.1:0")
    port = e.ports["HTTP"]

    def shown():
        with socket.create_connection(("127.0.0.1", port), 5) as s, unverified().wrap_socket(s) as t:
            return ssl.DER_cert_to_PEM_cert(t.getpeercert(True))

    def get(path, s=None):
        context = ssl.create_default_context(cafile=cert)
        with urllib.request.urlopen(f"https://127.0.0.1:{port}{path}", timeout=20, context=context) as r:
            return r.status, r.read()

    check("HTTPS with the certificate", eventually(lambda: get("/ping")[0] == 204))
    out = subprocess.run(["influx", "-ssl", "-unsafeSsl", "-host", "127.0.0.1", "-port", str(port), "-execute", "SHOW DATABASES"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30).stdout
    check("influx -ssl", "telemetry" in out, out)
    check("no plain HTTP there", e.get("/ping")[0] == 0)
    with socket.create_connection(("127.0.0.1", port), 5) as s, unverified().wrap_socket(s) as kept:
        before = shown()
        certificate(folder, "second")
        e.proc.send_signal(signal.SIGHUP)
        check("SIGHUP shows the new certificate", eventually(lambda: shown() != before))
        kept.sendall(b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n")
        check("... and keeps the connection that was open", kept.recv(100).startswith(b"HTTP/1.1 204"))
    with open(cert, "w") as f:
        f.write("nonsense")
    before = shown()
    e.proc.send_signal(signal.SIGHUP)
    check("a broken certificate is refused", eventually(lambda: any("the old one stays" in line for line in e.log)) and shown() == before, e.log[-3:])
    e.stop()
    run = subprocess.run([e.program, "--data", e.data, *e.arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
    check("a broken certificate stops the start", run.returncode == 1, run.stdout[-300:])
    shutil.rmtree(folder, ignore_errors=True)
    e.remove()
    limits(bin_dir)


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def limits(bin_dir):
    """Datagrams, and connections, headers and bodies beyond the limit."""
    e = secured(bin_dir, "--udp", "127.0.0.1:0", max_connection_limit=3, max_body_kib=64, max_header_kib=8, udp_database="dgram", udp_precision="s", auth=False)
    e.stop()
    e.arguments.remove("--auth")
    e.start()
    e.query("CREATE DATABASE dgram")
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for datagram in (b"m v=1 1\nm v=2 2\n", b"m v=3 3\nbad", b"m v=\"text\" 4"):
        udp.sendto(datagram, ("127.0.0.1", e.port("UDP")))
    check("datagrams are stored", eventually(lambda: e.rows("SELECT sum(v) FROM m WHERE time > 0", "dgram", epoch="s") and e.rows("SELECT sum(v) FROM m", "dgram")[0]["sum"] == 6))
    check("losses are counted", eventually(lambda: e.metric("feederline_udp_lines_refused_total") == 1 and e.metric("feederline_udp_rows_dropped_total") == 1),
          e.get("/metrics")[2][-2000:])
    check("a body over the limit", e.write("dgram", b"m v=1 1\n" * 10_000)[0] == 413)
    check("a header over the limit", e.get("/ping", {"X-Long": "x" * 10_000})[0] in (0, 400, 431))
    held = [socket.create_connection(("127.0.0.1", e.ports["HTTP"]), 5) for _ in range(3)]
    ping = b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
    for s in held:
        s.sendall(ping)
        check("within the limit", s.recv(100).startswith(b"HTTP/1.1 204"))
    with socket.create_connection(("127.0.0.1", e.ports["HTTP"]), 5) as s:
        s.sendall(ping)
        answer = s.recv(1000)
        while b"too many" not in answer and (more := s.recv(1000)):
            answer += more
        check("one connection more is told so", answer.startswith(b"HTTP/1.1 503") and b"too many connections" in answer, answer)
        check("... and closed", s.recv(100) == b"")
    for s in held:
        s.close()
    check("a place that is left is taken again", eventually(lambda: e.get("/ping")[0] == 204))
    check("refused connections are counted", e.metric("feederline_http_connections_refused_total") >= 1)
    e.stop()
    e.remove()
