"""Starts the engine for the client tests, counts checks, and asks over HTTP. Standard library only."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KEY = os.path.join(ROOT, "Tests", "Pipelines", "FleetPipelineTests", "Resources")
REFERENCE = os.path.join(ROOT, "Tests", "Pipelines", "reference", "reference.py")
QUIET = ("--ocpp", "off", "--mqtt", "off", "--grpc", "off")
passed = failed = 0


def check(name, condition, detail=""):
    """Counts one check and prints it where it fails."""
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {name}: {str(detail)[:600]}", flush=True)
    return condition


def difference(want, have):
    """Two answers from where they part, for a person."""
    want, have = json.dumps(want), json.dumps(have)
    at = next((i for i, (a, b) in enumerate(zip(want, have)) if a != b), min(len(want), len(have)))
    return f"influxd …{want[max(0, at - 80):at + 200]} ours …{have[max(0, at - 80):at + 200]}"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def eventually(probe, seconds=20):
    """The first true value of probe(), or its last one."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.1)


def can_connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
        return True
    except OSError:
        return False


class Broker:
    """A mosquitto of our own that keeps its sessions when it stops."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="feederline-mosquitto.")
        os.chmod(self.dir, 0o777)
        self.port = free_port()
        self.config = os.path.join(self.dir, "mosquitto.conf")
        with open(self.config, "w") as f:
            f.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\n"
                    f"persistence true\npersistence_location {self.dir}/\n")
        self.start()

    def start(self):
        self.proc = subprocess.Popen(["/usr/sbin/mosquitto", "-c", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(lambda: can_connect(self.port), 10)

    def stop(self):
        self.proc.terminate()
        self.proc.wait()

    def publish(self, topic, payload, *more):
        subprocess.run(["mosquitto_pub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "-t", topic,
                        "-m", payload, *more], check=True, timeout=20)

    def publish_bytes(self, topic, payload, *more):
        subprocess.run(["mosquitto_pub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "-t", topic, "-s", *more],
                       input=payload, check=True, timeout=20)

    @classmethod
    def of_ops(cls, certificates):
        """The set-up of ops/mosquitto with the directories and ports of a test: TLS on `secure_port`, plain on `port`."""
        broker = cls.__new__(cls)
        broker.dir = tempfile.mkdtemp(prefix="feederline-mosquitto.")
        os.chmod(broker.dir, 0o777)
        broker.port, broker.secure_port = free_port(), free_port()
        broker.config = os.path.join(broker.dir, "mosquitto.conf")
        ops = os.path.join(ROOT, "ops", "mosquitto")
        shutil.copy(os.path.join(ops, "feederline.acl"), broker.dir)
        with open(os.path.join(ops, "feederline.conf")) as f:
            text = f.read()
        for was, now in (("/etc/mosquitto/certs", certificates), ("/etc/mosquitto", broker.dir), ("/var/lib/mosquitto", broker.dir),
                         ("listener 8883", f"listener {broker.secure_port} 127.0.0.1"), ("listener 1883", f"listener {broker.port}")):
            assert was in text, was
            text = text.replace(was, now)
        with open(broker.config, "w") as f:
            f.write(text.replace("sys_interval 10", "sys_interval 1"))
        broker.start()
        return broker

    def retained(self, topic, count, seconds=5):
        """What a new subscriber gets: (topic, content type, JSON) of retained messages."""
        out = subprocess.run(["mosquitto_sub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", str(self.port), "-t", topic, "-C", str(count),
                              "-W", str(seconds), "--retained-only", "-F", "%t %C %p"], stdout=subprocess.PIPE, text=True).stdout
        return [(t, kind, json.loads(payload)) for t, kind, payload in (line.split(" ", 2) for line in out.splitlines())]

    def remove(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


class Engine:
    """One engine process over one directory; ports are picked anew at each start."""

    def __init__(self, bin_dir, *arguments, data=None):
        self.program = os.path.join(bin_dir, "v2g-engine")
        self.arguments = list(arguments)
        self.data = data or tempfile.mkdtemp(prefix="feederline-engine.")
        self.log = []
        self.start()

    def start(self):
        self.ports = {}
        argv = [self.program, "--data", self.data, "--http", "127.0.0.1:0", *self.arguments]
        self.proc = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, args=(self.proc,), daemon=True).start()
        if not eventually(lambda: "HTTP" in self.ports or self.proc.poll() is not None, 60) or self.proc.poll() is not None:
            raise SystemExit("the engine did not start:\n" + "".join(self.log[-20:]))
        self.url = f"http://127.0.0.1:{self.ports['HTTP']}"
        if "--tls-cert" not in self.arguments:  # There the caller has to know the certificate.
            eventually(lambda: self.get("/ready")[0] == 200, 60)

    def _read(self, proc):
        for line in proc.stdout:
            self.log.append(line)
            m = re.match(r"v2g-engine: (\S+) on .*:(\d+)$", line.strip())
            if m:
                self.ports[m[1]] = int(m[2])

    def port(self, name):
        eventually(lambda: name in self.ports, 20)
        return self.ports[name]

    def kill(self):
        self.proc.kill()
        self.proc.wait()

    def stop(self, sig=signal.SIGINT):
        self.proc.send_signal(sig)
        try:
            return self.proc.wait(30)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            return -9

    def remove(self):
        shutil.rmtree(self.data, ignore_errors=True)

    def request(self, method, path, body=None, headers=None):
        if isinstance(body, str):
            body = body.encode()
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as r:
                return r.status, r.headers, r.read()
        except urllib.error.HTTPError as e:
            return e.code, e.headers, e.read()
        except OSError as e:
            return 0, {}, str(e).encode()

    def get(self, path, headers=None):
        return self.request("GET", path, None, headers)

    def write(self, db, lines, path="/write", **parameters):
        return self.request("POST", f"{path}?" + urllib.parse.urlencode({"db": db, **parameters}), lines)

    def query(self, q, db="telemetry", **parameters):
        body = urllib.parse.urlencode({"q": q, "db": db, **parameters})
        status, _, answer = self.request("POST", "/query", body, {"Content-Type": "application/x-www-form-urlencoded"})
        return json.loads(answer) if answer[:1] == b"{" else {"error": f"{status} {answer!r}"}

    def series(self, q, db="telemetry", **parameters):
        answer = self.query(q, db, **parameters)
        try:
            return answer["results"][0].get("series", [])
        except (KeyError, IndexError):
            return []

    def rows(self, q, db="telemetry", **parameters):
        """Every row of every series as a dict of columns and tags."""
        return [dict(zip(s["columns"], row), **s.get("tags", {}))
                for s in self.series(q, db, **parameters) for row in s.get("values", [])]

    def metric(self, name):
        text = self.get("/metrics")[2].decode()
        return sum(float(line.split()[-1]) for line in text.splitlines()
                   if not line.startswith("#") and re.match(re.escape(name) + r"[ {]", line))
