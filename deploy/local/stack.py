"""./dev up, down and status: the local CA, all of it on this machine."""
import argparse
import ipaddress
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.request

sys.dont_write_bytecode = True

import database
import demo
import programs
import report
import topology
from processes import Supervisor
from report import Failure
from state import State


def number_from(first, last, text):
    if not (text.isascii() and text.isdigit() and first <= int(text) <= last):
        raise argparse.ArgumentTypeError("%r is no number from %d to %d" % (text, first, last))
    return int(text)


def port(text):
    return number_from(1, 65535, text)


def perspectives(text):
    return number_from(1, len(topology.REMOTES) + 1, text)


def address(text):
    host, _, number = text.rpartition(":")
    try:
        ipaddress.ip_address(host[1:-1] if host.startswith("[") else host)
    except ValueError:
        raise argparse.ArgumentTypeError(
            "%r is no IP address with a port, such as 127.0.0.1:53 or [::1]:53" % text) from None
    return "%s:%d" % (host, port(number))


def address_range(text):
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            "%s; a range is, for example, 127.0.0.0/8" % error) from None


def parser():
    top = argparse.ArgumentParser(prog="./dev", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(name, text):
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--state", metavar="DIR", default=None,
                         help="folder of all that the stack writes (default: state in this tree)")
        return sub

    up = command("up", "Builds and starts the local CA, then gets a certificate from it.")
    up.add_argument("--acme-port", type=port, default=14000, metavar="N",
                    help="HTTPS port of the directory (default 14000)")
    up.add_argument("--acme-http-port", type=port, default=None, metavar="N",
                    help="serve ACME over plain HTTP too, for load tests (default: off)")
    up.add_argument("--http01-port", type=port, default=5002, metavar="N",
                    help="where http-01 validation connects (default 5002)")
    up.add_argument("--tlsalpn01-port", type=port, default=5001, metavar="N",
                    help="where tls-alpn-01 validation, and a redirect to https, connects (default "
                    "5001)")
    up.add_argument("--resolver", type=address, default=None, metavar="HOST:PORT",
                    help="ask this resolver for everything, not the stack's own DNS")
    up.add_argument("--no-dnssec", action="store_true", help="don't validate DNSSEC")
    up.add_argument("--perspectives", type=perspectives, default=6, metavar="N",
                    help="places to validate from, the primary one included (default 6)")
    up.add_argument("--policy", choices=("private", "webpki"), default="private",
                    help="the rules to keep: those of a private CA, or all of the web PKI")
    up.add_argument("--allow-address", action="append", default=[], metavar="RANGE",
                    type=address_range,
                    help="open a special-purpose range to validation, e.g. 127.0.0.0/8 (repeatable)")
    up.add_argument("--no-demo", action="store_true",
                    help="end when all is healthy; don't get a certificate with certbot")
    up.add_argument("--programs", metavar="DIR", default=None,
                    help="take the programs from here, laid out as in bazel-bin, and don't build")
    command("down", "Stops the local CA; its state folder stays.")
    status = command("status", "Shows the health of each process; exit code 0 if all are healthy.")
    status.add_argument("--json", action="store_true", help="print JSON instead of a table")
    explain = command("explain-validation", "Shows what each perspective saw when it validated.")
    explain.add_argument("what", metavar="NAME", help="a name, or the URL of an authorization, a "
                         "challenge, an order or a certificate, or an order's id or a serial")
    explain.add_argument("--since", metavar="TIME", help="how old orders may be, e.g. 90m, 24h "
                         "(the default), 7d; for a name")
    explain.add_argument("--limit", metavar="N", help="how many validations to show (default 10)")
    explain.add_argument("--all", action="store_true", help="every perspective in full")
    explain.add_argument("--json", action="store_true", help="one JSON object a line")
    return top


def up(state, options):
    steps = report.Steps()
    state.create()
    with state.locked():
        return _up(state, options, steps)


def _up(state, options, steps):
    supervisor = Supervisor(state, steps)
    programs_ = programs.Programs(state, steps, options.programs)
    plan = topology.Topology(state, programs_, options, supervisor)
    with_demo = options.policy == "private" and not options.no_demo
    plan.check_ports(with_demo)
    programs_.ensure()
    plan.prepare(steps)
    try:
        started = supervisor.start(plan.processes())
        wait_until_healthy(state, plan)
    except Failure as failure:
        raise Failure("%s; ./dev down stops the rest" % failure) from failure
    if started:
        steps.done("all %d processes are healthy" % len(plan.processes()))
    else:
        steps.done("already running, and healthy")
    directory = plan.directory_url()
    if with_demo:
        demo.run(state, steps, directory, options.http01_port)
    elif not options.no_demo:
        steps.note("no demo: the rules of the web PKI refuse names under .test")
    print(demo.next_commands(state, directory, options.http01_port))
    return 0


def wait_until_healthy(state, plan, timeout=30):
    deadline = time.monotonic() + timeout
    while True:
        rows = health(state, Supervisor(state, report.Steps(quiet=True)))
        bad = [row for row in rows if row["status"] != "SERVING"]
        if not bad and len(rows) == len(plan.processes()):
            return
        if time.monotonic() > deadline:
            raise Failure("not healthy after %d s: %s (see %s)" % (
                timeout, ", ".join("%(name)s %(status)s" % row for row in bad),
                state.path("logs")))
        time.sleep(0.1)


