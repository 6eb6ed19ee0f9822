"""Builds the programs of the stack, and copies them to where they run from."""
import hashlib
import os
import shutil
import subprocess

from report import Failure

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Name in bin/: where it lies under Bazel's output folder.
PROGRAMS = {
    "dns": "deploy/local/dns/dns",
    "token": "deploy/local/token/token",
    "ceremony": "tools/ceremony/ceremony",
    "health_check": "tools/health_check/health_check",
    "cairn-admin": "tools/cairn_admin/cairn-admin",
    "wfe": "services/wfe/wfe",
    "ra": "services/ra/ra",
    "va": "services/va/va",
    "ca": "services/ca/ca",
    "sa": "services/sa/sa",
    "publisher": "services/publisher/publisher",
    "ct_log": "tests/harness/ct_log/ct_log",
    "migrate": "services/sa/migrate/migrate",
}
# What the programs are made from.
SOURCES = ("build_defs", "deploy/local/dns", "deploy/local/token", "libs", "protos", "services",
           "tests/harness/ct_log", "third_party", "tools", "WORKSPACE", ".bazelrc",
           "deploy/packages.txt", "/var/lib/dpkg/status")


class Programs:
    def __init__(self, state, steps, prebuilt=None):
        """prebuilt: a folder laid out as Bazel's output, to take the programs from."""
        self._state = state
        self._steps = steps
        self._prebuilt = prebuilt

    def path(self, name):
        return self._state.path("bin", name)

    def ensure(self):
        """Builds and copies what changed; true if Bazel had to be asked."""
        if self._prebuilt:
            self._copy(self._prebuilt)
            return False
        wanted = fingerprint()
        stamp = self._state.path("bin", "fingerprint")
        if _content(stamp) == wanted and all(os.path.exists(self.path(n)) for n in PROGRAMS):
            return False
        self._steps.note("building (a few minutes the first time; Bazel tells how far it is)")
        labels = ["//%s:%s" % os.path.split(path) for path in PROGRAMS.values()]
        bazel_build(labels)
        self._copy(bazel_output())
        # The Bazel server would keep some 300 MB.
        subprocess.run(["bazel", "shutdown"], cwd=TREE, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        self._state.write("bin/fingerprint", wanted)
        self._steps.done("built")
        return True

    def _copy(self, folder):
        for name, path in PROGRAMS.items():
            source, target = os.path.join(folder, path), self.path(name)
            if not os.path.exists(source):
                raise Failure("%s isn't there: build it, or leave out --programs" % source)
            if _same(source, target):
                continue
            # By rename: a process that runs the old one goes on with it.
            shutil.copy2(source, target + ".new")
            os.rename(target + ".new", target)


def bazel_build(labels):
    command = ["bazel", "build", "--config=opt", "--show_result=0", "--noshow_loading_progress",
               "--show_progress_rate_limit=10", *labels]
    if subprocess.run(command, cwd=TREE, stdin=subprocess.DEVNULL).returncode != 0:
        raise Failure("the build failed: the first error above says where")


def bazel_output():
    return subprocess.run(["bazel", "info", "--config=opt", "bazel-bin"], cwd=TREE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True).stdout.strip()


def fingerprint():
    """A digest of path, size and time of each source file: some milliseconds."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = os.path.join(TREE, source)
        for name in sorted(_files(path)):
            entry = os.stat(name)
            digest.update(("%s %d %d\n" % (name, entry.st_size, entry.st_mtime_ns)).encode())
    return digest.hexdigest()


def _files(path):
    if os.path.isfile(path):
        return [path]
    return [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names
            if not name.endswith((".md", ".pyc", ".py")) and "_test." not in name]


def _content(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def _same(source, target):
    try:
        there, here = os.stat(source), os.stat(target)
    except OSError:
        return False
    return there.st_size == here.st_size and there.st_mtime == here.st_mtime
