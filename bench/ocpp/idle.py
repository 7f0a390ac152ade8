#!/usr/bin/env python3
"""Memory of stations that are connected and booted, and how fast many come at once: plain, with passwords, in TLS. Twice, as after a reset.

  idle.py --bin DIR [--stations N] [--profile 0|1|2] [--deflate] [--transaction]

With --deflate they agree to permessage-deflate and boot deflated; with --transaction each has one open, of which a reading was acknowledged (into the
gateway's spool, as no engine is there).
"""
import argparse
import base64
import hashlib
import json
import os
import socket
import ssl
import sys
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Tests", "clients"))
from gateway_parts import Gateway, authority, certificate  # noqa: E402
from load import cpu, resident  # noqa: E402
from ocpp_peers import BOOT, Peer  # noqa: E402

EVENT = {"eventType": "Started", "timestamp": "2026-01-01T00:00:00Z", "triggerReason": "CablePluggedIn", "seqNo": 0, "transactionInfo": {
    "transactionId": "5f0c1a2e-7d5b-4d0e-9c1f-2b6a8e3d4c5f"}, "evse": {"id": 1}, "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [
        {"value": 7000 + n, "measurand": m, "unitOfMeasure": {"unit": u}} for n, (m, u) in enumerate([
            ("Power.Active.Import", "W"), ("Power.Active.Export", "W"), ("Voltage", "V"), ("Current.Import", "A"), ("Current.Export", "A"),
            ("Frequency", "Hz"), ("Energy.Active.Import.Register", "Wh"), ("Energy.Active.Export.Register", "Wh")])]}]}
PASSWORD = b"correct-horse-battery"


def passwords(path, count):
    salt = bytes(range(16))
    key = hashlib.scrypt(hashlib.sha256(PASSWORD).digest(), salt=salt, n=4096, r=8, p=1, dklen=32, maxmem=2**26)
    with open(path, "w") as f:
        f.writelines(f"W{n} scrypt$12$8$1${salt.hex()}${key.hex()}\n" for n in range(count))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--stations", type=int, default=5000)
    parser.add_argument("--profile", type=int, default=0, choices=(0, 1, 2))
    parser.add_argument("--deflate", action="store_true")
    parser.add_argument("--transaction", action="store_true")
    a = parser.parse_args()
    d = tempfile.mkdtemp(prefix="feederline-idle.")
    path = lambda name: os.path.join(d, name)
    authority(d, "ca")
    certificate(d, "ca", "server", "/CN=127.0.0.1", san="IP:127.0.0.1")
    passwords(path("passwords"), a.stations)
    files = {} if a.profile == 0 else {"passwords": path("passwords"), "tls_cert": path("server.pem"), "tls_key": path("server.key")}
    g = Gateway(a.bin, "127.0.0.1:9", ping_interval_s=0, security_profile=a.profile, handshake_timeout_s=120, **files)
    trust = ssl.create_default_context(cafile=path("ca.pem"))

    offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n" if a.deflate else ""

    def frame(message):
        text = json.dumps(message)
        if not a.deflate:
            return Peer.frame(text)
        deflate = zlib.compressobj(wbits=-15)
        payload = (deflate.compress(text.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0xFE]) + len(payload).to_bytes(2, "big")
        return b"\xC1" + length + bytes(4) + payload

    def connect(n):
        s = socket.create_connection(("127.0.0.1", g.ports["OCPP"]), 120)
        s.settimeout(120)
        if a.profile == 2:
            s = trust.wrap_socket(s, server_hostname="127.0.0.1")
        proof = base64.b64encode(f"W{n}:".encode() + PASSWORD).decode()
        s.sendall((f"GET /ocpp/W{n} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nAuthorization: Basic "
                   f"{proof}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ocpp2.0.1\r\n{offer}\r\n").encode())
        return s

    def until(s, end):
        text = b""
        while end not in text:
            part = s.recv(4096)
            if not part:
                return False
            text += part
        return True

    def boot(s):
        if not until(s, b"\r\n\r\n"):
            return False
        s.sendall(frame([2, "b", "BootNotification", BOOT["ocpp2.0.1"]]))
        if not until(s, b"Accepted"):
            return False
        if a.transaction:
            s.sendall(frame([2, "t", "TransactionEvent", EVENT]))
            return until(s, b'[3,"t"')
        return True

    before = resident(g.proc.pid)
    for turn in ("first", "again"):
        began, used = time.monotonic(), cpu(g.proc.pid)
        with ThreadPoolExecutor(64) as threads:
            sockets = list(threads.map(connect, range(a.stations)))
        with ThreadPoolExecutor(64) as threads:
            answered = sum(threads.map(boot, sockets))
        seconds = time.monotonic() - began
        time.sleep(1)
        kind = f"profile {a.profile}{', deflate' * a.deflate}{', in a transaction' * a.transaction}"
        print(f"{kind}, {turn}: {answered} of {a.stations} answered in {seconds:.1f} s ({cpu(g.proc.pid) - used:.1f} s CPU), "
              f"{(resident(g.proc.pid) - before) / a.stations / 1024:.1f} KiB a connection", flush=True)
        for s in sockets:
            s.close()
        time.sleep(1)
    g.stop()


if __name__ == "__main__":
    main()
