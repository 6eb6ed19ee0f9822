#!/usr/bin/env python3
"""The local DNS server, asked and changed by BIND's own dig and nsupdate."""
import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

BINARY = os.path.join("deploy", "local", "dns", "dns")


class DnsTools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="dns.", dir="/tmp")
        cls.key = cls.write_key("tsig.key", b"the right secret, 32 octets long")
        cls.server = subprocess.Popen([BINARY, "--port", "0", "--tsig_key", cls.key],
                                      stdout=subprocess.PIPE, text=True)
        listening = json.loads(cls.server.stdout.readline())
        cls.port = int(listening["dns"].rpartition(":")[2])

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        code = cls.server.wait(timeout=10)
        cls.server.stdout.close()
        shutil.rmtree(cls.folder)
        assert code == 0, "the server ended with %d" % code

    @classmethod
    def write_key(cls, name, secret):
        path = os.path.join(cls.folder, name)
        with open(path, "w") as out:
            out.write('key "cairn-local." { algorithm hmac-sha256; secret "%s"; };\n'
                      % base64.b64encode(secret).decode())
        os.chmod(path, 0o600)
        return path

    def dig(self, *words):
        return subprocess.run(["dig", "@127.0.0.1", "-p", str(self.port), "+tries=1", *words],
                              check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def nsupdate(self, *lines, key=None, options=()):
        script = "server 127.0.0.1 %d\nzone test.\n%s\nsend\n" % (self.port, "\n".join(lines))
        return subprocess.run(["nsupdate", *options, "-k", key or self.key], input=script,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def test_addresses_over_udp_and_tcp(self):
        for transport in ("+notcp", "+tcp"):
            self.assertEqual(self.dig("+short", transport, "www.example.test", "A"), "127.0.0.1")

    def test_no_ipv6_address_and_no_caa(self):
        for kind in ("AAAA", "CAA"):
            answer = self.dig("www.example.test", kind)
            self.assertIn("status: NOERROR", answer)
            self.assertIn("ANSWER: 0, AUTHORITY: 1", answer)

    def test_soa_and_ns_of_the_zone(self):
        self.assertIn("ns.test.", self.dig("+short", "test", "SOA"))
        self.assertEqual(self.dig("+short", "test", "NS"), "ns.test.")

    def test_no_such_name_outside_the_zone(self):
        self.assertIn("status: NXDOMAIN", self.dig("www.example.com"))

    def test_txt_records_are_set_and_deleted(self):
        name = "_acme-challenge.txt.test."
        self.assertEqual(self.nsupdate('update add %s 60 TXT "one"' % name).returncode, 0)
        self.assertEqual(self.nsupdate('update add %s 60 TXT "two"' % name).returncode, 0)
        self.assertEqual(sorted(self.dig("+short", name, "TXT").split()), ['"one"', '"two"'])
        self.assertEqual(self.dig("+short", name, "A"), "127.0.0.1")
        self.assertEqual(self.nsupdate('update delete %s TXT "one"' % name).returncode, 0)
        self.assertEqual(self.dig("+short", name, "TXT"), '"two"')
        self.assertEqual(self.nsupdate("update delete %s TXT" % name).returncode, 0)
        self.assertEqual(self.dig("+short", name, "TXT"), "")

    def test_all_kinds_of_records(self):
        rows = [("CAA", '0 issue "ca.example"'), ("A", "127.0.0.9"), ("AAAA", "::1"),
                ("MX", "10 mail.test."), ("SRV", "1 2 443 www.test.")]
        for kind, data in rows:
            with self.subTest(kind=kind):
                answer = self.nsupdate("update add kinds.test. 60 %s %s" % (kind, data))
                self.assertEqual(answer.returncode, 0, answer.stdout)
                self.assertEqual(self.dig("+short", "kinds.test", kind), data)
        self.assertEqual(self.nsupdate("update delete kinds.test.").returncode, 0)
        self.assertEqual(self.dig("+short", "kinds.test", "A"), "127.0.0.1")

    def test_alias(self):
        self.nsupdate("update add alias.test. 60 CNAME Target.Test.")
        self.assertEqual(self.dig("+short", "alias.test", "A").split()[-1], "127.0.0.1")

    def test_prerequisites(self):
        self.assertEqual(self.nsupdate("prereq nxrrset pre.test. TXT",
                                       'update add pre.test. 60 TXT "x"').returncode, 0)
        again = self.nsupdate("prereq nxrrset pre.test. TXT", 'update add pre.test. 60 TXT "y"')
        self.assertIn("YXRRSET", again.stdout)
        self.assertEqual(self.nsupdate('prereq yxrrset pre.test. TXT "x"',
                                       'update add pre.test. 60 TXT "z"').returncode, 0)
        absent = self.nsupdate("prereq yxdomain none.test.", 'update add none.test. 60 TXT "x"')
        self.assertIn("NXDOMAIN", absent.stdout)

    def test_updates_over_tcp(self):
        answer = self.nsupdate('update add tcp.test. 60 TXT "x"', options=("-v",))
        self.assertEqual(answer.returncode, 0, answer.stdout)
        self.assertEqual(self.dig("+short", "tcp.test", "TXT"), '"x"')

    def test_a_wrong_key_changes_nothing(self):
        wrong = self.write_key("wrong.key", b"another secret of thirty-two oct")
        answer = self.nsupdate('update add wrong.test. 60 TXT "x"', key=wrong)
        self.assertNotEqual(answer.returncode, 0)
        self.assertEqual(self.dig("+short", "wrong.test", "TXT"), "")

    def test_another_zone_is_refused(self):
        script = "server 127.0.0.1 %d\nzone example.com.\nupdate add a.example.com. 60 TXT x\nsend\n"
        answer = subprocess.run(["nsupdate", "-k", self.key], input=script % self.port, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertIn("NOTAUTH", answer.stdout)

    def test_a_half_message_over_tcp_holds_nobody_up(self):
        with socket.create_connection(("127.0.0.1", self.port)) as stuck:
            stuck.sendall(b"\x00\x40half")
            self.assertEqual(self.dig("+short", "+tcp", "www.example.test", "A"), "127.0.0.1")
        with socket.create_connection(("127.0.0.1", self.port)) as garbage:
            garbage.sendall(b"\x00\x05nodns")
            self.assertEqual(garbage.recv(100), b"")


if __name__ == "__main__":
    unittest.main()
