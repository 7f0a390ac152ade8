"""MQTT with real brokers and clients: nothing lost by a kill, several brokers, shared readings, and results that the engine publishes."""
import gzip
import json
import os
import random
import shutil
import subprocess
import tempfile
import time

from harness import Broker, Engine, check, eventually
from mqtt_peers import Publisher, RawPublisher, publish_packet, sparkplug


def configured(text):
    """A configuration file."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as f:
        f.write(text)
    return f.name


def mqtt_kill(bin_dir):
    """kill -9 while readings come, again and again: each that the broker acknowledged is stored once; over two connections."""
    broker = Broker()
    config = configured(f"mqtt: {{broker: '127.0.0.1:{broker.port}', connections: 2, receive_maximum: 500, results: off}}\n")
    e = Engine(bin_dir, "--ocpp", "off", "--grpc", "off", "--config", config)
    check("two connections", eventually(lambda: e.metric("feederline_mqtt_connected") == 2))
    publisher = Publisher(broker.port)
    base = time.time_ns() // 10**9 * 10**9 - 3600 * 10**9
    sent = 0
    for round_ in range(4):
        end = time.monotonic() + random.uniform(0.5, 1.5)
        while time.monotonic() < end:
            for _ in range(50):
                reading = {"ts": base + sent * 10**6, "active_power_w": sent}
                publisher.publish(f"v2g/v1/S1/E{sent % 7}/telemetry", json.dumps(reading), what=sent)
                sent += 1
            time.sleep(0.02)
        e.kill()
        for _ in range(100):
            publisher.publish(f"v2g/v1/S1/E{sent % 7}/telemetry", json.dumps({"ts": base + sent * 10**6, "active_power_w": sent}), what=sent)
            sent += 1
        e.start()
    check("the broker has all", eventually(lambda: len(publisher.acknowledged) == sent, 60), (len(publisher.acknowledged), sent))
    stored = lambda: [int(r["active_power_w"]) for r in e.rows("SELECT active_power_w FROM Power_Flow")]
    check("each reading that was acknowledged is stored", eventually(lambda: len(stored()) >= sent, 60), (len(stored()), sent))
    have = stored()
    check("... and once", len(have) == len(set(have)) == sent and set(have) == set(range(sent)), (len(have), len(set(have)), sent))
    check("readings were sent", sent > 2000, sent)
    # The same again, as a publisher does that has not heard the answer: one point each.
    raw = RawPublisher(broker.port)
    packet = publish_packet("v2g/v1/S1/E0/telemetry", json.dumps({"ts": base, "active_power_w": 0}).encode(), 1)
    raw.send(packet)
    raw.send(publish_packet("v2g/v1/S1/E0/telemetry", json.dumps({"ts": base, "active_power_w": 0}).encode(), 2, dup=True))
    before = e.metric("feederline_mqtt_messages_total")
    publisher.now("v2g/v1/S1/E0/telemetry", json.dumps({"ts": base - 10**9, "active_power_w": -1}))
    check("a repeat is harmless", eventually(lambda: e.metric("feederline_mqtt_messages_total") > before and len(stored()) == sent + 1), len(stored()))
    raw.close()
    publisher.close()
    check("a clean stop", e.stop() == 0)
    os.unlink(config)
    broker.remove()
    e.remove()


def mqtt_brokers(bin_dir):
    """Two brokers, of which one dies; old state that a broker kept; another engine in the group."""
    one, two = Broker(), Broker()
    now = time.time_ns()
    two.publish("v2g/v1/S2/R1/telemetry", json.dumps({"ts": now - 10**9, "active_power_w": 1}), "-r")
    two.publish("v2g/v1/S2/R2/telemetry", json.dumps({"ts": now - 10**9, "active_power_w": 2}), "-r")
    two.publish("v2g/v1/S2/R3/status", json.dumps({"status": "charging"}), "-r")
    config = configured(f"""mqtt:
  - {{broker: "127.0.0.1:{one.port}", client_id: e1}}
  - {{broker: "127.0.0.1:{two.port}", client_id: e1, share: g, results: off}}
