"""The OCPP gateway in a process of its own: versions, schemas, commands, security profiles, peers that misbehave."""
import asyncio
import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import harness
from harness import Engine, QUIET, check, eventually, free_port

# The gateway forwards by gRPC.
FORWARDED = (*QUIET[:-1], "127.0.0.1:0")


class Gateway:
    """One ocpp-gateway over one directory, with an admin listener; ports are picked anew at each start."""

    def __init__(self, bin_dir, engine, data=None, environment=None, **settings):
        self.program = os.path.join(bin_dir, "ocpp-gateway")
        self.data = data or tempfile.mkdtemp(prefix="feederline-gateway.")
        engine = engine if isinstance(engine, str) else f"127.0.0.1:{engine.port('GRPC')}"
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

    e = Engine(bin_dir, *FORWARDED)
    g = Gateway(bin_dir, e)
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
    old = Gateway(bin_dir, e, environment={"OCPP_VERSION": "2.0.1"})
    check("OCPP_VERSION is honoured", asyncio.run(ocpp_versions.agreed(old.url, ["ocpp1.6"])) is None)
    check("... for what it names", asyncio.run(ocpp_versions.agreed(old.url, ["ocpp2.1", "ocpp2.0.1"])) == "ocpp2.0.1")
    old.stop()
    e.stop()
    e.remove()


def gateway_schemas(bin_dir):
    """Every rule of the official schemas of three versions, broken once."""
    import ocpp_schemas

    e = Engine(bin_dir, *FORWARDED)
    g = Gateway(bin_dir, e)
    for version in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"):
        count, findings = ocpp_schemas.run(g.url, version)
        check(f"{version}: {count} payloads are answered as the schemas want", count > 200 and not findings, "\n".join([str(len(findings))] + findings[:12]))
    g.stop()
    e.stop()
    e.remove()


COMMANDS = {
    "ocpp2.0.1": [
        ("SetChargingProfile", {"evseId": 1, "chargingProfile": {
            "id": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Absolute", "transactionId": "t",
            "chargingSchedule": [{"id": 1, "chargingRateUnit": "W", "startSchedule": "2026-01-01T00:00:00Z",
                                  "chargingSchedulePeriod": [{"startPeriod": 0, "limit": -5000}]}]}}, {"status": "Accepted"}),
        ("ClearChargingProfile", {"chargingProfileId": 1}, {"status": "Accepted"}),
        ("GetChargingProfiles", {"requestId": 1, "chargingProfile": {}}, {"status": "NoProfiles"}),
        ("GetCompositeSchedule", {"duration": 60, "evseId": 1}, {"status": "Rejected"}),
        ("RequestStartTransaction", {"idToken": {"idToken": "T", "type": "Central"}, "remoteStartId": 1}, {"status": "Accepted"}),
        ("RequestStopTransaction", {"transactionId": "t"}, {"status": "Accepted"}),
        ("GetVariables", {"getVariableData": [{"component": {"name": "C"}, "variable": {"name": "V"}}]},
         {"getVariableResult": [{"attributeStatus": "Accepted", "component": {"name": "C"}, "variable": {"name": "V"}, "attributeValue": "1"}]}),
        ("SetVariables", {"setVariableData": [{"attributeValue": "1", "component": {"name": "C"}, "variable": {"name": "V"}}]},
         {"setVariableResult": [{"attributeStatus": "Accepted", "component": {"name": "C"}, "variable": {"name": "V"}}]}),
        ("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, {"status": "Accepted"}),
        ("TriggerMessage", {"requestedMessage": "MeterValues"}, {"status": "Accepted"}),
        ("Reset", {"type": "OnIdle"}, {"status": "Scheduled"}),
        ("SetMonitoringBase", {"monitoringBase": "All"}, {"status": "Accepted"}),
        ("SetMonitoringLevel", {"severity": 5}, {"status": "Accepted"}),
        ("SetVariableMonitoring", {"setMonitoringData": [
            {"value": 5, "type": "Periodic", "severity": 9, "component": {"name": "C"}, "variable": {"name": "V"}}]},
         {"setMonitoringResult": [{"status": "Accepted", "type": "Periodic", "severity": 9, "component": {"name": "C"}, "variable": {"name": "V"}}]}),
        ("CertificateSigned", {"certificateChain": "x"}, {"status": "Accepted"}),
        ("InstallCertificate", {"certificateType": "CSMSRootCertificate", "certificate": "x"}, {"status": "Accepted"}),
        ("GetInstalledCertificateIds", {}, {"status": "NotFound"}),
        ("DeleteCertificate", {"certificateHashData": {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"}},
         {"status": "NotFound"}),
    ],
    "ocpp1.6": [
        ("RemoteStartTransaction", {"idTag": "T"}, {"status": "Accepted"}),
        ("RemoteStopTransaction", {"transactionId": 1}, {"status": "Accepted"}),
        ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": {
            "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Absolute",
            "chargingSchedule": {"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": -5000.0}]}}}, {"status": "Accepted"}),
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}, {"status": "Accepted"}),
        ("Reset", {"type": "Soft"}, {"status": "Accepted"}),
        ("GetConfiguration", {}, {"configurationKey": []}),
        ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"}, {"status": "Accepted"}),
    ],
    "ocpp2.1": [("UpdateDynamicSchedule", {"chargingProfileId": 1, "scheduleUpdate": {"setpoint": -7000}}, {"status": "Accepted"})],
}


