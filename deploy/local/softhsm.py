"""The local stack's PKCS#11 tokens, by SoftHSM: where the keys of issuers and roots are.

Software tokens, which protect a key from nothing but being copied by accident.
They stand for the hardware that a real CA has.
"""
import os
import secrets
import subprocess

import hierarchy
from report import Failure

MODULE = "/usr/lib/softhsm/libsofthsm2.so"

CONFIG = """directories.tokendir = %s
objectstore.backend = file
log.level = ERROR
"""


class Token:
    """token/: SoftHSM's configuration and files; the PINs are in keys/."""

    def __init__(self, state, programs, name="local"):
        self._state = state
        self._programs = programs
        self._name = name
        self.label = "cairn-" + name

    @property
    def folder(self):
        """Of the files of all tokens."""
        return self._state.path("token", "tokens")

    @property
    def pin_file(self):
        return self._state.path("keys", self._stem() + ".pin")

    @property
    def _so_pin_file(self):
        return self._state.path("keys", self._stem() + "-so.pin")

    def _stem(self):
        return "token" if self._name == "local" else self._name + "-token"

    @property
    def environment(self):
        """What a process needs to find the token."""
        return {"SOFTHSM2_CONF": self._state.path("token", "softhsm2.conf")}

    def config(self):
        """For `tokens` of the signer's configuration."""
        return {"name": self._name, "module": MODULE, "label": self.label,
                "pin_file": self.pin_file}

    def ensure(self):
        """Makes the token if it isn't there."""
        if not os.path.exists(MODULE):
            raise Failure("%s isn't there: run ./dev up, which installs softhsm2" % MODULE)
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self._state.write("token/softhsm2.conf", CONFIG % self.folder)
        for path in (self.pin_file, self._so_pin_file):
            hierarchy.ensure_secret(path, secrets.token_hex(16), mode=0o400)
        self._run("made", self._programs.path("token"), "--module", MODULE, "--label", self.label,
                  "--so_pin", self._so_pin_file, "--pin", self.pin_file)

    def destroy(self):
        """The token with all its keys, and its PINs."""
        self._run("removed", "softhsm2-util", "--delete-token", "--token", self.label)
        for path in (self.pin_file, self._so_pin_file):
            os.unlink(path)

    def _run(self, what, *command):
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True,
                                env={"PATH": os.environ["PATH"], **self.environment})
        if result.returncode != 0:
            raise Failure("the token %s can't be %s: %s" % (self.label, what,
                                                            result.stdout.strip()))
