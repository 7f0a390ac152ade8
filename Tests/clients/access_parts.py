"""Who may do what over HTTP: engines with --auth and a live influxd with auth-enabled are asked the same, and must answer the same."""
import base64
import copy
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.parse

import harness
from harness import Engine, QUIET, check, eventually

SECRET = "sesame"


class Influxd:
    """A real influxd of our own with authentication."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="feederline-influxd.")
        self.port = harness.free_port()
        path = os.path.join(self.dir, "influxdb.conf")
        with open(path, "w") as f:
            f.write(f"""reporting-disabled = true
bind-address = "127.0.0.1:{harness.free_port()}"
[meta]
  dir = "{self.dir}/meta"
[data]
  dir = "{self.dir}/data"
  wal-dir = "{self.dir}/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{self.port}"
  log-enabled = false
  auth-enabled = true
  shared-secret = "{SECRET}"
""")
        self.proc = subprocess.Popen(["influxd", "run", "-config", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(lambda: harness.can_connect(self.port), 30)

    def remove(self):
        self.proc.terminate()
        self.proc.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def secured(bin_dir, *more, **configuration):
    """An engine that asks who sends a request, with a shared secret."""
    folder = tempfile.mkdtemp(prefix="feederline-config.")
    path = os.path.join(folder, "engine.yaml")
    with open(path, "w") as f:
        f.write(json.dumps({"shared_secret": SECRET, **configuration}))
    return Engine(bin_dir, *QUIET, "--auth", "--config", path, *more)


def token(claims, secret=SECRET, header=None):
    """A JSON web token, HS256 unless the header says otherwise."""
    encode = lambda b: base64.urlsafe_b64encode(b).rstrip(b"=").decode()
    header = header or {"alg": "HS256", "typ": "JWT"}
    text = encode(json.dumps(header).encode()) + "." + encode(json.dumps(claims).encode())
    digest = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}.get(header.get("alg"), hashlib.sha256)
    return text + "." + encode(hmac.new(secret.encode(), text.encode(), digest).digest())


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def ask(server, q, user=None, method="POST", headers=None, **parameters):
    """A query whose user's password is the name."""
    if user:
        parameters.update(u=user, p=user)
    path = "/query?" + urllib.parse.urlencode({"q": q, **parameters})
    return server.request(method, path, b"" if method == "POST" else None, headers)


def same(name, oracle, e, path, method="GET", body=None, headers=None, names=("Content-Type", "X-Influxdb-Error", "WWW-Authenticate", "Allow")):
    """One request to both; status, body and the headers that clients look at must be equal."""
    answers = []
    for server in (oracle, e):
        status, got, text = server.request(method, path, body, headers)
        words = {n: sorted(got[n].replace(" ", "").split(",")) if n == "Allow" and got.get(n) else got.get(n) for n in names}
        if status in (200, 204):
            words = {}
        answers.append((status, words, text.decode(errors="replace")))
    check(name, answers[0] == answers[1], f"influxd {answers[0]} ours {answers[1]}")