def gateway_commands(bin_dir):
    """Commands by the admin listener to the real ocpp package as stations of three versions, and what has no answer."""
    import ocpp_commands

    e = Engine(bin_dir, *FORWARDED)
    g = Gateway(bin_dir, e)
    for version, commands in COMMANDS.items():
        with ocpp_commands.Station(g.url, f"C-{version}", version, {name: answer for name, _, answer in commands}) as station:
            for name, payload, answer in commands:
                status, outcome = g.call(station.identity, name, payload)
                check(f"{version} {name}", (status, outcome) == (200, {"outcome": "answered", "payload": answer}), (status, outcome, station.failure))
                check(f"{version} {name}: the station got what was sent", station.received[-1:] == [(name, payload)], station.received[-1:])
    with ocpp_commands.RawStation(g.url, "R1") as station:
        check("the list names who is connected", any(s["station"] == "R1" for s in json.loads(g.admin("GET", "/admin/stations")[1])["stations"]))
        station.answer = lambda i, action, payload: [4, i, "NotSupported", "not today", {"a": 1}]
        status, outcome = g.call("R1", "Reset", {"type": "OnIdle"}, messageId="my-id")
        check("a CALLERROR is handed on", (status, outcome) == (200, {"outcome": "refused", "code": "NotSupported", "description": "not today",
                                                                     "details": {"a": 1}}), (status, outcome))
        check("a message id of the caller's is kept", station.ids[-1] == "my-id", station.ids)
        station.answer = lambda i, action, payload: None
        began = time.monotonic()
        status, outcome = g.call("R1", "Reset", {"type": "OnIdle"}, timeout=1)
        check("no answer in time", (status, outcome) == (504, {"outcome": "timed_out", "mayHaveArrived": True}), (status, outcome))
        check("... is told after its time", 0.9 < time.monotonic() - began < 5, time.monotonic() - began)
        station.send([3, station.ids[-1], {"status": "Accepted"}])
        check("a late answer is counted", eventually(lambda: g.metric('feederline_ocpp_deviations_total{kind="late_answer"}') == 1))
        station.answer = lambda i, action, payload: [3, i, 5]
        check("an answer that cannot be read", g.call("R1", "Reset", {"type": "OnIdle"})[1]["outcome"] == "unreadable")
        # One CALL at a time: the second leaves with the answer to the first.
        station.answer = lambda i, action, payload: None
        results = []
        threads = [threading.Thread(target=lambda: results.append(g.call("R1", "Reset", {"type": "OnIdle"}))) for _ in range(3)]
        before = len(station.ids)
        for t in threads:
            t.start()
        eventually(lambda: len(station.ids) == before + 1)
        time.sleep(0.3)
        check("one CALL of ours is open at a time", len(station.ids) == before + 1, station.ids[before:])
        for n in range(3):
            eventually(lambda: len(station.ids) == before + 1 + n)
            station.send([3, station.ids[before + n], {"status": "Accepted"}])
        for t in threads:
            t.join()
        check("... and all are answered", [r[0] for r in results] == [200] * 3, results)
        check("an unknown action", g.call("R1", "RemoteStartTransaction", {"idTag": "T"})[0] == 400)
        check("a payload that is no object", g.call("R1", "Reset", [1])[0] == 400)
        check("a body that is no JSON", g.admin("POST", "/admin/stations/R1/call", "x")[0] == 400)
        check("a page of the web may not", g.admin("POST", "/admin/stations/R1/call", {"action": "Reset"}, {"Origin": "http://evil"})[0] == 403)
        check("nor one that calls us by its own name", g.admin("GET", "/metrics", None, {"Host": "evil.example:80"})[0] == 403)
        thread = threading.Thread(target=lambda: results.append(g.call("R1", "Reset", {"type": "OnIdle"})))
        before = len(station.ids)
        thread.start()
        eventually(lambda: len(station.ids) == before + 1)
    thread.join()
    check("a connection that ends in between", results[-1] == (502, {"outcome": "connection_lost", "mayHaveArrived": True}), results[-1])
    check("a station that is not there", g.call("R1", "Reset", {})[0] == 404)
    check("commands are counted", g.metric("feederline_ocpp_commands_total") > 20)
    g.stop()
    e.stop()
    e.remove()


