"""What an operator does: verify, inspect, back up under load, restore elsewhere, export and import."""
import glob
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

import harness
from harness import Engine, QUIET, check, eventually


def v2g(bin_dir, *arguments, **options):
    """Exit code and all output of one command."""
    run = subprocess.run([os.path.join(bin_dir, "v2g"), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, **options)
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def count(engine, database="b"):
    return {row["v"] for row in engine.rows("SELECT v FROM m", database)}


def flip(path, at):
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ 4]))


def operator(bin_dir):
    """Backups under load hold what was acknowledged; damage is found and named; what is exported comes back."""
    folder = tempfile.mkdtemp(prefix="feederline-operator.")
    e = Engine(bin_dir, *QUIET)
    e.query("CREATE DATABASE b")
    e.query('CREATE RETENTION POLICY "long one" ON b DURATION 52w REPLICATION 1')
    acknowledged, stop = set(), threading.Event()

    def writer():
        number = 0
        while not stop.is_set():
            lines = "\n".join(f'm,t=s{n % 7} v={n}i,f={n}.5,s="a \\"{n}\\"",b=true {n + 1}' for n in range(number, number + 50))
            if e.write("b", lines)[0] == 204:
                acknowledged.update(range(number, number + 50))
                number += 50

    thread = threading.Thread(target=writer)
    thread.start()
    eventually(lambda: len(acknowledged) > 1000)
    e.request("POST", "/admin/compact", b"")
    backups = os.path.join(folder, "backups")
    runs = []
    for more in ([], ["--incremental"], ["--incremental"]):
        before = set(acknowledged)
        code, out, err = v2g(bin_dir, "backup", e.data, backups, *more)
        check(f"backup {more}", code == 0, out + err)
        runs.append((before, out.split(":")[0], out))
        eventually(lambda: len(acknowledged) > len(before) + 200)
    check("an incremental backup takes segments over", not runs[1][2].strip().endswith(" 0 taken over"), runs[1][2])
    stop.set()
    thread.join()
    check("a running engine's files are whole", v2g(bin_dir, "verify", e.data)[0] == 0, v2g(bin_dir, "verify", e.data))
    for before, backup, _ in runs:
        data = os.path.join(folder, "restored-" + os.path.basename(backup))
        code, out, err = v2g(bin_dir, "restore", backup, data)
        check("restore", code == 0, out + err)
        check("... does not overwrite", v2g(bin_dir, "restore", backup, data)[0] == 1)
        other = Engine(bin_dir, *QUIET, data=data)
        have = count(other)
        check("a restored store has what was acknowledged before the backup", before <= have, len(before - have))
        check("... and nothing else", have <= acknowledged | set(range(max(acknowledged) + 60)))
        check("... and takes writes", other.write("b", "m,t=new v=-1i 1")[0] == 204)
        other.stop()
    damaged = glob.glob(os.path.join(runs[0][1], "log", "*.log"))[0]
    flip(damaged, 40)
    code, out, err = v2g(bin_dir, "restore", runs[0][1], os.path.join(folder, "never"))
    check("a damaged backup is not restored", code == 1 and damaged in err and not os.path.exists(os.path.join(folder, "never")), err)
    exports(bin_dir, e, folder)
    damages(bin_dir, e)
    e.remove()
    shutil.rmtree(folder, ignore_errors=True)


