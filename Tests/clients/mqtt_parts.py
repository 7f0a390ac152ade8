"""MQTT with real brokers and clients: nothing lost by a kill, several brokers, shared readings, and results that the engine publishes."""
import json
import os
import random
import shutil
import subprocess
import tempfile
import time

from harness import Broker, Engine, check, eventually
from mqtt_peers import Publisher, RawPublisher, publish_packet


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
