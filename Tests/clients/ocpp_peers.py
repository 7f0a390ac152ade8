"""Peers of raw sockets that misbehave: they finish the handshake of a WebSocket, or do not, and then do as they please."""
import json
import os
import select
import socket
import struct
import time

from ocpp_commands import BOOT


class Peer:
    """A WebSocket over a plain socket that answers nothing by itself, no ping and no close."""

    def __init__(self, port, identity, version="ocpp2.0.1", buffer=None):
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(15)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall((f"GET /ocpp/{identity} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                             f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {version}\r\n\r\n").encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            part = self.socket.recv(4096)
            if not part:
                break
            self.rest += part
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        self.status = int(head.split()[1]) if head else 0
        self.version = version

    @staticmethod
    def frame(text, opcode=1):
        data = text.encode() if isinstance(text, str) else text
        length = struct.pack("!B", 0x80 | len(data)) if len(data) < 126 else struct.pack("!BH", 0xFE, len(data))
        return bytes([0x80 | opcode]) + length + b"\0\0\0\0" + data

    def send(self, message):
        self.socket.sendall(self.frame(message if isinstance(message, (str, bytes)) else json.dumps(message)))

    def receive(self):
        """(opcode, data) of the next frame; None at the end of the stream."""
        def need(count):
            while len(self.rest) < count:
                part = self.socket.recv(65536)
                if not part:
                    raise EOFError
                self.rest += part

        try:
            need(2)
            length, at = self.rest[1] & 0x7F, 2
            if length == 126:
                need(4)
                length, at = struct.unpack("!H", self.rest[2:4])[0], 4
            need(at + length)
        except (EOFError, ConnectionError):
            return None
        opcode, data, self.rest = self.rest[0] & 15, self.rest[at:at + length], self.rest[at + length:]
        return opcode, data

    def text(self):
        """The next text message, pings passed over; None at the end."""
        while True:
            frame = self.receive()
            if frame is None or frame[0] == 8:
                return None
            if frame[0] == 1:
                return json.loads(frame[1])

    def boot(self):
        self.send([2, "boot", "BootNotification", BOOT[self.version]])
        return self.text()

    def close_code(self):
        """The code that the gateway closes with; None where it closes without one."""
        while True:
            frame = self.receive()
            if frame is None:
                return None
            if frame[0] == 8:
                return struct.unpack("!H", frame[1][:2])[0]

    def ended(self, seconds):
        """Whether the gateway ends the connection within so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.socket], [], [], 0.2)[0]:
                try:
                    if not self.socket.recv(65536):
                        return True
                except ConnectionError:
                    return True
        return False

    def close(self):
        self.socket.close()


def stuffed(peer, seconds):
    """Asks for long answers and takes none; whether the gateway ends it within so many seconds."""
    big = "x" * 120
    request = {"certificateHashData": {"hashAlgorithm": "SHA256", "issuerNameHash": big, "issuerKeyHash": big, "serialNumber": "1"}, "source": "OCSP",
               "urls": ["http://a"]}
    frame = Peer.frame(json.dumps([2, "g", "GetCertificateChainStatus", {"certificateStatusRequests": [request] * 4}])) * 50
    peer.socket.setblocking(False)
    end = time.monotonic() + seconds
    left = b""
    while time.monotonic() < end:
        try:
            left = left or frame
            left = left[peer.socket.send(left):]
        except BlockingIOError:
            time.sleep(0.05)
        except ConnectionError:
            return True
    return False


def half_open(port, data):
    """Whether the gateway ends a connection that begins so and says no more."""
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.sendall(data)
        s.settimeout(10)
        try:
            while s.recv(4096):
                pass
            return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False


def wave(port, count):
    """Connects and boots so many stations at once; the number of those that were answered."""
    peers = [Peer(port, f"W{n}") for n in range(count)]
    for peer in peers:
        peer.send([2, "boot", "BootNotification", BOOT[peer.version]])
    answered = sum(1 for peer in peers if (peer.text() or [0])[0] == 3)
    return peers, answered