FIRST = ["SHOW DATABASES", "CREATE USER u WITH PASSWORD 'u'", "CREATE USER u WITH PASSWORD 'u' WITH ALL PRIVILEGES; SHOW USERS", "SHOW DATABASES"]
USERS = [
    "CREATE USER u WITH PASSWORD 'u'", "CREATE USER u WITH PASSWORD 'u' WITH ALL PRIVILEGES", "CREATE USER \"\" WITH PASSWORD 'p'",
    "CREATE USER b WITH PASSWORD ''", "CREATE USER a WITH PASSWORD 'a'", "SHOW USERS", "SHOW GRANTS FOR a", "SHOW GRANTS FOR zz",
    "GRANT READ ON nope TO a", "CREATE DATABASE d; CREATE DATABASE e; CREATE DATABASE f", "GRANT READ ON d TO a", "GRANT WRITE ON d TO a",
    "SHOW GRANTS FOR a", "GRANT READ ON d TO zz", "REVOKE WRITE ON d FROM a; SHOW GRANTS FOR a", "REVOKE READ ON nope FROM a",
    "REVOKE ALL ON nope FROM a", "REVOKE READ ON nope FROM zz", "GRANT ALL TO zz", "REVOKE ALL FROM zz", "SET PASSWORD FOR zz = 'q'",
    "SET PASSWORD FOR b = 'c'", "DROP USER zz", "GRANT ALL ON e TO b; SHOW GRANTS FOR b; DROP DATABASE e; SHOW GRANTS FOR b",
    "CREATE DATABASE e; SHOW GRANTS FOR b", "GRANT ALL TO a; SHOW USERS; REVOKE ALL FROM a; SHOW USERS", "DROP USER b; SHOW USERS",
    "DROP USER a; CREATE USER r WITH PASSWORD 'r'; CREATE USER w WITH PASSWORD 'w'; CREATE USER n WITH PASSWORD 'n'",
    "CREATE USER a WITH PASSWORD 'a'; GRANT READ ON d TO r; GRANT WRITE ON d TO w; GRANT READ ON e TO w; GRANT ALL ON d TO a",
]
ALLOWED = [
    "SHOW DATABASES", "SELECT v FROM m", "SELECT v FROM e..m, d..m", "SELECT v FROM (SELECT v FROM e..m)", "SELECT v INTO x FROM m",
    "SELECT v INTO e..x FROM m", "EXPLAIN SELECT v FROM zz", "SHOW MEASUREMENTS ON e", "SHOW SERIES", "SHOW TAG KEYS", "SHOW FIELD KEYS ON e",
    "SHOW TAG VALUES WITH KEY = a", "SHOW RETENTION POLICIES", "CREATE DATABASE x", "DROP DATABASE x", "DROP RETENTION POLICY p ON e",
    "SHOW STATS FOR 'zz'", "SHOW SHARDS", "SHOW USERS", "SHOW GRANTS FOR r", "KILL QUERY 9", "SHOW SUBSCRIPTIONS",
    "SHOW SERIES CARDINALITY ON e", "SHOW SERIES EXACT CARDINALITY FROM zz", "CREATE USER k WITH PASSWORD 'k'", "SET PASSWORD FOR r = 'q'",
    "GRANT ALL TO r", "SHOW DATABASES; SELECT v FROM e..m",
]


