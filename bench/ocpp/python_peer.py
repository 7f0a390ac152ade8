"""The same MeterValues read by the PyPI package `ocpp`: unpacked and validated against the schema, one thread.

Usage: python bench/ocpp/python_peer.py
"""
import json
import time

from ocpp.messages import _validate_payload, unpack

SAMPLES = [(11.25, "Power.Active.Import", "kW"), (0, "Power.Active.Export", "kW"), (55.5, "SoC", "Percent"), (230.25, "Voltage", "V"),
           (16.5, "Current.Import", "A"), (0, "Current.Export", "A"), (50.02, "Frequency", "Hz"), (1234567, "Energy.Active.Import.Register", "Wh"),
           (7654, "Energy.Active.Export.Register", "Wh")]
MESSAGE = json.dumps([2, "5f0c1a2e-7d5b-4d0e-9c1f-2b6a8e3d4c5f", "MeterValues", {"evseId": 1, "meterValue": [{
    "timestamp": "2026-01-01T00:00:00.000Z", "sampledValue": [
        {"value": v, "measurand": m, "context": "Sample.Periodic", "unitOfMeasure": {"unit": u}} for v, m, u in SAMPLES]}]}], separators=(",", ":"))


def main():
    best = 1e9
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(200):
            _validate_payload(unpack(MESSAGE), "2.0.1")
        best = min(best, time.perf_counter() - began)
    print(f"Python ocpp: {round(200 / best)} messages/s, unpacked and validated ({len(MESSAGE)} bytes)")


if __name__ == "__main__":
    main()
