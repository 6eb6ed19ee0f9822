"""A running stack whose processes a test kills, stops and starts one by one."""
import base64
import getpass
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

from tests.harness import acme
from tests.harness import stack as harness

JOURNAL_DUMP = os.path.join("tools", "journal_dump", "journal_dump")
PROCESSING, VALID, INVALID = 2, 3, 4  # acme_order.state


def wait_for(what, seconds=60, pause=0.02):
    """Until what() is true; its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("not after %d s" % seconds)
        time.sleep(pause)


def _hex(text):
    """Octets that JSON has in base64."""
    return base64.b64decode(text).hex()


def _state_of(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


class World:
    """The stack, one ACME client with an account, and who answers its challenges.

    Processes are taken over from `./dev up`: the same command, in the same
    environment, so that one alone can be started again at once.
    """

    def __init__(self, *options):
        self.stack = harness.Stack()
        self._children = {}
        self._dump = []
        try:
            self.stack.up("--no-demo", *options)
            rows, _ = self.stack.status()
            self.pids = {name: row["pid"] for name, row in rows.items()}
            self._commands = {name: self._read_proc(pid, "cmdline")
                              for name, pid in self.pids.items()}
            self._environments = {name: dict(word.split("=", 1) for word in
                                             self._read_proc(pid, "environ"))
                                  for name, pid in self.pids.items()}
            self.responder = acme.Responder(self.stack.http01_port).start()
            self.client = self.new_client()
        except BaseException:
            self.stack.remove()
            raise

    @staticmethod
    def _read_proc(pid, name):
        with open("/proc/%d/%s" % (pid, name), "rb") as file:
            return file.read().decode().rstrip("\0").split("\0")

    def remove(self):
        self.responder.stop()
        for name in list(self._children):
            self.kill(name)
        self.stack.remove()

    def new_client(self, **more):
        client = acme.Client(self.stack.directory, self.stack.path("acme-ca.pem"), **more)
        client.persist(client.register)
        return client

    def log(self, name):
        return self.stack.path("logs", name + ".log")

    def events(self, name, offset=0):
        """The JSON lines of a process's log from an offset on."""
        with open(self.log(name), "rb") as file:
            file.seek(offset)
            for line in file:
                if line.startswith(b"{") and line.endswith(b"\n"):
                    yield json.loads(line)

    def log_size(self, name):
        return os.path.getsize(self.log(name))

    def config(self, name):
        return self.stack.path("config", name + ".yaml")

    def command(self, name):
        """The words that started a process."""
        return list(self._commands[name])

    def environment(self, name):
        """What a process was started with."""
        return dict(self._environments[name])

    def edit(self, name, *replacements, more=""):
        """Changes a process's configuration; it counts from its next start on."""
        with open(self.config(name)) as file:
            text = file.read()
        for old, new in replacements:
            if old not in text:
                raise AssertionError("%s is not in %s" % (old, text))
            text = text.replace(old, new)
        with open(self.config(name), "w") as file:
            file.write(text + more)

    def kill(self, name, number=signal.SIGKILL):
        """Ends a process, and waits until it is gone."""
        os.kill(self.pids[name], number)
        self.wait_for_end(name)

    def wait_for_end(self, name):
        child = self._children.pop(name, None)
        if child:
            child.wait()
        else:
            wait_for(lambda: _state_of(self.pids[name]) in (None, "Z", "X"))

    def start(self, name):
        offset = self.log_size(name)
        with open(self.log(name), "ab") as log:
            child = subprocess.Popen(self._commands[name], env=self._environments[name],
                                     cwd=self.stack.state, stdin=subprocess.DEVNULL, stdout=log,
                                     stderr=subprocess.STDOUT, start_new_session=True)
        self._children[name] = child
        self.pids[name] = child.pid
        self._tell_status(name)

        def listens():
            if child.poll() is not None:
                raise AssertionError("%s ended with %d\n%s" % (
                    name, child.returncode, self.stack.last_log_lines()))
            if name == "mariadb":
                return self.sql("SELECT 1", check=False) == [["1"]]
            return any(event.get("event") == "listening" for event in self.events(name, offset))

        wait_for(listens)

    def _tell_status(self, name):
        """Without it ./dev status would go on to look for the process that `up` started."""
        path = self.stack.path("pids.json")
        with open(path) as file:
            pids = json.load(file)
        with open("/proc/%d/stat" % self.pids[name]) as file:
            started = int(file.read().rpartition(")")[2].split()[19])
        pids[name].update(pid=self.pids[name], started=started)
        with open(path + ".new", "w") as file:
            json.dump(pids, file)
        os.replace(path + ".new", path)

    def restart(self, name):
        self.kill(name, signal.SIGTERM)
        self.start(name)

    def sql(self, statement, check=True):
        """Rows of text."""
        result = subprocess.run(
            ["mariadb", "--no-defaults", "--batch", "--skip-column-names",
             "--socket=" + self.stack.path("db", "mariadb.sock"), "--user=" + getpass.getuser(),
             "--database=cairn", "--execute=" + statement], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        if result.returncode != 0:
            if check:
                raise AssertionError(result.stderr)
            return None
        return [line.split("\t") for line in result.stdout.splitlines()]

    def journal(self):
        """The signer's journal, from a copy: [(index, kind, record)]."""
        with tempfile.TemporaryDirectory(dir=self.stack.folder) as folder:
            copy = os.path.join(folder, "ca")
            shutil.copytree(self.stack.path("journal", "ca"), copy)
            result = subprocess.run([JOURNAL_DUMP, copy], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
        if result.returncode != 0:
            raise AssertionError(result.stderr)
        records = []
        for line in result.stdout.splitlines():
            entry = json.loads(line)
            (kind,) = set(entry["record"]) - {"recorded_at_ms"}
            records.append((entry["index"], kind, entry["record"][kind]))
        return records

    def check(self, case):
        """Nothing is lost, nothing unexplained, nothing signed twice.

        For a moment at which no order is under way.
        """
        dump = self.journal()
        case.assertEqual(dump[:len(self._dump)], self._dump, "the journal lost records")
        self._dump = dump

        def records(kind, precertificates):
            return [record for _, of, record in dump if of == kind and precertificates ==
                    (record.get("signable") == "SIGNABLE_PRECERTIFICATE")]

        def unique(what, values):
            case.assertEqual(len(values), len(set(values)), what + " repeats")
            return values

        def by_serial(kind, precertificates):
            found = records(kind, precertificates)
            return dict(zip(unique("serial of %s" % kind, [_hex(r["serial"]) for r in found]),
                            unique("id of %s" % kind, [_hex(r["issuance_id"]) for r in found])))

        orders = {row[0]: row[1:] for row in self.sql(
            "SELECT order_id, state, LOWER(HEX(issuance_id)), LOWER(HEX(serial)) FROM acme_order")}
        by_issuance = {row[1]: row for row in orders.values()}
        stored = {row[0]: row[1:] for row in self.sql(
            "SELECT LOWER(HEX(serial)), LOWER(HEX(issuance_id)), order_id, SHA2(certificate, 256),"
            " SHA2(precertificate, 256) FROM certificate")}
        known = set()
        # With CT a serial has a precertificate first.
        for precertificates in (True, False):
            unique("finalize_url", [r["finalize_url"] for r in records("intent", precertificates)])
            intents = by_serial("intent", precertificates)
            signed = by_serial("signed", precertificates)
            known |= set(signed)
            case.assertLessEqual(set(signed.items()), set(intents.items()))
            for record in records("signed", precertificates):
                serial = _hex(record["serial"])
                case.assertIn(serial, stored, "signed, but not known to the SA")
                issuance, order, *digests = stored[serial]
                case.assertEqual(issuance, signed[serial])
                # An order that ended otherwise before it came to that explains it too.
                valid = orders[order] == [str(VALID), issuance, serial]
                if not valid:
                    case.assertEqual(orders[order], [str(INVALID), issuance, "NULL"])
                digest = hashlib.sha256(base64.b64decode(record["certificate"])).hexdigest()
                kept = digests[1 if precertificates else 0]
                case.assertIn(kept, (digest,) if valid else (digest, "NULL"))
            for serial, issuance in intents.items():
                if serial not in signed:
                    case.assertIn(int(by_issuance[issuance][0]), (PROCESSING, INVALID),
                                  "an intent of a valid order that led to no signature")
        case.assertLessEqual(set(stored), known, "stored, but never signed")
        for state, issuance, serial in orders.values():
            if int(state) == VALID:
                case.assertEqual(signed.get(serial), issuance)
        return len(signed)