def gateway_command_schemas(bin_dir):
    """Every rule of the official schemas of what we ask of stations, broken once: a bad payload never reaches a station."""
    import ocpp_commands
    import ocpp_schemas

    e = Engine(bin_dir, *FORWARDED)
    g = Gateway(bin_dir, e)
    for version in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"):
        with ocpp_commands.RawStation(g.url, f"S-{version}", version) as station:
            count, findings = ocpp_schemas.judge_commands(g.call, station, version)
            check(f"{version}: {count} commands are sent or refused as the schemas want", count > 200 and not findings,
                  "\n".join([str(len(findings))] + findings[:12]))
    with ocpp_commands.RawStation(g.url, "S1") as station:
        status, outcome = g.call("S1", "SetChargingProfile", {"evseId": 1, "chargingProfile": {"id": 1, "stackLevel": 0}})
        check("a bad payload is told with its place", (status, outcome["mayHaveArrived"], outcome["reason"]) == (
            400, False, "chargingProfile.chargingProfilePurpose: missing"), (status, outcome))
        check("... and never reaches the station", station.payloads == [], station.payloads)
    check("... and is counted", g.metric('feederline_ocpp_commands_failed_total{reason="invalid"}') > 200)
    g.stop()
    e.stop()
    e.remove()


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def authority(directory, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem",
            "-subj", f"/CN={name}", "-days", "2", cwd=directory)


def certificate(directory, signer, name, subject, days="2", san=None):
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject,
            cwd=directory)
    extra = []
    if san:
        with open(os.path.join(directory, f"{name}.ext"), "w") as f:
            f.write(f"subjectAltName={san}\n")
        extra = ["-extfile", f"{name}.ext"]
    times = ["-days", days] if not days.startswith("-") else ["-not_before", "20200101000000Z", "-not_after", "20200102000000Z"]
    if days.startswith("-"):
        # An expired one: made by openssl ca, which takes dates.
        for file, content in (("index.txt", ""), ("serial", "01\n")):
            with open(os.path.join(directory, file), "w") as f:
                f.write(content)
        with open(os.path.join(directory, "ca.cnf"), "w") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        openssl("ca", "-config", "ca.cnf", "-batch", "-notext", "-in", f"{name}.csr", "-out", f"{name}.pem", "-cert", f"{signer}.pem", "-keyfile",
                f"{signer}.key", "-startdate", "20200101000000Z", "-enddate", "20200102000000Z", cwd=directory)
        return
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-CAcreateserial", "-out", f"{name}.pem", *times, *extra,
            cwd=directory)


