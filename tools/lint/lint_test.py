"""The command `lint`, run as people do: on files, with its exit codes."""
import base64
import json
import os
import re
import subprocess
import tempfile
import unittest

LINT = "tools/lint/lint"
VECTORS = "libs/lint/testdata"


def vector(lint, name):
    return os.path.join(VECTORS, lint, name + ".txt")


def run(*words, stdin=None):
    done = subprocess.run([LINT, *words], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def der_of(path):
    with open(path, encoding="ascii") as file:
        text = re.search("-----BEGIN CERTIFICATE-----(.*?)-----END", file.read(), re.S).group(1)
    return base64.b64decode(text)


class Lint(unittest.TestCase):
    def test_a_good_certificate_exits_0(self):
        code, out, err = run(vector("e_ext_san_missing", "pass"))
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"pass.txt\[1\]: subscriber, webpki rules of 2026-11-26T11:00:00Z: "
                              r"0 findings, \d{3} passed, \d+ skipped\n$")

    def test_a_bad_one_exits_1_and_says_why(self):
        code, out, _ = run(vector("e_ext_san_missing", "fail"))
        self.assertEqual(code, 1)
        self.assertIn("error    e_ext_san_missing", out)
        self.assertIn("LINT-44", out)
        self.assertIn("BR 7.1.2.7.12", out)

    def test_json_is_one_object_for_each_certificate(self):
        code, out, _ = run("--json", vector("e_ext_san_missing", "fail"), vector("e_ext_san_missing", "pass"))
        self.assertEqual(code, 1)
        bad, good = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([finding["lint"] for finding in bad["findings"]], ["e_ext_san_missing"])
        self.assertEqual(good["findings"], [])
        self.assertEqual(good["version"], bad["version"])
        self.assertNotEqual(good["digest"], bad["digest"])
        self.assertIn("e_key_blocklisted", good["skipped"])

    def test_der_and_standard_input(self):
        der = der_of(vector("e_ext_san_missing", "fail"))
        with tempfile.NamedTemporaryFile(suffix=".der") as file:
            file.write(der)
            file.flush()
            self.assertEqual(run(file.name)[0], 1)
        code, out, _ = run("-", stdin=der)
        self.assertEqual(code, 1)
        self.assertIn("-[1]: subscriber", out)

    def test_a_file_may_hold_a_chain(self):
        chain = b"".join(open(os.path.join(VECTORS, name + ".pem"), "rb").read()
                         for name in ("issuer_ec", "issuer_root"))
        code, out, _ = run("--json", "-", stdin=chain)
        self.assertEqual(code, 0)
        self.assertEqual([json.loads(line)["kind"] for line in out.splitlines()],
                         ["subordinate_ca", "root"])

    def test_the_options_bring_what_lints_need(self):
        names = ("--public_suffixes", os.path.join(VECTORS, "public_suffixes.txt"),
                 "--key_blocklist", os.path.join(VECTORS, "blocklist.txt"),
                 "--issuer", os.path.join(VECTORS, "issuer_ec.pem"))
        for lint in ("e_dnsname_not_valid_tld", "e_key_blocklisted", "e_authority_key_identifier_not_of_issuer"):
            self.assertEqual(run(vector(lint, "fail"))[0], 0, lint)
            code, out, _ = run(*names, vector(lint, "fail"))
            self.assertEqual(code, 1, lint)
            self.assertIn(lint, out)

    def test_a_precertificate_is_compared_with(self):
        both = vector("e_certificate_differs_from_precertificate", "fail")
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            with open(both, encoding="ascii") as text:
                file.write(text.read().split("-----END CERTIFICATE-----")[1].replace("PRECERTIFICATE", "CERTIFICATE"))
            file.flush()
            code, out, _ = run("--precertificate", file.name, both)
        self.assertEqual(code, 1)
        self.assertIn("the serial numbers differ", out)

    def test_policy_kind_and_time_can_be_chosen(self):
        long = vector("e_server_cert_valid_time_longer_than_47_days", "pass")
        day = ("--at", "2029-03-15T00:00:00Z")
        self.assertEqual(run(*day, long)[0], 1)
        self.assertEqual(run(*day, "--allow", "w_server_cert_valid_time_longer_than_46_days", long)[0], 0)
        self.assertEqual(run(*day, "--policy", "private", long)[0], 0)
        # Without --at the rules are those of notBefore, an hour before.
        self.assertEqual(run(long)[0], 0)
        code, out, _ = run("--kind", "root", "--json", vector("e_ext_san_missing", "pass"))
        self.assertEqual(code, 1)
        self.assertEqual(json.loads(out)["kind"], "root")

    def test_crls_and_ocsp_responses_are_recognised(self):
        for lint, kind in (("e_crl_delta", "crl"), ("e_ocsp_response_type", "ocsp_response")):
            self.assertEqual(json.loads(run("--json", vector(lint, "pass"))[1])["kind"], kind)
            self.assertEqual(run(vector(lint, "fail"))[0], 1)

    def test_garbage_is_a_finding_or_an_error_but_no_crash(self):
        self.assertEqual(run("-", stdin=b"\x30\x80garbage")[0], 1)
        self.assertEqual(run("-", stdin=b"garbage")[0], 2)
        self.assertEqual(run("/no/such/file")[0], 2)
        code, out, err = run("/no/such/file", vector("e_ext_san_missing", "pass"))
        self.assertEqual(code, 2)
        self.assertIn("1]: subscriber", out)
        self.assertIn("/no/such/file: can't be read", err)

    def test_a_wrong_command_line_exits_2(self):
        for words in ((), ("--kind", "leaf", "x"), ("--allow", "w_no_such_lint", "x"),
                      ("--allow", "e_ext_san_missing", "x"), ("--issuer", "/no/such/file", "x"), ("--what",)):
            code, out, err = run(*words)
            self.assertEqual((code, out), (2, ""), words)
            self.assertIn("lint: ", err)

    def test_help_and_list(self):
        code, out, _ = run("--help")
        self.assertEqual(code, 0)
        self.assertIn("usage: lint", out)
        code, out, _ = run("--list")
        self.assertEqual(code, 0)
        self.assertIn("e_client_auth_not_allowed", out)
        self.assertIn("from 2027-03-15", out)
        rows = [json.loads(line) for line in run("--list", "--json")[1].splitlines()]
        folders = [name for name in os.listdir(VECTORS) if re.match("[ewn]_", name)]
        self.assertEqual(sorted(row["lint"] for row in rows), sorted(folders))


if __name__ == "__main__":
    unittest.main()
