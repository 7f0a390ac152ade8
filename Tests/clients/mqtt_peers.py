"""Publishers of MQTT that know what the broker has acknowledged: paho, and bare sockets with the bytes of MQTT 5."""
import socket
import struct
import threading

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties


class Publisher:
    """paho at QoS 1; `acknowledged` tells what the broker has taken."""

    def __init__(self, port, name="publisher", **tls):
        self.answered = set()
        self.numbers = {}
        self.lock = threading.Lock()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5)
        self.client.max_queued_messages_set(0)
        self.client.max_inflight_messages_set(200)
        self.client.on_publish = self._acknowledged
        if tls:
            self.client.tls_set(**tls)
        self.client.connect("127.0.0.1", port, keepalive=30)
        self.client.loop_start()

    def _acknowledged(self, client, data, number, reason, properties):
        with self.lock:
            self.answered.add(number)

    @property
    def acknowledged(self):
        """What the broker has taken, as the callers of publish named it."""
        with self.lock:
            return {what for number, what in list(self.numbers.items()) if number in self.answered}

    def publish(self, topic, payload, what=None, content_type=None, properties=(), qos=1, retain=False):
        """Queues a message; `what` is in `acknowledged` once the broker has it."""
        p = Properties(PacketTypes.PUBLISH)
        if content_type:
            p.ContentType = content_type
        for pair in properties:
            p.UserProperty = pair
        # No lock here: paho calls back under a lock of its own, which publishing takes too.
        info = self.client.publish(topic, payload, qos=qos, retain=retain, properties=p)
        self.numbers[info.mid] = what if what is not None else info.mid
        return info

    def now(self, topic, payload, **more):
        """Publishes and waits for the broker."""
        self.publish(topic, payload, **more).wait_for_publish(20)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


SPARKPLUG = """syntax = "proto2";
package sparkplug;
message Metric { optional string name = 1; optional uint64 alias = 2; optional uint64 timestamp = 3; optional uint32 datatype = 4;
  optional bool is_null = 7; optional uint32 int_value = 10; optional uint64 long_value = 11; optional float float_value = 12;
  optional double double_value = 13; optional bool boolean_value = 14; optional string string_value = 15; optional bytes template_value = 18; }
message Payload { optional uint64 timestamp = 1; repeated Metric metrics = 2; optional uint64 seq = 3; }
"""


def sparkplug():
    """Google's own protobuf classes for the payloads of Sparkplug B."""
    import importlib
    import os
    import sys
    import tempfile

    from grpc_tools import protoc
    directory = tempfile.mkdtemp(prefix="feederline-sparkplug.")
    with open(os.path.join(directory, "sparkplug_payload.proto"), "w") as f:
        f.write(SPARKPLUG)
    assert protoc.main(["protoc", f"-I{directory}", f"--python_out={directory}", "sparkplug_payload.proto"]) == 0
    sys.path.insert(0, directory)
    return importlib.import_module("sparkplug_payload_pb2")


def varint(number):
    out = b""
    while True:
        number, low = divmod(number, 128)
        out += bytes([low | (128 if number else 0)])
        if not number:
            return out


def publish_packet(topic, payload, number, properties=b"", dup=False):
    """PUBLISH at QoS 1 with a number of its own."""
    topic = topic if isinstance(topic, bytes) else topic.encode()
    body = struct.pack(">H", len(topic)) + topic + struct.pack(">H", number) + varint(len(properties)) + properties + payload
    return bytes([0x32 | (8 if dup else 0)]) + varint(len(body)) + body


def connect_packet(name):
    body = b"\x00\x04MQTT\x05\x02\x00\x3c\x00" + struct.pack(">H", len(name)) + name.encode()
    return b"\x10" + varint(len(body)) + body


class RawPublisher:
    """A socket that says what it is told, and reads what comes."""

    def __init__(self, port, name="raw"):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.sendall(connect_packet(name))
        assert self.socket.recv(1024)[0] == 0x20

    def send(self, packet):
        self.socket.sendall(packet)

    def close(self):
        self.socket.close()
