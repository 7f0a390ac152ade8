"""Loads series with one point each into an engine whose memory is limited, starts it again, asks questions over all.

many_series.py ENGINE SERIES MIB. Prints a line for each step; exit code 1 where the engine ends by itself.
"""
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

ENGINE, SERIES, MIB = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
PORT, STEP = 18086, 20_000
QUESTIONS = [
    "SHOW SERIES CARDINALITY",
    "SELECT last(soc_pct) FROM Power_Flow WHERE EVSE_ID = 'evse-%08d'" % (SERIES // 2),
    "SELECT count(*) FROM Power_Flow",
    "SELECT count(soc_pct) FROM Power_Flow WHERE EVSE_ID =~ /77$/",
    "SELECT mean(soc_pct) FROM Power_Flow GROUP BY Feeder_ID SLIMIT 2",
    "SELECT mean(soc_pct) FROM Power_Flow GROUP BY EVSE_ID",
]


def group():
    """The tasks file of a control group with the limit, or None where there can be none."""
    for root, name in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        folder = os.path.join(root, "feederline-bench")
        try:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, name), "w") as file:
                file.write(str(MIB << 20))
            return os.path.join(folder, "tasks" if "limit" in name else "cgroup.procs")
        except OSError:
            continue
    return None


def request(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
    connection.request(method, path, body)
    response = connection.getresponse()
    return response.status, response.read()


class Engine:
    def __init__(self, folder, tasks):
        def enter():
            if tasks:
                with open(tasks, "w") as file:
                    file.write(str(os.getpid()))

        begin = time.time()
        self.process = subprocess.Popen(
            [ENGINE, "--data", folder, "--http", "127.0.0.1:%d" % PORT]
            + ["--ocpp", "off", "--mqtt", "off", "--grpc", "off"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=enter)
        while True:
            try:
                if request("GET", "/ready")[0] == 200:
                    break
            except OSError:
                pass
            self.check()
            time.sleep(0.02)
        self.seconds = time.time() - begin

    def check(self):
        if self.process.poll() is not None:
            sys.exit("the engine ended by itself: %s" % self.process.returncode)

    def memory(self):
        with open("/proc/%d/status" % self.process.pid) as file:
            lines = dict(line.split(":", 1) for line in file)
        return "%d MiB its own, %d MiB mapped" % tuple(
            int(lines[name].split()[0]) >> 10 for name in ("RssAnon", "RssFile"))

    def stop(self, number):
        self.process.send_signal(number)
        self.process.wait()


def load():
    request("POST", "/query?q=CREATE+DATABASE+many")
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
    begin, refused = time.time(), 0
    for first in range(0, SERIES, STEP):
        body = "\n".join(
            "Power_Flow,EVSE_ID=evse-%08d,Feeder_ID=feeder-%05d,Site_ID=site-%06d active_power_w=%d.5,soc_pct=%d "
            "1764547200000000000" % (number, number // 100 % 10_000, number // 20, number % 11_000, number % 100)
            for number in range(first, min(first + STEP, SERIES))).encode()
        while True:
            connection.request("POST", "/write?db=many", body)
            response = connection.getresponse()
            text = response.read()
            if response.status == 204:
                break
            if response.status != 503:
                sys.exit("%d: %s" % (response.status, text[:300]))
            refused += 1
            time.sleep(0.2)
    seconds = time.time() - begin
    print("%d series in %.1f s, the client's own work included; %d times told to wait" % (SERIES, seconds, refused))


def main():
    tasks = group()
    print("limit: %s" % ("%d MiB" % MIB if tasks else "none could be set"))
    folder = tempfile.mkdtemp(prefix="feederline-series-")
    try:
        engine = Engine(folder, tasks)
        load()
        print("after it: %s" % engine.memory())
        engine.stop(signal.SIGKILL)
        engine = Engine(folder, tasks)
        print("ready after a kill: %.2f s; %s" % (engine.seconds, engine.memory()))
        request("POST", "/admin/compact")
        # A base that no flush asked for is written a minute after the one before.
        time.sleep(70)
        engine.stop(signal.SIGTERM)
        for _ in range(2):
            engine = Engine(folder, tasks)
            print("ready with everything in segments: %.2f s; %s" % (engine.seconds, engine.memory()))
            engine.stop(signal.SIGTERM)
        engine = Engine(folder, tasks)
        for question in QUESTIONS:
            begin = time.time()
            query = urllib.parse.urlencode({"db": "many", "q": question})
            result = json.loads(request("GET", "/query?" + query)[1])["results"][0]
            answer = result.get("error") or json.dumps(result.get("series", [{}])[0].get("values", []))[:60]
            print("%.2f s  %s: %s; %s" % (time.time() - begin, question, answer, engine.memory()))
            engine.check()
        size = sum(entry.stat().st_size for entry in os.scandir(os.path.join(folder, "databases", "2")))
        print("on disk: %d MiB" % (size >> 20))
        engine.stop(signal.SIGTERM)
    finally:
        shutil.rmtree(folder)


main()
