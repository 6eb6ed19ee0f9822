#!/usr/bin/env python3
"""The local stack as a whole: stock ACME clients, health, restarts, and its end.

Main job of `./dev up`, on real input: certbot and lego as Debian ships them.
"""
import json
import os
import re
import signal
import ssl
import subprocess
import unittest
import urllib.request
from unittest import mock

from tests.harness import plain_dns
from tests.harness import stack as harness

SERVICES = {"wfe", "ra", "va", "ca", "sa", "dns", "mariadb", "remote-1", "remote-2", "remote-3",
            "remote-4", "remote-5"}


def run_lego(case, stack, *names, key_type="ec256", directory=None):
    """A certificate for `names`; returns the path of its files without the ending."""
    folder = stack.path("demo", "lego-" + names[0])
    command = ["lego", "--server", directory or stack.directory, "--accept-tos", "--email",
               "somebody@example.test", "--key-type", key_type, "--path", folder, "--http",
               "--http.port", "127.0.0.1:%d" % stack.http01_port]
    for name in names:
        command += ["--domains", name]
    result = subprocess.run(command + ["run"], env=stack.client_environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    case.assertEqual(result.returncode, 0, result.stdout + stack.last_log_lines())
    return os.path.join(folder, "certificates", names[0])


def run(case, command):
    """What a program that must succeed prints."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    case.assertEqual(result.returncode, 0, result.stdout)
    return result.stdout


class Running(unittest.TestCase):
    """One stack for all tests of a class; each leaves it running and healthy."""

    OPTIONS = ["--no-demo"]

    @classmethod
    def setUpClass(cls):
        cls.stack = harness.Stack()
        cls.addClassCleanup(cls.stack.remove)
        cls.first_up = cls.stack.up(*cls.OPTIONS).stdout

    def get(self, url):
        trust = ssl.create_default_context(cafile=self.stack.path("acme-ca.pem"))
        with urllib.request.urlopen(url, context=trust, timeout=10) as answer:
            return answer.read()

    def lego(self, *names, **more):
        return run_lego(self, self.stack, *names, **more)

    def verify(self, certificate, chain, *names):
        for name in names:
            result = subprocess.run(
                ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile",
                 self.stack.path("root.pem"), "-untrusted", chain, "-verify_hostname", name,
                 certificate], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.assertEqual(result.returncode, 0, result.stdout)


class Certbot(Running):
    OPTIONS = []  # with the demo

    def test_the_demo_gets_and_shows_a_certificate_for_two_names(self):
        self.assertIn("certbot has a certificate for www.example.test and example.test",
                      self.first_up)
        self.assertRegex(self.first_up, r"cert\.pem: OK")
        self.assertRegex(self.first_up,
                         r"DNS:(www\.)?example\.test, DNS:(www\.)?example\.test")
        self.assertIn(self.stack.directory, self.first_up)
        live = self.stack.path("demo", "certbot", "config", "live", "www.example.test")
        self.verify(os.path.join(live, "cert.pem"), os.path.join(live, "chain.pem"),
                    "example.test", "www.example.test")

    def test_a_second_up_starts_nothing_and_gets_another_certificate(self):
        before, _ = self.stack.status()
        again = self.stack.up().stdout
        self.assertIn("already running, and healthy", again)
        self.assertIn("certbot has a certificate", again)
        after, healthy = self.stack.status()
        self.assertTrue(healthy)
        self.assertEqual({n: r["pid"] for n, r in before.items()},
                         {n: r["pid"] for n, r in after.items()})


class Clients(Running):
    def test_lego_gets_certificates_for_each_kind_of_key(self):
        for key_type in ("ec256", "ec384", "rsa2048"):
            with self.subTest(key_type=key_type):
                name = key_type + ".lego.test"
                base = self.lego(name, "www." + name, key_type=key_type)
                self.verify(base + ".crt", base + ".issuer.crt", name, "www." + name)

    def test_gnutls_accepts_the_chains_of_both_issuers(self):
        for key_type in ("rsa2048", "ec256"):
            with self.subTest(key_type=key_type):
                name = key_type + ".gnutls.test"
                base = self.lego(name, key_type=key_type)
                result = subprocess.run(
                    ["certtool", "--verify", "--load-ca-certificate", self.stack.path("root.pem"),
                     "--verify-hostname", name, "--verify-purpose", "1.3.6.1.5.5.7.3.1",
                     "--infile", base + ".crt"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    text=True)
                self.assertEqual(result.returncode, 0, result.stdout)
                self.assertIn("Chain verification output: Verified", result.stdout)

    def test_nss_accepts_the_chains_of_both_issuers(self):
        """[PROF-24] NSS wants keyEncipherment of RSA keys (ADR 0014)."""
        database = "sql:" + os.path.join(self.stack.folder, "nss")
        os.makedirs(database[4:])

        def nss(*words):
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            self.assertEqual(done.returncode, 0, done.stdout)
            return done.stdout

        nss("certutil", "-N", "-d", database, "--empty-password")
        with open(self.stack.path("root.pem")) as file:
            roots = re.findall("-----BEGIN CERT.*?-----END CERTIFICATE-----\n", file.read(), re.S)
        for number, pem in enumerate(roots):
            path = os.path.join(self.stack.folder, "root%d.pem" % number)
            with open(path, "w") as file:
                file.write(pem)
            nss("certutil", "-A", "-d", database, "-n", "root%d" % number, "-t", "C,,", "-i", path)
        for key_type in ("rsa2048", "ec256"):
            with self.subTest(key_type=key_type):
                base = self.lego(key_type + ".nss.test", key_type=key_type)
                nss("certutil", "-A", "-d", database, "-n", "issuer " + key_type, "-t", ",,", "-i",
                    base + ".issuer.crt")
                # The leaf stands first in lego's chain file.
                nss("certutil", "-A", "-d", database, "-n", key_type, "-t", ",,", "-i",
                    base + ".crt")
                # -u V: as a TLS server, with the keyUsage that its key needs.
                nss("certutil", "-V", "-d", database, "-n", key_type, "-u", "V", "-e")

    def test_the_directory_lists_what_there_is(self):
        directory = json.loads(self.get(self.stack.directory))
        for name in ("newNonce", "newAccount", "newOrder"):
            self.assertTrue(directory[name].startswith("https://localhost:%d/"
                                                       % self.stack.acme_port))


class Health(Running):
    def test_every_process_is_healthy_with_its_metrics(self):
        rows, healthy = self.stack.status()
        self.assertTrue(healthy, rows)
        self.assertEqual(set(rows), SERVICES)
        for name, row in rows.items():
            if row["metrics"]:
                text = urllib.request.urlopen("http://%s/metrics" % row["metrics"]).read().decode()
                self.assertIn("# TYPE", text, name)
        self.assertEqual(sum(1 for row in rows.values() if row["metrics"]), len(SERVICES) - 2)

    def test_the_table_names_each_process(self):
        table = self.stack.run("status").stdout
        for name in SERVICES:
            self.assertRegex(table, r"(?m)^%s +SERVING" % name)

    def test_what_was_killed_is_seen_and_the_next_up_restarts_only_that(self):
        before, _ = self.stack.status()
        os.kill(before["ra"]["pid"], signal.SIGKILL)
        seen, healthy = self.stack.status()
        self.assertFalse(healthy)
        self.assertEqual(seen["ra"]["status"], "STOPPED")
        self.stack.up("--no-demo")
        after, healthy = self.stack.status()
        self.assertTrue(healthy)
        changed = {name for name in SERVICES if before[name]["pid"] != after[name]["pid"]}
        self.assertEqual(changed, {"ra"})

    def test_memory_at_rest(self):
        if self.stack.is_sanitized():
            self.skipTest("a sanitizer needs more memory than what it watches")
        rows, _ = self.stack.status()
        self.assertLess(sum(row["memory_kb"] for row in rows.values()), 300 * 1024)


class Restart(unittest.TestCase):
    def test_accounts_and_certificates_survive_down_and_up(self):
        stack = harness.Stack()
        self.addCleanup(stack.remove)
        stack.up()
        accounts = stack.path("demo", "certbot", "config", "accounts")
        count = sum(len(files) for _, _, files in os.walk(accounts))
        stack.down()
        self.assertEqual(harness.processes_that_mention(stack.state), [])
        again = stack.up().stdout
        self.assertIn("certbot has a certificate", again)
        # The account of the first run was good for the second.
        self.assertEqual(sum(len(files) for _, _, files in os.walk(accounts)), count)

    def test_nothing_is_left_running_or_outside_the_folder(self):
        stack = harness.Stack()
        self.addCleanup(stack.remove)
        outside = os.path.join(stack.folder, "tmp")
        os.mkdir(outside)
        with mock.patch.dict(os.environ, TMPDIR=outside):
            stack.up("--no-demo")
            stack.down()
        self.assertEqual(harness.processes_that_mention(stack.state), [])
        self.assertEqual(os.listdir(outside), [])
        self.assertEqual(sorted(os.listdir(stack.folder)), ["state", "tmp"])
        self.assertEqual(stack.run("status", check=False).returncode, 1)
        self.assertIn("stopped 0 processes", stack.down().stdout)


class Options(unittest.TestCase):
    def test_fewer_perspectives_plain_http_and_other_ports(self):
        stack = harness.Stack()
        self.addCleanup(stack.remove)
        (plain,) = harness.free_ports(1)
        stack.up("--perspectives", "4", "--acme-http-port", str(plain))
        rows, healthy = stack.status()
        self.assertTrue(healthy)
        self.assertEqual({name for name in rows if name.startswith("remote")},
                         {"remote-1", "remote-2", "remote-3"})
        text = urllib.request.urlopen("http://localhost:%d/directory" % plain).read()
        self.assertIn(b"newNonce", text)
        run_lego(self, stack, "plain.test", directory="http://127.0.0.1:%d/directory" % plain)

    def test_dnssec_is_validated_unless_it_is_switched_off(self):
        stack = harness.Stack()
        self.addCleanup(stack.remove)
        stack.up("--no-demo")
        with self.assertRaisesRegex(AssertionError, "DNSSEC validation failed"):
            run_lego(self, stack, "name.bogus.test")
        stack.up("--no-demo", "--no-dnssec")
        run_lego(self, stack, "name.bogus.test")

    def test_another_resolver_is_asked_for_everything(self):
        stack = harness.Stack()
        self.addCleanup(stack.remove)
        # One that knows no name: nothing listens there.
        (dead,) = harness.free_ports(1)
        stack.up("--no-demo", "--no-dnssec", "--resolver", "127.0.0.1:%d" % dead)
        with self.assertRaisesRegex(AssertionError, "error:dns"):
            run_lego(self, stack, "name.test")
        (own,) = [r["address"] for n, r in stack.status()[0].items() if n == "dns"]
        stack.up("--no-demo", "--no-dnssec", "--resolver", own)
        run_lego(self, stack, "name.test")

    def test_the_web_pki_refuses_this_machine_and_names_under_test(self):
        stack = harness.Stack()
        self.addCleanup(stack.remove)
        text = stack.up("--policy", "webpki", "--allow-address", "127.0.0.0/8").stdout
        self.assertIn("no demo", text)
        rows, healthy = stack.status()
        self.assertTrue(healthy)
        self.assertEqual(set(rows), SERVICES | {"publisher", "ct_log"})
        with self.assertRaisesRegex(AssertionError, "rejectedIdentifier"):
            run_lego(self, stack, "name.test")

    def test_certificates_of_the_web_pki_have_scts_and_no_lint_finds_anything(self):
        dns = plain_dns.PlainDns()
        self.addCleanup(dns.close)
        stack = harness.Stack()
        self.addCleanup(stack.remove)
        stack.up("--no-demo", *dns.up_options())
        for key_type in ("ec256", "rsa2048"):
            with self.subTest(key_type):
                name = key_type + ".cairn-check.org"
                path = run_lego(self, stack, name, key_type=key_type)
                text = run(self, ["openssl", "x509", "-in", path + ".crt", "-noout", "-text"])
                self.assertEqual(text.count("Signed Certificate Timestamp:"), 2, text)
                self.assertNotIn("CT Precertificate Poison", text)
                run(self, ["openssl", "verify", "-CAfile", stack.path("root.pem"), "-untrusted",
                           path + ".issuer.crt", path + ".crt"])
                # lego's file has the issuer too.
                run(self, ["openssl", "x509", "-in", path + ".crt", "-out", path + ".pem"])
                run(self, ["tools/lint/lint", "--policy", "webpki", "--kind", "subscriber", "--issuer",
                           path + ".issuer.crt", "--public_suffixes",
                           "/usr/share/publicsuffix/public_suffix_list.dat", path + ".pem"])
        self.assertTrue(stack.status()[1])

    def test_a_port_that_is_taken_is_one_line(self):
        stack = harness.Stack()
        self.addCleanup(stack.remove)
        with harness.listener(stack.acme_port):
            result = stack.up("--no-demo", check=False)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, "(?m)^dev: port %d .* choose another with --acme-port"
                         % stack.acme_port)


if __name__ == "__main__":
    unittest.main()