def health(state, supervisor):
    """One row for each process: name, pid, status, address, detail."""
    targets = state.read_json("targets.json")
    rows = {}
    grpc = {name: target for name, target in targets.items() if target.get("tls_name")}
    if grpc:
        lines = "".join("%s %s %s\n" % (name, target["address"], target["tls_name"])
                        for name, target in grpc.items())
        state.write("targets.txt", lines)
        certificate, key = topology.status_identity(state)
        result = subprocess.run(
            [state.path("bin", "health_check"), "--ca", topology.internal_ca(state),
             "--certificate", certificate, "--key", key, state.path("targets.txt")],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={"PATH": os.environ["PATH"], "GRPC_VERBOSITY": "NONE"})
        for line in result.stdout.splitlines():
            answer = json.loads(line)
            rows[answer["name"]] = (answer["status"], answer["detail"])
    if "mariadb" in targets:
        ready = database.Database(state).is_ready()
        rows["mariadb"] = ("SERVING" if ready else "UNREACHABLE", "")
    if "dns" in targets:
        rows["dns"] = ("SERVING" if answers_dns(targets["dns"]["address"]) else "UNREACHABLE", "")
    if "ct_log" in targets:
        ready = answers_http(targets["ct_log"]["address"],
                             "/%s/ct/v1/get-roots" % topology.CT_LOGS[0][0])
        rows["ct_log"] = ("SERVING" if ready else "UNREACHABLE", "")
    table = []
    for name, target in targets.items():
        pid = supervisor.alive(name)
        status, detail = rows.get(name, ("UNREACHABLE", "no answer"))
        if pid is None:
            status, detail = "STOPPED", ""
        table.append({"name": name, "status": status, "pid": pid, "address": target["address"],
                      "metrics": target.get("metrics", ""), "detail": detail})
    return table


def answers_dns(where):
    host, _, number = where.rpartition(":")
    query = struct.pack(">6H", 0x4341, 0x0100, 1, 0, 0, 0) + b"\x04test\x00" + b"\x00\x06\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        try:
            client.sendto(query, (host, int(number)))
            answer = client.recv(512)
        except OSError:
            return False
    return answer[:2] == query[:2] and answer[3] & 15 == 0


def answers_http(where, path):
    try:
        with urllib.request.urlopen("http://%s%s" % (where, path), timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def memory_kilobytes(pid):
    """The process's share of memory (PSS): pages shared by N count 1/N."""
    try:
        with open("/proc/%d/smaps_rollup" % pid) as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def status(state, options):
    supervisor = Supervisor(state, report.Steps(quiet=True))
    rows = health(state, supervisor) if state.exists() else []
    for row in rows:
        row["memory_kb"] = memory_kilobytes(row["pid"]) if row["pid"] else 0
    healthy = bool(rows) and all(row["status"] == "SERVING" for row in rows)
    if options.json:
        print(json.dumps({"healthy": healthy, "processes": rows}, indent=1))
        return 0 if healthy else 1
    if not any(row["pid"] for row in rows):
        raise Failure("nothing runs in %s: ./dev up starts it" % state.root)
    form = "%-14s %-12s %8s %9s  %-22s %-22s %s"
    print((form % ("process", "health", "pid", "memory", "address", "metrics", "")).rstrip())
    for row in rows:
        print((form % (row["name"], row["status"], row["pid"] or "-",
                       "%.1f MB" % (row["memory_kb"] / 1024), row["address"], row["metrics"],
                       row["detail"])).rstrip())
    print("%d processes, %.0f MB" % (len(rows), sum(r["memory_kb"] for r in rows) / 1024))
    return 0 if healthy else 1


def down(state, _options):
    if not state.exists():
        print("nothing runs: there is no %s" % state.root)
        return 0
    state.create()
    with state.locked():
        supervisor = Supervisor(state, report.Steps(quiet=True))
        running = [name for name in supervisor.names() if supervisor.alive(name)]
        # Those that call first, so that none complains about its peers; the
        # database last.
        order = [name for name in topology.STOP_ORDER if name in running]
        order = [name for name in running if name not in order] + order
        killed = []
        for group in topology.stop_groups(order):
            killed += supervisor.stop(group)
        supervisor.stop(supervisor.names())
        state.remove_link()
    print("stopped %d processes%s" % (len(running),
                                      "; killed: " + ", ".join(killed) if killed else ""))
    return 0


def explain_validation(state, options):
    """Ends with cairn-admin's exit code: 0 found, 1 an error, 3 nothing found."""
    supervisor = Supervisor(state, report.Steps(quiet=True))
    if not state.exists() or not supervisor.alive("sa"):
        raise Failure("nothing runs in %s: ./dev up starts it" % state.root)
    words = [options.what]
    for name in ("since", "limit"):
        if getattr(options, name):
            words += ["--" + name, getattr(options, name)]
    words += ["--" + name for name in ("all", "json") if getattr(options, name)]
    return subprocess.run(
        [state.path("bin", "cairn-admin"), "explain-validation", *words,
         *topology.explain_options(state, state.read_json("targets.json")["sa"])],
        env={"PATH": os.environ["PATH"], "GRPC_VERBOSITY": "NONE"}).returncode


def main():
    options = parser().parse_args()
    state = State(options.state or os.path.join(programs.TREE, "state"))
    os.umask(0o022)
    if options.command == "up" and shutil.which("openssl") is None:
        raise Failure("openssl isn't installed: run ./dev up, which installs it")
    return {"up": up, "down": down, "status": status,
            "explain-validation": explain_validation}[options.command](state, options)


if __name__ == "__main__":
    report.run(main)
