"""The state folder of a local stack: all that it writes is in it.

  acme-ca.pem   verifies the HTTPS of the directory
  root.pem      all roots that issued certificates end at
  tsig.key      signs updates of the local DNS (BIND's format)
  keys/         receipt keys, nonce key, database password, PINs; keys of the ceremonies' people
  token/        SoftHSM's tokens, with the issuers' keys
  ceremony/     a folder for each key ceremony, with all that it left
  tls/          the mutual TLS between the services
  config/       one YAML file per process
  logs/         what each process said, one file each
  db/           MariaDB's data        journal/   the signer's journal
  bin/          the programs that run: a rebuild doesn't pull them away
  demo/         certbot's folders
  ports.json    the port of each listener    pids.json   the processes
"""
import contextlib
import fcntl
import hashlib
import json
import os
import socket
import tempfile

from report import Failure

# A Unix socket's path has at most this many characters (unix(7)).
SOCKET_PATH_LIMIT = 107


class State:
    def __init__(self, path):
        self.root = os.path.abspath(path)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def exists(self):
        return os.path.isdir(self.root)

    def create(self):
        try:
            os.makedirs(self.root, mode=0o700, exist_ok=True)
            for name in ("keys", "tls", "config", "logs", "db", "journal", "token", "bin",
                         "demo"):
                private = name in ("keys", "tls", "db", "journal", "token")
                os.makedirs(self.path(name), mode=0o700 if private else 0o755, exist_ok=True)
        except OSError as error:
            raise Failure("the state folder %s can't be made (%s): choose another with --state"
                          % (self.root, error.strerror)) from error

    @contextlib.contextmanager
    def locked(self):
        """Only one `up` or `down` at a time works on a folder; others wait."""
        with open(self.path("lock"), "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print("waiting for another ./dev that works on %s" % self.root, flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def read_json(self, name):
        try:
            with open(self.path(name)) as file:
                return json.load(file)
        except (OSError, ValueError):
            return {}

    def write_json(self, name, value):
        self.write(name, json.dumps(value, indent=1) + "\n")

    def write(self, name, text, mode=0o644):
        """Replaces a file by rename. True if its content changed."""
        path = self.path(name)
        data = text if isinstance(text, bytes) else text.encode()
        try:
            with open(path, "rb") as file:
                if file.read() == data:
                    return False
        except OSError:
            pass
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, mode)
        os.rename(temporary, path)
        return True

    def socket_folder(self):
        """A folder whose path is short enough for a Unix socket in it.

        That's db/ itself, or where its path is too long, a link to it under /tmp,
        whose name is the same at each start; `down` removes it.
        """
        folder = self.path("db")
        if len(os.path.join(folder, "mariadb.sock")) < SOCKET_PATH_LIMIT:
            return folder
        link = self._link()
        with contextlib.suppress(FileExistsError):
            os.symlink(folder, link)
        if os.path.realpath(link) != os.path.realpath(folder):
            raise Failure("%s is in the way: remove it" % link)
        return link

    def remove_link(self):
        with contextlib.suppress(OSError):
            os.unlink(self._link())

    def _link(self):
        digest = hashlib.sha256(self.path("db").encode()).hexdigest()
        return "/tmp/cairn-" + digest[:16]


def is_free(port):
    """Whether 127.0.0.1:port can be bound, for UDP and TCP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def free_ports(count, taken):
    """`count` ports of 127.0.0.1 that nobody listens on and that aren't in taken."""
    sockets, ports = [], []
    try:
        while len(ports) < count:
            probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sockets.append(probe)
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            if port not in taken:
                ports.append(port)
    finally:
        for probe in sockets:
            probe.close()
    return ports
