#!/usr/bin/env python3
"""The parts of the local stack, without its services."""
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

sys.path.insert(0, os.path.join("deploy", "local"))

import ceremonies
import database
import hierarchy
import issuers
import processes
import programs
import report
import softhsm
import stack
import state as state_module
import topology
import yaml_text

# A process that says it listens, after a word that is no JSON.
SERVER = """
import sys, time
print("starting", flush=True)
print('{"event":"listening","grpc":"127.0.0.1:%s"}' % sys.argv[1], flush=True)
time.sleep(100)
"""
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVER


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="parts.", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder)
        self.state = state_module.State(os.path.join(self.folder, "state"))
        self.state.create()


class Processes(Case):
    def setUp(self):
        super().setUp()
        self.supervisor = processes.Supervisor(self.state, report.Steps(quiet=True))
        self.addCleanup(lambda: self.supervisor.stop(self.supervisor.names(), timeout=0))

    def server(self, name, word="1", code=SERVER, **more):
        return processes.Process(name, [sys.executable, "-c", code, word], **more)

    def test_each_starts_after_those_it_needs(self):
        order = []
        self.supervisor.start([
            self.server("b", after=("a",), before_start=lambda: order.append("b")),
            self.server("a", before_start=lambda: order.append("a"))])
        self.assertEqual(order, ["a", "b"])
        self.assertEqual(self.supervisor.listening("a")["grpc"], "127.0.0.1:1")

    def test_a_second_start_leaves_what_runs_alone(self):
        self.assertEqual(self.supervisor.start([self.server("a")]), ["a"])
        pid = self.supervisor.alive("a")
        self.assertEqual(self.supervisor.start([self.server("a")]), [])
        self.assertEqual(self.supervisor.alive("a"), pid)

    def test_what_died_is_started_again(self):
        self.supervisor.start([self.server("a"), self.server("b")])
        pid = self.supervisor.alive("b")
        os.kill(self.supervisor.alive("a"), signal.SIGKILL)
        while self.supervisor.alive("a"):
            time.sleep(0.005)
        self.assertEqual(self.supervisor.start([self.server("a"), self.server("b")]), ["a"])
        self.assertEqual(self.supervisor.alive("b"), pid)

    def test_what_changed_is_restarted_and_what_left_is_stopped(self):
        config = self.state.path("config", "a.yaml")
        self.state.write("config/a.yaml", "one: 1\n")
        self.supervisor.start([self.server("a", files=(config,)), self.server("b")])
        self.state.write("config/a.yaml", "one: 22\n")
        self.assertEqual(self.supervisor.start([self.server("a", files=(config,))]), ["a"])
        self.assertIsNone(self.supervisor.alive("b"))
        self.assertEqual(self.supervisor.names(), ["a"])

    def test_one_that_ends_at_once_is_told_with_its_last_words(self):
        with self.assertRaisesRegex(report.Failure, "code 3: no such key .*a.log"):
            self.supervisor.start([self.server("a", code="print('no such key'); exit(3)")])

    def test_one_that_never_listens_is_told(self):
        with self.assertRaisesRegex(report.Failure, "a didn't listen within 0 s"):
            self.supervisor.start([self.server("a", code="import time; time.sleep(60)")],
                                  timeout=0)

    def test_one_that_ignores_sigterm_is_killed(self):
        self.supervisor.start([self.server("a", code=STUBBORN), self.server("b")])
        self.assertEqual(self.supervisor.stop(["a", "b"], timeout=0.2), ["a"])
        self.assertEqual(self.supervisor.names(), [])

    def test_a_stranger_with_a_recorded_pid_is_not_killed(self):
        stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        try:
            self.state.write_json("pids.json", {"a": {"pid": stranger.pid, "started": 1,
                                                      "digest": "", "log_offset": 0}})
            self.assertIsNone(self.supervisor.alive("a"))
            self.supervisor.stop(["a"])
            self.assertIsNone(stranger.poll())
        finally:
            stranger.kill()
            stranger.wait()


