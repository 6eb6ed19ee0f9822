#!/usr/bin/env python3
"""A part of the stack is gone, stands still or is too busy, and comes back.

Whoever asks meanwhile gets a clear answer with a Retry-After, health says which
process is concerned, and all goes on without a restart of the others.
"""
import contextlib
import glob
import os
import signal
import ssl
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

from tests.harness import acme
from tests.crash import world as worlds


class Outages(unittest.TestCase):
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls.world = worlds.World(*cls.OPTIONS)
        cls.addClassCleanup(cls.world.remove)
        cls.world.edit("ra", ('timeout: "15s"', 'timeout: "5s"'),
                       more='lease: "6s"\nreconcile_interval: "250ms"\nwork_timeout: "20s"\n')
        cls.world.restart("ra")

    def setUp(self):
        self.before = dict(self.world.pids)
        self.wait_until_healthy()

    @contextlib.contextmanager
    def stopped(self, name):
        """The process takes what it is sent, and does nothing."""
        pid = self.world.pids[name]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def status_of(self, name):
        return self.world.stack.status()[0][name]["status"]

    def wait_until_healthy(self):
        worlds.wait_for(lambda: self.world.stack.status()[1])

    def assert_refused(self, what, *arguments):
        with self.assertRaises(acme.Problem) as raised:
            what(*arguments)
        problem = raised.exception
        self.assertEqual(problem.status, 503, problem)
        self.assertEqual(problem.content_type, "application/problem+json")
        self.assertRegex(problem.retry_after or "", r"^[1-9][0-9]*$")

    def assert_goes_on(self, name, restarted=()):
        """An order ends well, and only `restarted` are other processes than before."""
        self.wait_until_healthy()
        order = self.world.client.issue(self.world.responder, name)
        self.assertEqual(order["status"], "valid", order)
        self.world.check(self)
        changed = {one for one in self.before if self.before[one] != self.world.pids[one]}
        self.assertEqual(changed, set(restarted))