def exports(bin_dir, e, folder):
    """Exports into a second engine and into influxd."""
    now = time.time_ns()
    check("a write to a policy", e.write("b", f"late x=1.5 {now}", rp="long one")[0] == 204)
    path = os.path.join(folder, "all.lp.gz")
    code, out, err = v2g(bin_dir, "export", e.data, "--out", path)
    check("export under a running engine", code == 0, err)
    check("... leaves nothing beside the data", not glob.glob(e.data + ".export*"))
    want = e.rows("SELECT * FROM m", "b", epoch="ns")
    other = Engine(bin_dir, *QUIET)
    progress = os.path.join(folder, "progress")
    code, out, err = v2g(bin_dir, "import", path, "--http", other.url, "--progress", progress, "--batch", "700")
    check("import", code == 0, err)
    check("what was exported comes back as it was", other.rows("SELECT * FROM m", "b", epoch="ns") == want, len(want))
    check("... in its policy", other.rows('SELECT x FROM "long one".late', "b", epoch="ns") == [{"time": now, "x": 1.5}])
    check("... which is as it was", other.rows("SHOW RETENTION POLICIES ON b") == e.rows("SHOW RETENTION POLICIES ON b"))
    code, out, err = v2g(bin_dir, "import", path, "--http", other.url, "--progress", progress)
    check("an import that is done has nothing left", code == 0 and " 0 lines sent" in err, err)
    code, out, err = v2g(bin_dir, "export", e.data, "--database", "b", "--measurement", "m", "--from", "11", "--to", "21")
    check("a range of times", sorted(int(line.split()[-1]) for line in out.splitlines() if line.startswith("m,")) == list(range(11, 21)), out)
    bad = os.path.join(folder, "bad.lp")
    with open(bad, "w") as f:
        f.write("good v=1 1\nbad\ngood v=2 2\n")
    code, out, err = v2g(bin_dir, "import", bad, "--http", other.url, "--database", "b")
    check("a bad line is told with its place", code == 1 and "lines 1 to 3" in err and "bad" in err, err)
    check("... the others are there", len(other.rows("SELECT v FROM good", "b")) == 2)
    other.stop()
    code, out, err = v2g(bin_dir, "import", bad, "--http", other.url, "--tries", "2")
    check("no engine is told", code == 1 and "tried 2 times" in err, err)
    other.remove()
    influx(path, folder, want)


