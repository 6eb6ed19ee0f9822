#!/usr/bin/env python3
"""Measures a running local stack under load; ./dev bench calls it.

For each run of the load driver it takes, of every process of the stack, CPU time
and memory before and after, and what their metrics ports and MariaDB count. It
prints tables, compares them with the aims of the design, and writes all of it as
JSON. Nothing here changes the stack.

Runs: latency (10 orders a second), sweep (closed loop, more and more clients,
until the rate no longer grows), overload (1.5 times the best rate, open loop),
names (10 new names in a certificate, against 1); and, only when --only names it,
ct (5 orders a second with logs that answer at once, after --ct-delay-ms, and with
--ct-dead of them dead besides).
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

RUNS = ("latency", "sweep", "overload", "names")
CT_RUNS = ("ct_at_once", "ct_delayed", "ct_dead")
CT_RATE = 5
TICK = os.sysconf("SC_CLK_TCK")
# What the local stack needs and a CA in production would not run.
SUPPORT = {"dns", "ct_log"}
# (what, label, aim, whether more is better)
AIMS = [
    ("cpu_ms", "CPU-ms per certificate, all processes", 8, False),
    ("saturation", "certificates a second at saturation", 120, True),
    ("overload_share", "share of that rate kept at 1.5 times the load", 0.9, True),
    ("finalize_p50", "finalize to valid, p50 ms, 10 a second", 15, False),
    ("new_order_p50", "newOrder, p50 ms, 10 a second", 3, False),
    ("rpcs", "RPCs per certificate", 20, False),
    ("statements", "SQL statements per certificate", 12, False),
    ("commits", "commits per certificate", 5, False),
    ("syncs", "journal syncs per certificate", 2, False),
    ("cpu_ms_per_name", "CPU-ms per further name", 4, False),
    ("memory_mb", "MB of memory, all processes at rest", 150, False),
    ("ct_dead_ratio", "finalize to valid, p99 with dead logs to p99 with none", 1.5, False),
]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def processes(state):
    """{name: pid} from pids.json, for those that run."""
    entries = json.loads(read(os.path.join(state, "pids.json")))
    pids = {name: entry["pid"] if isinstance(entry, dict) else entry
            for name, entry in entries.items()}
    return {name: pid for name, pid in pids.items() if os.path.exists("/proc/%d" % pid)}


def ports(state):
    """({name: address of its metrics}, port of the plain HTTP directory) from ports.json."""
    entries = json.loads(read(os.path.join(state, "ports.json")))
    metrics, acme = {}, entries.get("acme_http")
    for name, entry in entries.items():
        if isinstance(entry, dict):
            if "metrics" in entry:
                metrics[name] = entry["metrics"]
            acme = entry.get("acme_http", acme)
        elif name.endswith(".metrics"):
            metrics[name[:-len(".metrics")]] = "127.0.0.1:%d" % entry
    if isinstance(acme, str):
        acme = int(acme.rpartition(":")[2])
    return metrics, acme


def ct_logs(state):
    """(address of the log double, names of its logs), for a stack with CT."""
    port = json.loads(read(os.path.join(state, "ports.json"))).get("ct_log")
    if port is None:
        sys.exit("bench: the stack has no CT logs: ./dev bench --policy webpki")
    operators = json.loads(read(os.path.join(state, "ct", "log_list.json")))["operators"]
    return "127.0.0.1:%d" % port, [log["description"] for operator in operators
                                   for kind in ("logs", "tiled_logs")
                                   for log in operator.get(kind, [])]


def https_port(state):
    return json.loads(read(os.path.join(state, "ports.json")))["acme"]


def cpu_seconds(pid):
    """User and system time of a process with all its threads."""
    # The name in brackets may hold spaces and brackets.
    fields = read("/proc/%d/stat" % pid).rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid):
    """Proportional set size: shared pages count once over all processes."""
    match = re.search(r"^Pss:\s+(\d+) kB", read("/proc/%d/smaps_rollup" % pid), re.M)
    return int(match.group(1)) / 1024


def each(pids, measure):
    """{name: measure(pid)}; a process that has gone is left out."""
    values = {}
    for name, pid in pids.items():
        try:
            values[name] = measure(pid)
        except (OSError, AttributeError):
            pass
    return values


SAMPLE = re.compile(r'([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+([-+]?(?:[\d.]+(?:e[-+]?\d+)?|Inf|NaN))$', re.I)


def parse_metrics(text):
    """[(name, {label: value}, number)] of a Prometheus text."""
    samples = []
    for line in text.splitlines():
        match = SAMPLE.match(line)
        if match:
            labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match.group(2) or ""))
            samples.append((match.group(1), labels, float(match.group(3))))
    return samples


def counters(addresses):
    """What the services have counted so far: {"rpc": {method: n}, "statement": {...}, ...}; how
    long it took, all together, stands in "seconds", under the same names."""
    totals = {"rpc": {}, "statement": {}, "commits": 0.0, "syncs": 0.0,
              "seconds": {"rpc": {}, "statement": {}}}

    def add(to, key, value):
        to[key] = to.get(key, 0) + value

    for address in addresses.values():
        with urllib.request.urlopen("http://%s/metrics" % address, timeout=10) as response:
            text = response.read().decode()
        for name, labels, value in parse_metrics(text):
            method, statement = labels.get("method", "?"), labels.get("statement", "?")
            if "health" in method.lower():
                continue
            if name == "cairn_rpc_server_seconds_count":
                add(totals["rpc"], method, value)
            elif name == "cairn_rpc_server_seconds_sum":
                add(totals["seconds"]["rpc"], method, value)
            elif name == "cairn_sa_sql_seconds_count":
                add(totals["statement"], statement, value)
            elif name == "cairn_sa_sql_seconds_sum":
                add(totals["seconds"]["statement"], statement, value)
            elif name == "cairn_sa_commits_total":
                totals["commits"] += value
            elif name in ("cairn_ca_journal_syncs", "cairn_ca_journal_syncs_total"):
                totals["syncs"] += value
    return totals


def database_counters(pids):
    """MariaDB's own count of statements, commits and syncs; {} if it can't be asked."""
    if "mariadb" not in pids:
        return {}
    words = read("/proc/%d/cmdline" % pids["mariadb"]).split("\0")
    socket = [w.partition("=")[2] for w in words if w.startswith("--socket=")]
    if not socket:
        return {}
    names = ("Com_select", "Com_insert", "Com_update", "Com_delete", "Com_commit", "Com_rollback",
             "Innodb_data_fsyncs", "Questions")
    try:
        output = subprocess.run(
            ["mariadb", "--no-defaults", "--socket=" + socket[0], "--batch", "--skip-column-names",
             "--execute=SHOW GLOBAL STATUS WHERE Variable_name IN (%s)"
             % ",".join("'%s'" % name for name in names)],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    return {name: float(value) for name, value in
            (line.split("\t") for line in output.splitlines())}


def difference(after, before):
    """after - before, number by number, through dicts."""
    if isinstance(after, dict):
        return {key: difference(value, before.get(key, {} if isinstance(value, dict) else 0))
                for key, value in after.items()}
    return after - before


def scaled(value, factor):
    if isinstance(value, dict):
        return {key: scaled(item, factor) for key, item in value.items()}
    return value * factor


class Peak:
    """The most memory each process had while the block ran, sampled every two seconds."""

    def __init__(self, pids):
        self._pids, self._done = pids, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.megabytes, self.total = {}, 0.0

    def _watch(self):
        while True:
            now = each(self._pids, memory_mb)
            for name, value in now.items():
                self.megabytes[name] = max(value, self.megabytes.get(name, 0))
            self.total = max(self.total, sum(v for n, v in now.items() if n not in SUPPORT))
            if self._done.wait(2):
                return

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()


class Bench:
    def __init__(self, options):
        self.options = options
        self.pids = processes(options.state)
        self.metrics, self.acme_port = ports(options.state)
        if not self.pids:
            sys.exit("bench: nothing of the stack in %s runs: ./dev up first" % options.state)
        if options.https:
            self.target = ["--directory", "https://localhost:%d/directory" % https_port(options.state),
                           "--ca", os.path.join(options.state, "acme-ca.pem"),
                           "--suffix", "load.cairn-check.org"]
        elif self.acme_port:
            self.target = ["--directory", "http://127.0.0.1:%d/directory" % self.acme_port]
        else:
            sys.exit("bench: the stack has no plain HTTP port: ./dev up --acme-http-port N")

    def run(self, title, *arguments, seconds=None):
        """One run of the driver with all that is measured around it, per certificate."""
        print("%-36s " % title, end="", flush=True)
        folder = tempfile.TemporaryDirectory()
        path = os.path.join(folder.name, "driver.json")
        before = (each(self.pids, cpu_seconds), counters(self.metrics),
                  database_counters(self.pids))
        command = [self.options.driver, *self.target, "--http01-port", str(self.options.http01_port),
                   "--seconds", str(seconds or self.options.seconds), "--warmup", "2",
                   "--json", path, *arguments]
        with folder, Peak(self.pids) as peak:
            run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 text=True)
            after = (each(self.pids, cpu_seconds), counters(self.metrics),
                     database_counters(self.pids))
            if not os.path.exists(path):
                sys.exit("\nbench: the driver failed:\n" + run.stdout)
            driver = json.loads(read(path))
        share = 1 / max(1, driver["certificates_total"])
        result = {
            "title": title, "driver": driver,
            "cpu_ms": scaled(difference(after[0], before[0]), 1000 * share),
            "counters": scaled(difference(after[1], before[1]), share),
            "database": scaled(difference(after[2], before[2]), share),
            "peak_mb": peak.megabytes, "peak_total_mb": peak.total,
        }
        result["cpu_ms_total"] = sum(v for n, v in result["cpu_ms"].items() if n not in SUPPORT)
        print("%7.1f/s  %5.1f CPU-ms  %d refused  %d errors"
              % (driver["certificates_per_second"], result["cpu_ms_total"], driver["refused"],
                 driver["errors_total"]))
        for sample in driver["error_samples"]:
            print("    error: " + sample)
        return result

    def sweep(self):
        results = []
        for clients in self.options.clients:
            results.append(self.run("closed loop, %d clients" % clients, "--clients", str(clients)))
            rates = [r["driver"]["certificates_per_second"] for r in results]
            # Twice as many clients and no more certificates: that was saturation.
            if len(rates) > 2 and rates[-1] < 0.97 * max(rates):
                break
        return results

    def ct(self):
        """The runs about logs, which are well again at the end."""
        address, names = ct_logs(self.options.state)

        def tell(logs, mode):
            for name in logs:
                urllib.request.urlopen(urllib.request.Request(
                    "http://%s/admin/%s/%s" % (address, name, mode), method="POST"),
                    timeout=10).close()

        def measure(title):
            return self.run(title, "--rate", str(CT_RATE), "--accounts", "2",
                            seconds=self.options.ct_seconds)

        delay, dead = self.options.ct_delay_ms, self.options.ct_dead
        try:
            results = {"ct_at_once": measure("logs answer at once")}
            tell(names, "slow/%d" % delay)
            results["ct_delayed"] = measure("logs answer after %d ms" % delay)
            tell(names[:dead], "dead")
            results["ct_dead"] = measure("the same, %d of %d logs dead" % (dead, len(names)))
        finally:
            tell(names, "good")
        return results

    def measure(self):
        # The first orders fill caches and connections, which then stay.
        self.run("warm-up", "--clients", "4", seconds=3)
        time.sleep(2)
        report = {"cores": os.cpu_count(), "time": int(time.time()),
                  "rest_mb": each(self.pids, memory_mb)}
        wanted = self.options.only
        if "latency" in wanted:
            report["latency"] = self.run("10 orders a second", "--rate", "10", "--accounts", "2",
                                         seconds=max(20, self.options.seconds))
        if {"sweep", "overload", "names"} & set(wanted):
            report["sweep"] = self.sweep()
            report["best"] = max(report["sweep"],
                                 key=lambda r: r["driver"]["certificates_per_second"])
        if "overload" in wanted:
            rate = 1.5 * report["best"]["driver"]["certificates_per_second"]
            report["overload"] = self.run("open loop, %.0f orders a second" % rate, "--rate",
                                          "%.2f" % rate)
        if "names" in wanted:
            report["names"] = self.run("10 names, %d clients" % report["best"]["driver"]["clients"],
                                       "--clients", str(report["best"]["driver"]["clients"]),
                                       "--names-per-cert", "10")
        if "ct" in wanted:
            report.update(self.ct())
        return report


def figures(report):
    """The numbers that have aims; those that were not measured are left out."""
    found = {"memory_mb": sum(v for n, v in report["rest_mb"].items() if n not in SUPPORT)}
    best, latency = report.get("best"), report.get("latency")
    if best:
        found["cpu_ms"] = best["cpu_ms_total"]
        found["saturation"] = best["driver"]["certificates_per_second"]
    if best and report.get("overload"):
        found["overload_share"] = (report["overload"]["driver"]["certificates_per_second"] /
                                   max(found["saturation"], 1e-9))
    if best and report.get("names"):
        found["cpu_ms_per_name"] = (report["names"]["cpu_ms_total"] - best["cpu_ms_total"]) / 9
    if latency:
        steps, counted = latency["driver"]["steps"], latency["counters"]
        for name, step in (("finalize_p50", "finalize_to_valid"), ("new_order_p50", "new_order")):
            if step in steps:
                found[name] = steps[step]["p50_ms"]
        found["rpcs"] = sum(counted["rpc"].values())
        for name, value in (("statements", sum(counted["statement"].values())),
                            ("commits", counted["commits"]), ("syncs", counted["syncs"])):
            if value:
                found[name] = value
    if "ct_dead" in report:
        p99 = {run: report[run]["driver"]["steps"]["finalize_to_valid"]["p99_ms"]
               for run in CT_RUNS}
        found["ct_dead_ratio"] = p99["ct_dead"] / max(p99["ct_delayed"], 1e-9)
    return found


def table(rows, head):
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))))
    print()


def print_steps(result):
    print("Steps, ms: " + result["title"])
    table([[name, s["count"], "%.2f" % s["p50_ms"], "%.2f" % s["p90_ms"], "%.2f" % s["p99_ms"],
            "%.2f" % s["max_ms"]] for name, s in result["driver"]["steps"].items()],
          ["step", "count", "p50", "p90", "p99", "max"])


def mean_ms(result, kind, name):
    """Of all RPCs, or SQL statements, of that name in a run, from their arrival on."""
    counted = result["counters"]
    return (1000 * counted["seconds"][kind].get(name, 0) /
            max(counted[kind].get(name, 0), 1e-9))


def print_ct(report):
    print("Finalize to valid and the race for SCTs in it, ms, %d orders a second" % CT_RATE)
    rows = []
    for result in map(report.get, CT_RUNS):
        step = result["driver"]["steps"]["finalize_to_valid"]
        rows.append([result["title"], step["count"], "%.1f" % step["p50_ms"],
                     "%.1f" % step["p99_ms"], "%.1f" % step["max_ms"],
                     "%.1f" % mean_ms(result, "rpc", "Publisher/GetScts")])
    table(rows, ["run", "count", "p50", "p99", "max", "race, mean"])


def print_report(report):
    print()
    runs = [r for r in [report.get("latency"), *report.get("sweep", []), report.get("overload"),
                        report.get("names"), *map(report.get, CT_RUNS)] if r]
    if not runs:
        return
    print("Load")
    table([[r["title"], "%.1f" % r["driver"]["certificates_per_second"], r["driver"]["refused"],
            r["driver"]["retried"], r["driver"]["errors_total"],
            *["%.1f" % r["driver"]["steps"].get("whole", {}).get(k, 0) for k in ("p50_ms", "p99_ms")],
            "%.2f" % r["cpu_ms_total"], "%.2f" % r["driver"]["driver_cpu_ms_per_certificate"]]
           for r in runs],
          ["run", "certs/s", "refused", "retried", "errors", "p50 ms", "p99 ms", "CPU-ms/cert",
           "driver's"])
    for result in (report.get("latency"), report.get("best"), report.get("overload")):
        if result:
            print_steps(result)
    if "ct_dead" in report:
        print_ct(report)

    chosen = [r for r in (report.get("latency"), report.get("best"), report.get("names"),
                          report.get("ct_delayed")) if r]
    names = sorted(report["rest_mb"], key=lambda n: (n in SUPPORT, -chosen[-1]["cpu_ms"].get(n, 0)))
    print("CPU-ms per certificate and MB of memory (PSS), by process; * not in the sum")
    table([[name + ("*" if name in SUPPORT else ""),
            *["%.2f" % r["cpu_ms"].get(name, 0) for r in chosen],
            "%.1f" % report["rest_mb"][name],
            "%.1f" % max(r["peak_mb"].get(name, 0) for r in runs)] for name in names] +
          [["sum", *["%.2f" % r["cpu_ms_total"] for r in chosen],
            "%.1f" % sum(v for n, v in report["rest_mb"].items() if n not in SUPPORT),
            "%.1f" % max(r["peak_total_mb"] for r in runs)]],
          ["process", *[r["title"] for r in chosen], "at rest", "peak"])

    print("Per certificate")
    rows = []
    for what, pick in (("RPCs", lambda r: sum(r["counters"]["rpc"].values())),
                       ("SQL statements", lambda r: sum(r["counters"]["statement"].values())),
                       ("commits", lambda r: r["counters"]["commits"]),
                       ("journal syncs", lambda r: r["counters"]["syncs"]),
                       ("HTTP requests", lambda r: r["driver"]["requests_total"] /
                        max(1, r["driver"]["certificates_total"]))):
        rows.append([what, *["%.2f" % pick(r) for r in chosen]])
    for name in sorted({n for r in chosen for n in r["database"]}):
        rows.append(["MariaDB " + name, *["%.2f" % r["database"].get(name, 0) for r in chosen]])
    table(rows, ["what", *[r["title"] for r in chosen]])
    for kind, title in (("rpc", "RPCs"), ("statement", "SQL statements")):
        print("%s per certificate, and how long one takes, ms, mean" % title)
        table([[name, *[cell for r in chosen
                        for cell in ("%.2f" % r["counters"][kind].get(name, 0),
                                     "%.2f" % mean_ms(r, kind, name))]]
               for name in sorted({n for r in chosen for n in r["counters"][kind]})],
              ["name", *[cell for r in chosen for cell in (r["title"], "ms")]])

    found = figures(report)
    print("Aims")
    table([[label, "%.2f" % found[key], ("at least " if more else "at most ") + str(aim),
            "met" if (found[key] >= aim if more else found[key] <= aim) else "MISSED"]
           for key, label, aim, more in AIMS if key in found],
          ["figure", "measured", "aim", ""])


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="./dev bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--state", required=True, help="the folder of a stack that runs")
    parser.add_argument("--driver", required=True, help="the program acme_load")
    parser.add_argument("--seconds", type=int, default=10, help="of each run (default 10)")
    parser.add_argument("--clients", type=lambda text: [int(n) for n in text.split(",")],
                        default=[2, 4, 8, 16, 32, 64, 128], help="of the sweep: 2,4,8,...")
    parser.add_argument("--http01-port", type=int, default=5002,
                        help="where the stack's VA connects to (default 5002)")
    parser.add_argument("--https", action="store_true",
                        help="go over HTTPS, for names of a real top-level domain")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(RUNS),
                        help="some of %s,ct" % ",".join(RUNS))
    parser.add_argument("--ct-delay-ms", type=int, default=50, metavar="N",
                        help="how long logs take in the run ct (default 50)")
    parser.add_argument("--ct-dead", type=int, default=1, metavar="N",
                        help="how many logs are dead in it (default 1)")
    parser.add_argument("--ct-seconds", type=int, default=60, metavar="N",
                        help="of each of its parts (default 60)")
    parser.add_argument("--json", metavar="FILE", help="write everything there")
    options = parser.parse_args(arguments)
    unknown = set(options.only) - {*RUNS, "ct"}
    if unknown:
        parser.error("no such run: " + ", ".join(sorted(unknown)))
    return options


def main(arguments):
    options = parse(arguments)
    report = Bench(options).measure()
    report["figures"] = figures(report)
    print_report(report)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
            file.write("\n")
        print("everything is in " + options.json)
    runs = [*report.get("sweep", []), *[report[k] for k in ("latency", "overload", "names", *CT_RUNS)
                                        if k in report]]
    return 1 if any(r["driver"]["errors_total"] for r in runs) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