def gateway_security(bin_dir):
    """Security profiles 1 to 3 with certificates of a throw-away CA, wrong ones of each kind, and reload."""
    import ocpp_security as s

    e = Engine(bin_dir, *FORWARDED)
    d = tempfile.mkdtemp(prefix="feederline-tls.")
    program = os.path.join(bin_dir, "ocpp-gateway")

    def hashed(identity, password):
        return subprocess.run([program, "hash-password", identity], input=password, stdout=subprocess.PIPE, check=True).stdout.decode()

    passwords = os.path.join(d, "passwords")
    raw = bytes([0xFF, 0x00, 0x3A]) + b"thirteen-more"
    with open(passwords, "w") as f:
        f.write("# stations\n" + hashed("P1", b"correct-horse-battery") + hashed("P2", raw))
    authority(d, "ca")
    authority(d, "other")
    certificate(d, "ca", "server", "/CN=127.0.0.1", san="IP:127.0.0.1")
    certificate(d, "ca", "server2", "/CN=127.0.0.1", san="IP:127.0.0.1", days="30")
    certificate(d, "ca", "P3", "/O=Operator/CN=P3")
    certificate(d, "other", "stranger", "/CN=P3")
    certificate(d, "ca", "expired", "/CN=P3", days="-1")
    path = lambda name: os.path.join(d, name)
    bad = subprocess.run([program, "--listen", "0.0.0.0:0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    check("profile 0 does not listen but on loopback", bad.returncode == 78 and "security profile 0" in bad.stdout, bad.stdout)

    g = Gateway(bin_dir, e, security_profile=1, passwords=passwords)
    check("profile 1: the right password", s.beat(g.url, "P1", password=b"correct-horse-battery") == "answered")
    check("profile 1: a password of raw bytes with a colon", s.beat(g.url, "P2", password=raw) == "answered")
    for name, outcome in {
        "a wrong password": s.beat(g.url, "P1", password=b"wrong"), "no password": s.beat(g.url, "P1"),
        "the password of another": s.beat(g.url, "P2", user="P1", password=b"correct-horse-battery"),
        "a prefix and a zero": s.beat(g.url, "P1", password=b"correct-horse-battery\0"),
        "a station without a password": s.beat(g.url, "P9", password=b"x"),
    }.items():
        check(f"profile 1: {name}", outcome == ("401", 'Basic realm="OCPP"'), outcome)
    check("... is logged", g.logged("OCPP_UNAUTHORIZED"))
    check("... and counted", g.metric("feederline_ocpp_unauthorized_total") == 5)
    slow = s.timed(lambda: s.beat(g.url, "P1", password=b"wrong-again"))
    quick = min(s.timed(lambda: s.beat(g.url, "P1", password=b"correct-horse-battery")) for _ in range(3))
    check("profile 1: a password seen before costs no slow hash", quick < slow, (quick, slow))
    with open(passwords, "w") as f:
        f.write(hashed("P1", b"another-long-password"))
    g.proc.send_signal(1)
    check("SIGHUP reads the passwords anew", eventually(lambda: s.beat(g.url, "P1", password=b"another-long-password") == "answered", 10))
    check("... and forgets the old", s.beat(g.url, "P1", password=b"correct-horse-battery")[0] == "401")
    with open(passwords, "w") as f:
        f.write("P1 nonsense\n")
    check("a broken file is refused", g.admin("POST", "/admin/reload")[0] == 500)
    check("... and the old one stays", s.beat(g.url, "P1", password=b"another-long-password") == "answered")
    g.stop()

    with open(passwords, "w") as f:
        f.write(hashed("P1", b"correct-horse-battery"))
    g = Gateway(bin_dir, e, security_profile=2, passwords=passwords, tls_cert=path("server.pem"), tls_key=path("server.key"))
    good = dict(ca=path("ca.pem"), password=b"correct-horse-battery")
    check("profile 2: password in TLS", s.beat(g.url, "P1", **good) == "answered")
    check("profile 2: a wrong password", s.beat(g.url, "P1", ca=path("ca.pem"), password=b"wrong")[0] == "401")
    check("profile 2: a station that does not trust us", s.beat(g.url, "P1", ca=path("other.pem"), password=b"x")[0] == "tls")
    check("... is logged as TLS_ERR_HANDSHAKE", g.logged("TLS_ERR_HANDSHAKE"))
    before = g.metric("feederline_ocpp_tls_failures_total")
    check("profile 2: TLS 1.1 is refused", s.old_tls(g.ports["OCPP"]) is False)
    check("profile 2: plain HTTP on the port", s.plain(g.ports["OCPP"]) is False)
    check("... both are counted", eventually(lambda: g.metric("feederline_ocpp_tls_failures_total") >= before + 2), g.metric("feederline_ocpp_tls_failures_total"))
    expiry = g.metric("feederline_ocpp_certificate_expiry_timestamp_seconds")
    check("the certificate's expiry is a metric", time.time() + 86400 < expiry < time.time() + 3 * 86400, expiry)
    with s.Kept(g.url, "P1", **good) as kept:
        for name in ("server.pem", "server.key"):
            os.replace(path(name.replace("server", "server2")), path(name))
        g.proc.send_signal(1)
        check("SIGHUP reads the certificate anew", eventually(lambda: g.metric("feederline_ocpp_certificate_expiry_timestamp_seconds") > expiry + 86400))
        check("... and an open connection goes on", kept.beat() == "answered")
        check("... and a binary frame still gets its close code", kept.close_code(b"\x00") == 1003)
    check("... and new ones see the new one", s.beat(g.url, "P1", **good) == "answered")
    g.stop()

    g = Gateway(bin_dir, e, security_profile=3, tls_cert=path("server.pem"), tls_key=path("server.key"), station_ca=path("ca.pem"))
    mine = dict(ca=path("ca.pem"), cert=(path("P3.pem"), path("P3.key")))
    check("profile 3: the station's certificate", s.beat(g.url, "P3", **mine) == "answered")
    check("profile 3: the certificate of another", s.beat(g.url, "P4", **mine)[0] == "401")
    check("... is logged with the name", g.logged("the certificate is of P3"))
    for name in ("stranger", "expired"):
        outcome = s.beat(g.url, "P3", ca=path("ca.pem"), cert=(path(name + ".pem"), path(name + ".key")))
        check(f"profile 3: a certificate that is {name}", outcome[0] == "tls", outcome)
    check("profile 3: no certificate", s.beat(g.url, "P3", ca=path("ca.pem"))[0] == "tls")
    check("... each with its reason in the log", g.logged("CERTIFICATE_VERIFY_FAILED") and g.logged("PEER_DID_NOT_RETURN_A_CERTIFICATE"), g.log[-5:])
    check("a clean stop", g.stop() == 0)
    e.stop()
    e.remove()


def gateway_deflate(bin_dir):
    """permessage-deflate with the real websockets client: agreed without context, both ways, and a bomb is shed."""
    import ocpp_deflate as d

    e = Engine(bin_dir, *FORWARDED)
    g = Gateway(bin_dir, e)
    for name, condition, detail in asyncio.run(d.station(g.url, g.call)):
        check(name, condition, detail)
    rows = e.rows("SELECT active_power_w FROM Power_Flow WHERE EVSE_ID = 'DEFLATE:1'")
    check("deflate: every reading that was acknowledged is stored", len(rows) == d.READINGS, len(rows))
    check("deflate: who agreed is counted", g.metric("feederline_ocpp_deflate_connections_total") == len(d.OFFERS))
    check("an inflating bomb is closed with 1009", asyncio.run(d.closed(g.url, d.bomb())) == 1009)
    check("... counted and logged", g.metric('feederline_ocpp_connections_shed_total{reason="inflating"}') == 1 and g.logged("OCPP_FRAME_TOO_LARGE"))
    check("what cannot be inflated is closed with 1007", asyncio.run(d.closed(g.url, b"\xff" * 40)) == 1007)
    check("... and a frame marked as deflated where nothing was agreed with 1002", asyncio.run(d.closed(g.url, d.bomb(), agreed=False)) == 1002)
    g.stop()
    plain = Gateway(bin_dir, e, permessage_deflate=False)
    check("permessage_deflate: false agrees to nothing", asyncio.run(d.extensions(plain.url)) == [])
    plain.stop()
    e.stop()
    e.remove()


class FalseTimeServer(threading.Thread):
    """An SNTP server on loopback that is `ahead` seconds ahead; None answers with what is no answer."""

    def __init__(self, ahead):
        super().__init__(daemon=True)
        self.ahead = ahead
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            question, peer = self.socket.recvfrom(512)
            if self.ahead is None:
                self.socket.sendto(b"x" * 48, peer)
                continue
            stamp = struct.pack(">Q", int((time.time() + 2208988800 + self.ahead) * 2**32))
            self.socket.sendto(bytes([0x24, 2, 6, 0xEC]) + bytes(20) + question[40:48] + stamp + stamp, peer)


def gateway_clock(bin_dir):
    """The clock held against a time server: a false one on loopback, one that talks nonsense, and none at all."""
    e = Engine(bin_dir, *FORWARDED)
    ahead = Gateway(bin_dir, e, ntp=f"127.0.0.1:{FalseTimeServer(120).port}", ntp_interval_s=1)
    check("the time server's offset is a metric", eventually(lambda: 119 < ahead.metric("feederline_ntp_offset_seconds") < 121))
    check("... and over a minute a warning", ahead.logged("OCPP_CLOCK_DRIFT: our clock is -1"), ahead.log[-3:])
    ahead.stop()
    near = Gateway(bin_dir, e, ntp=f"127.0.0.1:{FalseTimeServer(-30).port}", ntp_interval_s=1)
    check("30 s are told", eventually(lambda: -31 < near.metric("feederline_ntp_offset_seconds") < -29))
    check("... and not warned of", not any("OCPP_CLOCK_DRIFT" in line for line in near.log))
    near.stop()
    deaf = Gateway(bin_dir, e, ntp=f"127.0.0.1:{FalseTimeServer(None).port}", ntp_interval_s=1)
    check("nonsense is no time", eventually(lambda: deaf.metric("feederline_ntp_failures_total") >= 1, 15))
    check("... and no offset", deaf.metric("feederline_ntp_offset_seconds") == 0)
    deaf.stop()
    none = Gateway(bin_dir, e, ntp=f"127.0.0.1:{free_port()}", ntp_interval_s=1)
    check("a server that is not there is counted", eventually(lambda: none.metric("feederline_ntp_failures_total") >= 1, 15))
    none.stop()
    e.stop()
    e.remove()


def gateway_peers(bin_dir):
    """Silent, slow, half-open and flooding peers are shed with a reason; a graceful end answers what was taken."""
    import ocpp_peers as p

    e = Engine(bin_dir, *FORWARDED)
    g = Gateway(bin_dir, e, ping_interval_s=1, handshake_timeout_s=2, slow_timeout_s=2, max_messages_per_10s=300, max_stations=200)
    port = g.ports["OCPP"]
    shed = lambda reason: g.metric(f'feederline_ocpp_connections_shed_total{{reason="{reason}"}}')

    def heartbeat():
        peer = p.Peer(port, "good")
        answer = peer.boot()
        peer.close()
        return answer and answer[0] == 3

    silent = p.Peer(port, "silent")
    check("a silent peer boots", silent.boot()[0] == 3)
    check("... is dropped", silent.ended(10))
    check("... counted and logged", shed("silent") == 1 and g.logged("OCPP_STATION_SILENT"), g.log[-3:])
    for name, data in (("nothing", b""), ("half a request", b"GET /ocpp/x HTTP/1.1\r\nHost:"), ("half a frame", None)):
        if data is None:
            continue
        check(f"a peer that sends {name} is dropped in time", p.half_open(port, data))
    flooding = p.Peer(port, "flooding")
    flooding.boot()
    for n in range(310):
        flooding.send([2, str(n), "Heartbeat", {}])
    check("a flooding peer is closed with 1008", flooding.close_code() == 1008)
    check("... counted and logged", shed("flooding") == 1 and g.logged("OCPP_STATION_FLOODING"))
    drift = p.Peer(port, "drift")
    drift.boot()
    event = {"eventType": "Started", "timestamp": "2020-01-01T00:00:00Z", "triggerReason": "Trigger", "seqNo": 0, "transactionInfo": {"transactionId": "t"}}
    drift.send([2, "e", "TransactionEvent", event])
    check("a clock far from ours is borne", drift.text()[0] == 3)
    check("... logged and counted", g.logged("OCPP_CLOCK_DRIFT") and g.metric('feederline_ocpp_deviations_total{kind="clock_skew"}') == 1)
    drift.close()
    import websockets.sync.client
    with websockets.sync.client.connect(f"{g.url}/ponging", subprotocols=["ocpp2.0.1"]) as socket:
        threading.Thread(target=lambda: [None for _ in socket], daemon=True).start()
        check("round trips are measured", eventually(lambda: g.metric("feederline_ocpp_pongs_total") >= 1))
        check("... and told by station", eventually(lambda: any(
            s["station"] == "ponging" and s["roundTripMs"] for s in json.loads(g.admin("GET", "/admin/stations")[1])["stations"])))
    eventually(lambda: g.metric("current_connections") == 0)
    peers, answered = p.wave(port, 200)
    check("200 stations at once are all answered", answered == 200, answered)
    check("current_connections counts them", g.metric("current_connections") == 200)
    check("one more than is allowed gets 503", p.Peer(port, "more").status == 503)
    for peer in peers:
        peer.close()
    check("... and they are forgotten", eventually(lambda: g.metric("current_connections") == 0))
    check("the gateway lives through it", heartbeat())
    check("a clean stop", g.stop() == 0)

    g = Gateway(bin_dir, e, slow_timeout_s=2, max_messages_per_10s=1000000)
    slow = p.Peer(g.ports["OCPP"], "slow", version="ocpp2.1", buffer=4096)
    slow.boot()
    check("a peer that takes no answers is dropped", p.stuffed(slow, 20))
    check("... counted and logged", eventually(lambda: g.metric('feederline_ocpp_connections_shed_total{reason="slow"}') == 1) and
          g.logged("OCPP_STATION_SLOW"), g.log[-3:])
    reading = {"evseId": 1, "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": 1, "measurand": "Power.Active.Import"}]}]}
    idle, busy = p.Peer(g.ports["OCPP"], "idle"), p.Peer(g.ports["OCPP"], "busy")
    idle.boot(), busy.boot()
    e.proc.send_signal(19)
    busy.send([2, "m", "MeterValues", reading])
    time.sleep(0.5)
    g.proc.terminate()
    check("a graceful end closes who waits for nothing with 1001", idle.close_code() == 1001)
    e.proc.send_signal(18)
    check("... answers what was taken first", busy.text() == [3, "m", {}])
    check("... and then closes with 1001 and ends cleanly", g.proc.wait(20) == 0)
    check("the reading is stored", e.rows("SELECT active_power_w FROM Power_Flow WHERE EVSE_ID = 'busy:1'"))
    g.settings["spool_mb"] = 0
    g.start()
    e.kill()
    away = p.Peer(g.ports["OCPP"], "busy")
    away.send([2, "m", "MeterValues", reading])
    answer = away.text()
    check("without a spool, an engine that is away is an InternalError, so that the station repeats", answer[:3] == [4, "m", "InternalError"], answer)
    check("... counted", g.metric('feederline_forward_batches_refused_total{reason="no_spool"}') == 1)
    g.stop()
    e.remove()


