"""./dev test: builds everything and runs all tests, then counts their cases."""
import argparse
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import report
from programs import TREE

# Tests of ./dev itself: they build and start the stack as a person does.
OUTSIDE_BAZEL = ["tests/integration/dev_test.py"]


def run_bazel(targets, events, options):
    command = ["bazel", "test", "--config=opt", "--keep_going", "--test_output=errors",
               "--noshow_loading_progress", "--show_progress_rate_limit=15",
               "--build_event_json_file=" + events]
    if options.filter:
        command.append("--test_filter=" + options.filter)
    return subprocess.run(command + targets, cwd=TREE, stdin=subprocess.DEVNULL).returncode


def run_outside(test, xml):
    return subprocess.run([sys.executable, "tests/harness/run_unittest.py", test], cwd=TREE,
                          stdin=subprocess.DEVNULL,
                          env={**os.environ, "XML_OUTPUT_FILE": xml}).returncode


def main():
    parser = argparse.ArgumentParser(
        prog="./dev test", description="Builds and runs all tests. The last line counts them: "
        "N passed, N failed. Exit code 0 if none failed.")
    parser.add_argument("targets", nargs="*", metavar="TARGET",
                        help="Bazel targets, e.g. //libs/der/...; default: all, and ./dev itself")
    parser.add_argument("--filter", metavar="NAME", help="only test cases of this name")
    options = parser.parse_args()
    began = time.monotonic()
    everything = not options.targets and not options.filter
    with tempfile.TemporaryDirectory(prefix="cairn-test-") as folder:
        events = os.path.join(folder, "events.json")
        codes = [run_bazel(options.targets or ["//..."], events, options)]
        if codes[0] not in (0, 1, 3, 4):
            # 1: some target doesn't build; 3: a test failed; 4: none matched.
            raise report.Failure("bazel itself failed with code %d: its last lines say why"
                                 % codes[0])
        xmls = []
        if everything:
            for test in OUTSIDE_BAZEL:
                xmls.append(os.path.join(folder, os.path.basename(test) + ".xml"))
                codes.append(run_outside(test, xmls[-1]))
        print("\n%d s" % (time.monotonic() - began), flush=True)
        codes.append(subprocess.run([sys.executable, "tools/test_summary.py", events, *xmls],
                                    cwd=TREE).returncode)
    return 1 if any(codes) else 0


if __name__ == "__main__":
    report.run(main)
