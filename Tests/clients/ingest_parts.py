"""What comes in by OCPP and MQTT, and kill -9 while it does."""
import gzip
import json
import os
import random
import subprocess
import sys
import threading
import time

import harness
from harness import Broker, Engine, HERE, QUIET, can_connect, check, eventually, free_port


def ocpp(bin_dir):
    """The real ocpp package as a station; its readings in the store, signed."""
    e = Engine(bin_dir, "--ocpp", "127.0.0.1:0", "--mqtt", "off", "--grpc", "127.0.0.1:0")
    script = subprocess.run([sys.executable, os.path.join(HERE, "ocpp_station.py"), f"ws://127.0.0.1:{e.port('OCPP')}/ocpp/CS00001"],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
    check("the station's own checks", script.returncode == 0, script.stdout[-1500:])
    rows = e.rows("SELECT active_power_w FROM Power_Flow WHERE EVSE_ID =~ /^CS00001:/")
    check("a discharge is negative", rows and min(r["active_power_w"] for r in rows) < 0 < max(r["active_power_w"] for r in rows), rows[:3])
    check("the log names OCPP_JSON_INVALID", any("OCPP_JSON_INVALID" in line for line in e.log))
    port = harness.free_port()
    gateway = subprocess.Popen([os.path.join(bin_dir, "ocpp-gateway"), "--listen", f"127.0.0.1:{port}", "--engine", f"127.0.0.1:{e.port('GRPC')}"],
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
    small = json.dumps({"ts": now + 5 * 10**9, "active_power_w": 6}).encode()
    packers = {"gzip": gzip.compress, "zstd": lambda b: subprocess.run(["zstd", "-q", "-c"], input=b, stdout=subprocess.PIPE, check=True).stdout}
    for number, (name, pack) in enumerate(packers.items()):
        broker.publish_bytes(f"v2g/v1/S2/P{number}/telemetry", pack(small), "-D", "publish", "user-property", "encoding", name)
        check(f"a payload of {name}", eventually(lambda: e.rows(f"SELECT active_power_w FROM Power_Flow WHERE EVSE_ID='P{number}'")))
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
    fleet = lambda: len([name for name in counts() if name not in ("E1", "E2", "E3", "E5", "E6", "E7", "E8", "P0", "P1")])
    check("each of its vehicles arrives, whatever it speaks", eventually(lambda: fleet() == 6), counts())
    check("a clean stop", e.stop() == 0)
    broker.remove()
    e.remove()


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
