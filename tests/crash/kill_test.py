#!/usr/bin/env python3
"""kill -9 of each service at each step of an order's life.

A step is a system call that leaves a trace outside of the process (kill_at.cc):
N = 1, 2, 3... until an order comes to its end without the process reaching N.
"""
import os
import signal
import subprocess
import threading
import time
import unittest

from tests.crash import world as worlds
from tests.harness import plain_dns

KILL_AT = os.path.join("tests", "crash", "kill_at")
# Where nobody may trace another process: at these lines of the log instead.
MOMENTS = [("ra", "order_created"), ("ra", "issuance_requested"), ("va", "validation_done"),
           ("ca", "certificate_signing"), ("ca", "certificate_signed"),
           ("ra", "issuance_finished")]


class Killer:
    """Kills one process once, and starts it again at once; in a thread of its own."""

    def __init__(self, world, name, number):
        self._world = world
        self._name = name
        self.restarted = None  # when
        self.moment = None     # where it was killed
        self._failure = None
        self._ended = threading.Event()
        self._killer = subprocess.Popen([KILL_AT, str(world.pids[name]), str(number)],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True)
        first = self._killer.stdout.readline()
        if first == "attached\n":
            what = self._by_trace
        elif self._killer.wait() == 3:
            self._moment = MOMENTS[number - 1] if number <= len(MOMENTS) else None
            self._offset = world.log_size(self._moment[0]) if self._moment else 0
            what = self._by_log
        else:
            raise AssertionError(first)
        self._thread = threading.Thread(target=self._run, args=(what,))
        self._thread.start()

    def _run(self, what):
        try:
            self.moment = what()
            if self.moment:
                self._world.wait_for_end(self._name)
                self._world.start(self._name)
                self.restarted = time.monotonic()
        except Exception as error:  # the thread's, for the test
            self._failure = error

    def _by_trace(self):
        text = self._killer.stdout.read().strip()
        return text if text.startswith("killed") else None

    def _by_log(self):
        while self._moment and not self._ended.is_set():
            log, event = self._moment
            if any(event in line for line in self._world.events(log, self._offset)
                   for line in (str(line),)):
                os.kill(self._world.pids[self._name], signal.SIGKILL)
                return "killed after %s in the log of %s" % (event, log)
            time.sleep(0.001)
        return None

    def end(self):
        """Whether the process was killed."""
        self._ended.set()
        if self._killer.poll() is None:
            self._killer.send_signal(signal.SIGTERM)
        self._thread.join()
        self._killer.wait()
        self._killer.stdout.close()
        if self._failure:
            raise self._failure
        return self.moment is not None


class Killing(unittest.TestCase):
    """One stack, and an order for each step of a process."""

    DOMAIN = "crash.test"
    # What else of the RA's configuration must be quicker than its lease.
    QUICKER = []

    @classmethod
    def options(cls):
        return []

    @classmethod
    def setUpClass(cls):
        cls.world = worlds.World(*cls.options())
        cls.addClassCleanup(cls.world.remove)
        # Work that a killed RA had begun is taken up when its lease has run out:
        # after 20 s by default, which would be most of this test's time.
        cls.world.edit("ra", ('timeout: "15s"', 'timeout: "2s"'), *cls.QUICKER,
                       more='lease: "3s"\nreconcile_interval: "250ms"\n')
        cls.world.restart("ra")

    def kill_at_every_step(self, name, stride=1, at_least=1):
        killed = 0
        for number in range(1, 1000, stride):
            began = time.monotonic()
            killer = Killer(self.world, name, number)
            try:
                order = self.world.client.issue(self.world.responder,
                                                "%s-%d.%s" % (name, number, self.DOMAIN))
                ended = time.monotonic()
            finally:
                hit = killer.end()
            print("%s %d: %s, %s, %.1f s" % (name, number, killer.moment, order["status"],
                                             time.monotonic() - began), flush=True)
            self.world.check(self)
            if not hit:
                self.assertEqual(order["status"], "valid", order)
                break
            killed += 1
            self.assertIn(order["status"], ("valid", "invalid"))
            self.assertLess(ended - killer.restarted, 60, killer.moment)
        self.assertGreaterEqual(killed, at_least)


class KillNine(Killing):
    def test_wfe(self):
        self.kill_at_every_step("wfe")

    def test_ra(self):
        self.kill_at_every_step("ra")

    def test_va(self):
        self.kill_at_every_step("va")

    def test_ca(self):
        self.kill_at_every_step("ca", at_least=5)

    def test_sa(self):
        self.kill_at_every_step("sa")

    def test_a_remote_perspective(self):
        self.kill_at_every_step("remote-1")

    def test_mariadb(self):
        self.kill_at_every_step("mariadb")


class KillNineWithCt(Killing):
    """[CT-16] The steps that precertificates and SCTs add: a precertificate is signed,
    stored, told to logs, and becomes a certificate; no serial gets lost between."""

    DOMAIN = "cairn-check.org"
    QUICKER = [("publisher:\n", 'publisher:\n  timeout: "2s"\n')]

    @classmethod
    def options(cls):
        dns = plain_dns.PlainDns()
        cls.addClassCleanup(dns.close)
        return dns.up_options()

    def test_ra(self):
        self.kill_at_every_step("ra")

    def test_ca(self):
        self.kill_at_every_step("ca", at_least=8)

    def test_publisher(self):
        self.kill_at_every_step("publisher")


if __name__ == "__main__":
    unittest.main()
