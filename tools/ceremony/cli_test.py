#!/usr/bin/env python3
"""The program itself, on SoftHSM tokens: every act in the order of a CA's life."""
import datetime
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.path.abspath("tools/ceremony/ceremony")
TOKEN_PROGRAM = os.path.abspath("deploy/local/token/token")
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PEOPLE = {"Ann": "ED25519", "Ben": "EC", "Cem": "EC", "Wim": "EC"}


def instant(time_):
    return time_.strftime("%Y-%m-%dT%H:%M:%SZ")


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cairn-ceremony.")
        self.addCleanup(shutil.rmtree, self.folder)
        self.now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        for name, algorithm in PEOPLE.items():
            words = ["-pkeyopt", "ec_paramgen_curve:P-384"] if algorithm == "EC" else []
            subprocess.run(["openssl", "genpkey", "-algorithm", algorithm, *words, "-out",
                            self.path(name)], check=True, stderr=subprocess.DEVNULL)
            os.chmod(self.path(name), 0o600)
        os.mkdir(self.path("tokens"), 0o700)
        with open(self.path("conf"), "w") as file:
            file.write("directories.tokendir = %s\nlog.level = ERROR\n" % self.path("tokens"))
        self.environment = {"PATH": os.environ["PATH"], "SOFTHSM2_CONF": self.path("conf")}
        for name in ("pin", "so-pin"):
            self.write(name, "0123456789abcdef")
        for label in ("roots", "issuers"):
            subprocess.run([TOKEN_PROGRAM, "--module", MODULE, "--label", label, "--so_pin",
                            self.path("so-pin"), "--pin", self.path("pin")], check=True,
                           env=self.environment)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        os.chmod(self.path(name), 0o600)
        return self.path(name)

    def ceremony(self, *words, code=0):
        result = subprocess.run([PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=self.environment)
        self.assertEqual(result.returncode, code, "%s\n%s%s" % (words, result.stdout, result.stderr))
        return result.stdout + result.stderr

    def plan(self, name, act, policy="private"):
        people = {person: self.ceremony("public-key", "--key", self.path(person)).strip()
                  for person in PEOPLE}
        operators = "".join("    - {name: %s, public_key: %s}\n" % (person, people[person])
                            for person in ("Ann", "Ben", "Cem"))
        return self.write(name + ".yaml", """title: %s
policy_pack: %s
window: {begin: "%s", end: "%s"}
operators:
  required: 2
  people:
%switnesses:
  - {name: Wim, public_key: %s}
token: {module: %s, label: roots}
%s
""" % (name, policy, instant(self.now - datetime.timedelta(minutes=5)),
            instant(self.now + datetime.timedelta(hours=2)), operators, people["Wim"], MODULE, act))

    def validity(self, days):
        return "validity: {not_before: \"%s\", not_after: \"%s\"}\n  serial: %s" % (
            instant(self.now - datetime.timedelta(minutes=10)),
            instant(self.now + datetime.timedelta(days=days)), self.ceremony("serial").strip())

    def file(self, path, name):
        """Puts a certificate or CRL beside the plans; how a plan names it."""
        for ending in ("pem", "der"):
            shutil.copy("%s.%s" % (path, ending), self.path("%s.%s" % (name, ending)))
        with open(path + ".der", "rb") as file:
            return "{file: %s.pem, sha256: %s}" % (name, hashlib.sha256(file.read()).hexdigest())

    def approvals(self, plan, people=("Ann", "Cem")):
        words = []
        for person in people:
            path = "%s.%s.approval" % (plan, person)
            self.ceremony("approve", plan, "--key", self.path(person), "--out", path)
            words += ["--approval", path]
        return words

    def run_words(self, plan, folder):
        return ["run", plan, *self.approvals(plan), "--pin", self.path("pin"), "--new-key-pin",
                self.path("pin"), "--out", folder]

    def perform(self, plan):
        """Rehearsal, approvals, the act, attestations, the auditor's look."""
        rehearsal, folder = plan + ".rehearsal", plan + ".folder"
        self.ceremony("rehearse", plan, "--out", rehearsal)
        self.ceremony("verify", rehearsal, "--accept", "rehearsal")
        self.ceremony("verify", rehearsal, code=1)
        self.assertIn("done: " + folder, self.ceremony(*self.run_words(plan, folder)))
        self.ceremony("verify", folder, code=1)
        for person in ("Ann", "Ben", "Wim"):
            self.ceremony("attest", folder, "--key", self.path(person))
        self.assertIn("all is right", self.ceremony("verify", folder))
        return folder

    def root(self, name="r1", policy="private"):
        return self.plan(name, """root:
  key: {label: %s, type: p384}
  subject: {country: XX, organization: Example, common_name: Root %s}
  %s""" % (name, name, self.validity(4000)), policy)


class Life(Case):
    def test_every_act_of_a_hierarchy_on_softhsm(self):
        """[ROOT-09] [ROOT-11] [ROOT-12] [ROOT-23] [ROOT-25] [ROOT-26]"""
        root = self.perform(self.root()) + "/made/certificate"
        signer = "signer: {label: r1, certificate: %s}" % self.file(root, "root")
        issuer = self.perform(self.plan("t1", """intermediate:
  %s
  key: {generate: {token: {module: %s, label: issuers}, label: t1, type: rsa, rsa_bits: 2048}}
  subject: {country: XX, organization: Example, common_name: TLS 1}
  %s
  path_length: 0
  extended_key_usage: [1.3.6.1.5.5.7.3.1]
  policies: [2.23.140.1.2.1]
  crl_url: http://ca.example/r1.crl""" % (signer, MODULE, self.validity(900))))
        second = self.perform(self.root("r2"))
        cross = self.perform(self.plan("cross", """cross:
  %s
  existing: %s
  %s
  extended_key_usage: [1.3.6.1.5.5.7.3.1]
  policies: [2.23.140.1.2.1]
  crl_url: http://ca.example/r1.crl""" % (
            signer, self.file(second + "/made/certificate", "second"), self.validity(900))))
        ocsp = self.perform(self.plan("ocsp", """ocsp_signer:
  %s
  key: {generate: {label: ocsp, type: p256}}
  subject: {country: XX, organization: Example, common_name: OCSP R1}
  %s""" % (signer, self.validity(300))))
        for folder in (issuer, cross, ocsp):
            subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", root + ".pem",
                            folder + "/made/certificate.pem"], check=True,
                           stdout=subprocess.DEVNULL)

        first = self.perform(self.plan("crl1", self.crl(signer, 1, "first: true")))
        crl = self.perform(self.plan("crl2", self.crl(
            signer, 2, "previous: %s\n  revoked:\n    - {serial: \"%s\", revoked_at: \"%s\", reason: "
            "superseded}" % (self.file(first + "/made/crl", "first"), self.serial(issuer),
                             instant(self.now - datetime.timedelta(minutes=7))), minutes=6)))
        revoked = subprocess.run(
            ["openssl", "verify", "-crl_check", "-CAfile", root + ".pem", "-CRLfile",
             crl + "/made/crl.pem", issuer + "/made/certificate.pem"], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self.assertIn("certificate revoked", revoked.stdout)

        with open(second + "/made/disclosure.json") as file:
            key = json.load(file)["public_key_sha256"]
        self.perform(self.plan("end", """destroy:
  label: r2
  public_key_sha256: "%s"
  reason: the end of a test
  other_copies: there are none
  nothing_left_to_revoke: true""" % key))
        # It is gone: the same plan under another title finds nothing.
        again = self.write("again.yaml", open(self.path("end.yaml")).read().replace(
            "title: end", "title: again"))
        self.assertIn("ceremony: ", self.ceremony(*self.run_words(again, again + ".folder"), code=3))

    def crl(self, signer, number, previous, minutes=8):
        return """crl:
  %s
  this_update: "%s"
  next_update: "%s"
  number: %d
  %s""" % (signer, instant(self.now - datetime.timedelta(minutes=minutes)),
           instant(self.now + datetime.timedelta(days=300)), number, previous)

    @staticmethod
    def serial(folder):
        return subprocess.run(["openssl", "x509", "-in", folder + "/made/certificate.pem", "-noout",
                               "-serial"], check=True, stdout=subprocess.PIPE,
                              text=True).stdout.strip().partition("=")[2].lower()


class Refusals(Case):
    def test_the_command_line(self):
        self.assertIn("usage: ceremony COMMAND", self.ceremony("--help"))
        self.assertRegex(self.ceremony("--version"), r"^ceremony \d+\.\d+\.\d+\n$")
        for command in ("public-key", "serial", "plan", "approve", "rehearse", "run", "attest",
                        "verify"):
            self.assertIn("usage: ceremony %s " % command, self.ceremony(command, "--help"))
        for words in ([], ["unknown"], ["plan"], ["plan", "a", "b"], ["plan", "a", "--key", "b"],
                      ["run", "a"], ["run", "a", "--pin"], ["approve", "a", "--key", "b"],
                      ["verify", "a", "--accept", "anything"], ["public-key"],
                      ["run", "a", "--out", "b", "--pin", "c", "--pin", "d"]):
            self.ceremony(*words, code=2)
        self.ceremony("plan", self.path("no-such.yaml"), code=3)
        self.ceremony("verify", self.path("no-such-folder"), code=3)
        self.ceremony("public-key", "--key", self.path("no-such-key"), code=3)

    def test_serials_differ_and_may_be_drawn_with_a_token(self):
        """[ROOT-25] At least 64 random bits, and a positive number below 2^159."""
        serials = {self.ceremony("serial") for _ in range(5)}
        serials |= {self.ceremony("serial", "--module", MODULE, "--token", "roots", "--pin",
                                  self.path("pin")) for _ in range(2)}
        self.assertEqual(len(serials), 7)
        for serial in serials:
            self.assertRegex(serial, "^(0[1-9a-f]|[1-7][0-9a-f])[0-9a-f]{38}\n$")

    def test_a_plan_is_shown_for_eyes_and_for_programs(self):
        plan = self.root()
        text = self.ceremony("plan", plan)
        with open(plan, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        self.assertIn(" ".join(re.findall("....", digest[:32])), text)
        shown = json.loads(self.ceremony("plan", plan, "--json"))
        self.assertEqual(shown["plan_sha256"], digest)
        self.assertIn({"section": "certificate", "name": "subject",
                       "value": "C=XX, O=Example, CN=Root r1"}, shown["rows"])

    def test_without_the_right_approvals_nothing_is_made(self):
        """[ROOT-03] [ROOT-06]"""
        plan = self.root()
        folder = self.path("out")
        pin = ["--pin", self.path("pin"), "--out", folder]
        approvals = self.approvals(plan, ("Ann", "Ben"))
        self.assertIn("0 of 3 operators", self.ceremony("run", plan, *pin, code=1))
        self.assertIn("1 of 3 operators", self.ceremony("run", plan, *approvals[:2], *pin, code=1))
        self.assertIn("twice", self.ceremony("run", plan, *approvals[:2], *approvals[:2], *pin,
                                             code=1))
        self.assertIn("of no operator", self.ceremony(
            "approve", plan, "--key", self.path("Wim"), "--out", self.path("wim"), code=1))
        with open(plan, "a") as file:
            file.write("# a remark\n")
        self.assertIn("for another plan", self.ceremony("run", plan, *approvals, *pin, code=1))
        self.assertFalse(os.path.exists(folder))

    def test_software_tokens_hold_no_keys_of_the_web_pki(self):
        """[ROOT-04]"""
        plan = self.root(policy="webpki")
        self.assertIn("ROOT-04", self.ceremony("plan", plan, code=1))
        with open(plan) as file:
            text = file.read().replace("label: roots}", "label: roots, validation: FIPS 140-3}")
        plan = self.write("claims.yaml", text.replace("policy_pack", "filmed: true\npolicy_pack"))
        self.ceremony("plan", plan)
        self.assertIn("software token", self.ceremony(*self.run_words(plan, self.path("out")),
                                                      code=3))

    def test_pins_are_files_of_their_owner_alone(self):
        plan = self.root()
        words = self.run_words(plan, self.path("out"))
        os.chmod(self.path("pin"), 0o644)
        self.ceremony(*words, code=3)
        os.chmod(self.path("pin"), 0o600)
        self.write("pin", "another pin")
        words[-1] = self.path("out2")
        self.ceremony(*words, code=3)

    def test_a_ceremony_that_is_killed_is_seen_to_have_ended_early(self):
        plan = self.plan("slow", "key:\n  key: {label: slow, type: rsa, rsa_bits: 4096}")
        folder = self.path("out")
        words = self.run_words(plan, folder)
        with subprocess.Popen([PROGRAM, *words], stdout=subprocess.DEVNULL,
                              env=self.environment) as process:
            transcript = os.path.join(folder, "transcript.jsonl")
            while process.poll() is None:
                if os.path.exists(transcript) and '"labels"' in open(transcript).read():
                    break
                time.sleep(0.005)
            # A 4096-bit key takes longer than a look at a file.
            process.send_signal(signal.SIGKILL)
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertRegex(self.ceremony("verify", folder, code=1),
                         r"FAIL  the transcript's chain: (it ends early|line \d+ was torn off)")
        self.assertIn("chain", self.ceremony("attest", folder, "--key", self.path("Ann"), code=1))
        self.assertIn("exists", self.ceremony(*words, code=3))

    def test_nobody_attests_twice_nor_what_is_wrong(self):
        plan = self.root()
        folder = self.path("out")
        self.ceremony(*self.run_words(plan, folder))
        self.write("stranger", subprocess.run(
            ["openssl", "genpkey", "-algorithm", "ED25519"], check=True, stdout=subprocess.PIPE,
            text=True).stdout)
        self.assertIn("of nobody", self.ceremony("attest", folder, "--key", self.path("stranger"),
                                                 code=1))
        self.ceremony("attest", folder, "--key", self.path("Ann"))
        self.ceremony("attest", folder, "--key", self.path("Ann"), code=3)
        path = glob.glob(folder + "/made/certificate.der")[0]
        with open(path, "r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"x")
        self.assertIn("certificate.der", self.ceremony("attest", folder, "--key", self.path("Ben"),
                                                       code=1))
        report = json.loads(self.ceremony("verify", folder, "--json", code=1))
        self.assertFalse(report["ok"])


if __name__ == "__main__":
    unittest.main()
