"""MQTT with real brokers and clients: results that the engine publishes."""
import time

from harness import Broker, Engine, check, eventually


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
