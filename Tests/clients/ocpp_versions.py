"""Stations of OCPP 1.6 and 2.1 made of the PyPI package `ocpp`: each answers a list of (name, condition, detail)."""
import asyncio
import json
from datetime import datetime, timezone

import websockets
from ocpp.v16 import ChargePoint as ChargePoint16, call as call16
from ocpp.v21 import ChargePoint as ChargePoint21, call as call21
from websockets.exceptions import ConnectionClosed


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Asker:
    """Sends requests through the package, which validates request and response against the schemas."""

    def __init__(self, station):
        self.station, self.results = station, []

    async def ask(self, name, request):
        try:
            response = await asyncio.wait_for(self.station.call(request, suppress=False), 10)
            self.results.append((name, response is not None, response))
            return response
        except Exception as error:  # noqa: BLE001: every failure is a finding
            self.results.append((name, False, repr(error)))
            return None


def samples(time, *values):
    return [{"timestamp": time, "sampled_value": list(values)}]


async def station16(url):
    async with websockets.connect(url + "/CS16", subprotocols=["ocpp1.6"]) as socket:
        station = ChargePoint16("CS16", socket)
        reader = asyncio.create_task(station.start())
        a = Asker(station)
        boot = await a.ask("1.6 BootNotification", call16.BootNotification(charge_point_model="M", charge_point_vendor="V"))
        a.results.append(("1.6: the boot is accepted", boot is not None and boot.status == "Accepted", boot))
        await a.ask("1.6 Heartbeat", call16.Heartbeat())
        await a.ask("1.6 Authorize", call16.Authorize(id_tag="T"))
        await a.ask("1.6 StatusNotification", call16.StatusNotification(connector_id=0, error_code="NoError", status="Available"))
        await a.ask("1.6 StatusNotification", call16.StatusNotification(connector_id=1, error_code="NoError", status="Charging", timestamp=now()))
        started = await a.ask("1.6 StartTransaction", call16.StartTransaction(connector_id=1, id_tag="T", meter_start=1000, timestamp="2026-01-01T00:00:00Z"))
        number = started.transaction_id if started else 0
        a.results.append(("1.6: the transaction has a number", number > 0, started))
        again = await a.ask("1.6 StartTransaction again", call16.StartTransaction(connector_id=1, id_tag="T", meter_start=1000, timestamp="2026-01-01T00:00:00Z"))
        a.results.append(("1.6: its repeat has the same", again is not None and again.transaction_id == number, again))
        for minute, watts in ((1, "11"), (2, "-7.5")):
            await a.ask("1.6 MeterValues", call16.MeterValues(
                connector_id=1, transaction_id=number, meter_value=samples(
                    f"2026-01-01T00:0{minute}:00Z", {"value": watts, "measurand": "Power.Active.Import", "unit": "kW"},
                    {"value": "55.5", "measurand": "SoC", "unit": "Percent", "location": "EV"})))
        await a.ask("1.6 StopTransaction", call16.StopTransaction(
            meter_stop=5000, timestamp="2026-01-01T00:10:00Z", transaction_id=number, id_tag="T", reason="Local",
            transaction_data=samples("2026-01-01T00:05:00Z", {"value": "3000", "unit": "Wh"})))
        await a.ask("1.6 DataTransfer", call16.DataTransfer(vendor_id="v", data="x"))
        await a.ask("1.6 FirmwareStatusNotification", call16.FirmwareStatusNotification(status="Idle"))
        await a.ask("1.6 DiagnosticsStatusNotification", call16.DiagnosticsStatusNotification(status="Idle"))
        await a.ask("1.6 SecurityEventNotification", call16.SecurityEventNotification(type="x", timestamp=now(), tech_info="i"))
        await a.ask("1.6 SignCertificate", call16.SignCertificate(csr="x"))
        await a.ask("1.6 LogStatusNotification", call16.LogStatusNotification(status="Idle", request_id=1))
        await a.ask("1.6 SignedFirmwareStatusNotification", call16.SignedFirmwareStatusNotification(status="Idle", request_id=1))
        reader.cancel()
        return a.results


