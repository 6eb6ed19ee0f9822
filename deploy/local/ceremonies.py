"""The key ceremonies of the local stack: what a CA does once, behind closed doors.

For each root: its key and certificate, two issuers with their signers of OCSP
responses, the first CRL. `ceremony run` makes them as it would for a real CA; only the people are played, with keys in
keys/people/, and the tokens are SoftHSM's. The record of each is in ceremony/.
"""
import datetime
import hashlib
import os
import subprocess
import tempfile

import hierarchy
import softhsm
import yaml_text
from report import Failure

OPERATORS = ("Operator 1", "Operator 2", "Operator 3")
REQUIRED = 2
# The rules ask for an auditor where a root is made; here a key stands in for one.
WITNESS = "Stand-in for the auditor"

# C and O first: dehydrated finds a chain by the CN only where it isn't the first.
SUBJECT = {"country": "XX", "organization": "Cairn local stack"}
ROOTS = {
    "rsa": {"root": {"type": "rsa", "rsa_bits": 4096}, "issuer": {"type": "rsa", "rsa_bits": 2048}},
    "ecdsa": {"root": {"type": "p384"}, "issuer": {"type": "p256"}},
}
ISSUERS_PER_ROOT = 2
ROOT_DAYS, ISSUER_DAYS, CRL_DAYS, OCSP_DAYS = 3650, 1090, 360, 1090
URL = "http://ca.cairn-local.test/%s-root.%s"


def _instant(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Ceremonies:
    def __init__(self, state, programs, token, root_token):
        self._state = state
        self._programs = programs
        self._token = token
        self._root_token = root_token
        self._now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)

    def folder(self, act):
        return self._state.path("ceremony", act)

    def made(self, act, name="certificate.pem"):
        return os.path.join(self.folder(act), "made", name)

    def run_all(self):
        os.makedirs(self._state.path("ceremony"), exist_ok=True)
        os.makedirs(self._state.path("keys", "people"), mode=0o700, exist_ok=True)
        for person in (*OPERATORS, WITNESS):
            hierarchy.make_key(self._key(person), "EC", "P-256")
        for name, keys in ROOTS.items():
            label, root = name.upper(), name + "-root"
            self._perform(root, "Root %s" % label, {"root": {
                "key": {"label": root, **keys["root"]},
                "subject": {**SUBJECT, "common_name": "Cairn local %s root" % label},
                **self._validity(ROOT_DAYS)}})
            for number in range(1, ISSUERS_PER_ROOT + 1):
                issuer = "%s-issuer-%d" % (name, number)
                self._perform(issuer, "Issuer %s %d" % (label, number), {"intermediate": {
                    "signer": self._signer(root),
                    "key": {"generate": {"token": self._named(self._token), "label": issuer,
                                         **keys["issuer"]}},
                    "subject": {**SUBJECT, "common_name": "Cairn local %s issuer %d"
                                % (label, number)},
                    **self._validity(ISSUER_DAYS),
                    "path_length": 0,
                    "extended_key_usage": ["1.3.6.1.5.5.7.3.1"],
                    "policies": ["2.23.140.1.2.1"],
                    "ca_issuers_url": URL % (name, "cer"),
                    "crl_url": URL % (name, "crl")}}, root)
                self._perform(issuer + "-ocsp", "OCSP signer of issuer %s %d" % (label, number),
                              {"ocsp_signer": {
                                  "signer": self._signer(issuer),
                                  "key": {"generate": {"label": issuer + "-ocsp", "type": "p256"}},
                                  "subject": {**SUBJECT, "common_name": "Cairn local %s OCSP %d"
                                              % (label, number)},
                                  **self._validity(OCSP_DAYS)}}, issuer, self._token)
            self._perform(root + "-crl", "First CRL of root %s" % label, {"crl": {
                "signer": self._signer(root),
                "this_update": _instant(self._begin()),
                "next_update": _instant(self._begin() + datetime.timedelta(days=CRL_DAYS)),
                "number": 1,
                "first": True}}, root)

    def _key(self, person):
        return self._state.path("keys", "people", person.replace(" ", "-") + ".key")

    @staticmethod
    def _named(token):
        return {"module": softhsm.MODULE, "label": token.label}

    def _begin(self):
        # What is issued is backdated for clients whose clocks are late, and must not
        # begin before its issuer does; a day before the window's end is the limit.
        return self._now - datetime.timedelta(hours=20)

    def _validity(self, days):
        end = self._begin() + datetime.timedelta(days=days) - datetime.timedelta(seconds=1)
        return {"validity": {"not_before": _instant(self._begin()), "not_after": _instant(end)},
                "serial": self._ceremony("serial")}

    def _signer(self, root):
        with open(self.made(root, "certificate.der"), "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        return {"label": root, "certificate": {"file": root + ".pem", "sha256": digest}}

    def _ceremony(self, *words):
        result = subprocess.run([self._programs.path("ceremony"), *words],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True,
                                env={"PATH": os.environ["PATH"], **self._token.environment})
        if result.returncode != 0:
            raise Failure("ceremony %s failed: %s" % (words[0], result.stdout.strip()[-2000:]))
        return result.stdout.strip()

    def _person(self, person, **more):
        key = self._ceremony("public-key", "--key", self._key(person))
        return {"name": person, "public_key": key, **more}

    def _perform(self, act, title, what, signer=None, token=None):
        """Plan, approvals, the act itself, attestations, and the auditor's look at all of it.

        signer: the act that made the certificate of who signs; token: where its key is.
        """
        token = token or self._root_token
        window = {"begin": _instant(self._now - datetime.timedelta(minutes=5)),
                  "end": _instant(self._now + datetime.timedelta(hours=3))}
        plan = {"title": "Cairn local stack: " + title, "policy_pack": "webpki",
                "local_stack": True, "window": window,
                "operators": {"required": REQUIRED,
                              "people": [self._person(person) for person in OPERATORS]},
                "witnesses": [self._person(WITNESS, qualified_auditor=True)],
                "token": self._named(token), **what}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "plan.yaml")
            with open(path, "w") as file:
                file.write(yaml_text.dump(plan))
            if signer:
                with open(self.made(signer)) as source, \
                        open(os.path.join(folder, signer + ".pem"), "w") as target:
                    target.write(source.read())
            words = []
            for person in OPERATORS[:REQUIRED]:
                approval = os.path.join(folder, person)
                self._ceremony("approve", path, "--key", self._key(person), "--out", approval)
                words += ["--approval", approval]
            self._ceremony("run", path, *words, "--pin", token.pin_file,
                           "--new-key-pin", self._token.pin_file, "--out", self.folder(act))
        for person in (*OPERATORS[:REQUIRED], WITNESS):
            self._ceremony("attest", self.folder(act), "--key", self._key(person))
        self._ceremony("verify", self.folder(act), "--accept", "local-stack")