""")
    e = Engine(bin_dir, "--ocpp", "off", "--grpc", "off", "--mqtt", "off")
    e.write("telemetry", f"Power_Flow,EVSE_ID=R1,Site_ID=S2 active_power_w=9 {now}")
    e.stop()
    e.arguments = ["--ocpp", "off", "--grpc", "off", "--config", config]
    e.start()
    check("both brokers", eventually(lambda: e.metric("feederline_mqtt_connected") == 2))
    statuses = lambda: [r["status"] for r in e.rows("SELECT status FROM Power_Flow WHERE EVSE_ID='R3'")]
    check("a status that was kept is taken", eventually(lambda: statuses() == ["charging"]), statuses())
    # Readings come by a shared subscription there, which has no old state.
    one.publish("v2g/v1/S1/E1/telemetry", json.dumps({"ts": now, "active_power_w": 1}))
    two.publish("v2g/v1/S1/E2/telemetry", json.dumps({"ts": now, "active_power_w": 2}))
    count = lambda name: len(e.rows(f"SELECT active_power_w FROM Power_Flow WHERE EVSE_ID='{name}'"))
    check("readings of both", eventually(lambda: count("E1") == 1 and count("E2") == 1))
    one.stop()
    check("one dies", eventually(lambda: e.metric("feederline_mqtt_connected") == 1))
    two.publish("v2g/v1/S1/E3/telemetry", json.dumps({"ts": now, "active_power_w": 3}))
    check("the other goes on", eventually(lambda: count("E3") == 1))
    one.start()
    check("it comes back", eventually(lambda: e.metric("feederline_mqtt_connected") == 2, 60))
    other = Engine(bin_dir, "--ocpp", "off", "--grpc", "off", "--config",
                   configured(f'mqtt: {{broker: "127.0.0.1:{two.port}", client_id: e2, share: g, results: off}}'))
    check("the second engine in the group is told of", eventually(lambda: e.metric("feederline_mqtt_other_group_members") == 1))
    check("... in the log", any("e2 shares our readings" in line for line in e.log), e.log[-3:])
    publisher = Publisher(two.port)
    for number in range(200):
        publisher.publish("v2g/v1/S1/G/telemetry", json.dumps({"ts": now + number, "active_power_w": number}))
    mine, others = (lambda x=x: len(x.rows("SELECT active_power_w FROM Power_Flow WHERE EVSE_ID='G'")) for x in (e, other))
    check("the two share the readings, each once", eventually(lambda: mine() + others() == 200), (mine(), others()))
    check("... each a part", 0 < mine() < 200, mine())
    publisher.close()
    check("a clean stop of the other", other.stop() == 0)
    check("it has left", eventually(lambda: e.metric("feederline_mqtt_other_group_members") == 0))
    check("a clean stop", e.stop() == 0)
    # Without a group old readings come as well: those alone that are news.
    three = Engine(bin_dir, "--ocpp", "off", "--grpc", "off", "--mqtt", f"127.0.0.1:{two.port}", data=e.data)
    value = lambda name: [r["active_power_w"] for r in three.rows(f"SELECT active_power_w FROM Power_Flow WHERE EVSE_ID='{name}'")]
    check("a kept reading that is news", eventually(lambda: value("R2") == [2]), value("R2"))
    check("... and one that is older than the newest stored", value("R1") == [9] and three.metric("feederline_mqtt_flaws_total") >= 1, value("R1"))
    check("a clean stop", three.stop() == 0)
    os.unlink(config)
    for part in (one, two, e, other):
        part.remove()


def mqtt_results(bin_dir):
    """Retained results, as a subscriber that comes later gets them; a broker that is killed loses nobody the newest."""
    broker = Broker()
    e = Engine(bin_dir, "--ocpp", "off", "--mqtt", f"127.0.0.1:{broker.port}", "--grpc", "off")
    now = time.time_ns() // 10**9 * 10**9
    for second in range(-70, 4):
        at = now + second * 10**9
        e.write("telemetry", f"Power_Flow,EVSE_ID=E1,Feeder_ID=F1,Site_ID=S1 active_power_w=1000 {at}")
    check("results are published", eventually(lambda: e.metric("feederline_mqtt_results_published_total") > 3))
    newest = lambda measurement, where="": (e.rows(f"SELECT last(revision) FROM {measurement}{where}", epoch="ns") or [{"time": None}])[0]["time"]
    got = lambda topic: (broker.retained(topic, 1) or [(None, None, {})])[0]
    for topic, measurement, where in (
            ("v2g/v1/out/feeder/F1/1s", "Feeder_Aggregate", " WHERE Feeder_ID='F1' AND \"window\"='1s'"),
            ("v2g/v1/out/feeder/F1/60s", "Feeder_Aggregate", " WHERE Feeder_ID='F1' AND \"window\"='60s'"),
            ("v2g/v1/out/fcr/F1", "FCR_Readiness", " WHERE Feeder_ID='F1'"), ("v2g/v1/out/site/S1/1s", "Site_Aggregate", " WHERE \"window\"='1s'"),
            ("v2g/v1/out/fleet/60s", "Fleet_Aggregate", " WHERE \"window\"='60s'"), ("v2g/v1/out/fleet/fcr", "Fleet_Readiness", "")):
        same = eventually(lambda: newest(measurement, where) and got(topic)[2].get("ts") == newest(measurement, where), 15)
        check(f"{topic} has the newest window", same, (got(topic), newest(measurement, where)))
    check("the content type is JSON", got("v2g/v1/out/feeder/F1/60s")[1] == "application/json")
    minute = got("v2g/v1/out/feeder/F1/60s")[2]
    stored = e.rows(f"SELECT * FROM Feeder_Aggregate WHERE Feeder_ID='F1' AND \"window\"='60s' AND time = {minute.get('ts')}")[0]
    fields = ("active_power_w", "energy_import_wh", "readings", "revision", "Feeder_ID")
    check("the values are those of the store", all(minute[f] == stored[f] for f in fields), (minute, stored))
    broker.proc.kill()
    broker.proc.wait()
    check("the loss is seen", eventually(lambda: e.metric("feederline_mqtt_results_connected") == 0))
    began = time.monotonic()
    for second in range(4, 40):
        e.write("telemetry", f"Power_Flow,EVSE_ID=E1,Feeder_ID=F1,Site_ID=S1 active_power_w=2000 {now + second * 10**9}")
    check("a dead broker slows no write", time.monotonic() - began < 10, time.monotonic() - began)
    check("results wait, one a topic", eventually(lambda: 0 < e.metric("feederline_mqtt_results_waiting") < 30))
    broker.start()
    check("the newest comes when it is back", eventually(lambda: got("v2g/v1/out/feeder/F1/1s")[2].get("active_power_w") == 2000, 40))
    check("a clean stop", e.stop() == 0)
    broker.remove()
    e.remove()


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def authority(directory, name="ca"):
    """A throw-away CA."""
    openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
            "-out", f"{name}.pem", "-days", "2", "-subj", f"/CN={name}")


def certificate(directory, name, ca="ca", days="2"):
    """NAME.pem and NAME.key with that CN, for 127.0.0.1 as well."""
    openssl(directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
            "-out", f"{name}.csr", "-subj", f"/CN={name}")
    with open(os.path.join(directory, "san.cnf"), "w") as f:
        f.write("subjectAltName=IP:127.0.0.1\n")
    openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial", "-days", days,
            "-extfile", "san.cnf", "-out", f"{name}.pem")


def publish_fails(broker, directory, tls, name="E9"):
    """Whether mosquitto_pub gets no message through."""
    files = [word for option, key in (("--cert", "certfile"), ("--key", "keyfile")) if key in tls for word in (option, tls[key])]
    return subprocess.run(["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(broker.secure_port), "--cafile", f"{directory}/ca.pem", *files,
                           "-q", "1", "-t", f"v2g/v1/S1/{name}/telemetry", "-m", '{"active_power_w": 1}'], stderr=subprocess.DEVNULL, timeout=20).returncode != 0


def mqtt_tls(bin_dir):
    """The set-up of ops/mosquitto: TLS with certificates of clients, who may say what, certificates that are read anew."""
    directory = tempfile.mkdtemp(prefix="feederline-certificates.")
    authority(directory)
    authority(directory, "stranger")
    for name in ("server", "feederline-engine", "E1", "dispatch"):
        certificate(directory, name)
    certificate(directory, "E9", ca="stranger")
    shutil.copy(os.path.join(directory, "stranger.pem"), os.path.join(directory, "engine-ca.pem"))
    for name in os.listdir(directory):
        os.chmod(os.path.join(directory, name), 0o644)
    os.chmod(directory, 0o755)
    broker = Broker.of_ops(directory)
    config = configured(f"""mqtt:
  broker: "127.0.0.1:{broker.secure_port}"
  tls_ca: {directory}/engine-ca.pem
  tls_cert: {directory}/feederline-engine.pem
  tls_key: {directory}/feederline-engine.key
