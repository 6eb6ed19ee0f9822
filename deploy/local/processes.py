"""Starts, waits for and stops the stack's processes.

They are plain background processes, each in a session of its own. pids.json
keeps for each its pid, its start time (so that a stranger who got the same pid
later isn't taken for it) and a digest of what it was started with.
"""
import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import signal
import subprocess
import time

from report import Failure

POLL = 0.005  # seconds between looks at a condition


@dataclasses.dataclass
class Process:
    name: str
    command: list
    after: tuple = ()            # processes that must listen before this starts
    files: tuple = ()            # whose content, when changed, asks for a restart
    ready: object = None         # ready() instead of a `listening` line in the log
    before_start: object = None  # called once those in `after` are ready
    environment: dict = dataclasses.field(default_factory=dict)

    def digest(self):
        digest = hashlib.sha256(repr((self.command, self.environment)).encode())
        for path in (self.command[0], *self.files):
            entry = os.stat(path)
            digest.update(_digest_of_file(path, entry.st_size, entry.st_mtime_ns))
        return digest.hexdigest()


@functools.lru_cache(maxsize=None)
def _digest_of_file(path, _size, _mtime):
    # Several processes run the same big binary: it's read once.
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).digest()


def _start_time(pid):
    """The kernel's start time of a process that runs; None where it doesn't."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


class Supervisor:
    def __init__(self, state, steps):
        self._state = state
        self._steps = steps
        self._children = {}
        self._offsets = {}

    def alive(self, name):
        """The pid of a process that was started and still runs, or None."""
        entry = self._state.read_json("pids.json").get(name)
        if entry and _start_time(entry["pid"]) == entry["started"]:
            return entry["pid"]
        return None

    def names(self):
        return list(self._state.read_json("pids.json"))

    def start(self, processes, timeout=60):
        """Starts what doesn't run, restarts what changed; returns their names.

        Each starts as soon as those it comes after are ready.
        """
        pids = self._state.read_json("pids.json")
        stale = [p.name for p in processes
                 if self.alive(p.name) and pids[p.name]["digest"] != p.digest()]
        unwanted = [name for name in pids if name not in {p.name for p in processes}]
        self.stop(stale + unwanted)
        waiting = [p for p in processes if not self.alive(p.name)]
        ready = {p.name for p in processes} - {p.name for p in waiting}
        started = [p.name for p in waiting]
        running = []
        deadline = time.monotonic() + timeout
        while waiting or running:
            for process in [p for p in waiting if ready.issuperset(p.after)]:
                waiting.remove(process)
                if process.before_start:
                    process.before_start()
                self._spawn(process)
                running.append(process)
            for process in list(running):
                if self._is_ready(process):
                    running.remove(process)
                    ready.add(process.name)
                    self._steps.done("%s listens" % process.name)
                elif self._children[process.name].poll() is not None:
                    raise Failure(self._why(process.name, "ended at once with code %d"
                                            % self._children[process.name].returncode))
            if time.monotonic() > deadline:
                names = ", ".join(p.name for p in running + waiting)
                raise Failure(self._why(running[0].name if running else names,
                                        "didn't listen within %d s" % timeout))
            time.sleep(POLL)
        return started

    def stop(self, names, timeout=20):
        """SIGTERM, a wait, then SIGKILL. Returns those that had to be killed."""
        pids = self._state.read_json("pids.json")
        alive = {name: self.alive(name) for name in names if self.alive(name)}
        for pid in alive.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        killed = []
        for final in (False, True):
            deadline = time.monotonic() + (5 if final else timeout)
            while alive and time.monotonic() < deadline:
                for name in [n for n in alive if not self.alive(n)]:
                    del alive[name]
                if alive:
                    self._reap()
                    time.sleep(POLL)
            if alive and not final:
                killed = list(alive)
                for pid in alive.values():
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(pid, signal.SIGKILL)
        if alive:
            raise Failure("these don't end even when killed: %s; look at them with ps"
                          % ", ".join("%s (pid %d)" % item for item in alive.items()))
        for name in names:
            pids.pop(name, None)
        self._state.write_json("pids.json", pids)
        return killed

    def listening(self, name):
        """The fields of the `listening` line of the process's present run."""
        entry = self._state.read_json("pids.json").get(name, {})
        return self._listening_line(name, entry.get("log_offset", 0)) or {}

    def _spawn(self, process):
        path = self._state.path("logs", process.name + ".log")
        with open(path, "ab") as log:
            offset = log.tell()
            try:
                child = subprocess.Popen(
                    process.command, stdin=subprocess.DEVNULL, stdout=log,
                    stderr=subprocess.STDOUT, cwd=self._state.root, start_new_session=True,
                    env={"PATH": os.environ["PATH"], "HOME": self._state.root, "LC_ALL": "C.UTF-8",
                         **process.environment})
            except OSError as error:
                raise Failure("%s can't be started: %s" % (process.command[0],
                                                           error.strerror)) from error
        self._children[process.name] = child
        pids = self._state.read_json("pids.json")
        pids[process.name] = {"pid": child.pid, "started": _start_time(child.pid),
                              "digest": process.digest(), "log_offset": offset}
        self._state.write_json("pids.json", pids)
        self._offsets[process.name] = offset

    def _is_ready(self, process):
        if process.ready:
            return process.ready()
        return self._listening_line(process.name, self._offsets[process.name]) is not None

    def _listening_line(self, name, offset):
        try:
            with open(self._state.path("logs", name + ".log"), "rb") as log:
                log.seek(offset)
                for line in log:
                    if b'"listening"' in line and line.endswith(b"\n"):
                        with contextlib.suppress(ValueError):
                            fields = json.loads(line)
                            if fields.get("event") == "listening":
                                return fields
        except OSError:
            pass
        return None

    def _why(self, name, what):
        path = self._state.path("logs", name + ".log")
        last = ""
        with contextlib.suppress(OSError), open(path, errors="replace") as log:
            log.seek(self._offsets.get(name, 0))
            lines = [line.strip() for line in log if line.strip()]
            last = lines[-1][:300] if lines else ""
        return "%s %s%s (all of it: %s)" % (name, what, ": " + last if last else "", path)

    def _reap(self):
        for child in self._children.values():
            child.poll()