def influx(path, folder, want):
    """The same export into the real influxd."""
    port, rpc = harness.free_port(), harness.free_port()
    conf = os.path.join(folder, "influxdb.conf")
    with open(conf, "w") as f:
        f.write(f'reporting-disabled = true\nbind-address = "127.0.0.1:{rpc}"\n[meta]\n  dir = "{folder}/meta"\n[data]\n'
                f'  dir = "{folder}/data"\n  wal-dir = "{folder}/wal"\n[monitor]\n  store-enabled = false\n[http]\n'
                f'  bind-address = "127.0.0.1:{port}"\n  log-enabled = false\n')
    influxd = subprocess.Popen(["influxd", "run", "-config", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(lambda: harness.can_connect(port), 30)
    run = subprocess.run(["influx", "-port", str(port), "-import", "-compressed", "-path", path], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=120)
    oracle = Engine.__new__(Engine)
    oracle.url = f"http://127.0.0.1:{port}"
    have = oracle.rows("SELECT * FROM m", "b", epoch="ns")
    check("influx -import of an export gives influxd the same rows", have == want, run.stdout[-300:] + str((len(have), len(want))))
    influxd.terminate()
    influxd.wait(30)


def damages(bin_dir, e):
    """A flipped bit in a segment: the command, the query, the log and the metrics name the block."""
    e.write("b", "\n".join(f"d,t=x v={n * n % 101}.25 {n}" for n in range(3000)))
    e.request("POST", "/admin/compact", b"")
    e.stop()
    manifest = os.path.join(e.data, "manifest")
    code, out, err = v2g(bin_dir, "inspect", "--json", "manifest", manifest)
    databases = json.loads(out)["databases"] if code == 0 else []
    entry = next((d for d in databases if d["name"] == "b"), {"segments": []})
    check("inspect manifest", code == 0 and entry["segments"], out + err)
    segments = glob.glob(os.path.join(e.data, "databases", str(entry.get("number")), "*.segment"))
    groups, at = [], None
    for segment in segments:
        code, out, err = v2g(bin_dir, "inspect", "--json", "segment", segment)
        for group in json.loads(out) if code == 0 else []:
            if group["measurement"] == "d":
                column = next(c for c in group["columns"] if c["name"] == "v")
                groups.append(group)
                at = (segment, column["offset"] + 6)
    check("inspect segment", sum(g["rows"] for g in groups) == 3000, groups)
    check("... for people", "measurement d" in v2g(bin_dir, "inspect", "segment", segments[0])[1])
    logs = glob.glob(os.path.join(e.data, "log", "*.log"))
    code, out, err = v2g(bin_dir, "inspect", "--json", "log", logs[-1])
    check("inspect log", code == 0 and json.loads(out)["problem"] == "none", out[-200:] + err)
    check("a whole store", v2g(bin_dir, "verify", e.data)[0] == 0)
    if not at:
        return
    flip(*at)
    code, out, err = v2g(bin_dir, "verify", e.data)
    check("verify names the block", code == 1 and at[0] in out and "column v" in out, out)
    code, out, err = v2g(bin_dir, "export", e.data, "--measurement", "d")
    check("export does not hide it", code == 1 and at[0] in err, err[-300:])
    e.start()
    answer = json.dumps(e.query("SELECT v FROM d", "b"))
    check("the query that needs it names it", at[0] in answer and "column v" in answer, answer[:300])
    check("the others go on", len(count(e)) > 1000)
    check("/metrics names it", at[0] in e.get("/metrics")[2].decode())
    check("the log names it", eventually(lambda: any("quarantined" in line and at[0] in line for line in e.log), 5))
    e.stop()
    flip(*at)
    flip(manifest, 30)
    code, out, err = v2g(bin_dir, "verify", e.data)
    check("a damaged manifest", code == 1 and manifest in out, out)
    check("... cannot be inspected", v2g(bin_dir, "inspect", "manifest", manifest)[0] == 1)
    flip(manifest, 30)


def faults(bin_dir):
    """System calls that are interrupted, come short and fail, below everything that the engine does."""
    folder = tempfile.mkdtemp(prefix="feederline-faults.")
    data, flags, library = (os.path.join(folder, name) for name in ("data", "flags", "faults.so"))
    os.mkdir(data)
    os.mkdir(flags)
    subprocess.run([shutil.which("clang") or "cc", "-shared", "-fPIC", "-O1", "-o", library, os.path.join(harness.HERE, "faults.c"), "-ldl"], check=True)
    os.environ.update(LD_PRELOAD=library, FAULT_DIR=data, FAULT_FLAGS=flags)
    try:
        e = Engine(bin_dir, *QUIET, data=data)
        rows = {n: n * 7 % 1000 for n in range(4000)}
        ok = [e.write("telemetry", "\n".join(f"m,t=s{n % 5} v={rows[n]}i {n}" for n in range(k, k + 100)))[0] for k in range(0, 4000, 100)]
        check("writes that come short or are interrupted", ok == [204] * 40, ok)
        check("... flushes and merges too", e.request("POST", "/admin/compact", b"")[0] < 300)
        have = lambda: {row["time"]: row["v"] for row in e.rows("SELECT v FROM m", epoch="ns")}
        check("... and reads", have() == rows, len(have()))
        full = os.path.join(flags, "full")
        open(full, "w").close()
        for _ in range(3):
            status, _, answer = e.write("telemetry", "m v=1i -1")
            check("a full disk", status == 503 and b"ERR_DISK_FULL" in answer, (status, answer))
        check("... reads go on", have() == rows)
        os.unlink(full)
        check("... and it heals by itself", e.write("telemetry", "m v=2i 4000")[0] == 204)
        rows[4000] = 2
        open(os.path.join(flags, "sync"), "w").close()
        check("an fsync that failed is not acknowledged", e.write("telemetry", "m v=3i 4001")[0] == 503)
        check("... and not tried again and trusted", [e.write("telemetry", f"m v=3i {n}")[0] for n in (4002, 4003)] == [503, 503])
        check("... neither for a deletion", "error" in str(e.query("DELETE FROM m WHERE time = 5")))
        e.kill()
        e.start()
        check("after a restart every acknowledged row is there", rows.items() <= have().items(), len(have()))
        check("... and writes are taken", e.write("telemetry", "m v=4i 4004")[0] == 204)
        e.stop()
    finally:
        del os.environ["LD_PRELOAD"]
    shutil.rmtree(folder, ignore_errors=True)
