"""A charging station made of the PyPI package `ocpp`, and a hostile one of raw frames, as judges of the gateway.

Usage: python ocpp_station.py ws://127.0.0.1:PORT/ocpp/CS00001
Needs: pip install ocpp==2.1.0 websockets
Prints each failure and `N passed, N failed`; exits 1 where one failed.
"""

import asyncio
import json
import logging
import sys
from datetime import datetime, timezone

import websockets
from ocpp.v201 import ChargePoint, call
from websockets.exceptions import ConnectionClosed

passed = failed = 0
PROTOCOLS = ["ocpp2.0.1"]


def check(name, condition, detail=""):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}: {detail}")


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def meter_value(time, *samples):
    return {"timestamp": time, "sampled_value": list(samples)}


def sample(value, measurand, unit=None, multiplier=None, **rest):
    result = {"value": value, "measurand": measurand, **rest}
    if unit:
        result["unit_of_measure"] = {"unit": unit}
        if multiplier is not None:
            result["unit_of_measure"]["multiplier"] = multiplier
    return result


async def ask(station, name, request):
    """Sends a request through the package, which validates request and response against the schemas."""
    try:
        response = await asyncio.wait_for(station.call(request, suppress=False), 10)
        check(name, response is not None, "no response")
        return response
    except Exception as error:  # noqa: BLE001: every failure is a finding
        check(name, False, repr(error))
        return None


async def honest(url):
    async with websockets.connect(url, subprotocols=PROTOCOLS) as socket:
        check("the subprotocol is answered", socket.subprotocol == "ocpp2.0.1", socket.subprotocol)
        station = ChargePoint(url.rsplit("/", 1)[1], socket)
        reader = asyncio.create_task(station.start())
        boot = await ask(
            station, "BootNotification",
            call.BootNotification(charging_station={"model": "M", "vendor_name": "V"}, reason="PowerUp"))
        check("the boot is accepted", boot is not None and boot.status == "Accepted" and boot.interval == 300, boot)
        beat = await ask(station, "Heartbeat", call.Heartbeat())
        if beat:
            skew = datetime.now(timezone.utc) - datetime.fromisoformat(beat.current_time.replace("Z", "+00:00"))
            check("currentTime is now", abs(skew.total_seconds()) < 5, beat.current_time)
        await ask(
            station, "StatusNotification",
            call.StatusNotification(timestamp=now(), connector_status="Occupied", evse_id=1, connector_id=1))
        token = {"id_token": "ABCD", "type": "ISO14443"}
        authorized = await ask(station, "Authorize", call.Authorize(id_token=token))
        check(
            "the token is accepted", authorized is not None and authorized.id_token_info["status"] == "Accepted",
            authorized)
        await transaction(station, token)
        await ask(
            station, "MeterValues",
            call.MeterValues(
                evse_id=1, meter_value=[meter_value(
                    "2026-01-01T00:10:00Z", sample(7.0, "Power.Active.Import", "kW"),
                    sample(230.1, "Voltage", "V", phase="L1-N"), sample(3.0, "Power.Offered", "W", 3))]))
        await ask(
            station, "NotifyEvent",
            call.NotifyEvent(
                generated_at=now(), seq_no=0, event_data=[{
                    "event_id": 1, "timestamp": now(), "trigger": "Periodic", "actual_value": "41.5",
                    "component": {"name": "Connector", "evse": {"id": 1}}, "variable": {"name": "Temperature"},
                    "event_notification_type": "CustomMonitor"}]))
        await others(station)
        reader.cancel()


async def transaction(station, token):
    def event(kind, seq, minute, samples, **rest):
        time = f"2026-01-01T00:{minute:02}:00Z"
        return call.TransactionEvent(
            event_type=kind, timestamp=time, trigger_reason="MeterValuePeriodic", seq_no=seq, offline=True,
            transaction_info={"transaction_id": "tx-1"}, meter_value=[meter_value(time, *samples)], **rest)

    started = await ask(
        station, "TransactionEvent Started",
        event(
            "Started", 0, 0, [sample(1000.0, "Energy.Active.Import.Register", context="Transaction.Begin")],
            evse={"id": 1, "connector_id": 1}, id_token=token))
    check(
        "a token in the event is answered",
        started is not None and started.id_token_info and started.id_token_info["status"] == "Accepted", started)
    await ask(
        station, "TransactionEvent import",
        event(
            "Updated", 1, 1, [
                sample(11.0, "Power.Active.Import", "kW"), sample(0.0, "Power.Active.Export", "kW"),
                sample(55.5, "SoC", "Percent", location="EV")]))
    await ask(
        station, "TransactionEvent export",
        event(
            "Updated", 2, 2, [
                sample(0.0, "Power.Active.Import", "W"), sample(9.5, "Power.Active.Export", "W", 3)]))
    await ask(station, "TransactionEvent Ended", event("Ended", 3, 3, [sample(0.0, "Power.Active.Import", "W")]))