class Sender:
    """A station that sends one reading after the other, each with its own time, and notes which were acknowledged."""

    def __init__(self, gateway, name, size=0):
        self.gateway, self.name, self.size = gateway, name, size
        self.acknowledged, self.refused, self.ended, self.held = [], 0, threading.Event(), False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        import ocpp_peers as p

        peer, n = None, 0
        while not self.ended.is_set():
            if self.held:
                time.sleep(0.05)
                continue
            try:
                if peer is None:
                    peer = p.Peer(self.gateway.ports["OCPP"], self.name)
                    peer.boot()
                time_of = f"2026-01-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z"
                samples = [{"value": n, "measurand": "Power.Active.Import"}]
                peer.send([2, str(n), "MeterValues", {"evseId": 1, "meterValue": [{"timestamp": time_of, "sampledValue": samples}]}])
                answer = peer.text()
                if answer and answer[0] == 3:
                    self.acknowledged.append(n)
                    n += 1
                elif answer and answer[0] == 4:
                    self.refused += 1
                    time.sleep(0.02)
                else:
                    raise OSError("no answer")
            except Exception:  # A gateway that was killed: connect again, and repeat what was not answered.
                peer = None
                time.sleep(0.1)

    def end(self):
        self.ended.set()
        self.thread.join(30)