def access(bin_dir):
    """Users, grants, credentials and refusals, each answer beside influxd's."""
    influxd = Influxd()
    e = secured(bin_dir)
    oracle = copy.copy(e)
    oracle.url = f"http://127.0.0.1:{influxd.port}"
    for q in FIRST:
        same(f"nobody: {q}", oracle, e, "/query?" + urllib.parse.urlencode({"q": q}), "POST", b"")
    ask(e, "DROP DATABASE telemetry", "u")
    for q in USERS:
        same(q, oracle, e, "/query?" + urllib.parse.urlencode({"q": q, "u": "u", "p": "u"}), "POST", b"")
    for q in ("GRANT READ ON d TO zz", "CREATE USER r WITH PASSWORD 'r'", "SHOW USERS"):
        same(f"by GET: {q}", oracle, e, "/query?" + urllib.parse.urlencode({"q": q, "u": "u", "p": "u"}))
    for user in "nrwa":
        for db in ("d", ""):
            for q in ALLOWED:
                path = "/query?" + urllib.parse.urlencode({"q": q, "u": user, "p": user, "db": db})
                same(f"{user} on {db!r}: {q}", oracle, e, path, "POST", b"")
        same(f"{user} writes", oracle, e, f"/write?db=d&u={user}&p={user}", "POST", b"m v=1 1")
    for name, path in {"nobody": "/write?db=d", "no such database": "/write?db=nope&u=r&p=r", "no database": "/write?u=r&p=r",
                       "a wrong password": "/write?db=d&u=w&p=x", "a bad line": "/write?db=d&u=w&p=w"}.items():
        same(f"a write with {name}", oracle, e, path, "POST", b"bad")
    show = "/query?" + urllib.parse.urlencode({"q": "SHOW USERS"})
    t = int(time.time())
    for name, header in {
            "Basic": basic("u", "u"), "Basic, wrong": basic("u", "x"), "Basic, nobody": basic("", "u"), "Basic, unknown": basic("zz", "u"),
            "Basic, broken": {"Authorization": "Basic ="}, "Digest": {"Authorization": "Digest abc"},
            **{f"Bearer {n}": {"Authorization": "Bearer " + v} for n, v in {
                "good": token({"username": "u", "exp": t + 100}), "expired": token({"username": "u", "exp": t - 100}),
                "without exp": token({"username": "u"}), "of another": token({"username": "u", "exp": t + 100}, "other"),
                "without user": token({"exp": t + 100}), "unknown": token({"username": "zz", "exp": t + 100}),
                "not yet": token({"username": "u", "exp": t + 100, "nbf": t + 50}), "none": token({"username": "u", "exp": t + 100}, header={"alg": "none"}),
                "HS512": token({"username": "u", "exp": t + 100}, header={"alg": "HS512"}), "two parts": "a.b", "rubbish": "a.b.c"}.items()}}.items():
        same(name, oracle, e, show, headers=header)
        same(f"{name}, writing", oracle, e, "/write?db=d", "POST", b"m v=1 1", header)
    for path in (show + "&u=u", show + "&u=u&p=", show + "&u=u&p=x", show + "&u=u&p=x&pretty=true"):
        same(path, oracle, e, path)
    same("a form's u and p do not count", oracle, e, show, "POST", b"u=u&p=u", {"Content-Type": "application/x-www-form-urlencoded"})
    # Words of 1.8, which influxd 1.6.7 does not know.
    check("Token", e.get(show, {"Authorization": "Token u:u"})[0] == 200)
    status, headers, body = e.get(show, {"Authorization": "Token u:x"})
    check("Token, wrong", (status, body, headers["WWW-Authenticate"]) == (401, b'{"error":"authorization failed"}\n', 'Basic realm="InfluxDB"'), body)
    check("v2 write", e.request("POST", "/api/v2/write?bucket=d", "m v=1 5", {"Authorization": "Token w:w"})[0] == 204)
    check("v2 write, not allowed", e.request("POST", "/api/v2/write?bucket=d", "m v=1 5", {"Authorization": "Token r:r"})[0] == 403)
    check("v2 write, nobody", e.request("POST", "/api/v2/write?bucket=d", "m v=1 5")[0] == 401)
    check("ping asks nobody", e.get("/ping")[0] == 204)
    check("compact by nobody", e.request("POST", "/admin/compact", b"")[0] == 401)
    check("compact by a user", e.request("POST", "/admin/compact?u=r&p=r", b"")[0] == 403)
    check("compact by an administrator", e.request("POST", "/admin/compact?u=u&p=u", b"")[0] == 204)
    influxd.remove()
    restarts(e, show)


def restarts(e, show):
    """The file of users outlives a crash, and a flipped bit in it stops the start."""
    before = e.get(show + "&u=u&p=u")[2]
    e.kill()
    e.start()
    check("users and grants outlive a crash", e.get(show + "&u=u&p=u")[2] == before and ask(e, "SHOW MEASUREMENTS", "r", db="d")[0] == 200)
    e.stop()
    path = os.path.join(e.data, "users")
    with open(path, "rb") as f:
        good = f.read()
    check("no password is in the file", b"sesame" not in good and good[:4] == b"V2GU")
    with open(path, "wb") as f:
        f.write(good[:30] + bytes([good[30] ^ 4]) + good[31:])
    run = subprocess.run([e.program, "--data", e.data, "--http", "127.0.0.1:0", *e.arguments], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=30)
    check("a flipped bit stops the start with the file's name", run.returncode == 1 and path + " is corrupt" in run.stdout, run.stdout[-300:])
    with open(path, "wb") as f:
        f.write(good)
    e.start()
    check("... and the good file starts", e.get(show + "&u=u&p=u")[2] == before)
    e.stop()
    e.remove()


