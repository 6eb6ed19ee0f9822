"""The stack's private MariaDB: its own data folder, a Unix socket and no port."""
import os
import pwd
import secrets
import shutil
import socket
import subprocess

import hierarchy
from processes import Process
from report import Failure

DATABASE = "cairn"
# The SA's own user gets its rights table by table (Database.grant); the other may
# change the tables, and runs once, before the SA starts.
USERS = {
    "sa": None,
    "migrate": "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES",
}


class Database:
    def __init__(self, state):
        self._state = state
        self._data = state.path("db", "data")

    def socket(self):
        return os.path.join(self._state.socket_folder(), "mariadb.sock")

    def password_file(self, user):
        return self._state.path("keys", "database-%s.password" % user)

    def process(self):
        """Durable, and small: a stack on a laptop has few rows and few clients."""
        options = {
            "datadir": self._data,
            "socket": self.socket(),
            "pid-file": self._state.path("db", "mariadb.pid"),
            "tmpdir": self._state.path("db"),
            "user": pwd.getpwuid(os.geteuid()).pw_name,
            "innodb-flush-log-at-trx-commit": 1,
            "innodb-buffer-pool-size": "32M",
            "innodb-log-buffer-size": "2M",
            "innodb-log-file-size": "64M",
            "innodb-read-io-threads": 1,
            "innodb-write-io-threads": 1,
            "innodb-purge-threads": 1,
            "key-buffer-size": "64K",
            "aria-pagecache-buffer-size": "128K",
            "aria-sort-buffer-size": "128K",
            "myisam-sort-buffer-size": "128K",
            "max-connections": 64,
            "thread-cache-size": 16,
            "table-open-cache": 128,
            "table-definition-cache": 400,
            "host-cache-size": 0,
            "query-cache-type": 0,
            "query-cache-size": 0,
            "performance-schema": "OFF",
            # More would note each look of `status`, which connects and goes.
            "log-warnings": 1,
            "character-set-server": "utf8mb4",
        }
        command = [_program("mariadbd"), "--no-defaults", "--skip-networking", "--skip-log-bin",
                   "--skip-name-resolve"]
        command += ["--%s=%s" % item for item in options.items()]
        return Process("mariadb", command, ready=self.is_ready)

    def is_ready(self):
        """Whether the server greets: it does so to any client, before a login."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2)
            try:
                probe.connect(self.socket())
                greeting = probe.recv(64)
            except OSError:
                return False
        # After a length and a sequence number: protocol version 10.
        return len(greeting) > 5 and greeting[4] == 10

    def install(self):
        """Makes the data folder; true if there was none."""
        if os.path.isdir(os.path.join(self._data, "mysql")):
            return False
        user = pwd.getpwuid(os.geteuid()).pw_name
        result = subprocess.run(
            [_program("mariadb-install-db"), "--no-defaults", "--datadir=" + self._data,
             "--user=" + user, "--auth-root-authentication-method=socket",
             "--auth-root-socket-user=" + user, "--skip-test-db", "--skip-name-resolve",
             # Even where the name of this machine has no address: nobody asks for it.
             "--force",
             "--innodb-log-file-size=64M", "--innodb-buffer-pool-size=32M"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=self._state.root)
        if result.returncode != 0:
            log = self._state.path("logs", "mariadb-install.log")
            with open(log, "wb") as file:
                file.write(result.stdout)
            shutil.rmtree(self._data, ignore_errors=True)
            raise Failure("the database's folder can't be made: see " + log)
        for name in USERS:
            hierarchy.ensure_secret(self.password_file(name), secrets.token_urlsafe(24))
        return True

    def create_users(self):
        """The empty database and its users; safe to repeat."""
        statements = ["CREATE DATABASE IF NOT EXISTS %s" % DATABASE]
        for name, privileges in USERS.items():
            with open(self.password_file(name)) as file:
                password = file.read().strip()
            user = "'cairn_%s'@'localhost'" % name
            # token_urlsafe has no quote in its alphabet.
            statements += ["CREATE USER IF NOT EXISTS %s" % user,
                           "ALTER USER %s IDENTIFIED BY '%s'" % (user, password)]
            if privileges:
                statements.append("GRANT %s ON %s.* TO %s" % (privileges, DATABASE, user))
        self._execute(";\n".join(statements) + ";\n")

    def grant(self, statements):
        """Carries out GRANT statements on the tables, which must be there."""
        self._execute("USE %s;\n%s" % (DATABASE, statements))

    def _execute(self, statements):
        # Over the socket the server knows the user of the operating system.
        result = subprocess.run(
            [_program("mariadb"), "--no-defaults", "--socket=" + self.socket(), "--batch",
             "--user=" + pwd.getpwuid(os.geteuid()).pw_name],
            input=statements, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if result.returncode != 0:
            raise Failure("the database refused its users: %s" % result.stdout.strip())


def _program(name):
    path = shutil.which(name)
    if path is None:
        raise Failure("%s isn't installed: ./dev up installs it" % name)
    return path