async def others(station):
    await ask(station, "DataTransfer", call.DataTransfer(vendor_id="v", data="x"))
    await ask(
        station, "SecurityEventNotification",
        call.SecurityEventNotification(type="SettingSystemTime", timestamp=now()))
    await ask(station, "FirmwareStatusNotification", call.FirmwareStatusNotification(status="Idle"))
    await ask(station, "LogStatusNotification", call.LogStatusNotification(status="Idle", request_id=1))
    await ask(station, "NotifyReport", call.NotifyReport(request_id=1, generated_at=now(), seq_no=0))
    await ask(
        station, "NotifyEVChargingNeeds",
        call.NotifyEVChargingNeeds(
            evse_id=1, charging_needs={
                "requested_energy_transfer": "DC",
                "dc_charging_parameters": {"ev_max_current": 200, "ev_max_voltage": 800, "state_of_charge": 40}}))


BOOT = '[2,"boot","BootNotification",{"chargingStation":{"model":"M","vendorName":"V"},"reason":"PowerUp"}]'
SAMPLE = '{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[%s]}'


def meter(samples, identifier="m"):
    return f'[2,"{identifier}","MeterValues",{{"evseId":2,"meterValue":[{SAMPLE % samples}]}}]'


def status(time='"2026-01-01T00:00:00Z"', state='"Available"', rest=',"evseId":1,"connectorId":1'):
    return f'[2,"s","StatusNotification",{{"timestamp":{time},"connectorStatus":{state}{rest}}}]'


# name, frame, expected id, expected code (None: a CALLRESULT)
HOSTILE = [
    ("text", "hello", "-1", "RpcFrameworkError"),
    ("empty text", "", "-1", "RpcFrameworkError"),
    ("trailing garbage", '[2,"a","Heartbeat",{}]x', "-1", "RpcFrameworkError"),
    ("NaN", meter('{"value":NaN}'), "-1", "RpcFrameworkError"),
    ("an object", '{"a":1}', "-1", "RpcFrameworkError"),
    ("an empty array", "[]", "-1", "RpcFrameworkError"),
    ("too short", '[2,"short"]', "short", "RpcFrameworkError"),
    ("too long", '[2,"long","Heartbeat",{},1]', "long", "RpcFrameworkError"),
    ("type is no number", '["2","typed","Heartbeat",{}]', "typed", "RpcFrameworkError"),
    ("type 7", '[7,"seven","Heartbeat",{}]', "seven", "MessageTypeNotSupported"),
    ("type 6", '[6,"six","NotifyPeriodicEventStream",{}]', "six", "MessageTypeNotSupported"),
    ("id is null", '[2,null,"Heartbeat",{}]', "-1", "RpcFrameworkError"),
    ("id is empty", '[2,"","Heartbeat",{}]', "-1", "RpcFrameworkError"),
    ("id is far too long", '[2,"%s","Heartbeat",{}]' % ("x" * 80), "-1", "RpcFrameworkError"),
    ("unknown action", '[2,"u","Nonsense",{}]', "u", "NotImplemented"),
    ("action is no string", '[2,"n",5,{}]', "n", "RpcFrameworkError"),
    ("action of the other direction", '[2,"o","Reset",{"type":"Immediate"}]', "o", "NotSupported"),
    ("payload is a list", '[2,"p","Heartbeat",[]]', "p", "FormatViolation"),
    ("required field missing", status(rest=',"evseId":1'), "s", "OccurrenceConstraintViolation"),
    ("empty list", '[2,"m","MeterValues",{"evseId":1,"meterValue":[]}]', "m", "OccurrenceConstraintViolation"),
    ("wrong type", status(rest=',"evseId":"1","connectorId":1'), "s", "TypeConstraintViolation"),
    ("fraction for an integer", status(rest=',"evseId":1.5,"connectorId":1'), "s", "TypeConstraintViolation"),
    (
        "string too long",
        '[2,"b","BootNotification",{"chargingStation":{"model":"%s","vendorName":"V"},"reason":"PowerUp"}]' % ("m" * 21),
        "b", "TypeConstraintViolation"),
    ("bad enum", status(state='"Broken"'), "s", "PropertyConstraintViolation"),
    ("number out of range", status(rest=',"evseId":-1,"connectorId":1'), "s", "PropertyConstraintViolation"),
    ("multiplier out of range", meter('{"value":1,"unitOfMeasure":{"multiplier":400}}'), "m", "PropertyConstraintViolation"),
    ("unreadable timestamp", status(time='"yesterday"'), "s", "PropertyConstraintViolation"),
    ("1e400", meter('{"value":1e400}'), "m", "FormatViolation"),
    ("deep", '[2,"d","Heartbeat",{"a":%s%s}]' % ("[" * 20000, "]" * 20000), "d", "FormatViolation"),
    ("extra property", '[2,"e","Heartbeat",{"extra":{"a":[1,2]}}]', "e", None),
    ("unknown measurand", meter('{"value":1,"measurand":"Power.Cosmic"}'), "m", None),
    ("null optional", meter('{"value":1,"measurand":null,"phase":null}'), "m", None),
    ("whole number as 1.0", status(rest=',"evseId":1.0,"connectorId":1'), "s", None),
    ("value as text", meter('{"value":"12.5"}'), "m", None),
    ("lone surrogate", meter('{"value":1,"measurand":"\\ud800"}'), "m", None),
    ("padding behind the JSON", '[2,"pad","Heartbeat",{}]\n\x00', "pad", None),
    ("numeric id", '[2,17,"Heartbeat",{}]', 17, None),
    ("the same id", '[2,"same","Heartbeat",{}]', "same", None),
    ("the same id again", '[2,"same","Heartbeat",{}]', "same", None),
    ("unasked result", '[3,"x",{}]', None, "silence"),
    ("unasked error", '[4,"x","GenericError",""]', None, "silence"),
    ("unreadable result", '[3,5]', None, "silence"),
    ("type 5", '[5,"five","GenericError","",{}]', None, "silence"),
]


