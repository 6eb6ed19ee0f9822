"""The local stack's PKCS#11 token, by SoftHSM: where the issuers' keys are.

A software token, which protects a key from nothing but being copied by accident.
It stands for the hardware that a real CA has.
"""
import os
import secrets
import subprocess

import hierarchy
from report import Failure

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
LABEL = "cairn-local"

CONFIG = """directories.tokendir = %s
objectstore.backend = file
log.level = ERROR
"""


class Token:
    """token/: SoftHSM's configuration and files; the PINs are in keys/."""

    def __init__(self, state, programs):
        self._state = state
        self._programs = programs

    @property
    def folder(self):
        return self._state.path("token", "tokens")

    @property
    def pin_file(self):
        return self._state.path("keys", "token.pin")

    @property
    def environment(self):
        """What a process needs to find the token."""
        return {"SOFTHSM2_CONF": self._state.path("token", "softhsm2.conf")}

    def config(self):
        """For `tokens` of the signer's configuration."""
        return {"name": "local", "module": MODULE, "label": LABEL, "pin_file": self.pin_file}

    def ensure(self, keys, requests):
        """keys: {label: kind}. Makes what is missing; writes requests/<label>.csr for each."""
        if not os.path.exists(MODULE):
            raise Failure("%s isn't there: run ./dev up, which installs softhsm2" % MODULE)
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self._state.write("token/softhsm2.conf", CONFIG % self.folder)
        so_pin_file = self._state.path("keys", "token-so.pin")
        for path in (self.pin_file, so_pin_file):
            hierarchy.ensure_secret(path, secrets.token_hex(16), mode=0o400)
        result = subprocess.run(
            [self._programs.path("token"), "--module", MODULE, "--label", LABEL,
             "--so_pin", so_pin_file, "--pin", self.pin_file, "--requests", requests,
             *("%s=%s" % item for item in keys.items())],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={"PATH": os.environ["PATH"], **self.environment})
        if result.returncode != 0:
            raise Failure("the token can't be made: " + result.stdout.strip())
