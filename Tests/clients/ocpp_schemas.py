"""Each action that a station sends, held to the official schema of its version: valid payloads, and each rule broken once.

The schemas are those that the package `ocpp` brings; nothing of them is kept here.
"""
import asyncio
import copy
import json
import os

import ocpp
import websockets

DEVIATIONS = {"measurand", "context", "phase", "location", "unit"}  # Unknown words are stored as text and counted.
BOOT = {
    "ocpp1.6": {"chargePointVendor": "V", "chargePointModel": "M"},
    "ocpp2.0.1": {"chargingStation": {"model": "M", "vendorName": "V"}, "reason": "PowerUp"},
    "ocpp2.1": {"chargingStation": {"model": "M", "vendorName": "V"}, "reason": "PowerUp"},
}
FOLDER = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}
ACTIONS = {
    "ocpp1.6": """Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat
        LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification StartTransaction
        StatusNotification StopTransaction""".split(),
    "ocpp2.0.1": """Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification Get15118EVCertificate
        GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation
        NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport NotifyReport
        PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate SecurityEventNotification SignCertificate
        StatusNotification TransactionEvent""".split(),
}
ACTIONS["ocpp2.1"] = ACTIONS["ocpp2.0.1"] + """BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm
    NotifyDERStartStop NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream PullDynamicScheduleUpdate ReportDERControl
    VatNumberValidation""".split()


def schema_of(version, name):
    path = os.path.join(os.path.dirname(ocpp.__file__), FOLDER[version], "schemas", name + ".json")
    with open(path, encoding="utf-8-sig") as f:
        return json.load(f)