class StateFolder(Case):
    def test_keys_are_in_folders_that_only_the_owner_can_enter(self):
        for name in ("", "keys", "tls", "db", "journal", "token"):
            self.assertEqual(os.stat(self.state.path(name)).st_mode & 0o077, 0, name)

    def test_a_deep_folder_has_a_short_path_for_sockets(self):
        deep = state_module.State(os.path.join(self.folder, "d" * 90, "state"))
        deep.create()
        folder = deep.socket_folder()
        self.assertLess(len(os.path.join(folder, "mariadb.sock")), 107)
        self.assertTrue(os.path.samefile(folder, deep.path("db")))
        self.assertEqual(deep.socket_folder(), folder)
        deep.remove_link()
        self.assertFalse(os.path.lexists(folder))

    def test_write_says_whether_anything_changed(self):
        self.assertTrue(self.state.write("config/x", "1"))
        self.assertFalse(self.state.write("config/x", "1"))
        self.assertTrue(self.state.write("config/x", "2"))

    def test_a_folder_that_cannot_be_made_is_one_line(self):
        file = os.path.join(self.folder, "file")
        open(file, "w").close()
        with self.assertRaisesRegex(report.Failure, "choose another with --state"):
            state_module.State(os.path.join(file, "state")).create()

    def test_ports_that_are_taken_are_seen(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            self.assertFalse(state_module.is_free(listener.getsockname()[1]))
        ports = state_module.free_ports(5, {1})
        self.assertEqual(len(set(ports)), 5)
        self.assertTrue(all(map(state_module.is_free, ports)))


class Built:
    """Programs where Bazel put them."""

    def path(self, name):
        return programs.PROGRAMS[name]


class Hierarchy(Case):
    def text(self, path):
        return hierarchy.openssl("x509", "-in", path, "-noout", "-text").decode()

    def issuers(self):
        """A fresh look at the state folder, as each `up` has one."""
        token = softhsm.Token(self.state, Built())
        roots = softhsm.Token(self.state, Built(), "roots")
        made = ceremonies.Ceremonies(self.state, Built(), token, roots)
        return issuers.Issuers(self.state, made, token, roots)

    def test_ceremonies_make_the_roots_and_the_issuers(self):
        """[ROOT-03] [ROOT-09] [ROOT-12] And the keys of the roots are gone afterwards."""
        self.assertTrue(self.issuers().ensure())
        config = self.issuers().config()
        self.assertEqual([issuer["name"] for issuer in config],
                         ["rsa-1", "rsa-2", "ecdsa-1", "ecdsa-2"])
        for issuer in config:
            hierarchy.openssl("verify", "-x509_strict", "-CAfile", self.state.path("root.pem"),
                              issuer["certificate_file"])
            text = self.text(issuer["certificate_file"])
            for part in ("CA:TRUE, pathlen:0", "TLS Web Server Authentication",
                         "Policy: 2.23.140.1.2.1", "Authority Key Identifier",
                         "C = XX, O = Cairn local stack, CN ="):
                self.assertIn(part, text)
            self.assertEqual(issuer["key"]["token"], "local")
            ocsp = self.text(issuer["ocsp_signer"]["certificate_file"])
            self.assertIn("OCSP Signing", ocsp)
            self.assertEqual(issuer["ocsp_signer"]["key"]["label"], issuer["key"]["label"] + "-ocsp")
        self.assertIn("Public-Key: (4096 bit)", self.text(self.issuers().root("rsa")))
        self.assertIn("Public-Key: (384 bit)", self.text(self.issuers().root("ecdsa")))
        tokens = subprocess.run(["softhsm2-util", "--show-slots"], stdout=subprocess.PIPE, text=True,
                                env={**os.environ, **softhsm.Token(self.state, Built()).environment})
        self.assertIn("cairn-local", tokens.stdout)
        self.assertNotIn("cairn-roots", tokens.stdout)
        self.assertEqual(len(os.listdir(self.state.path("token", "tokens"))), 1)

        # Anybody can verify each of them again; nobody takes it for a real CA's.
        for act in sorted(os.listdir(self.state.path("ceremony"))):
            if act == "done":
                continue
            command = [Built().path("ceremony"), "verify", self.state.path("ceremony", act)]
            self.assertEqual(subprocess.run(command, stdout=subprocess.DEVNULL).returncode, 1, act)
            command += ["--accept", "local-stack"]
            self.assertEqual(subprocess.run(command, stdout=subprocess.DEVNULL).returncode, 0, act)

        # The PINs belong to their owner, and those of the roots' token went with it.
        for name in ("token.pin", "token-so.pin"):
            path = self.state.path("keys", name)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o400)
            with open(path) as file:
                self.assertRegex(file.read(), "^[0-9a-f]{32}$")
        self.assertEqual(sorted(os.listdir(self.state.path("keys"))),
                         ["people", "token-so.pin", "token.pin"])

        # A second start makes nothing; one after an attempt that broke off makes all.
        before = self.text(self.issuers().root("ecdsa"))
        self.assertFalse(self.issuers().ensure())
        self.assertEqual(self.text(self.issuers().root("ecdsa")), before)
        os.unlink(self.state.path("ceremony", "done"))
        self.assertTrue(self.issuers().ensure())
        self.assertNotEqual(self.text(self.issuers().root("ecdsa")), before)

    def test_an_older_state_folder_keeps_its_key_files(self):
        for name in ("rsa", "ecdsa"):
            for file in ("issuer.key", "issuer.pem", "root.pem"):
                self.state.write("keys/%s-%s" % (name, file), name + file + "\n")
        self.assertFalse(self.issuers().ensure())
        self.assertEqual(self.issuers().config(), [
            {"name": name + "-1", "key_file": self.state.path("keys", name + "-issuer.key"),
             "certificate_file": self.state.path("keys", name + "-issuer.pem")}
            for name in ("rsa", "ecdsa")])
        with open(self.state.path("root.pem")) as file:
            self.assertEqual(file.read(), "rsaroot.pem\necdsaroot.pem\n")

    def test_a_service_has_its_name_and_a_chain(self):
        authority = hierarchy.Authority(self.state, "internal", "services")
        self.assertTrue(authority.ensure({"ra": "DNS:ra.cairn.internal"}))
        certificate, key = authority.leaf("ra")
        hierarchy.openssl("verify", "-x509_strict", "-CAfile", authority.certificate, certificate)
        self.assertIn("DNS:ra.cairn.internal", self.text(certificate))
        self.assertEqual(os.stat(key).st_mode & 0o777, 0o600)
        self.assertFalse(authority.ensure({"ra": "DNS:ra.cairn.internal"}))

    def test_a_certificate_near_its_end_is_made_anew(self):
        authority = hierarchy.Authority(self.state, "internal", "services")
        authority.ensure({"ra": "DNS:ra.cairn.internal"})
        certificate, _ = authority.leaf("ra")
        old = time.time() - 340 * 86400
        os.utime(certificate, (old, old))
        self.assertTrue(authority.ensure({"ra": "DNS:ra.cairn.internal"}))

    def test_a_fault_of_openssl_is_one_line(self):
        with self.assertRaisesRegex(report.Failure, "^openssl x509 failed: [^\n]*$"):
            hierarchy.openssl("x509", "-in", "/nowhere")


