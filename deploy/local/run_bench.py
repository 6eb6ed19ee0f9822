"""./dev bench: a stack of its own, load on it, and figures.
./dev bench validations: the VA alone, one primary and five remote perspectives;
its options: --remotes, --clients, --seconds, --json.

Options that aren't listed here are those of tests/load/bench.py: --seconds,
--clients, --only, --json.
"""
import argparse
import contextlib
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import programs
import report
import state as state_module
from programs import TREE

sys.path.insert(0, TREE)
from tests.harness import plain_dns
from tests.load import bench

DRIVER = "tests/load/acme_load"
VALIDATIONS = ["//tests/load/validations:validation_load", "//services/va"]
LOCAL = os.path.join(TREE, "deploy", "local")


def build_driver():
    programs.bazel_build(["//tests/load:acme_load"])
    return os.path.join(programs.bazel_output(), DRIVER)


def stack(command, folder, *options):
    return subprocess.run([sys.executable, os.path.join(LOCAL, "stack.py"), command, "--state",
                           folder, *options]).returncode


def bench_validations(words):
    programs.bazel_build(VALIDATIONS)
    output = programs.bazel_output()
    return subprocess.run([os.path.join(output, "tests/load/validations/validation_load"), "--va",
                           os.path.join(output, "services/va/va"), *words]).returncode


def main():
    if sys.argv[1:2] == ["validations"]:
        return bench_validations(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--perspectives", default="4", metavar="N",
                        help="as for ./dev up; default 4: one primary, three remote")
    parser.add_argument("--policy", choices=("private", "webpki"), default="private",
                        help="webpki: with precertificates and CT, over HTTPS, for names of a real\n"
                             "top-level domain; at least 5 perspectives")
    parser.add_argument("--programs", metavar="DIR",
                        help="take the programs from here, laid out as in bazel-bin")
    options, rest = parser.parse_known_args()
    # A mistake in those is told now, not when a stack runs.
    bench.parse(["--state", "", "--driver", "", *rest])
    driver = os.path.join(options.programs, DRIVER) if options.programs else build_driver()
    ports = state_module.free_ports(3, set())
    acme, plain, http01 = map(str, ports)
    with contextlib.ExitStack() as cleanup:
        folder = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="cairn-bench-"))
        words = ["--no-demo", "--perspectives", options.perspectives, "--acme-port", acme,
                 "--http01-port", http01]
        if options.programs:
            words += ["--programs", options.programs]
        if options.policy == "webpki":
            # A name server of this process stands for the public DNS.
            dns = plain_dns.PlainDns()
            cleanup.callback(dns.close)
            words += dns.up_options()
        else:
            words += ["--acme-http-port", plain]
        state = os.path.join(folder, "state")
        try:
            if stack("up", state, *words) != 0:
                raise report.Failure("the stack didn't start: see above")
            return subprocess.run(
                [sys.executable, os.path.join(TREE, "tests/load/bench.py"), "--state", state,
                 "--driver", driver, "--http01-port", http01,
                 *(["--https"] if options.policy == "webpki" else []), *rest]).returncode
        finally:
            stack("down", state)


if __name__ == "__main__":
    report.run(main)