def gateway_forwarding(bin_dir):
    """Engine and gateway killed under load: every acknowledged reading is in the store, once; a full and a torn spool."""
    port = free_port()
    e = Engine(bin_dir, *QUIET[:-1], f"127.0.0.1:{port}")
    g = Gateway(bin_dir, f"127.0.0.1:{port}")
    senders = [Sender(g, f"F{n}") for n in range(8)]
    total = lambda: sum(len(s.acknowledged) for s in senders)
    progress = lambda more=200: (lambda start: eventually(lambda: total() > start + more, 60))(total())

    def emptied():
        """Whether the spool gets empty once the stations pause: a debug build takes less than they send."""
        for s in senders:
            s.held = True
        answer = eventually(lambda: g.metric("feederline_forward_spooling") == 0, 90)
        for s in senders:
            s.held = False
        return answer

    check("readings flow", progress())
    e.kill()
    check("with the engine away stations are answered all the same", progress(300))
    check("... from the spool", g.metric("feederline_forward_spooling") == 1 and g.metric("feederline_forward_spool_bytes") > 0)
    g.kill()
    g.start()
    check("... and after a kill of the gateway", progress())
    e.start()
    check("the spool is emptied once the engine is back", emptied())
    check("... and readings flow", progress())
    g.kill()
    g.start()
    e.kill()
    check("... also when both die", progress())
    e.start()
    check("... and both are back", emptied())
    e.proc.send_signal(19)
    check("an engine that hangs is away", eventually(lambda: g.metric("feederline_forward_spooling") == 1, 30) and progress())
    e.proc.send_signal(18)
    check("... and comes back", emptied())
    for s in senders:
        s.end()
    check("the spool is empty at the end", eventually(lambda: g.metric("feederline_forward_spooling") == 0, 90))
    check("no station was refused", sum(s.refused for s in senders) == 0, [s.refused for s in senders])
    for s in senders:
        rows = e.rows(f"SELECT active_power_w FROM Power_Flow WHERE EVSE_ID = '{s.name}:1'")
        have = [r["active_power_w"] for r in rows]
        # One that was taken but whose answer was lost may be there beside those.
        check(f"every acknowledged reading of {s.name} is stored once", have[:len(s.acknowledged)] == s.acknowledged and
              len(have) <= len(s.acknowledged) + 1,
              (len(have), len(s.acknowledged), [(n, v) for n, v in enumerate(s.acknowledged) if v not in have][:20]))
    check("a clean stop", g.stop() == 0)

    e.kill()
    g.settings["spool_mb"] = 1
    g.start()
    flood = [Sender(g, f"FULL{n}") for n in range(8)]
    check("a full spool pushes back", eventually(lambda: all(s.refused > 2 for s in flood), 120))
    check("... counted", g.metric('feederline_forward_batches_refused_total{reason="spool_full"}') > 0)
    for s in flood:
        s.end()
    g.kill()
    spool = os.path.join(g.data, "spool")
    last = os.path.join(spool, sorted(os.listdir(spool))[-1])
    with open(last, "ab") as f:
        f.write(bytes([200, 0, 0, 0, 1, 2, 3, 4]) + b"torn")
    e.start()
    g.start()
    check("a torn spool is read up to its tear", eventually(lambda: g.metric("feederline_forward_spooling") == 0, 60))
    check("... what was torn is counted", g.metric("feederline_forward_spool_unreadable_bytes_total") == 12,
          g.metric("feederline_forward_spool_unreadable_bytes_total"))
    check("... the files are gone", eventually(lambda: os.listdir(spool) == [], 10), os.listdir(spool))
    for s in flood:
        count = e.rows(f"SELECT count(active_power_w) FROM Power_Flow WHERE EVSE_ID = '{s.name}:1'")[0]["count"]
        check(f"all of {s.name} is there", count == len(s.acknowledged), (count, len(s.acknowledged)))
    second = subprocess.run([g.program, "--listen", "127.0.0.1:0", "--data", g.data], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    check("a second gateway on the directory is refused", second.returncode == 78, second.stdout)
    g.stop()
    e.stop()
    e.remove()

    e = Engine(bin_dir, *QUIET[:-1], f"127.0.0.1:{port}", "--auth")
    e.query("CREATE USER root WITH PASSWORD 'secret' WITH ALL PRIVILEGES")
    for sender, is_taken in (("root:secret@", True), ("root:wrong@", False), ("", False)):
        g = Gateway(bin_dir, f"{sender}127.0.0.1:{port}", spool_mb=0)
        s = Sender(g, "AUTH")
        check(f"--auth: a gateway as '{sender}' is {'taken' if is_taken else 'refused'}",
              eventually(lambda: len(s.acknowledged) > 2 if is_taken else s.refused > 2))
        s.end()
        g.stop()
    e.stop()
    e.remove()