""")
    e = Engine(bin_dir, "--ocpp", "off", "--grpc", "off", "--config", config)
    check("a broker of another CA is not trusted", eventually(lambda: any("TLS_ERR_HANDSHAKE" in line for line in e.log)), e.log[-3:])
    check("... and counted", e.metric("feederline_mqtt_failures_total") >= 1 and e.metric("feederline_mqtt_connected") == 0)
    shutil.copy(os.path.join(directory, "ca.pem"), os.path.join(directory, "engine-ca.pem"))
    check("the files are read anew", eventually(lambda: e.metric("feederline_mqtt_connected") == 1, 30), e.log[-3:])
    tls = lambda name: {"ca_certs": f"{directory}/ca.pem", "certfile": f"{directory}/{name}.pem", "keyfile": f"{directory}/{name}.key"}
    station = Publisher(broker.secure_port, "E1", **tls("E1"))
    now = time.time_ns() - 60 * 10**9
    for number in range(3000):
        station.publish("v2g/v1/S1/E1/telemetry", json.dumps({"ts": now + number, "active_power_w": number}))
    count = lambda name: len(e.rows(f"SELECT active_power_w FROM Power_Flow WHERE EVSE_ID='{name}'"))
    check("a station's readings by TLS, every one", eventually(lambda: count("E1") == 3000, 30), count("E1"))
    # mosquitto 2.0 answers that it may not, and ends the connection.
    publish_fails(broker, directory, tls("E1"), "E2")
    station.now("v2g/v1/S1/E1/telemetry", json.dumps({"ts": now - 1, "active_power_w": 1}))
    check("a station publishes only as itself", eventually(lambda: count("E1") == 3001) and count("E2") == 0, (count("E1"), count("E2")))
    station.close()
    for name, arguments in (("no certificate", {"ca_certs": f"{directory}/ca.pem"}), ("a certificate of another CA", tls("E9"))):
        try:
            Publisher(broker.secure_port, "x", **arguments).close()
            refused = False
        except OSError:
            refused = True
        # With TLS 1.3 a client hears of it after its handshake: at the latest CONNECT is not answered.
        check(f"{name}: no way in", refused or publish_fails(broker, directory, arguments), name)
    check("no reading came that way", count("E9") == 0)
    for second in range(65):
        e.write("telemetry", f"Power_Flow,EVSE_ID=E1,Site_ID=S1 active_power_w=1 {now + second * 10**9}")
    pub = subprocess.run(["mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(broker.secure_port), "--cafile", f"{directory}/ca.pem",
                          "--cert", f"{directory}/dispatch.pem", "--key", f"{directory}/dispatch.key", "-t", "v2g/v1/out/#", "-C", "1", "-W", "10"],
                         stdout=subprocess.PIPE, text=True).stdout
    check("the dispatch core hears results by TLS", pub.startswith("{"), pub)
    broker.publish("v2g/v1/S1/L1/telemetry", json.dumps({"ts": now, "active_power_w": 1}))
    check("the listener on loopback", eventually(lambda: count("L1") == 1))
    broker.stop()
    broker.start()
    check("back by TLS after a restart", eventually(lambda: e.metric("feederline_mqtt_connections_total") >= 2 and e.metric("feederline_mqtt_connected") == 1, 30))
    broker.publish("v2g/v1/S1/L2/telemetry", json.dumps({"ts": now, "active_power_w": 1}))
    check("readings flow again", eventually(lambda: count("L2") == 1))
    check("what the broker dropped is known", e.metric("feederline_mqtt_broker_dropped_total") == 0)
    check("a clean stop", e.stop() == 0)
    os.unlink(config)
    shutil.rmtree(directory)
    broker.remove()
    e.remove()


def mqtt_forms(bin_dir):
    """Every form of payload from paho: JSON, line protocol with precision, compressed, Sparkplug B by Google's protobuf, own topics."""
    pb = sparkplug()
    broker = Broker()
    config = configured(f"""mqtt:
  broker: "127.0.0.1:{broker.port}"
  topics: ["plant/{{Site_ID}}/cp/{{EVSE_ID}}/{{field}}"]
""")
    e = Engine(bin_dir, "--ocpp", "off", "--grpc", "off", "--config", config)
    check("the broker is found", eventually(lambda: e.metric("feederline_mqtt_connected") == 1))
    p = Publisher(broker.port)
    asked = []
    p.client.on_message = lambda client, data, message: asked.append(pb.Payload.FromString(message.payload))
    p.client.subscribe("spBv1.0/+/NCMD/#", 1)
    now = time.time_ns() // 10**9 * 10**9
    row = lambda name, m="Power_Flow", tag="EVSE_ID": (e.rows(f"SELECT * FROM {m} WHERE {tag}='{name}'", epoch="ns") or [{}])[-1]
    seconds = now // 10**9
    for number, (text, kind, properties) in enumerate([
            (json.dumps({"ts": now, "active_power_w": 5}), "application/json", ()), (json.dumps({"ts": seconds, "active_power_w": 5}), None, ()),
            (json.dumps({"ts": seconds * 1000, "active_power_w": 5}), None, ()), (json.dumps({"ts": seconds * 10**6, "active_power_w": 5}), None, ()),
            (f"Power_Flow active_power_w=5 {now}", "text/x-influx-line", ()), (f"Power_Flow active_power_w=5 {seconds}", None, (("precision", "s"),)),
            (f"Power_Flow active_power_w=5 {now}", "application/unheard-of", ())]):
        p.now(f"v2g/v1/S1/F{number}/telemetry", text, content_type=kind, properties=properties)
        check(f"form {number}", eventually(lambda: row(f"F{number}").get("active_power_w") == 5), e.log[-2:])
        check(f"... with its time", row(f"F{number}").get("time") == now, row(f"F{number}"))
    plain = json.dumps({"ts": now, "active_power_w": 6}).encode()
    pack = lambda *command: subprocess.run(command, input=plain, stdout=subprocess.PIPE, check=True).stdout
    for name, body in (("gzip", gzip.compress(plain)), ("zstd", pack("zstd", "-q", "-c")), ("lz4", pack("lz4", "-q", "-c"))):
        p.now(f"v2g/v1/S1/{name}/telemetry", body, properties=(("encoding", name), ("ignored", "x")))
        check(f"compressed by {name}", eventually(lambda: row(name).get("active_power_w") == 6), e.log[-2:])
    p.now("plant/S3/cp/T1/active_power_w", "-7.5")
    check("a topic of the operator's", eventually(lambda: row("T1").get("active_power_w") == -7.5) and row("T1")["Site_ID"] == "S3", row("T1"))
    p.now("v2g/v1/S1/M1/meter", json.dumps({"ts": now, "active_power_w": 12000.5}))
    p.now("v2g/v1/S1/weather", json.dumps({"ts": now, "ambient_c": 21.5}))
    check("a meter", eventually(lambda: row("M1", "Grid_Meter", "Meter_ID").get("active_power_w") == 12000.5))
    check("the weather", eventually(lambda: row("S1", "Weather", "Site_ID").get("ambient_c") == 21.5))

    def payload(sequence, *metrics):
        out = pb.Payload(timestamp=now // 10**6)
        if sequence is not None:
            out.seq = sequence
        for metric in metrics:
            out.metrics.add(**metric)
        return out.SerializeToString()

    power = dict(name="active_power_w", alias=3, datatype=10, double_value=-3500.5)
    p.now("spBv1.0/G/DDATA/edge/D1", payload(9, dict(alias=3, datatype=10, double_value=1.0)))
    check("an alias without birth: rebirth is asked for", eventually(lambda: len(asked) == 1))
    check("... by its name", asked and asked[0].metrics[0].name == "Node Control/Rebirth" and asked[0].metrics[0].boolean_value)
    p.now("spBv1.0/G/NBIRTH/edge", payload(0, dict(name="bdSeq", datatype=4, long_value=1)))
    p.now("spBv1.0/G/DBIRTH/edge/D1", payload(1, power, dict(name="energy_import_wh", alias=4, datatype=8, long_value=77)))
    check("a birth is a reading", eventually(lambda: row("D1").get("active_power_w") == -3500.5) and row("D1")["energy_import_wh"] == 77, row("D1"))
    p.now("spBv1.0/G/DDATA/edge/D1", payload(2, dict(alias=3, double_value=-4000.0, timestamp=now // 10**6 + 1000)))
    check("data by alias", eventually(lambda: row("D1").get("active_power_w") == -4000), row("D1"))
    flaws = lambda kind: sum(float(line.split()[-1]) for line in e.get("/metrics")[2].decode().splitlines()
                             if line.startswith("feederline_mqtt_flaws_total") and f'kind="{kind}"' in line)
    p.now("spBv1.0/G/DDATA/edge/D1", payload(9, dict(alias=3, double_value=-1.0, timestamp=now // 10**6 + 2000)))
    check("a gap is counted", eventually(lambda: flaws("sequence") == 1) and flaws("sparkplug") == 1)
    check("... and births are asked for once a minute at most", len(asked) == 1)
    p.now("spBv1.0/G/NDEATH/edge", payload(None, dict(name="bdSeq", datatype=4, long_value=1)))
    check("a death says offline", eventually(
        lambda: e.rows("SELECT status FROM Power_Flow WHERE EVSE_ID='D1' AND status = 'offline'")), row("D1"))
    p.close()
    check("a clean stop", e.stop() == 0)
    os.unlink(config)
    broker.remove()
    e.remove()


def mqtt_hostile(bin_dir):
    """The table of bad input: each is counted under its label, and the same client's next good reading is stored."""
    broker = Broker()
    e = Engine(bin_dir, "--ocpp", "off", "--grpc", "off", "--mqtt", f"127.0.0.1:{broker.port}")
    check("the broker is found", eventually(lambda: e.metric("feederline_mqtt_connected") == 1))
    p = Publisher(broker.port, "hostile")
    now = time.time_ns()
    good = json.dumps({"ts": now, "active_power_w": 1})

    def flaws():
        found = {}
        for line in e.get("/metrics")[2].decode().splitlines():
            if line.startswith("feederline_mqtt_flaws_total"):
                found[line.split('kind="')[1].split('"')[0]] = float(line.split()[-1])
        return found

    t = "v2g/v1/S1/H/telemetry"
    reading = lambda **more: json.dumps({"ts": now, "active_power_w": 1, **more})
    bomb = gzip.compress(b"[" + b" " * (64 << 20) + b"]", 9)
    cases = [
        ("not JSON", "json", t, "{nonsense", "application/json"), ("truncated JSON", "json", t, good[:-3], None),
        ("NaN", "json", t, '{"active_power_w": NaN}', None), ("1e400", "json", t, '{"active_power_w": 1e400}', None),
        ("nesting over 64", "json", t, '{"a":' * 80 + "1" + "}" * 80, None),
        ("a wrong element of a batch", "element", t, f"[{good}, 7]", None),
        ("invalid UTF-8", "utf8", t, b'{"status": "\xff"}', None), ("a time that is none", "time", t, '{"ts": "soon", "a": 1}', None),
        ("a time before 1970", "time", t, '{"ts": "1969-12-31T23:59:59Z", "a": 1}', None),
        ("a time beyond 2262", "time", t, '{"ts": "2300-01-01T00:00:00Z", "a": 1}', None),
        ("a time ahead", "future", t, json.dumps({"ts": now + 3600 * 10**9, "active_power_w": 1}), None),
        ("SoC out of range", "range", t, reading(soc_pct=100.5), None), ("power out of range", "range", t, '{"active_power_w": 1e8}', None),
        ("frequency out of range", "range", t, reading(frequency_hz=39), None),
        ("over the size limit", "size", t, b" " * (2 << 20), None), ("an inflating bomb", "size", t, bomb, "gzip"),
        ("more than 10,000 elements", "size", t, "[" + ",".join(["{}"] * 10_001) + "]", None),
        ("an empty level", "topic", "v2g/v1//H/telemetry", good, None), ("a level too long", "topic", f"v2g/v1/S1/{'x' * 129}/telemetry", good, None),
        ("our own topics", "topic", "v2g/v1/out/fcr/telemetry", good, None), ("of no type", "type", t, "\x01\x02", None),
        ("corrupt compression", "encoding", t, b"no gzip", "gzip"), ("unknown compression", "encoding", t, good, "brotli"),
        ("truncated Sparkplug", "sparkplug", "spBv1.0/G/DDATA/e/d", b"\x12\x7f", None),
        ("an alias without birth", "sparkplug", "spBv1.0/G/DDATA/e/d", b"\x12\x02\x10\x07", None),
        ("a nested member", "nested", t, reading(nested={"a": [1]}), None), ("an unknown EVSE", "unknown_evse", "v2g/v1/S1/new/telemetry", good, None),
    ]
    for number, (name, label, topic, body, kind) in enumerate(cases):
        before = flaws().get(label, 0)
        coded = kind in ("gzip", "brotli")
        p.now(topic, body, content_type=None if coded else kind, properties=(("encoding", kind),) if coded else ())
        check(f"{name} is counted", eventually(lambda: flaws().get(label, 0) > before, 10), (label, flaws()))
        p.now(f"v2g/v1/S1/good{number}/telemetry", good)
        check(f"{name}: the next good one is stored", eventually(lambda: e.rows(f"SELECT active_power_w FROM Power_Flow WHERE EVSE_ID='good{number}'"), 10))
    p.now(t, b"", retain=True)
    check("a deletion of what is kept is ignored", eventually(lambda: flaws().get("empty", 0) == 1) and not any("dropped: empty" in x for x in e.log))
    name = "a b,c=d\"'é\n日本"
    p.now("v2g/v1/S 1,x=y/E/telemetry", json.dumps({"evse": name, "ts": now, "active_power_w": 42}))
    want = lambda: [r for r in e.rows("SELECT active_power_w, EVSE_ID, Site_ID FROM Power_Flow WHERE active_power_w = 42")]
    check("a name stays one tag value", eventually(lambda: want() and want()[0]["EVSE_ID"] == name and want()[0]["Site_ID"] == "S 1,x=y"), want())
    raw = RawPublisher(broker.port)
    for topic in (b"v2g/v1/S1/\xff\xfe/telemetry", b"v2g/v1/S1/a\x00b/telemetry"):
        try:
            raw.send(publish_packet(topic, good.encode(), 1))
            raw.socket.recv(100)
            raw.close()
        except OSError:
            pass
        raw = RawPublisher(broker.port)
    raw.close()
    p.now("v2g/v1/S1/last/telemetry", good)
    check("a topic that is no UTF-8 or has NUL hurts nobody", eventually(lambda: e.rows("SELECT active_power_w FROM Power_Flow WHERE EVSE_ID='last'")))
    check("the log has topic and payload, once in ten seconds a kind", sum("dropped: json" in line for line in e.log) in (1, 2, 3), e.log[-3:])
    check("nothing was refused or comes again", e.metric("feederline_mqtt_batches_refused_total") == 0 and e.metric("feederline_mqtt_connections_total") == 1)
    p.close()
    check("a clean stop", e.stop() == 0)
    broker.remove()
    e.remove()
