"""Starts the whole local stack in a folder of its own, for tests."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile

STACK = os.path.join("deploy", "local", "stack.py")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Stack:
    """A stack in a state folder under /tmp, on ports of its own.

    programs: as for `./dev up --programs`: the folder that holds the built
    binaries; None: as a person would, with a build.
    """

    def __init__(self, programs="."):
        self.folder = tempfile.mkdtemp(prefix="cairn-stack.", dir="/tmp")
        self.state = os.path.join(self.folder, "state")
        self.acme_port, self.http01_port = free_ports(2)
        self._programs = programs

    @property
    def directory(self):
        return "https://localhost:%d/directory" % self.acme_port

    def path(self, *parts):
        return os.path.join(self.state, *parts)

    def run(self, command, *options, check=True):
        """Runs a subcommand of ./dev; returns what it printed."""
        words = [sys.executable, STACK, command, "--state", self.state, *options]
        if command == "up":
            words += ["--acme-port", str(self.acme_port), "--http01-port", str(self.http01_port)]
            if self._programs:
                words += ["--programs", self._programs]
        result = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)
        if check and result.returncode != 0:
            raise AssertionError("%s failed with %d:\n%s\n%s" % (
                " ".join(words), result.returncode, result.stdout, self.last_log_lines()))
        return result

    def up(self, *options, check=True):
        return self.run("up", *options, check=check)

    def down(self):
        return self.run("down")

    def status(self):
        """The rows of `./dev status --json` by process name, and whether all are healthy."""
        answer = json.loads(self.run("status", "--json", check=False).stdout)
        return {row["name"]: row for row in answer["processes"]}, answer["healthy"]

    def is_sanitized(self):
        """Whether the programs are built with a sanitizer that watches memory or threads."""
        with open(self.path("bin", "wfe"), "rb") as file:
            program = file.read()
        return b"__asan_init" in program or b"__tsan_init" in program

    def last_log_lines(self):
        text = ""
        folder = self.path("logs")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), errors="replace") as log:
                text += "--- %s\n%s" % (name, "".join(log.readlines()[-8:]))
        return text

    def remove(self):
        if os.path.isdir(self.state):
            self.run("down", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def client_environment(self):
        """For ACME clients: they trust the directory's HTTPS, and nothing else of the caller's."""
        return {"PATH": os.environ["PATH"], "HOME": self.folder, "LC_ALL": "C.UTF-8",
                "REQUESTS_CA_BUNDLE": self.path("acme-ca.pem"),
                "LEGO_CA_CERTIFICATES": self.path("acme-ca.pem")}


def processes_that_mention(text):
    """Command lines of running processes that contain `text`, but for this one's."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


def listener(port):
    """A socket that listens on 127.0.0.1:port; for `with`."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", port))
    one.listen()
    return one
