#!/usr/bin/env python3
"""Every certificate of the internal CA against every method of every service.

Plays a service that was taken over: it has a valid certificate, of the wrong
role. The table is written here again, from the design, on purpose.
"""
import collections
import json
import os
import subprocess
import unittest
import urllib.request

from tests.harness import stack as harness

UNIMPLEMENTED, PERMISSION_DENIED = 12, 7

# Process and service, or method of it, and who may call it. What a process doesn't
# serve is denied to all, as is everything that isn't here.
ALLOWED = {
    ("wfe", "cairn.wfe.v1.Nonces"): {"wfe"},
    ("ra", "cairn.ra.v1.Registration"): {"wfe"},
    ("sa", "cairn.sa.v1.AccountReader"): {"wfe", "ra"},
    ("sa", "cairn.sa.v1.OrderReader"): {"wfe", "ra"},
    ("sa", "cairn.sa.v1.AccountWriter"): {"ra"},
    ("sa", "cairn.sa.v1.OrderWriter"): {"ra"},
    ("sa", "cairn.sa.v1.LogQueue"): {"ra"},
    ("sa", "cairn.sa.v1.LogWatch"): {"ra"},
    ("sa", "cairn.sa.v1.EvidenceReader"): {"admin"},
    ("va", "cairn.va.v1.Validation"): {"ra"},
    ("remote-1", "cairn.va.v1.Perspective"): {"va"},
    ("ca", "cairn.ca.v1.Signer"): {"ra"},
    ("ca", "cairn.ca.v1.Journal"): {"ra"},
    ("ca", "cairn.ca.v1.StatusSigner/Revoke"): {"ra"},
    ("ca", "cairn.ca.v1.StatusSigner/SignCrl"): {"crl-updater"},
    ("ca", "cairn.ca.v1.StatusSigner/SignOcspResponses"): {"ra"},
    ("publisher", "cairn.publisher.v1.Publisher"): {"ra"},
}
CALLERS = {"wfe", "ra", "va", "ca", "sa", "publisher", "crl-updater", "status", "admin",
           "remote-1"}


def allowed(process, method):
    """Who may call the method, by the table above."""
    return ALLOWED.get((process, method), ALLOWED.get((process, method.split("/")[0]), set()))


class Callers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = harness.Stack()
        cls.addClassCleanup(cls.stack.remove)
        # All services: the publisher runs for the web PKI only.
        cls.stack.up("--no-demo", "--policy", "webpki")
        with open(cls.stack.path("targets.json")) as file:
            targets = cls.targets = json.load(file)
        names = ["wfe", "ra", "sa", "va", "ca", "publisher", "remote-1"]
        result = subprocess.run(
            [os.path.join("tests", "compromise", "call_everything"), cls.stack.state]
            + ["%s=%s=%s" % (n, targets[n]["address"], targets[n]["tls_name"]) for n in names],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True)
        cls.rows = []
        for line in result.stdout.splitlines():
            caller, process, method, code = line.split()
            cls.rows.append((caller, process, method, int(code)))

    def test_the_table_of_callers_and_methods(self):
        """[NSR-04] denied by default; allowed where the design says so."""
        for caller, process, method, code in self.rows:
            with self.subTest(caller=caller, process=process, method=method):
                if caller in allowed(process, method):
                    self.assertNotIn(code, (PERMISSION_DENIED, UNIMPLEMENTED))
                else:
                    self.assertIn(code, (PERMISSION_DENIED, UNIMPLEMENTED))

    def test_the_table_is_complete(self):
        seen = collections.defaultdict(set)
        for caller, process, method, _ in self.rows:
            seen[(process, method.split("/")[0])].add(caller)
            seen[(process, method)].add(caller)
        for key in ALLOWED:
            self.assertEqual(seen[key], CALLERS, key)

    def test_refusals_of_the_signer_are_audited(self):
        """Who called what, by the name in his certificate; a flood is only counted."""
        with open(self.stack.path("logs", "ca.log")) as log:
            events = [json.loads(line) for line in log if line.startswith('{"audit":true')]
        audited = [(event["call_refused"]["caller"].partition(".")[0],
                    event["call_refused"]["method"].lstrip("/"))
                   for event in events if event["event"] == "call_refused"]
        refused = {(caller, method) for caller, process, method, _ in self.rows
                   if process == "ca" and caller not in allowed(process, method)}
        self.assertTrue(audited)
        self.assertLessEqual(set(audited), refused)
        self.assertEqual(len(set(audited)), len(audited))
        metrics = self.metrics("ca")
        self.assertEqual(metrics["cairn_rpc_refused_total"], len(refused))
        self.assertEqual(metrics["cairn_rpc_refused_unaudited_total"],
                         len(refused) - len(audited))
        # At least as many a second as libs/service writes.
        self.assertGreaterEqual(len(audited), min(10, len(refused)))

    def metrics(self, process):
        with urllib.request.urlopen(
                "http://%s/metrics" % self.targets[process]["metrics"], timeout=10) as answer:
            words = [line.split() for line in answer.read().decode().splitlines()
                     if not line.startswith("#")]
        return {name: float(value) for name, value in words}


if __name__ == "__main__":
    unittest.main()
