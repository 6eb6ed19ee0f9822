#!/usr/bin/env python3
"""Stock ACME clients that aren't used for anything else here, by http-01 on the
whole stack. What each is known to need: who reads Location, Link and Retry-After
how, and who asks again when the answer was already the end."""
import contextlib
import os
import shutil
import subprocess
import time
import unittest

from tests.harness import acme
from tests.harness import stack as harness

APACHE = """\
ServerRoot {folder}
PidFile {folder}/httpd.pid
ServerName localhost
Listen 127.0.0.1:{http01_port}
Listen 127.0.0.1:{https_port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule md_module {modules}/mod_md.so
Mutex file:{folder}
ErrorLog {folder}/error.log
LogLevel md:debug
MDStoreDir {folder}/md
MDCertificateAuthority {directory}
MDCACertificateFile {ca}
MDCertificateAgreement accepted
MDContactEmail somebody@example.test
MDPortMap 80:{http01_port} 443:{https_port}
MDCAChallenges http-01
MDomain apache.test www.apache.test
<VirtualHost 127.0.0.1:{https_port}>
  ServerName apache.test
  SSLEngine on
</VirtualHost>
"""


class Files:
    """A folder's files by their names."""

    def __init__(self, folder):
        self._folder = folder

    def get(self, name):
        try:
            with open(os.path.join(self._folder, name)) as file:
                return file.read()
        except OSError:
            return None


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = harness.Stack()
        cls.addClassCleanup(cls.stack.remove)
        cls.stack.up("--no-demo")

    def setUp(self):
        self.folder = self.stack.path("demo", self.id().rpartition(".")[2])
        os.makedirs(self.folder)
        self.environment = self.stack.client_environment()
        self.environment.update({name: self.stack.path("acme-ca.pem")
                                 for name in ("CURL_CA_BUNDLE", "SSL_CERT_FILE")})

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def run_client(self, *command):
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=self.environment)
        self.assertEqual(result.returncode, 0,
                         result.stdout + result.stderr + self.stack.last_log_lines())
        return result.stdout

    @contextlib.contextmanager
    def web_server(self):
        """Yields a folder: what is put there is what http-01 finds."""
        challenges = self.path("challenges")
        os.makedirs(challenges)
        responder = acme.Responder(self.stack.http01_port, Files(challenges)).start()
        try:
            yield challenges
        finally:
            responder.stop()

    def verify(self, chain, *names):
        self.run_client("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile",
                        self.stack.path("root.pem"), "-untrusted", chain, chain)
        for name in names:
            answer = self.run_client("openssl", "x509", "-in", chain, "-noout", "-checkhost", name)
            self.assertIn("does match", answer)

    def test_dehydrated(self):
        with self.web_server() as challenges:
            with open(self.path("config"), "w") as file:
                file.write('CA="%s"\nBASEDIR="%s"\nWELLKNOWN="%s"\n'
                           % (self.stack.directory, self.folder, challenges))
            dehydrated = ["dehydrated", "--config", self.path("config")]
            self.run_client(*dehydrated, "--register", "--accept-terms")
            self.run_client(*dehydrated, "--cron", "--domain", "dehydrated.test", "--domain",
                            "www.dehydrated.test")
        self.verify(self.path("certs", "dehydrated.test", "fullchain.pem"), "dehydrated.test",
                    "www.dehydrated.test")

    def test_acme_tiny(self):
        for name in ("account", "tiny"):
            self.run_client("openssl", "genrsa", "-out", self.path(name + ".key"), "2048")
        self.run_client("openssl", "req", "-new", "-key", self.path("tiny.key"), "-subj", "/",
                        "-addext", "subjectAltName=DNS:tiny.test", "-out", self.path("tiny.csr"))
        with self.web_server() as challenges:
            chain = self.run_client(
                "acme-tiny", "--directory-url", self.stack.directory, "--account-key",
                self.path("account.key"), "--csr", self.path("tiny.csr"), "--acme-dir", challenges,
                "--disable-check")
        with open(self.path("chain.pem"), "w") as file:
            file.write(chain)
        self.verify(self.path("chain.pem"), "tiny.test")

    def test_apache_mod_md(self):
        (https_port,) = harness.free_ports(1)
        shutil.copy(self.stack.path("acme-ca.pem"), self.path("ca.pem"))
        with open(self.path("httpd.conf"), "w") as file:
            file.write(APACHE.format(
                folder=self.folder, http01_port=self.stack.http01_port, https_port=https_port,
                modules="/usr/lib/apache2/modules", directory=self.stack.directory,
                ca=self.path("ca.pem")))
        # As somebody who is not root, or it would want to become another user.
        apache = subprocess.Popen(
            ["unshare", "--map-user=1000", "--map-group=1000", "apache2", "-d", self.folder, "-f",
             self.path("httpd.conf"), "-DFOREGROUND"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=self.environment)
        self.addCleanup(apache.communicate)
        self.addCleanup(apache.terminate)
        chain = self.path("md", "staging", "apache.test", "pubcert.pem")
        for _ in range(600):
            if os.path.exists(chain) or apache.poll() is not None:
                break
            time.sleep(0.1)
        if not os.path.exists(chain):
            apache.terminate()
            log = ""
            if os.path.exists(self.path("error.log")):
                with open(self.path("error.log")) as file:
                    log = file.read()
            self.fail("no certificate after a minute\n" + apache.communicate()[0] + log)
        self.verify(chain, "apache.test", "www.apache.test")


if __name__ == "__main__":
    unittest.main()