class Action:
    """One action's schema, its references resolved on the way."""

    def __init__(self, version, action):
        self.version, self.action = version, action
        self.root = schema_of(version, action if version == "ocpp1.6" else action + "Request")
        self.answer = schema_of(version, action + "Response")

    def resolve(self, schema):
        return self.root["definitions"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema

    def value(self, schema, name, full):
        """A valid value: with all optional members, or none."""
        schema = self.resolve(schema)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "string":
            if schema.get("format") == "date-time":
                return "2026-01-01T00:00:00Z"
            return "1"[: schema.get("maxLength", 1)]
        if kind in ("integer", "number"):
            return schema["minimum"] if "minimum" in schema else schema["maximum"] if "maximum" in schema else 1
        if kind == "boolean":
            return True
        if kind == "array":
            return [self.value(schema["items"], name, full) for _ in range(max(1, schema.get("minItems", 0)))]
        if kind == "object":
            required = schema.get("required", [])
            return {k: self.value(v, k, full) for k, v in schema.get("properties", {}).items() if k != "customData" and (full or k in required)}
        return {"any": [1, "x", None]}

    def cases(self):
        """(name, payload, expected code or None): the valid ones first."""
        full = self.value(self.root, "", True)
        yield "minimal", self.value(self.root, "", False), None
        yield "full", full, None
        for name, path, schema, required in self.walk(self.root, [], "payload"):
            yield from self.broken(full, name, path, schema, required)

    def walk(self, schema, path, name, required=True):
        schema = self.resolve(schema)
        yield name, path, schema, required
        if schema.get("type") == "object":
            for key, value in schema.get("properties", {}).items():
                if key != "customData":
                    yield from self.walk(value, path + [key], f"{name}.{key}", key in schema.get("required", []))
        elif schema.get("type") == "array":
            yield from self.walk(schema["items"], path + [0], name + "[]")

    def broken(self, full, name, path, schema, required):
        def put(value):
            payload = copy.deepcopy(full)
            if not path:
                return value
            at = payload
            for step in path[:-1]:
                at = at[step]
            if value is MISSING:
                del at[path[-1]]
            else:
                at[path[-1]] = value
            return payload

        key = path[-1] if path else ""
        kind = schema.get("type")
        if path and required and isinstance(key, str):
            yield f"{name} missing", put(MISSING), "Occurrence"
        if not path:
            if self.version != "ocpp1.6":
                yield "customData", {**full, "customData": {"vendorId": "v", "x": 1}}, None
            yield "an extra property", {**full, "xx": {"y": [1]}}, None
            return
        if kind:
            wrong = {"string": 5, "integer": "x", "number": "x", "boolean": "true", "object": [1], "array": {"a": 1}}[kind]
            yield f"{name} of a wrong type", put(wrong), "Type"
        if kind == "integer":
            yield f"{name} with a fraction", put(1.5), "Type"
        if "enum" in schema:
            for word in schema["enum"]:
                yield f"{name} = {word}", put(word), None
            yield f"{name} = Nonsense", put("Nonsense"), None if key in DEVIATIONS and "sampledValue" in path else "Property"
        elif schema.get("format") == "date-time":
            yield f"{name} is no time", put("yesterday"), "Property"
        elif kind == "string" and "maxLength" in schema:
            yield f"{name} as long as may be", put("x" * schema["maxLength"]), None
            yield f"{name} too long", put("x" * (schema["maxLength"] + 1)), "Type"
        if kind in ("integer", "number"):
            if "minimum" in schema:
                yield f"{name} too small", put(schema["minimum"] - 1), "Property"
            if "maximum" in schema:
                yield f"{name} too great", put(schema["maximum"] + 1), "Property"
        if kind == "array":
            if schema.get("minItems"):
                yield f"{name} empty", put([]), "Occurrence"
            if "maxItems" in schema:
                item = self.value(schema["items"], "", False)
                yield f"{name} with one too many", put([item] * (schema["maxItems"] + 1)), "Occurrence"


def command_actions(version):
    """What a CSMS may ask of a station, by the package's own files: all that a station does not send, and DataTransfer."""
    names = [name[:-5] for name in os.listdir(os.path.join(os.path.dirname(ocpp.__file__), FOLDER[version], "schemas")) if name.endswith(".json")]
    if version == "ocpp1.6":
        requests = [name for name in names if not name.endswith("Response")]
    else:
        requests = [name[:-7] for name in names if name.endswith("Request")]
    return sorted({name for name in requests if name not in ACTIONS[version]} | {"DataTransfer"})


def judge_commands(call, station, version):
    """Asks for each command with each case of its schema: what fits arrives as it is, what does not is refused with a reason
    and the station hears nothing. The schemas of the package say which is which."""
    from jsonschema import Draft4Validator, Draft6Validator

    findings, count = [], 0
    for action in command_actions(version):
        subject = Action(version, action)
        valid = (Draft4Validator if version == "ocpp1.6" else Draft6Validator)(subject.root)
        for name, payload, _ in subject.cases():
            if not isinstance(payload, dict):
                continue
            fits = valid.is_valid(payload) and "is no time" not in name and "an extra" not in name
            heard = len(station.payloads)
            status, outcome = call(station.identity, action, payload)
            count += 1
            got = station.payloads[heard:]
            if fits:
                good = status == 200 and got == [payload]
            else:
                good = status == 400 and outcome["outcome"] == "invalid" and len(outcome.get("reason", "")) > 3 and not got
            if not good:
                findings.append(f"{version} {action}: {name}: fits {fits}, got {status} {outcome}, heard {json.dumps(got)[:120]}")
    return count, findings


MISSING = object()
CODES = {
    False: {"Occurrence": "OccurrenceConstraintViolation", "Type": "TypeConstraintViolation", "Property": "PropertyConstraintViolation"},
    True: {"Occurrence": "OccurenceConstraintViolation", "Type": "TypeConstraintViolation", "Property": "PropertyConstraintViolation"},
}


async def judge(url, version, action, findings):
    """Sends each case of one action over a connection of its own; answers how many there were."""
    from jsonschema import Draft4Validator, Draft6Validator

    validator = Draft4Validator if version == "ocpp1.6" else Draft6Validator
    subject = Action(version, action)
    answers = validator(subject.answer)
    count = 0
    async with websockets.connect(f"{url}/{version}-{action}", subprotocols=[version], max_size=None) as socket:
        await socket.send(json.dumps([2, "boot", "BootNotification", BOOT[version]]))
        await socket.recv()
        cases = list(subject.cases())
        # The package's own schemas say which of the payloads above are valid: the generator is not its own judge.
        requests = validator(subject.root)
        for name, payload, code in cases:
            if code is None and "an extra" not in name and "Nonsense" not in name and not requests.is_valid(payload):
                findings.append(f"{version} {action}: {name}: the generator is wrong")
        for begin in range(0, len(cases), 50):
            part = cases[begin:begin + 50]
            for index, (_, payload, _) in enumerate(part):
                await socket.send(json.dumps([2, str(index), action, payload]))
            for index, (name, _, code) in enumerate(part):
                answer = json.loads(await asyncio.wait_for(socket.recv(), 30))
                count += 1
                if code is None:
                    good = answer[:2] == [3, str(index)] and answers.is_valid(answer[2])
                else:
                    good = answer[:3] == [4, str(index), CODES[version == "ocpp1.6"][code]]
                if not good:
                    findings.append(f"{version} {action}: {name}: want {code}, got {json.dumps(answer)[:200]}")
    return count


async def judge_all(url, version):
    findings = []
    count = 0
    for action in ACTIONS[version]:
        count += await judge(url, version, action, findings)
    return count, findings


def run(url, version):
    return asyncio.run(judge_all(url, version))