async def station21(url):
    async with websockets.connect(url + "/CS21", subprotocols=["ocpp2.1"]) as socket:
        station = ChargePoint21("CS21", socket)
        reader = asyncio.create_task(station.start())
        a = Asker(station)
        await a.ask("2.1 BootNotification", call21.BootNotification(charging_station={"model": "M", "vendor_name": "V"}, reason="PowerUp"))
        await a.ask("2.1 TransactionEvent", call21.TransactionEvent(
            event_type="Started", timestamp=now(), trigger_reason="OperationModeChanged", seq_no=0, evse={"id": 1},
            transaction_info={"transaction_id": "t", "operation_mode": "CentralSetpoint"},
            meter_value=samples(now(), {"value": 9.5, "measurand": "Power.Active.Export", "unit_of_measure": {"unit": "kW"}},
                                {"value": -9500, "measurand": "Power.Active.Setpoint", "unit_of_measure": {"unit": "W"}})))
        needs = await a.ask("2.1 NotifyEVChargingNeeds", call21.NotifyEVChargingNeeds(
            evse_id=1, charging_needs={"requested_energy_transfer": "AC_BPT", "control_mode": "DynamicControl",
                                       "v2x_charging_parameters": {"max_discharge_power": 9000, "max_charge_power": 11000}}))
        a.results.append(("2.1: no profile was given", needs is not None and needs.status == "NoChargingProfile", needs))
        await a.ask("2.1 NotifyDERAlarm", call21.NotifyDERAlarm(control_type="VoltVar", timestamp=now(), grid_event_fault="OverVoltage"))
        await a.ask("2.1 NotifyDERStartStop", call21.NotifyDERStartStop(control_id="c", started=True, timestamp=now()))
        await a.ask("2.1 ReportDERControl", call21.ReportDERControl(request_id=1))
        await a.ask("2.1 NotifyPriorityCharging", call21.NotifyPriorityCharging(transaction_id="t", activated=True))
        await a.ask("2.1 PullDynamicScheduleUpdate", call21.PullDynamicScheduleUpdate(charging_profile_id=1))
        await a.ask("2.1 VatNumberValidation", call21.VatNumberValidation(vat_number="NL1"))
        await a.ask("2.1 OpenPeriodicEventStream", call21.OpenPeriodicEventStream(
            constant_stream_data={"id": 7, "variable_monitoring_id": 3, "params": {"interval": 5}}))
        reader.cancel()
        # The package has no way to send SEND: the frame is written by hand.
        await socket.send(json.dumps([6, "s", "NotifyPeriodicEventStream", {
            "id": 7, "pending": 0, "basetime": "2026-01-01T00:00:00Z", "data": [{"t": 0, "v": "230.5"}, {"t": 2.5, "v": "231"}]}]))
        await socket.send(json.dumps([6, "s", "NotifyPeriodicEventStream", {"id": 7}]))
        await socket.send(json.dumps([5, "s", "FormatViolation", "", {}]))
        await socket.send(json.dumps([2, "beat", "Heartbeat", {}]))
        answer = json.loads(await asyncio.wait_for(socket.recv(), 10))
        a.results.append(("2.1: SEND and CALLRESULTERROR get no answer, the heartbeat behind them does", answer[:2] == [3, "beat"], answer))
        return a.results


async def raw(url, identity, *calls):
    """The payloads of the answers to calls of 1.6, sent as they stand; the code of an error."""
    async with websockets.connect(f"{url}/{identity}", subprotocols=["ocpp1.6"]) as socket:
        answers = []
        for action, payload in calls:
            await socket.send(json.dumps([2, "r", action, payload]))
            answers.append(json.loads(await asyncio.wait_for(socket.recv(), 10))[2])
        return answers


def start(time, connector=2):
    return "StartTransaction", {"connectorId": connector, "idTag": "T", "meterStart": 5, "timestamp": time}


async def start16(url, identity, time):
    boot = ("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
    return (await raw(url, identity, boot, start(time)))[1]["transactionId"]


async def after_restart16(url, identity):
    """A station that does not boot again after the gateway's restart: it was accepted before."""
    again, = await raw(url, identity, start("2026-02-01T00:00:00Z"))
    number = again["transactionId"]
    other, stopped = await raw(url, identity, start("2026-02-02T00:00:00Z", connector=3), (
        "StopTransaction", {"transactionId": number, "meterStop": 777, "timestamp": "2026-02-01T01:00:00Z", "idTag": "T"}))
    return number, other["transactionId"], stopped


async def agreed(url, protocols):
    """The subprotocol that was agreed on; None where the connection was closed for want of one."""
    try:
        async with websockets.connect(url + "/agreed", subprotocols=protocols) as socket:
            if socket.subprotocol is None:
                await asyncio.wait_for(socket.recv(), 10)
            return socket.subprotocol
    except ConnectionClosed:
        return None
