"""kill -9 again and again during ingest, with a ledger of what was acknowledged. `kill_loop.py --bin DIR --kills N` is the soak."""
import argparse
import os
import random
import sys
import tempfile
import threading
import time

import harness
from harness import Engine, QUIET, check

ROWS = 100


def kill_loop(bin_dir, kills, seed=None):
    """Kills the engine `kills` times; each start must come by itself and hold each acknowledged row, once."""
    random.seed(seed)
    folder = tempfile.mkdtemp(prefix="feederline-kills.")
    config = os.path.join(folder, "v2g.yaml")
    with open(config, "w") as f:
        f.write("memtable_mib: 1\n")
    e = Engine(bin_dir, "--config", config, *QUIET)
    e.query("CREATE DATABASE k")
    acknowledged, kept, number = set(), set(), 0
    lost = twice = invented = 0
    for round_ in range(kills):
        stop, lock, base = threading.Event(), threading.Lock(), number

        def writer():
            nonlocal number
            while not stop.is_set():
                with lock:
                    first, number = number, number + ROWS
                # Each row is unique; the field `o` of a hundred shared rows is written over by all.
                lines = [f'm,t=s{n % 17} v={n}i,x="{"y" * (n % 60)}" {n + 1}' for n in range(first, first + ROWS)]
                lines += [f"over,t=s{n % 10} o={first}i {n}" for n in range(10)]
                if e.write("k", "\n".join(lines))[0] == 204:
                    acknowledged.update(range(first, first + ROWS))

        threads = [threading.Thread(target=writer) for _ in range(3)]
        if round_ % 3 == 1:
            threads.append(threading.Thread(target=lambda: e.request("POST", "/admin/compact", b"")))
        for t in threads:
            t.start()
        time.sleep(random.uniform(0.05, 0.5))
        e.kill()
        stop.set()
        for t in threads:
            t.join()
        e.start()
        have = [row["v"] for row in e.rows(f"SELECT v FROM m WHERE time > {base}", "k", epoch="ns")]
        found = set(have)
        lost += len({n for n in acknowledged if n >= base} - found)
        twice += len(have) - len(found)
        invented += len([n for n in found if not base <= n < number])
        kept |= found
        if round_ % 100 == 99:
            print(f"{round_ + 1} kills, {len(acknowledged)} rows acknowledged, {lost} lost, {twice} twice", flush=True)
    count = e.rows("SELECT count(v) FROM m", "k")
    total = count[0]["count"] if count else 0
    over = e.rows("SELECT count(o) FROM over", "k")
    e.stop()
    e.remove()
    return {"kills": kills, "acknowledged": len(acknowledged), "lost": lost, "twice": twice, "invented": invented,
            "kept": len(kept), "total": total, "over": over[0]["count"] if over else 0}


def kills(bin_dir):
    """50 kills."""
    told = kill_loop(bin_dir, 50)
    check("50 kills: nothing acknowledged is lost", told["lost"] == 0, told)
    check("... nothing is there twice, or came from nowhere", told["twice"] == 0 and told["invented"] == 0, told)
    check("... and what one start showed the later ones kept", told["kept"] == told["total"] and told["over"] == 10, told)
    check("... of rows that were written", told["acknowledged"] > 5000, told)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--kills", type=int, default=2000)
    a = parser.parse_args()
    began = time.monotonic()
    told = kill_loop(a.bin, a.kills)
    print(told, f"{time.monotonic() - began:.0f} s")
    sys.exit(1 if told["lost"] or told["twice"] or told["invented"] or told["kept"] != told["total"] else 0)