class Database(Outages):
    def test_down(self):
        url = self.world.client.new_order("db-down.test")
        self.world.kill("mariadb")
        self.assert_refused(self.world.client.new_order, "db-down-2.test")
        self.assert_refused(self.world.client.order, url)
        worlds.wait_for(lambda: self.status_of("sa") == "NOT_SERVING")
        self.world.start("mariadb")
        self.wait_until_healthy()
        order = self.world.client.finish(url, self.world.responder)
        self.assertEqual(order["status"], "valid", order)
        self.assert_goes_on("db-after.test", restarted=["mariadb"])

    def test_slow(self):
        url = self.world.client.new_order("db-slow.test")
        with self.stopped("mariadb"):
            self.assert_refused(self.world.client.new_order, "db-slow-2.test")
            worlds.wait_for(lambda: self.status_of("sa") == "NOT_SERVING")
        self.wait_until_healthy()
        order = self.world.client.finish(url, self.world.responder)
        self.assertEqual(order["status"], "valid", order)
        self.assert_goes_on("db-slow-after.test")

    def test_rows_that_somebody_else_locks(self):
        """Work waits, gives up within its limits, and goes on when the lock is gone."""
        url = self.world.client.new_order("db-locked.test")
        locker = subprocess.Popen(
            ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--unbuffered",
             "--socket=" + self.world.stack.path("db", "mariadb.sock"), "--database=cairn"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(locker.stdout.close)
        with locker:
            locker.stdin.write("START TRANSACTION; SELECT 'locked', COUNT(*) FROM authorization "
                               "FOR UPDATE; SELECT 'all';\n")
            locker.stdin.flush()
            while locker.stdout.readline() != "all\n":
                pass
            order = self.world.client.order(url)
            self.assertEqual(order["status"], "pending")  # reading waits for nobody
            self.assert_refused(self.world.client.answer_challenges, order, self.world.responder)
            locker.stdin.write("ROLLBACK;\n")
        order = self.world.client.finish(url, self.world.responder)
        self.assertEqual(order["status"], "valid", order)
        self.assert_goes_on("db-unlocked.test")


class Perspectives(Outages):
    def test_one_that_is_dead_or_silent_does_not_matter(self):
        self.world.kill("remote-1")
        order = self.world.client.issue(self.world.responder, "one-dead.test")
        self.assertEqual(order["status"], "valid", order)
        self.world.start("remote-1")
        with self.stopped("remote-2"):
            order = self.world.client.issue(self.world.responder, "one-silent.test")
            self.assertEqual(order["status"], "valid", order)
        self.assert_goes_on("all-there.test", restarted=["remote-1"])

    def test_more_than_the_quorum_tolerates(self):
        """Nobody knows whether the name is right: it is tried again until work_timeout."""
        names = ["remote-3", "remote-4"]
        for name in names:
            self.world.kill(name)
        try:
            order = self.world.client.issue(self.world.responder, "two-dead.test")
            self.assertEqual(order["status"], "invalid", order)
            (challenge,) = self.world.client.post(order["authorizations"][0])[2]["challenges"]
            self.assertEqual(challenge["error"]["type"],
                             "urn:ietf:params:acme:error:serverInternal")
            self.assertIn("try again later", challenge["error"]["detail"])
        finally:
            for name in names:
                self.world.start(name)
        self.assert_goes_on("two-back.test", restarted=names)

    def test_without_the_primary_an_order_waits_for_it(self):
        url = self.world.client.new_order("no-primary.test")
        self.world.kill("va")
        self.world.client.answer_challenges(self.world.client.order(url), self.world.responder)
        worlds.wait_for(lambda: self.status_of("ra") == "NOT_SERVING")
        self.assertEqual(self.world.client.order(url)["status"], "pending")
        self.world.start("va")
        order = self.world.client.finish(url, self.world.responder)
        self.assertEqual(order["status"], "valid", order)
        self.assert_goes_on("primary-back.test", restarted=["va"])


class Signer(Outages):
    def test_a_torn_tail_of_the_journal_is_cut_and_told(self):
        self.assert_goes_on("before-torn.test")
        records = self.world.journal()
        self.world.kill("ca")
        segment = max(glob.glob(self.world.stack.path("journal", "ca", "*.seg")))
        with open(segment, "rb") as file:
            first_frame = file.read()[64:]  # behind the segment's header
        # A frame that begins well and ends too soon, as a power cut leaves it.
        with open(segment, "ab") as file:
            file.write(first_frame[:37])
        offset = self.world.log_size("ca")
        self.world.start("ca")
        opened, = [e for e in self.world.events("ca", offset) if e.get("event") == "journal_opened"]
        self.assertEqual(opened["bytes_cut"], 37)
        self.assertTrue(any("journal_recovered" in str(e) for e in self.world.events("ca", offset)))
        self.assertEqual(self.world.journal()[:len(records)], records)
        self.assert_goes_on("after-torn.test", restarted=["ca"])

    def test_without_it_an_order_waits_for_it(self):
        url = self.world.client.new_order("no-signer.test")
        while self.world.client.step(url, self.world.responder)["status"] != "pending":
            pass
        worlds.wait_for(lambda: self.world.client.order(url)["status"] == "ready")
        self.world.kill("ca")
        self.world.client.finalize(self.world.client.order(url))
        worlds.wait_for(lambda: self.status_of("ra") == "NOT_SERVING")
        self.assertEqual(self.world.client.order(url)["status"], "processing")
        self.world.start("ca")
        order = self.world.client.finish(url, self.world.responder)
        self.assertEqual(order["status"], "valid", order)
        self.assert_goes_on("signer-back.test", restarted=["ca"])


class Token(Outages):
    """The signer's PKCS#11 token, which for SoftHSM is a folder."""

    def setUp(self):
        super().setUp()
        self.folder = self.world.stack.path("token", "tokens")
        self.away = self.folder + ".away"
        self.addCleanup(self.bring_back)

    def bring_back(self):
        if os.path.exists(self.away):
            os.rename(self.away, self.folder)

    def test_removed_and_brought_back_under_load(self):
        """[ROOT-12] Nothing is lost, and all is served within 30 s, without a restart."""
        stop = threading.Event()
        ended = []

        def load(number):
            client = self.world.new_client()
            count = 0
            while not stop.is_set():
                name = "token-%d-%d.test" % (number, count)
                ended.append(client.issue(self.world.responder, name)["status"])
                count += 1

        threads = [threading.Thread(target=load, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        try:
            worlds.wait_for(lambda: len(ended) >= 8)
            url = self.world.client.new_order("token-waits.test")
            while self.world.client.step(url, self.world.responder)["status"] != "pending":
                pass
            worlds.wait_for(lambda: self.world.client.order(url)["status"] == "ready")
            offset = self.world.log_size("ca")
            os.rename(self.folder, self.away)
            worlds.wait_for(lambda: self.status_of("ca") == "NOT_SERVING")
            self.world.client.finalize(self.world.client.order(url))
            # The signer says why it refuses; the order waits.
            worlds.wait_for(lambda: any(
                "signing_refused" in str(event) and 'token "cairn-local"' in str(event)
                for event in self.world.events("ca", offset)))
            self.assertEqual(self.world.client.order(url)["status"], "processing")
            self.bring_back()
            began = time.monotonic()
            order = self.world.client.finish(url, self.world.responder, seconds=30)
            self.assertEqual(order["status"], "valid", order)
            before = len(ended)
            worlds.wait_for(lambda: len(ended) >= before + 8, seconds=30)
            self.wait_until_healthy()
            self.assertLess(time.monotonic() - began, 30)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(set(ended), {"valid"})
        self.assert_goes_on("token-back.test")

    def test_its_pin_is_told_to_nobody(self):
        """[ROOT-19] Neither on a command line, nor in an environment, nor in a log."""
        with open(self.world.stack.path("keys", "token.pin")) as file:
            pin = file.read()
        self.assertGreaterEqual(len(pin), 32)
        for name in self.world.pids:
            self.assertNotIn(pin, " ".join(self.world.command(name)))
            self.assertNotIn(pin, " ".join(self.world.environment(name).values()))
        for path in glob.glob(self.world.stack.path("logs", "*")) + [self.world.config("ca")]:
            with open(path, errors="replace") as file:
                self.assertNotIn(pin, file.read(), path)


class FullQueue(Outages):
    """A WFE with one thread, and room for four requests that wait for it."""

    def requests_thread_is_busy(self):
        address = self.world.stack.status()[0]["wfe"]["metrics"]
        with urllib.request.urlopen("http://%s/metrics" % address) as answer:
            return b'cairn_pool_busy_threads{pool="requests"} 1' in answer.read()

    def test_what_does_not_fit_is_refused_at_once(self):
        self.world.edit("wfe", more="worker_threads: 1\nworker_queue: 4\n")
        self.world.restart("wfe")
        self.before = dict(self.world.pids)
        self.wait_until_healthy()
        client = self.world.new_client()
        trust = ssl.create_default_context(cafile=self.world.stack.path("acme-ca.pem"))
        answers = []

        def get():
            try:
                with urllib.request.urlopen(self.world.stack.directory, context=trust,
                                            timeout=60) as answer:
                    answers.append((answer.status, None))
            except urllib.error.HTTPError as error:
                answers.append((error.code, error.headers.get("Retry-After")))
                error.close()

        def new_order():
            with contextlib.suppress(acme.Problem):
                client.new_order("blocked.test")

        self.world.client = client
        threads = [threading.Thread(target=get) for _ in range(12)]
        blocker = threading.Thread(target=new_order)
        with self.stopped("sa"):
            # This one takes the thread and waits for the SA.
            blocker.start()
            worlds.wait_for(self.requests_thread_is_busy)
            for thread in threads:
                thread.start()
            # Eight of the twelve get their answer while nothing moves.
            worlds.wait_for(lambda: len(answers) == 8, seconds=9)
            self.assertEqual({status for status, _ in answers}, {503})
            for _, retry_after in answers:
                self.assertRegex(retry_after or "", r"^[1-9][0-9]*$")
            worlds.wait_for(lambda: self.status_of("wfe") == "NOT_SERVING")
        for thread in threads + [blocker]:
            thread.join()
        # The four that waited are served.
        self.assertEqual([status for status, _ in answers[8:]], [200] * 4)
        self.assert_goes_on("queue-empty.test")


if __name__ == "__main__":
    unittest.main()
