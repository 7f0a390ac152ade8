"""Suites that others wrote for InfluxDB, where they lie beside the project; they are not part of it."""
import os
import re
import subprocess
import sys

from harness import QUIET, ROOT, Engine, check

SUITES = os.path.join(os.path.dirname(ROOT), "shared", "conformance")
# What fails at most, all of it statements that the README names as not there: a number that only goes down.
SUITE_FAILURES = {"influxql_suite.py": 0, "clients_suite.py": 0}


def conformance(bin_dir):
    """InfluxDB's own cases and exact replays of clients; passed over where the suites are not there."""
    if not os.path.isdir(SUITES):
        print("conformance: the suites are not here")
        return
    e = Engine(bin_dir, *QUIET)
    for suite, more in (("influxql_suite.py", []), ("clients_suite.py", ["--only", "v1"])):
        run = subprocess.run([sys.executable, os.path.join(SUITES, suite), e.url, *more], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=600)
        end = re.search(r"(\d+) passed, (\d+) failed", run.stdout.splitlines()[-1] if run.stdout else "")
        print(f"{suite}: {end[0] if end else 'no closing line'}")
        check(f"{suite} fails no more than it did", end and int(end[1]) > 100 and int(end[2]) <= SUITE_FAILURES[suite],
              run.stdout[-1500:])
    e.stop()
    e.remove()
