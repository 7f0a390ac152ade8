"""Stations that show passwords and certificates, right ones and wrong ones."""
import asyncio
import base64
import json
import socket
import ssl
import time

import websockets
from ocpp_commands import BOOT

VERSION = "ocpp2.0.1"


def context(ca, cert):
    made = ssl.create_default_context(cafile=ca)
    if cert:
        made.load_cert_chain(*cert)
    return made


def arguments(identity, user=None, password=None, ca=None, cert=None):
    headers = {}
    if password is not None:
        headers["Authorization"] = "Basic " + base64.b64encode((user or identity).encode() + b":" + password).decode()
    more = {"ssl": context(ca, cert)} if ca else {}
    return {"subprotocols": [VERSION], "additional_headers": headers, **more}


async def boot(connection):
    await connection.send(json.dumps([2, "b", "BootNotification", BOOT[VERSION]]))
    answer = json.loads(await asyncio.wait_for(connection.recv(), 10))
    return "answered" if answer[:2] == [3, "b"] else answer


async def _beat(url, identity, **proof):
    try:
        async with websockets.connect(f"{url}/{identity}", **arguments(identity, **proof)) as connection:
            return await boot(connection)
    except websockets.exceptions.InvalidStatus as error:
        return str(error.response.status_code), error.response.headers.get("WWW-Authenticate")
    # A refused client certificate shows with TLS 1.3 as a connection that ends before its answer.
    except (ssl.SSLError, ConnectionError, EOFError, websockets.exceptions.InvalidMessage) as error:
        return "tls", repr(error)


def beat(url, identity, **proof):
    """`answered`, (status, challenge) or ("tls", error)."""
    return asyncio.run(_beat(url, identity, **proof))


def timed(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began


def old_tls(port):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.minimum_version = ssl.TLSVersion.TLSv1
    made.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as s, made.wrap_socket(s):
            return True
    except (ssl.SSLError, ConnectionError):
        return False


def plain(port):
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.sendall(b"GET /ocpp/P1 HTTP/1.1\r\nHost: a\r\n\r\n")
        try:
            return s.recv(100).startswith(b"HTTP")
        except ConnectionError:
            return False


class Kept:
    """A connection that stays open over what the test does meanwhile."""

    def __init__(self, url, identity, **proof):
        self.loop = asyncio.new_event_loop()
        self.url, self.arguments = f"{url}/{identity}", arguments(identity, **proof)

    def __enter__(self):
        async def connect():
            return await websockets.connect(self.url, **self.arguments)

        self.connection = self.loop.run_until_complete(connect())
        return self

    def __exit__(self, *_):
        self.loop.run_until_complete(self.connection.close())
        self.loop.close()

    def beat(self):
        return self.loop.run_until_complete(boot(self.connection))

    def close_code(self, data):
        async def send():
            await self.connection.send(data)
            try:
                await asyncio.wait_for(self.connection.recv(), 10)
            except websockets.exceptions.ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else None

        return self.loop.run_until_complete(send())