class PrivateDatabase(Case):
    def test_users_can_do_what_they_need_and_no_more(self):
        server = database.Database(self.state)
        self.assertTrue(server.install())
        self.assertFalse(server.install())
        supervisor = processes.Supervisor(self.state, report.Steps(quiet=True))
        self.addCleanup(lambda: supervisor.stop(["mariadb"]))
        supervisor.start([server.process()])
        server.create_users()
        server.create_users()
        self.assertEqual(os.stat(server.password_file("sa")).st_mode & 0o777, 0o600)
        self.assertEqual(self.query(server, "migrate", "CREATE TABLE t (i INT)"), 0)
        self.assertNotEqual(self.query(server, "sa", "INSERT INTO t VALUES (1)"), 0)
        server.grant("GRANT SELECT, INSERT ON t TO 'cairn_sa'@'localhost';")
        self.assertEqual(self.query(server, "sa", "INSERT INTO t VALUES (1)"), 0)
        self.assertNotEqual(self.query(server, "sa", "DROP TABLE t"), 0)
        self.assertNotEqual(self.query(server, "sa", "DELETE FROM t"), 0)
        self.assertNotEqual(self.query(server, "sa", "SELECT user FROM mysql.user"), 0)
        self.assertNotEqual(self.query(server, "migrate", "CREATE USER x"), 0)

    def query(self, server, user, statement):
        with open(server.password_file(user)) as file:
            password = file.read()
        return subprocess.run(
            ["mariadb", "--no-defaults", "--socket=" + server.socket(), "--user=cairn_" + user,
             database.DATABASE, "-e", statement], env={**os.environ, "MYSQL_PWD": password},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


class Yaml(unittest.TestCase):
    def test_nested_values(self):
        self.assertEqual(
            yaml_text.dump({"a": {"b": "no", "n": 5, "t": True}, "l": ["x", 1],
                            "m": [{"k": "v", "q": ["z"]}, {"k": "w"}], "e": {}, "f": []}),
            'a:\n  b: "no"\n  n: 5\n  t: true\nl:\n  - "x"\n  - 1\n'
            'm:\n  - k: "v"\n    q:\n      - "z"\n  - k: "w"\ne: {}\nf: []\n')


class Options(unittest.TestCase):
    def parse(self, *words):
        with mock.patch("sys.stderr", io.StringIO()) as stderr:
            try:
                return stack.parser().parse_args(["up", *words]), ""
            except SystemExit as stop:
                return stop.code, stderr.getvalue()

    def test_good_ones(self):
        options, _ = self.parse("--resolver", "[::1]:53", "--perspectives", "4", "--allow-address",
                                "127.0.0.0/8", "--allow-address", "10.0.0.0/8", "--no-dnssec")
        self.assertEqual(options.resolver, "[::1]:53")
        self.assertEqual(options.perspectives, 4)
        self.assertEqual(options.allow_address, ["127.0.0.0/8", "10.0.0.0/8"])
        self.assertEqual(options.acme_port, 14000)

    def test_bad_ones_are_named(self):
        for words, why in (
                (["--acme-port", "0"], "'0' is no number from 1 to 65535"),
                (["--acme-port", "80a"], "'80a' is no number"),
                (["--http01-port", "65536"], "1 to 65535"),
                (["--perspectives", "0"], "1 to 6"), (["--perspectives", "7"], "1 to 6"),
                (["--resolver", "localhost"], "such as 127.0.0.1:53"),
                (["--resolver", "127.0.0.1:x"], "'x' is no number from 1 to 65535"),
                (["--policy", "none"], "private"), (["--unheard-of"], ""),
                (["--allow-address", "127.0.0.1/8"],
                 "has host bits set; a range is, for example, 127.0.0.0/8"),
                (["--allow-address", "here"], "does not appear to be")):
            with self.subTest(words=words):
                code, text = self.parse(*words)
                self.assertEqual(code, 2)
                self.assertIn(words[0], text)
                self.assertIn(why, text)


class ChosenPorts(Case):
    def setUp(self):
        super().setUp()
        self.taken = socket.socket()
        self.addCleanup(self.taken.close)
        self.taken.bind(("127.0.0.1", 0))
        self.taken.listen()
        self.number = self.taken.getsockname()[1]
        self.free = [str(port) for port in state_module.free_ports(2, {self.number})]

    def check(self, acme, http01, with_demo=True, running=None):
        options = stack.parser().parse_args(["up", "--acme-port", acme, "--http01-port", http01])
        supervisor = mock.Mock()
        supervisor.alive.side_effect = {"wfe": running}.get
        topology.Topology(self.state, Built(), options, supervisor).check_ports(with_demo)

    def test_free_ones_are_good(self):
        self.check(*self.free)

    def test_one_that_a_stranger_has_is_told(self):
        with self.assertRaisesRegex(report.Failure, "%d .* is taken.*--acme-port" % self.number):
            self.check(str(self.number), self.free[0])

    def test_the_one_that_runs_has_its_own(self):
        self.state.write_json("ports.json", {"acme": self.number})
        self.check(str(self.number), self.free[0], running=17)

    def test_the_one_that_runs_can_not_take_another_one_s(self):
        self.state.write_json("ports.json", {"acme": int(self.free[0])})
        with self.assertRaisesRegex(report.Failure, "is taken"):
            self.check(str(self.number), self.free[1], running=17)

    def test_certbot_needs_its_port_and_others_bring_their_own(self):
        with self.assertRaisesRegex(report.Failure, "certbot .* is taken.*--http01-port"):
            self.check(self.free[0], str(self.number))
        self.check(self.free[0], str(self.number), with_demo=False)


class Fingerprint(Case):
    def test_it_follows_the_sources_and_not_the_tests(self):
        tree = os.path.join(self.folder, "tree")
        os.makedirs(os.path.join(tree, "libs"))
        source = os.path.join(tree, "libs", "a.cc")
        with mock.patch("programs.TREE", tree), mock.patch("programs.SOURCES", ("libs",)):
            open(source, "w").close()
            first = programs.fingerprint()
            open(os.path.join(tree, "libs", "a_test.cc"), "w").close()
            self.assertEqual(programs.fingerprint(), first)
            with open(source, "w") as file:
                file.write("int a;")
            self.assertNotEqual(programs.fingerprint(), first)


if __name__ == "__main__":
    unittest.main()
