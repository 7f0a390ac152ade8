"""Stations that answer commands: the real `ocpp` package in a thread, and one of raw frames that answers as it is told."""
import asyncio
import json
import threading

import websockets
from ocpp import v16, v201, v21
from ocpp.routing import on

PACKAGES = {"ocpp1.6": v16, "ocpp2.0.1": v201, "ocpp2.1": v21}
BOOT = {
    "ocpp1.6": {"chargePointVendor": "V", "chargePointModel": "M"},
    "ocpp2.0.1": {"chargingStation": {"model": "M", "vendorName": "V"}, "reason": "PowerUp"},
    "ocpp2.1": {"chargingStation": {"model": "M", "vendorName": "V"}, "reason": "PowerUp"},
}


class Looped:
    """A connection in a thread with a loop of its own, booted once it is entered."""

    def __init__(self, url, identity, version):
        self.url, self.identity, self.version = url, identity, version
        self.failure = None
        self.ready = threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()), daemon=True)
        self.thread.start()
        if not self.ready.wait(10):
            raise RuntimeError(f"{self.identity} did not connect: {self.failure}")
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.done.set)
        self.thread.join(10)

    async def run(self):
        self.loop = asyncio.get_running_loop()
        self.done = asyncio.Event()
        try:
            async with websockets.connect(f"{self.url}/{self.identity}", subprotocols=[self.version]) as socket:
                self.socket = socket
                await socket.send(json.dumps([2, "boot", "BootNotification", BOOT[self.version]]))
                await socket.recv()
                reader = asyncio.create_task(self.read())
                self.ready.set()
                await self.done.wait()
                reader.cancel()
        except Exception as error:  # noqa: BLE001: shown by the check that misses an answer
            self.failure = repr(error)


class Station(Looped):
    """A ChargePoint of the package that checks each command against the schemas and gives the answers it was given."""

    def __init__(self, url, identity, version, answers):
        super().__init__(url, identity, version)
        self.answers, self.received = answers, []

    async def read(self):
        package = PACKAGES[self.version]
        members = {}
        for action, answer in self.answers.items():
            members["on_" + action] = self.handler(package, action, answer)
        station = type("Station", (package.ChargePoint,), members)(self.identity, self.socket)
        route = station.route_message

        async def noted(text):
            message = json.loads(text)
            if message[0] == 2:
                self.received.append((message[2], message[3]))
            await route(text)

        station.route_message = noted
        await station.start()

    @staticmethod
    def handler(package, action, answer):
        from ocpp.charge_point import camel_to_snake_case

        def handle(self, **_):
            return getattr(package.call_result, action)(**camel_to_snake_case(answer))

        handle.__name__ = "on_" + action  # The package finds handlers by the names that it saw while decorating.
        return on(action)(handle)


class RawStation(Looped):
    """A station that answers commands as `answer` says, None for silence."""

    def __init__(self, url, identity, version="ocpp2.0.1"):
        super().__init__(url, identity, version)
        self.ids, self.payloads = [], []
        self.answer = lambda i, action, payload: [3, i, {}]

    async def read(self):
        async for text in self.socket:
            message = json.loads(text)
            if message[0] == 2:
                self.ids.append(message[1])
                self.payloads.append(message[3])
                answer = self.answer(*message[1:])
                if answer is not None:
                    await self.socket.send(json.dumps(answer))

    def send(self, message):
        asyncio.run_coroutine_threadsafe(self.socket.send(json.dumps(message)), self.loop).result(10)