async def heartbeat(socket, name):
    await socket.send('[2,"beat","Heartbeat",{}]')
    answer = json.loads(await asyncio.wait_for(socket.recv(), 5))
    check(f"{name}: the next heartbeat is answered", answer[0] == 3 and answer[1] == "beat", answer)


async def hostile(url):
    async with websockets.connect(url + "-raw", subprotocols=PROTOCOLS) as socket:
        await socket.send('[2,"early","Heartbeat",{}]')
        early = json.loads(await socket.recv())
        check("before the boot", early[:3] == [4, "early", "SecurityError"], early)
        await socket.send(BOOT)
        await socket.recv()
        for name, frame, identifier, code in HOSTILE:
            await socket.send(frame)
            if code != "silence":
                answer = json.loads(await asyncio.wait_for(socket.recv(), 5))
                expected = [3, identifier] if code is None else [4, identifier, code]
                check(name, answer[: len(expected)] == expected, answer)
                if code is not None:
                    check(f"{name}: five elements", len(answer) == 5 and answer[4] == {}, answer)
            await heartbeat(socket, name)
        await socket.send(['[2,"frag', 'mented","Heart', 'beat",{}]'])
        answer = json.loads(await socket.recv())
        check("fragments are one message", answer[:2] == [3, "fragmented"], answer)
        await asyncio.wait_for(await socket.ping(), 5)
        check("a ping is answered", True)
        for index in range(40):
            await socket.send(meter('{"value":1}', f"q{index}") if index % 2 else f'[2,"q{index}","Heartbeat",{{}}]')
        answers = [json.loads(await asyncio.wait_for(socket.recv(), 5))[1] for _ in range(40)]
        check("answers come in the order of the calls", answers == [f"q{index}" for index in range(40)], answers)


async def closes(name, url, code, *frames, subprotocols=PROTOCOLS):
    try:
        async with websockets.connect(url, subprotocols=subprotocols) as socket:
            for frame in frames:
                await socket.send(frame)
            while True:
                await asyncio.wait_for(socket.recv(), 10)
    except ConnectionClosed as closed:
        received = closed.rcvd.code if closed.rcvd else None
        check(name, received == code, f"closed with {received}")
    except Exception as error:  # noqa: BLE001: every failure is a finding
        check(name, False, repr(error))


async def refused(name, url, status_code):
    try:
        async with websockets.connect(url, subprotocols=PROTOCOLS):
            check(name, False, "connected")
    except websockets.exceptions.InvalidStatus as error:
        check(name, error.response.status_code == status_code, error.response.status_code)


async def invalid_utf8(url):
    async with websockets.connect(url, subprotocols=PROTOCOLS) as socket:
        try:
            await socket.send(b'[2,"\xff","Heartbeat",{}]', text=True)
            await asyncio.wait_for(socket.recv(), 10)
            check("invalid UTF-8", False, "answered")
        except ConnectionClosed as closed:
            check("invalid UTF-8", closed.rcvd and closed.rcvd.code == 1007, closed)


async def main(url):
    await honest(url)
    await hostile(url)
    await closes("a binary frame", url + "-a", 1003, b"\x00\x01")
    await closes("a message over 1 MiB", url + "-b", 1009, "[" + " " * (1 << 20) + "]")
    await closes("fragments over 1 MiB", url + "-c", 1009, ["x" * 400_000] * 3)
    await closes("no subprotocol", url + "-d", 1002, subprotocols=None)
    await closes("an unknown subprotocol", url + "-e", 1002, subprotocols=["ocpp9"])
    await closes("eleven that are no JSON", url + "-f", 1008, *["x"] * 11)
    await invalid_utf8(url + "-g")
    await refused("an identity that is too long", url + "x" * 48, 404)
    await refused("an empty identity", url.rsplit("/", 1)[0] + "/", 404)
    async with websockets.connect(url, subprotocols=PROTOCOLS) as first:
        async with websockets.connect(url, subprotocols=PROTOCOLS) as second:
            await heartbeat(second, "an identity that booted before")
            try:
                await asyncio.wait_for(first.recv(), 10)
                check("the new connection wins", False, "the old one lives")
            except ConnectionClosed:
                check("the new connection wins", True)
            await heartbeat(second, "the new connection")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    sys.exit(asyncio.run(main(sys.argv[1])))
