#!/usr/bin/env python3
"""Real clients against the real engine, each main route once and the ways in which it may break.

  end_to_end.py --bin DIR [--only NAME[,NAME]]

Runs the built programs of DIR on free loopback ports with the influx shell and the Python packages influxdb, influxdb-client,
msgpack, ocpp and grpcio, mosquitto and mosquitto_pub. The last line is 'N passed, N failed'.
"""
import argparse
import sys
import time

import harness
from harness import check
from access_parts import access, access_clients
from answer_parts import answers, edges
from conformance_parts import conformance
from gateway_parts import gateway_clock, gateway_commands, gateway_command_schemas, gateway_deflate, gateway_forwarding, gateway_peers, gateway_schemas, gateway_security, gateway_versions
from http_parts import clients, connections, hostile, http, reference
from ingest_parts import crash, mqtt, ocpp
from mqtt_parts import mqtt_brokers, mqtt_forms, mqtt_hostile, mqtt_kill, mqtt_results, mqtt_tls
from kill_loop import kills
from operator_parts import faults, operator
from statement_parts import continuous, downsampling, subscriptions, subscriptions_tls
from stream_parts import streams
from window_parts import windows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--only", default="")
    a = parser.parse_args()
    parts = [http, connections, hostile, clients, access, access_clients, answers, edges, reference, ocpp, gateway_versions, gateway_schemas,
             gateway_commands, gateway_command_schemas, gateway_deflate, gateway_clock, gateway_security, gateway_peers, gateway_forwarding, mqtt, mqtt_results, mqtt_kill, mqtt_brokers, mqtt_tls, mqtt_forms, mqtt_hostile, windows, streams, crash, kills, operator, faults, continuous, downsampling, subscriptions, subscriptions_tls, conformance]
    for part in parts:
        if not a.only or part.__name__ in a.only.split(","):
            began = time.monotonic()
            try:
                part(a.bin)
            except Exception as error:  # One part that breaks must not hide the others.
                check(f"{part.__name__} runs to its end", False, repr(error))
            print(f"{part.__name__}: {time.monotonic() - began:.1f} s", flush=True)
    print(f"{harness.passed} passed, {harness.failed} failed")
    sys.exit(1 if harness.failed else 0)


if __name__ == "__main__":
    main()