def access_clients(bin_dir):
    """The influx shell and the two Python packages with user and password."""
    e = secured(bin_dir, ping_auth=True)
    check("ping asks nobody where there is no administrator", e.get("/ping")[0] == 204)

    def influx(*arguments):
        return subprocess.run(["influx", "-host", "127.0.0.1", "-port", str(e.ports["HTTP"]), *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30).stdout

    ask(e, "CREATE USER root WITH PASSWORD 'root' WITH ALL PRIVILEGES")
    check("ping asks where it is told to", e.get("/ping")[0] == 401)
    check("ping with a password", e.get("/ping", basic("root", "root"))[0] == 204)
    admin = ("-username", "root", "-password", "root")
    influx(*admin, "-execute", "CREATE DATABASE shell")
    influx(*admin, "-execute", "CREATE USER w WITH PASSWORD 'w p'")
    influx(*admin, "-execute", "GRANT ALL ON shell TO w")
    out = influx("-username", "w", "-password", "w p", "-database", "shell", "-execute", "INSERT m,t=a v=1 1000000000")
    check("influx -username writes", out == "", out)
    out = influx("-username", "w", "-password", "w p", "-database", "shell", "-format", "csv", "-execute", "SELECT * FROM m")
    check("influx -username reads", out == "name,time,t,v\nm,1000000000,a,1\n", out)
    out = influx("-username", "w", "-password", "w p", "-execute", "SHOW USERS")
    check("influx -username hears of what is not allowed", "requires admin privilege" in out, out)
    out = influx("-username", "w", "-password", "no", "-execute", "SHOW DATABASES")
    check("influx with a wrong password", "authorization failed" in out, out)

    def v2g(sender):
        return subprocess.run([os.path.join(bin_dir, "v2g"), "query", "SHOW USERS", "--http", f"http://{sender}127.0.0.1:{e.ports['HTTP']}"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)

    check("v2g query with user and password", "root" in v2g("root:root@").stdout and "requires admin privilege" in v2g("w:w%20p@").stdout)
    for sender in ("", "root:no@"):
        run = v2g(sender)
        check(f"v2g query as {sender!r} ends and says why", run.returncode == 1 and "another user or password" in run.stdout, run.stdout)

    import influxdb
    c = influxdb.InfluxDBClient("127.0.0.1", e.ports["HTTP"], "root", "root", database="py")
    c.create_database("py")
    c.create_user("reader", "secret")
    c.grant_privilege("read", "py", "reader")
    check("influxdb package lists users", c.get_list_users() == [{"user": "root", "admin": True}, {"user": "w", "admin": False}, {"user": "reader", "admin": False}])
    check("influxdb package lists grants", c.get_list_privileges("reader") == [{"database": "py", "privilege": "READ"}])
    c.write_points([{"measurement": "m", "time": 1, "fields": {"f": 1.5}}])
    reader = influxdb.InfluxDBClient("127.0.0.1", e.ports["HTTP"], "reader", "secret", database="py")
    check("influxdb package reads", list(reader.query("SELECT f FROM m").get_points())[0]["f"] == 1.5)
    check("influxdb package sees its own databases", reader.get_list_database() == [{"name": "py"}])
    try:
        reader.write_points([{"measurement": "m", "fields": {"f": 1.5}}])
        check("influxdb package may not write", False)
    except influxdb.exceptions.InfluxDBClientError as error:
        check("influxdb package may not write", error.code == 403 and "not authorized to write" in str(error), error)
    c.set_user_password("reader", "other")
    try:
        reader.query("SELECT f FROM m")
        check("an old password is void", False)
    except influxdb.exceptions.InfluxDBClientError as error:
        check("an old password is void", error.code == 401, error)

    import influxdb_client
    from influxdb_client.client.write_api import SYNCHRONOUS
    with influxdb_client.InfluxDBClient(url=e.url, token="root:root", org="o") as v2:
        v2.write_api(write_options=SYNCHRONOUS).write("py", record=influxdb_client.Point("m2").field("v", 2.5).time(5))
        check("influxdb-client writes with a token of user and password", list(c.query("SELECT v FROM m2").get_points())[0]["v"] == 2.5)
    with influxdb_client.InfluxDBClient(url=e.url, token="nonsense", org="o") as v2:
        try:
            v2.write_api(write_options=SYNCHRONOUS).write("py", record=influxdb_client.Point("m2").field("v", 2.5).time(6))
            check("influxdb-client with another token", False)
        except influxdb_client.rest.ApiException as error:
            check("influxdb-client with another token", error.status == 401, error)
    e.stop()
    e.remove()
