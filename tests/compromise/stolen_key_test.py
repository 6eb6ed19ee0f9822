"""A thief of an issuer's key signs without the CA: the watch over the CT logs finds it."""
import base64
import json
import os
import subprocess
import time
import unittest
import urllib.request

from tests.harness import acme
from tests.harness import plain_dns
from tests.harness import stack as harness

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
ISSUER = "ecdsa-issuer-1"
LOGS = {"oak", "elm", "fir", "ash"}
TEMPLATE = 'cn = "%s"\ndns_name = "%s"\nexpiration_days = 5\ntls_www_server\nsigning_key\n'


def der_of(path):
    """The first certificate of a PEM file, in base64."""
    with open(path) as file:
        body = file.read().split("-----BEGIN CERTIFICATE-----")[1]
    return "".join(body.split("-----END CERTIFICATE-----")[0].split())


class StolenKey(unittest.TestCase):
    def setUp(self):
        dns = plain_dns.PlainDns()
        self.addCleanup(dns.close)
        self.stack = harness.Stack()
        self.addCleanup(self.stack.remove)
        self.stack.up("--no-demo", *dns.up_options())
        with open(self.stack.path("ct", "log_list.json")) as file:
            self.logs = {log["description"]: log["url"]
                         for operator in json.load(file)["operators"] for log in operator["logs"]}

    def lines(self, event):
        with open(self.stack.path("logs", "ra.log")) as file:
            found = [json.loads(line) for line in file if line.startswith("{")]
        return [line for line in found if line.get("event") == event]

    def wait(self, what, seconds=60):
        """What `what` returns, once that is not empty."""
        until = time.monotonic() + seconds
        while True:
            found = what()
            if found or time.monotonic() > until:
                self.assertTrue(found, self.stack.last_log_lines())
                return found
            time.sleep(0.1)

    def metric(self, name):
        """The sum over its labels."""
        with open(self.stack.path("targets.json")) as file:
            address = json.load(file)["ra"]["metrics"]
        with urllib.request.urlopen("http://%s/metrics" % address, timeout=10) as response:
            text = response.read().decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith((name + " ", name + "{")))

    def made(self, act):
        return self.stack.path("ceremony", act, "made", "certificate.pem")

    def forge(self, name):
        """A certificate for `name`, made with the issuer's key in the token, in base64."""
        key, template, out = (self.stack.path(f) for f in ("rogue.key", "rogue.tmpl", "rogue.pem"))
        with open(template, "w") as file:
            file.write(TEMPLATE % (name, name))
        with open(self.stack.path("keys", "token.pin")) as file:
            environment = dict(os.environ, GNUTLS_PIN=file.read().strip(),
                               SOFTHSM2_CONF=self.stack.path("token", "softhsm2.conf"))
        for command in (
                ["certtool", "--generate-privkey", "--key-type", "ecdsa", "--outfile", key],
                ["certtool", "--provider", SOFTHSM, "--generate-certificate", "--template", template,
                 "--load-privkey", key, "--load-ca-certificate", self.made(ISSUER),
                 "--load-ca-privkey", "pkcs11:token=cairn-local;object=%s;type=private" % ISSUER,
                 "--outfile", out],
                ["openssl", "verify", "-CAfile", self.stack.path("root.pem"), "-untrusted",
                 self.made(ISSUER), out]):
            result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.assertEqual(result.returncode, 0, result.stdout)
        return der_of(out)

    def submit(self, log, leaf):
        body = {"chain": [leaf, der_of(self.made(ISSUER)), der_of(self.made("ecdsa-root"))]}
        request = urllib.request.Request(
            self.logs[log] + "ct/v1/add-chain", data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()

    def test_what_the_thief_signs_is_found_in_the_logs(self):
        """[CT-21] and what the CA itself has issued raises no alarm"""
        self.wait(lambda: {line["log"] for line in self.lines("ct_log_watched")} == LOGS)
        responder = acme.Responder(self.stack.http01_port)
        responder.start()
        self.addCleanup(responder.stop)
        client = acme.Client(self.stack.directory, self.stack.path("acme-ca.pem"))
        client.register()
        client.issue(responder, "honest.cairn-check.org")
        # Two logs have the precertificate, one has the certificate.
        self.wait(lambda: self.metric("cairn_ra_log_entries_read_total") == 3)
        self.assertEqual(self.lines("log_entry_unexplained"), [])

        rogue = self.forge("victim.cairn-check.org")
        self.submit("oak", rogue)
        self.wait(lambda: self.metric("cairn_ra_log_entries_unexplained_total") == 1)
        alarms = [line for line in self.lines("log_entry_unexplained") if line.get("audit")]
        self.assertEqual(len(alarms), 1, alarms)
        alarm = alarms[0]["log_entry_unexplained"]
        self.assertEqual(alarm["log"], "oak")
        self.assertEqual(alarm["certificate"], base64.b64decode(rogue).hex())
        # Whoever reads the log, not the audit, is told what to do.
        told = [line for line in self.lines("log_entry_unexplained") if not line.get("audit")]
        self.assertEqual(len(told), 1, told)
        self.assertEqual(told[0]["level"], "error")
        self.assertIn("stop issuance", told[0]["what_to_do"])


if __name__ == "__main__":
    unittest.main()
