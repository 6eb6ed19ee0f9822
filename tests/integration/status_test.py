#!/usr/bin/env python3
"""What strangers think of what the signer says: OpenSSL, GnuTLS, NSS, Java and Go.

Certificates with SCTs, CRLs and OCSP responses of the real signer, with keys in a
token. No service asks for CRLs and OCSP responses yet, so a program of ours does.
"""
import os
import re
import subprocess
import unittest

from tests.harness import plain_dns
from tests.harness import stack as harness

VERIFIERS = os.path.join("tests", "integration", "verifiers")
# The issuer of the local stack for each kind of key.
KINDS = {"ec256": "ecdsa-1", "rsa2048": "rsa-1"}


def lines(*words):
    """Exit code and output of a program."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


class Status(unittest.TestCase):
    """For each kind of key one certificate that stays good, and one that is revoked."""

    @classmethod
    def setUpClass(cls):
        dns = plain_dns.PlainDns()
        cls.addClassCleanup(dns.close)
        cls.stack = harness.Stack()
        cls.addClassCleanup(cls.stack.remove)
        cls.stack.up("--no-demo", *dns.up_options())
        cls.root = cls.stack.path("root.pem")
        cls.good, cls.revoked, cls.issuer, cls.crl = {}, {}, {}, {}
        for kind, issuer in KINDS.items():
            cls.good[kind] = cls.certificate(kind, "good")
            cls.revoked[kind] = cls.certificate(kind, "revoked")
            cls.issuer[kind] = cls.good[kind].replace(".pem", ".issuer.crt")
            cls.signer("revoke", cls.serial(cls.revoked[kind]), "4")
            cls.crl[kind] = cls.stack.path("demo", kind + ".crl")
            cls.signer("crl", issuer, "1", "96", cls.crl[kind])
            cls.run_all("openssl", "crl", "-inform", "DER", "-in", cls.crl[kind], "-out",
                        cls.crl[kind] + ".pem")

    @classmethod
    def run_all(cls, *words):
        code, text = lines(*words)
        if code != 0:
            raise AssertionError(" ".join(words) + "\n" + text + cls.stack.last_log_lines())
        return text

    @classmethod
    def certificate(cls, kind, what):
        """The path of a new certificate of the first issuer, alone in its file."""
        # Each of two issuers gets one in two; sixty of the other one in a row, never.
        for number in range(60):
            path = cls.certificate_for("%s-%d.%s.cairn-check.org" % (what, number, kind), kind)
            if "issuer 1" in lines("openssl", "x509", "-in", path, "-noout", "-issuer")[1]:
                return path
        raise AssertionError("no certificate of the first issuer")

    @classmethod
    def certificate_for(cls, name, kind):
        folder = cls.stack.path("demo", "lego-" + name)
        result = subprocess.run(
            ["lego", "--server", cls.stack.directory, "--accept-tos", "--email",
             "somebody@example.test", "--key-type", kind, "--path", folder, "--http", "--http.port",
             "127.0.0.1:%d" % cls.stack.http01_port, "--domains", name, "run"],
            env=cls.stack.client_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        if result.returncode != 0:
            raise AssertionError(result.stdout + cls.stack.last_log_lines())
        path = os.path.join(folder, "certificates", name)
        cls.run_all("openssl", "x509", "-in", path + ".crt", "-out", path + ".pem")
        return path + ".pem"

    @staticmethod
    def serial(path):
        return lines("openssl", "x509", "-in", path, "-noout",
                     "-serial")[1].strip().partition("=")[2].lower()

    @classmethod
    def signer(cls, *words):
        rows, _ = cls.stack.status()
        return cls.run_all("tests/integration/sign_status", cls.stack.state, rows["ca"]["address"],
                           "ca.cairn.internal", *words)

    def ocsp(self, kind, path, digest="sha1"):
        out = path + "." + digest + ".ocsp"
        self.signer("ocsp", KINDS[kind], digest, "96", self.serial(path), out)
        return out

    def test_openssl_and_crls(self):
        """[CRL-06] [CRL-14] The good one passes, the revoked one doesn't."""
        for kind in KINDS:
            with self.subTest(kind):
                text = self.run_all("openssl", "crl", "-in", self.crl[kind] + ".pem", "-CAfile",
                                    self.issuer[kind], "-verify", "-noout")
                self.assertIn("verify OK", text)
                verify = ["openssl", "verify", "-x509_strict", "-crl_check", "-purpose",
                          "sslserver", "-CAfile", self.root, "-untrusted", self.issuer[kind],
                          "-CRLfile", self.crl[kind] + ".pem"]
                self.run_all(*verify, self.good[kind])
                code, text = lines(*verify, self.revoked[kind])
                self.assertNotEqual(code, 0)
                self.assertIn("certificate revoked", text)

    def test_gnutls_and_crls_and_certificates_with_scts(self):
        """[CRL-06] [CRL-07] [PROF-34]"""
        for kind in KINDS:
            with self.subTest(kind):
                self.run_all("certtool", "--verify-crl", "--load-ca-certificate",
                             self.issuer[kind], "--infile", self.crl[kind] + ".pem")
                for path, is_good in ((self.good[kind], True), (self.revoked[kind], False)):
                    chain = path + ".chain"
                    with open(chain, "w") as out:
                        for part in (path, self.issuer[kind]):
                            with open(part) as file:
                                out.write(file.read())
                    code, text = lines(
                        "certtool", "--verify", "--load-ca-certificate", self.root, "--load-crl",
                        self.crl[kind] + ".pem", "--verify-purpose", "1.3.6.1.5.5.7.3.1",
                        "--infile", chain)
                    self.assertEqual(code == 0, is_good, text)
                    self.assertEqual("chain is revoked" in text, not is_good, text)

    def test_nss_and_crls_and_certificates_with_scts(self):
        """[CRL-06] [CRL-07] [PROF-34]"""
        database = "sql:" + os.path.join(self.stack.folder, "nss-status")
        os.makedirs(database[4:])
        self.run_all("certutil", "-N", "-d", database, "--empty-password")
        with open(self.root) as file:
            roots = re.findall("-----BEGIN CERT.*?-----END CERTIFICATE-----\n", file.read(), re.S)
        for number, pem in enumerate(roots):
            path = os.path.join(self.stack.folder, "nss-root%d.pem" % number)
            with open(path, "w") as file:
                file.write(pem)
            self.run_all("certutil", "-A", "-d", database, "-n", "root%d" % number, "-t", "C,,",
                         "-i", path)
        for kind in KINDS:
            with self.subTest(kind):
                self.run_all("certutil", "-A", "-d", database, "-n", "issuer " + kind, "-t", ",,",
                             "-i", self.issuer[kind])
                for path, name in ((self.good[kind], "good " + kind),
                                   (self.revoked[kind], "revoked " + kind)):
                    self.run_all("certutil", "-A", "-d", database, "-n", name, "-t", ",,", "-i",
                                 path)
                    # Before NSS has the CRL both are valid.
                    self.run_all("certutil", "-V", "-d", database, "-n", name, "-u", "V", "-e")
                    self.run_all("vfychain", "-d", database, "-u", "1", "-a", path,
                                 self.issuer[kind])
                self.run_all("crlutil", "-I", "-d", database, "-t", "1", "-i", self.crl[kind])
                self.run_all("certutil", "-V", "-d", database, "-n", "good " + kind, "-u", "V",
                             "-e")
                self.run_all("vfychain", "-d", database, "-pp", "-u", "1", "-g", "leaf", "-m",
                             "crl", "-h", "requireFreshInfo", "-a", self.good[kind],
                             self.issuer[kind])
                for words in (("certutil", "-V", "-d", database, "-n", "revoked " + kind, "-u",
                               "V", "-e"),
                              ("vfychain", "-d", database, "-pp", "-u", "1", "-g", "leaf", "-m",
                               "crl", "-h", "requireFreshInfo", "-a", self.revoked[kind],
                               self.issuer[kind])):
                    code, text = lines(*words)
                    self.assertNotEqual(code, 0)
                    self.assertIn("has been revoked", text)

    def test_openssl_and_ocsp(self):
        """[OCSP-13] [OCSP-18] [OCSP-24] With CertIDs of both hashes."""
        for kind in KINDS:
            for digest in ("sha1", "sha256"):
                for path, status in ((self.good[kind], "good"), (self.revoked[kind], "revoked")):
                    with self.subTest(kind=kind, digest=digest, status=status):
                        text = self.run_all(
                            "openssl", "ocsp", "-respin", self.ocsp(kind, path, digest), "-issuer",
                            self.issuer[kind], "-" + digest, "-cert", path, "-CAfile", self.root,
                            "-verify_other", self.issuer[kind], "-no_nonce")
                        self.assertIn("Response verify OK", text)
                        self.assertIn("%s: %s" % (path, status), text)
                        self.assertEqual("Reason: superseded" in text, status == "revoked")

    def test_gnutls_and_ocsp(self):
        """[OCSP-13] [OCSP-18]"""
        for kind in KINDS:
            for path, status in ((self.good[kind], "good"), (self.revoked[kind], "revoked")):
                with self.subTest(kind=kind, status=status):
                    text = self.run_all("ocsptool", "--verify-response", "--load-response",
                                        self.ocsp(kind, path), "--load-trust", self.issuer[kind])
                    self.assertIn("Verifying OCSP Response: Success", text)
                    self.assertIn("Certificate Status: " + status, text)

    def test_java_and_its_path_validation(self):
        """[CRL-06] [OCSP-13] [PROF-34]"""
        for kind in KINDS:
            for path, verdict in ((self.good[kind], "valid"),
                                  (self.revoked[kind], "refused: REVOKED")):
                for what, file in (("crl", self.crl[kind]), ("ocsp", self.ocsp(kind, path))):
                    with self.subTest(kind=kind, what=what, verdict=verdict):
                        text = self.run_all("java", os.path.join(VERIFIERS, "VerifyPath.java"),
                                            self.root, self.issuer[kind], path, what, file)
                        self.assertTrue(text.startswith(verdict), text)

    def test_go_and_its_verifier(self):
        """[CRL-06] [OCSP-13] [PROF-34]"""
        program = self.stack.path("verify")
        # Debian's packages, not modules: nothing is fetched.
        done = subprocess.run(
            ["go", "build", "-o", program, os.path.join(VERIFIERS, "verify.go")],
            env=dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", CGO_ENABLED="0",
                     GOCACHE=self.stack.path("go")),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        for kind in KINDS:
            for path, status in ((self.good[kind], "good"), (self.revoked[kind], "revoked")):
                with self.subTest(kind=kind, status=status):
                    name = os.path.basename(path)[:-len(".pem")]
                    text = self.run_all(program, self.root, self.issuer[kind], path, name,
                                        self.crl[kind], self.ocsp(kind, path))
                    self.assertEqual(text, "crl: %s\nocsp: %s\n" % (status, status))
                    code, text = lines(program, self.root, self.issuer[kind], path, "other.org",
                                       self.crl[kind], self.ocsp(kind, path))
                    self.assertNotEqual(code, 0)
                    self.assertIn("not other.org", text)

    def test_a_revocation_is_never_taken_back(self):
        """[REV-25] Another reason leaves it, and the next CRL has it."""
        for kind, issuer in KINDS.items():
            self.signer("revoke", self.serial(self.revoked[kind]), "0")
            out = self.crl[kind] + ".next"
            self.signer("crl", issuer, "2", "96", out)
            text = self.run_all("openssl", "crl", "-inform", "DER", "-in", out, "-noout", "-text")
            self.assertIn("Superseded", text)
            self.assertIn(self.serial(self.revoked[kind]).upper(), text)
            self.assertNotIn(self.serial(self.good[kind]).upper(), text)


if __name__ == "__main__":
    unittest.main()
