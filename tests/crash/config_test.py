#!/usr/bin/env python3
"""A configuration that is wrong: each service says where, and does not start."""
import os
import re
import subprocess
import time
import unittest

from tests.crash import world as worlds

SERVICES = ["wfe", "ra", "va", "ca", "sa", "remote-1"]
# A file of each whose content is a secret, by its field.
SECRETS = {"wfe": "nonce_key_file", "ra": "key", "va": "receipt_key", "ca": "pin_file",
           "sa": "password_file", "remote-1": "receipt_key"}


class Configuration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = worlds.World()
        cls.addClassCleanup(cls.world.remove)

    def text(self, name):
        with open(self.world.config(name)) as file:
            return file.read()

    def run_with(self, name, text, *flags):
        """Exit code and output of the service, with this for its configuration."""
        path = os.path.join(self.world.stack.folder, name + "-changed.yaml")
        with open(path, "w") as file:
            file.write(text)
        result = subprocess.run(
            [self.world.command(name)[0], "--config", path, *flags], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
            env=self.world.environment(name))
        return result.returncode, result.stdout

    def assert_refused(self, name, text, pattern):
        for flags in ([], ["--check_config"]):
            code, output = self.run_with(name, text, *flags)
            self.assertEqual(code, 2, output)
            self.assertRegex(output, pattern)
            self.assertNotIn('"listening"', output)

    def test_what_up_writes_is_right(self):
        for name in SERVICES:
            with self.subTest(service=name):
                self.assertEqual(self.run_with(name, self.text(name), "--check_config")[0], 0)

    def test_an_unknown_key(self):
        for name in SERVICES:
            with self.subTest(service=name):
                text = self.text(name)
                line = text.count("\n") + 1
                self.assert_refused(name, text + "no_such_thing: 1\n",
                                    r'changed\.yaml:%d:1: .*"no_such_thing"' % line)

    def test_a_wrong_type(self):
        for name in SERVICES:
            with self.subTest(service=name):
                lines = self.text(name).splitlines()
                number = next(i for i, line in enumerate(lines) if line.startswith("common:"))
                lines.insert(number + 1, "  worker_queue: lots")
                text = re.sub(r"(?m)^  worker_queue: [0-9]+\n", "", "\n".join(lines) + "\n")
                self.assert_refused(name, text,
                                    r'changed\.yaml:%d:[0-9]+: .*"lots"' % (number + 2))

    def test_a_file_that_is_missing(self):
        for name in SERVICES:
            with self.subTest(service=name):
                text, count = re.subn(r'(?m)^( +certificate: ).*$', r'\1"/nowhere/at-all.pem"',
                                      self.text(name), count=1)
                self.assertEqual(count, 1)
                self.assert_refused(name, text, r"changed\.yaml:[0-9]+:[0-9]+: common\.tls\.certificate: "
                                    r"/nowhere/at-all\.pem")

    def test_a_secret_that_others_may_read(self):
        for name in SERVICES:
            with self.subTest(service=name):
                field = SECRETS[name]
                path = re.search(r'(?m)^[ -]*%s: "?([^"\n]+)"?$' % field, self.text(name)).group(1)
                mode = os.stat(path).st_mode
                os.chmod(path, 0o644)
                try:
                    self.assert_refused(name, self.text(name), r"changed\.yaml:[0-9]+:[0-9]+: .*%s: .*others .*chmod [46]00"
                                        % re.escape(path))
                finally:
                    os.chmod(path, mode)

    def log_list(self):
        """A log list without logs, signed: its file, and the key that verifies it."""
        listed, key, public = (self.world.stack.path(name) for name in
                               ("list.json", "list.key", "list.pub"))
        with open(listed, "w") as file:
            file.write('{"version": "1", "log_list_timestamp": "%s", "operators": []}'
                       % time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        for command in (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                         "-out", key],
                        ["pkey", "-in", key, "-pubout", "-out", public],
                        ["dgst", "-sha256", "-sign", key, "-out", self.world.stack.path("list.sig"),
                         listed]):
            subprocess.run(["openssl", *command], check=True, stderr=subprocess.DEVNULL)
        return listed, public

    def test_a_software_token_for_the_web_pki(self):
        """[ROOT-04] What a token is shows only when it is opened."""
        text = self.text("ca").replace('policy_pack: "private"', 'policy_pack: "webpki"')
        text += ('public_suffix_file: "/usr/share/publicsuffix/public_suffix_list.dat"\n'
                 'ct:\n  log_list:\n    file: "%s"\n    public_key: "%s"\n' % self.log_list())
        code, output = self.run_with("ca", text)
        self.assertEqual(code, 2, output)
        self.assertRegex(output, r"token local: SoftHSM v2 is no hardware.*BR 6\.2\.7")
        self.assertNotIn('"listening"', output)


if __name__ == "__main__":
    unittest.main()
