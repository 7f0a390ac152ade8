#!/usr/bin/env python3
"""The tumbling sums alone in Bytewax: bytewax_peer.py [--evses N] [--feeders N] [--seconds N], prints frames a second of one worker.

Each EVSE reports each five seconds; windows of one second by feeder, event-time clock, sum of the power and count. No hold, no
lateness corrections, no completeness, no recovery store: less than what bench-windows does.
"""
import argparse
import random
import resource
import time
from datetime import datetime, timedelta, timezone

import bytewax.operators as op
import bytewax.operators.windowing as win
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

parser = argparse.ArgumentParser()
parser.add_argument("--evses", type=int, default=20_000)
parser.add_argument("--feeders", type=int, default=200)
parser.add_argument("--seconds", type=int, default=20)
a = parser.parse_args()
origin = datetime(2026, 1, 1, tzinfo=timezone.utc)
batches = []
for second in range(a.seconds):
    rows = [(f"F{evse // 5 % a.feeders:05d}", (origin + timedelta(seconds=second, milliseconds=random.randrange(1000)), random.uniform(-1e4, 1.1e4)))
            for evse in range(second % 5, a.evses, 5)]
    batches += [rows[start:start + 5000] for start in range(0, len(rows), 5000)]
frames = sum(map(len, batches))
results = 0


class Readings(DynamicSource):
    def build(self, step_id, worker_index, worker_count):
        return ReadingsPartition()


class ReadingsPartition(StatelessSourcePartition):
    def __init__(self):
        self.left = iter(batches)

    def next_batch(self):
        batch = next(self.left, None)
        if batch is None:
            raise StopIteration
        return batch


class Count(DynamicSink):
    def build(self, step_id, worker_index, worker_count):
        return CountPartition()


class CountPartition(StatelessSinkPartition):
    def write_batch(self, items):
        global results
        results += len(items)


flow = Dataflow("sums")
readings = op.input("readings", flow, Readings())
clock = win.EventClock(ts_getter=lambda value: value[0], wait_for_system_duration=timedelta(seconds=2))
windows = win.TumblingWindower(length=timedelta(seconds=1), align_to=origin)
sums = win.fold_window("sums", readings, clock, windows, lambda: (0.0, 0), lambda sum, value: (sum[0] + value[1], sum[1] + 1),
                       lambda one, other: (one[0] + other[0], one[1] + other[1]))
op.output("out", sums.down, Count())
before, began = time.process_time(), time.monotonic()
run_main(flow)
cpu = time.process_time() - before
print(f"{frames / cpu:.0f} frames/s per core ({cpu / frames * 1e9:.0f} ns a frame, {time.monotonic() - began:.1f} s), {results} windows, "
      f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
