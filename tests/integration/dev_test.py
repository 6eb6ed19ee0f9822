#!/usr/bin/env python3
"""./dev itself, as a person types it: it builds, so it runs outside Bazel."""
import os
import subprocess
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

from tests.harness import stack as harness


def dev(*words):
    return subprocess.run([os.path.join(ROOT, "dev"), *words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Up(unittest.TestCase):
    def test_the_second_up_does_not_build_and_is_ready_in_15_seconds(self):
        stack = harness.Stack(programs=None)
        self.addCleanup(stack.remove)
        options = ["--state", stack.state, "--acme-port", str(stack.acme_port), "--http01-port",
                   str(stack.http01_port)]
        first = dev("up", *options)
        self.assertEqual(first.returncode, 0, first.stdout)
        self.assertIn("certbot has a certificate for", first.stdout)
        self.assertEqual(dev("status", "--state", stack.state).returncode, 0)
        down = dev("down", "--state", stack.state)
        self.assertIn("stopped 12 processes", down.stdout)

        began = time.monotonic()
        second = dev("up", "--no-demo", *options)
        took = time.monotonic() - began
        self.assertEqual(second.returncode, 0, second.stdout)
        self.assertNotIn("building", second.stdout)
        self.assertLess(took, 15)
        self.assertEqual(dev("down", "--state", stack.state).returncode, 0)
        self.assertEqual(harness.processes_that_mention(stack.state), [])


class Help(unittest.TestCase):
    def test_every_command_has_help(self):
        listing = dev("help").stdout
        for command in ("up", "down", "status", "explain-validation", "test", "check", "fmt",
                        "bench"):
            with self.subTest(command=command):
                self.assertIn("\n  %s " % command, listing)
                answer = dev(command, "--help")
                self.assertEqual(answer.returncode, 0, answer.stdout)
                self.assertIn("usage:", answer.stdout)

    def test_an_unknown_command_is_named(self):
        answer = dev("frobnicate")
        self.assertEqual(answer.returncode, 1)
        self.assertIn('dev: there is no command "frobnicate"', answer.stdout)


if __name__ == "__main__":
    unittest.main()
