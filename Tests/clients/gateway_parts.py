"""The OCPP gateway in a process of its own: versions, schemas, commands, security profiles, peers that misbehave."""
import asyncio
import json
import os
import re
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import harness
from harness import Engine, QUIET, check, eventually


class Gateway:
    """One ocpp-gateway over one directory, with an admin listener; ports are picked anew at each start."""

    def __init__(self, bin_dir, engine, data=None, environment=None, **settings):
        self.program = os.path.join(bin_dir, "ocpp-gateway")
        self.data = data or tempfile.mkdtemp(prefix="feederline-gateway.")
        self.settings = {"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "engine": engine, "data": self.data, **settings}
        self.environment = {**os.environ, **(environment or {})}
        self.log = []
        self.start()

    def start(self):
        self.ports = {}
        config = os.path.join(self.data, "gateway.yaml")
        with open(config, "w") as f:
            f.writelines(f"{key}: {json.dumps(value)}\n" for key, value in self.settings.items())
        self.proc = subprocess.Popen([self.program, "--config", config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                     env=self.environment)
        threading.Thread(target=self._read, args=(self.proc,), daemon=True).start()
        if not eventually(lambda: len(self.ports) == 2 or self.proc.poll() is not None, 30) or self.proc.poll() is not None:
            raise RuntimeError("the gateway did not start:\n" + "".join(self.log[-20:]))
        scheme = "wss" if self.settings.get("security_profile", 0) > 1 else "ws"
        self.url = f"{scheme}://127.0.0.1:{self.ports['OCPP']}/ocpp"

    def _read(self, proc):
        for line in proc.stdout:
            self.log.append(line)
            m = re.match(r"ocpp-gateway: (\S+) on .*:(\d+)$", line.strip())
            if m:
                self.ports[m[1]] = int(m[2])

    def admin(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports['admin']}{path}", data=data, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as r:
                return r.status, r.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()

    def call(self, station, action, payload=None, **more):
        status, answer = self.admin("POST", f"/admin/stations/{station}/call", {"action": action, "payload": payload or {}, **more})
        return status, json.loads(answer)

    def metric(self, name):
        text = self.admin("GET", "/metrics")[1]
        return sum(float(line.split()[-1]) for line in text.splitlines() if not line.startswith("#") and re.match(re.escape(name) + r"[ {]", line))

    def logged(self, text):
        return eventually(lambda: any(text in line for line in self.log), 10)

    def stop(self):
        self.proc.terminate()
        try:
            return self.proc.wait(20)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            return -9

    def kill(self):
        self.proc.kill()
        self.proc.wait()


def gateway_versions(bin_dir):
    """The real ocpp package as a station of 1.6 and of 2.1; transactions over a restart."""
    import ocpp_versions

    e = Engine(bin_dir, *QUIET)
    g = Gateway(bin_dir, e.url)
    for name, condition, detail in asyncio.run(ocpp_versions.station16(g.url)) + asyncio.run(ocpp_versions.station21(g.url)):
        check(name, condition, detail)
    rows = e.rows("SELECT active_power_w, energy_import_wh, transaction_id FROM Power_Flow WHERE EVSE_ID = 'CS16:1'")
    power = [r["active_power_w"] for r in rows if r["active_power_w"] is not None]
    check("1.6: a discharge is negative, kW are W", -7500 in power and 11000 in power, rows)
    check("1.6: the registers at both ends are stored", {1000, 5000} <= {r["energy_import_wh"] for r in rows}, rows)
    v2x = e.rows("SELECT value FROM OCPP_Event WHERE component = 'v2xChargingParameters' AND variable = 'maxDischargePower'")
    check("2.1: what a vehicle can discharge is stored", [r["value"] for r in v2x] == [9000], v2x)
    stream = e.rows("SELECT value FROM OCPP_Event WHERE component = 'PeriodicEventStream'")
    check("2.1: a stream by SEND is stored", [r["value"] for r in stream] == [230.5, 231], stream)
    first = asyncio.run(ocpp_versions.start16(g.url, "CS17", "2026-02-01T00:00:00Z"))
    g.kill()
    g.start()
    again, other, stopped = asyncio.run(ocpp_versions.after_restart16(g.url, "CS17"))
    check("1.6: a repeated start has its number after a kill", first == again and first > 0, (first, again))
    check("1.6: a new start has another", other not in (first, None), (first, other))
    check("1.6: a stop after a restart finds its connector", stopped == {} or stopped.get("idTagInfo"), stopped)
    rows = e.rows("SELECT energy_import_wh FROM Power_Flow WHERE EVSE_ID = 'CS17:2'")
    check("1.6: ... and is stored under it", 777 in [r["energy_import_wh"] for r in rows], rows)
    check("a clean stop", g.stop() == 0)
    old = Gateway(bin_dir, e.url, environment={"OCPP_VERSION": "2.0.1"})
    check("OCPP_VERSION is honoured", asyncio.run(ocpp_versions.agreed(old.url, ["ocpp1.6"])) is None)
    check("... for what it names", asyncio.run(ocpp_versions.agreed(old.url, ["ocpp2.1", "ocpp2.0.1"])) == "ocpp2.0.1")
    old.stop()
    e.stop()
    e.remove()


def gateway_schemas(bin_dir):
    """Every rule of the official schemas of three versions, broken once."""
    import ocpp_schemas

    e = Engine(bin_dir, *QUIET)
    g = Gateway(bin_dir, e.url)
    for version in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"):
        count, findings = ocpp_schemas.run(g.url, version)
        check(f"{version}: {count} payloads are answered as the schemas want", count > 200 and not findings, "\n".join([str(len(findings))] + findings[:12]))
    g.stop()
    e.stop()
    e.remove()
