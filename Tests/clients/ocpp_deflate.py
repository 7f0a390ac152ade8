"""Stations that deflate their messages: the real websockets client, and frames that are made by hand."""
import asyncio
import json
import struct
import zlib

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from ocpp_commands import BOOT

READINGS = 30
VERSION = "ocpp2.0.1"
OFFERS = {
    "as it comes": ClientPerMessageDeflateFactory(),
    "windows of 9 bits": ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9),
    "no context": ClientPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True),
}


def meter_values(n):
    samples = [{"value": 7000 + n, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}}]
    samples += [{"value": 230, "measurand": "Voltage", "phase": f"L{1 + i % 3}"} for i in range(6)]
    return {"evseId": 1, "meterValue": [{"timestamp": f"2026-01-01T00:00:{n:02}Z", "sampledValue": samples}]}


async def station(url, call):
    """Readings over connections of several offers; a long command comes deflated."""
    findings = []
    n = 0
    for name, factory in OFFERS.items():
        async with websockets.connect(f"{url}/DEFLATE", subprotocols=[VERSION], compression=None, extensions=[factory]) as socket:
            agreed = [e.name for e in socket.protocol.extensions]
            findings.append((f"deflate, {name}: agreed", agreed == ["permessage-deflate"], agreed))
            await socket.send(json.dumps([2, "boot", "BootNotification", BOOT[VERSION]]))
            await socket.recv()
            answers = []
            for _ in range(READINGS // len(OFFERS)):
                await socket.send(json.dumps([2, f"m{n}", "MeterValues", meter_values(n)]))
                answers.append(json.loads(await socket.recv()) == [3, f"m{n}", {}])
                n += 1
            findings.append((f"deflate, {name}: each reading is acknowledged", all(answers), answers))
            # In fragments, the first alone with the mark.
            await socket.send(c for c in [json.dumps([2, "h", "Heartbeat", {}])[:9], json.dumps([2, "h", "Heartbeat", {}])[9:]])
            answer = json.loads(await socket.recv())
            findings.append((f"deflate, {name}: a message in fragments", answer[:2] == [3, "h"], answer))
            # Long enough to be deflated, where the window allows it.
            payload = {"setVariableData": [{"attributeValue": "ab" * 400, "component": {"name": "C"}, "variable": {"name": "V"}}]}
            asked = asyncio.get_running_loop().run_in_executor(None, call, "DEFLATE", "SetVariables", payload)
            command = json.loads(await socket.recv())
            await socket.send(json.dumps([3, command[1], {}]))
            findings.append((f"deflate, {name}: a long command comes whole", command[3] == payload and (await asked)[0] == 200, command))
    return findings


async def extensions(url):
    async with websockets.connect(f"{url}/NONE", subprotocols=[VERSION]) as socket:
        return [e.name for e in socket.protocol.extensions]


def bomb():
    """64 MiB of blanks around a message, in some 64 KiB."""
    deflate = zlib.compressobj(wbits=-15)
    return (deflate.compress(b" " * (64 << 20)) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]


async def closed(url, payload, agreed=True):
    """The code with which a connection ends that sends this as one deflated text."""
    more = {"extensions": [ClientPerMessageDeflateFactory()]} if agreed else {}
    async with websockets.connect(f"{url}/BOMB", subprotocols=[VERSION], compression=None, max_size=None, **more) as socket:
        await socket.send(json.dumps([2, "boot", "BootNotification", BOOT[VERSION]]))
        await socket.recv()
        # Masked with zeroes, so that the payload stands as it is.
        socket.transport.write(bytes([0xC1, 0xFF]) + struct.pack(">Q", len(payload)) + bytes(4) + payload)
        try:
            await asyncio.wait_for(socket.recv(), 10)
        except websockets.ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else None
        return "nothing"
