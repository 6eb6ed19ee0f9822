#!/usr/bin/env python3
"""Each way of proving control, on the whole stack: stock clients where Debian has
one that can, a small client of the tests where not."""
import base64
import hashlib
import ipaddress
import json
import os
import re
import subprocess
import time
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.harness import acme
from tests.harness import stack as harness


def run(case, command, **more):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, **more)
    case.assertEqual(result.returncode, 0, result.stdout + case.stack.last_log_lines())
    return result.stdout


class Challenges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = harness.Stack()
        cls.addClassCleanup(cls.stack.remove)
        (cls.tls_port,) = harness.free_ports(1)
        cls.stack.up("--no-demo", "--tlsalpn01-port", str(cls.tls_port))
        (cls.dns,) = [row["address"] for name, row in cls.stack.status()[0].items()
                      if name == "dns"]
        with open(cls.stack.path("tsig.key")) as file:
            cls.tsig_name, cls.tsig_secret = re.search(
                r'key "([^"]+)".*secret "([^"]+)"', file.read(), re.S).groups()

    def names_in(self, certificate):
        text = run(self, ["openssl", "x509", "-in", certificate, "-noout", "-ext",
                          "subjectAltName"])
        return set(re.findall(r"(?:DNS|IP Address):[^,\s]+", text))

    def verify(self, certificate, chain):
        run(self, ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile",
                   self.stack.path("root.pem"), "-untrusted", chain, certificate])

    # Stock clients -----------------------------------------------------------------

    def lego(self, *words):
        folder = self.stack.path("demo", "lego-" + hashlib.sha256(repr(words).encode()).hexdigest())
        environment = self.stack.client_environment()
        environment.update({
            "RFC2136_NAMESERVER": self.dns, "RFC2136_TSIG_ALGORITHM": "hmac-sha256.",
            "RFC2136_TSIG_KEY": self.tsig_name, "RFC2136_TSIG_SECRET": self.tsig_secret,
            "RFC2136_TTL": "1", "RFC2136_POLLING_INTERVAL": "1",
            "RFC2136_SEQUENCE_INTERVAL": "2"})
        run(self, ["lego", "--server", self.stack.directory, "--accept-tos", "--email",
                   "somebody@example.test", "--path", folder, *words, "run"], env=environment)
        (certificate,) = [os.path.join(folder, "certificates", name)
                          for name in os.listdir(os.path.join(folder, "certificates"))
                          if name.endswith(".crt") and not name.endswith(".issuer.crt")]
        self.verify(certificate, certificate[:-4] + ".issuer.crt")
        return certificate

    def test_lego_gets_a_name_and_its_wildcard_by_dns_01(self):
        """[VAL-38] [VAL-42]"""
        certificate = self.lego("--dns", "rfc2136", "--dns.disable-cp", "--dns.resolvers",
                                self.dns, "--domains", "lego-dns.test", "--domains",
                                "*.lego-dns.test")
        self.assertEqual(self.names_in(certificate), {"DNS:lego-dns.test", "DNS:*.lego-dns.test"})

    def test_lego_gets_a_name_by_tls_alpn_01(self):
        """[VAL-46] [VAL-47]"""
        certificate = self.lego("--tls", "--tls.port", "127.0.0.1:%d" % self.tls_port, "--domains",
                                "lego-tls.test")
        self.assertEqual(self.names_in(certificate), {"DNS:lego-tls.test"})

    def test_uacme_gets_a_name_by_tls_alpn_01(self):
        """[VAL-46] [VAL-47] [VAL-49]"""
        folder = self.stack.path("demo", "uacme")
        os.makedirs(folder)
        socket = os.path.join(folder, "ualpn.sock")
        # Its hook runs ualpn as it finds it, which would take a socket of the whole machine.
        wrapper = os.path.join(folder, "ualpn")
        with open(os.open(wrapper, os.O_CREAT | os.O_WRONLY, 0o700), "w") as file:
            file.write("#!/bin/sh\nexec /usr/bin/ualpn -s %s \"$@\"\n" % socket)
        environment = self.stack.client_environment()
        environment["PATH"] = folder + ":" + environment["PATH"]
        with open(os.path.join(folder, "ualpn.log"), "w") as log:
            responder = subprocess.Popen(
                ["/usr/bin/ualpn", "-v", "-s", socket, "-p", os.path.join(folder, "ualpn.pid"),
                 # What is no challenge it would pass on to a web server; nobody asks.
                 "-b", "127.0.0.1@%d" % self.tls_port, "-c", "127.0.0.1@9"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        self.addCleanup(responder.wait)
        self.addCleanup(responder.terminate)
        for _ in range(200):
            if os.path.exists(socket):
                break
            time.sleep(0.1)

        # Its TLS library believes the machine's list of authorities, whatever the
        # environment says: in a mount namespace of its own that is the stack's.
        uacme = ["unshare", "--map-root-user", "--mount", "sh", "-ec",
                 "mount --bind \"$1\" /etc/ssl/certs/ca-certificates.crt; shift; exec \"$@\"", "sh",
                 self.stack.path("acme-ca.pem"), "uacme", "--verbose", "--yes", "--confdir", folder,
                 "--acme-url", self.stack.directory, "--type", "EC"]
        run(self, uacme + ["new"], env=environment)
        output = run(self, uacme + ["--hook", "/usr/share/uacme/ualpn.sh", "issue",
                                    "uacme-tls.test"], env=environment)
        self.assertIn("tls-alpn-01", output)
        certificate = os.path.join(folder, "uacme-tls.test", "cert.pem")
        self.verify(certificate, certificate)
        self.assertEqual(self.names_in(certificate), {"DNS:uacme-tls.test"})

    def test_certbot_gets_a_wildcard_by_dns_01(self):
        folder = self.stack.path("demo", "certbot-dns")
        os.makedirs(folder)
        credentials = os.path.join(folder, "rfc2136.ini")
        host, _, port = self.dns.rpartition(":")
        with open(os.open(credentials, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write("dns_rfc2136_server = %s\ndns_rfc2136_port = %s\ndns_rfc2136_name = %s\n"
                       "dns_rfc2136_secret = %s\ndns_rfc2136_algorithm = HMAC-SHA256\n"
                       % (host, port, self.tsig_name, self.tsig_secret))
        run(self, ["certbot", "certonly", "--non-interactive", "--agree-tos",
                   "--register-unsafely-without-email", "--server", self.stack.directory,
                   "--config-dir", folder, "--work-dir", folder, "--logs-dir", folder,
                   "--dns-rfc2136", "--dns-rfc2136-credentials", credentials,
                   "--dns-rfc2136-propagation-seconds", "1", "-d", "*.certbot-dns.test", "-d",
                   "certbot-dns.test"], env=self.stack.client_environment())
        live = os.path.join(folder, "live", "certbot-dns.test")
        self.verify(os.path.join(live, "cert.pem"), os.path.join(live, "chain.pem"))
        self.assertEqual(self.names_in(os.path.join(live, "cert.pem")),
                         {"DNS:certbot-dns.test", "DNS:*.certbot-dns.test"})

    # The tests' own client -----------------------------------------------------------

    def client(self):
        client = acme.Client(self.stack.directory, self.stack.path("acme-ca.pem"))
        client.register()
        return client

    def set_txt(self, name, text):
        host, _, port = self.dns.rpartition(":")
        result = subprocess.run(
            ["nsupdate", "-k", self.stack.path("tsig.key")], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            input="server %s %s\nzone test.\nupdate delete %s. TXT\n"
                  "update add %s. 1 TXT \"%s\"\nsend\n" % (host, port, name, name, text))
        self.assertEqual(result.returncode, 0, result.stdout)

    def order(self, client, *names, profile=None):
        identifiers = []
        for name in names:
            try:
                ipaddress.ip_address(name)
                identifiers.append({"type": "ip", "value": name})
            except ValueError:
                identifiers.append({"type": "dns", "value": name})
        wanted = {"identifiers": identifiers}
        if profile:
            wanted["profile"] = profile
        return client.post(client.urls["newOrder"], wanted)[1]["Location"]

    def validate(self, client, order, method, publish):
        """Answers the challenges of `method`; the authorizations as they end."""
        ends = []
        for url in client.order(order)["authorizations"]:
            authorization = client.post(url)[2]
            (challenge,) = [c for c in authorization["challenges"] if c["type"] == method]
            publish(authorization, challenge)
            client.post(challenge["url"], {})
            for _ in range(200):
                authorization = client.post(url)[2]
                if authorization["status"] != "pending":
                    break
                time.sleep(0.1)
            ends.append(authorization)
        return ends

    def finalize(self, client, url):
        """The order's certificate, verified; its names."""
        order = client.order(url)
        self.assertEqual(order["status"], "ready", order)
        names = [x509.IPAddress(ipaddress.ip_address(one["value"])) if one["type"] == "ip"
                 else x509.DNSName(one["value"]) for one in order["identifiers"]]
        csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(
            x509.SubjectAlternativeName(names), critical=False).sign(
                ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        client.post(order["finalize"],
                    {"csr": acme.base64url(csr.public_bytes(serialization.Encoding.DER))})
        for _ in range(200):
            order = client.order(url)
            if order["status"] != "processing":
                break
            time.sleep(0.1)
        self.assertEqual(order["status"], "valid", order)
        pem = client.post(order["certificate"])[2]
        path = os.path.join(self.stack.folder, "chain-%s.pem" % url.rpartition("/")[2])
        with open(path, "wb") as file:
            file.write(pem if isinstance(pem, bytes) else pem.encode())
        self.verify(path, path)
        return self.names_in(path)

    def digest(self, client, challenge):
        key_authorization = client.key_authorization(challenge["token"])
        return acme.base64url(hashlib.sha256(key_authorization.encode()).digest())

    def test_an_address_by_http_01(self):
        """[VAL-37]"""
        client = self.client()
        url = self.order(client, "127.0.0.1")
        responder = acme.Responder(self.stack.http01_port).start()
        self.addCleanup(responder.stop)

        def publish(authorization, challenge):
            self.assertEqual({c["type"] for c in authorization["challenges"]},
                             {"http-01", "tls-alpn-01"})
            responder.answers[challenge["token"]] = client.key_authorization(challenge["token"])
        self.validate(client, url, "http-01", publish)
        self.assertEqual(self.finalize(client, url), {"IP Address:127.0.0.1"})

    def test_a_wildcard_by_dns_account_01(self):
        """[VAL-54] [VAL-55]"""
        client = self.client()
        url = self.order(client, "*.account.test")
        label = base64.b32encode(
            hashlib.sha256(client.account.encode()).digest()[:10]).decode().lower()

        def publish(_, challenge):
            self.set_txt("_%s._acme-challenge.account.test" % label,
                         self.digest(client, challenge))
        self.validate(client, url, "dns-account-01", publish)
        self.assertEqual(self.finalize(client, url), {"DNS:*.account.test"})

    def test_a_record_that_stays_by_dns_persist_01(self):
        """[VAL-57] [VAL-58] [VAL-62] [VAL-63] [VAL-65] [CAA-33]"""
        client = self.client()
        # The directory names the issuer that the VA and the signer look for: both agree below.
        issuers = client.urls["meta"]["caaIdentities"]

        def publish(authorization, challenge, policy=""):
            self.assertNotIn("token", challenge)
            self.assertEqual(challenge["accounturi"], client.account)
            self.assertEqual(challenge["issuer-domain-names"], issuers)
            self.set_txt("_validation-persist." + authorization["identifier"]["value"],
                         "%s; accounturi=%s%s" % (challenge["issuer-domain-names"][0],
                                                  client.account, policy))
        url = self.order(client, "persist.test", profile="dns-persist")
        self.validate(client, url, "dns-persist-01", publish)
        self.assertEqual(self.finalize(client, url), {"DNS:persist.test"})
        # The record's TTL is a second: the next order looks again.
        again = client.order(self.order(client, "persist.test", profile="dns-persist"))
        self.assertEqual(again["status"], "pending")

        # The same record allows no wildcard; with policy=wildcard it does.
        url = self.order(client, "*.persist.test", profile="dns-persist")
        (end,) = self.validate(client, url, "dns-persist-01", publish)
        self.assertEqual(end["status"], "invalid")
        self.assertIn("policy=wildcard", end["challenges"][0]["error"]["detail"])
        url = self.order(client, "*.persist-wild.test", profile="dns-persist")
        self.validate(client, url, "dns-persist-01",
                      lambda a, c: publish(a, c, policy="; policy=wildcard"))
        self.assertEqual(self.finalize(client, url), {"DNS:*.persist-wild.test"})

    def test_dns_persist_01_is_offered_only_where_the_profile_asks_for_it(self):
        client = self.client()
        order = client.order(self.order(client, "plain.test"))
        challenges = client.post(order["authorizations"][0])[2]["challenges"]
        self.assertEqual([c["type"] for c in challenges],
                         ["http-01", "dns-01", "tls-alpn-01", "dns-account-01"])

    def explain(self, *words, code=0):
        result = self.stack.run("explain-validation", *words, check=False)
        self.assertEqual(result.returncode, code, result.stdout)
        return result.stdout

    def test_an_operator_sees_what_each_perspective_saw(self):
        """[LOG-04] [LOG-05] [LOG-06] [LOG-13] [LOG-15]"""
        client = self.client()
        url = self.order(client, "seen.test")
        self.validate(client, url, "dns-01", lambda _, challenge: self.set_txt(
            "_acme-challenge.seen.test", self.digest(client, challenge)))
        self.finalize(client, url)
        text = self.explain("seen.test")
        self.assertIn(";; seen.test: valid\n;; method: dns-01", text)
        self.assertIn(client.account.rpartition("/")[2], text)
        self.assertEqual(len(re.findall(r"(?m)^  (?:primary|remote-\d) +[A-Z]+.* yes +permits +.*"
                                        r" verified$", text)), 6, text)
        self.assertNotIn("not verified", text)
        self.assertIn("5 more came to the same", text)
        self.assertRegex(text, r"TXT of +_acme-challenge\.seen\.test\n")
        self.assertRegex(text, r"DNS +_acme-challenge\.seen\.test TXT NOERROR, indeterminate, ")

        # The same by each other way in.
        serial, = re.findall(r";; certificate: ([0-9a-f]{32})", text)
        for what in (url, client.order(url)["authorizations"][0], serial, url.rpartition("/")[2]):
            with self.subTest(what=what):
                self.assertEqual(self.explain(what), text)
        record = json.loads(self.explain("seen.test", "--json"))
        self.assertEqual({one["receipt"]["perspective_id"] for one in record["receipts"]},
                         {"primary", *("remote-%d" % i for i in range(1, 6))})
        self.assertEqual({one["signature"] for one in record["receipts"]}, {"verified"})
        self.assertEqual(record["serial"], serial)

    def test_an_operator_sees_why_a_validation_failed(self):
        """[LOG-05] [LOG-06]"""
        client = self.client()
        url = self.order(client, "unseen.test")
        self.validate(client, url, "dns-01",
                      lambda *_: self.set_txt("_acme-challenge.unseen.test", "some\x1b[31mthing"))
        text = self.explain("unseen.test", "--all")
        self.assertIn(";; unseen.test: INVALID\n;; method: dns-01", text)
        self.assertIn(";; problem: incorrectResponse: ", text)
        self.assertGreaterEqual(text.count("NO incorrectResponse"), 1, text)
        self.assertRegex(text, r"found +\S*some\S*31mthing")
        self.assertNotIn("\x1b", text)

        self.assertIn("no authorization for never-asked.test in an order made since",
                      self.explain("never-asked.test", code=3))
        self.assertIn("is no name that can be validated", self.explain("no name", code=1))

    def test_what_goes_wrong_is_said_for_people(self):
        client = self.client()
        url = self.order(client, "wrong.test")
        (end,) = self.validate(client, url, "dns-01",
                               lambda *_: self.set_txt("_acme-challenge.wrong.test", "nonsense"))
        error = end["challenges"][0]["error"]
        self.assertEqual(error["type"], "urn:ietf:params:acme:error:incorrectResponse")
        self.assertIn("_acme-challenge.wrong.test", error["detail"])
        self.assertIn('found: "nonsense"', error["detail"])
        self.assertRegex(error["detail"], r"\(seen by [1-6] of 6 network perspectives")
        self.assertEqual(client.order(url)["status"], "invalid")


if __name__ == "__main__":
    unittest.main()
