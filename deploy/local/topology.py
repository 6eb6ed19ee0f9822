"""Which processes the local stack has, what each is told, and who it may ask."""
import base64
import os
import secrets

import database
import hierarchy
import state as state_module
import yaml_text
from processes import Process
from report import Failure

TLSALPN01_HELP = ("where tls-alpn-01 validation will connect (default 5001); has no effect yet, "
                  "as this CA doesn't offer tls-alpn-01")

# The remote perspectives and the regional Internet registries that they stand in.
REMOTES = {
    "remote-1": "RIPE NCC",
    "remote-2": "APNIC",
    "remote-3": "ARIN",
    "remote-4": "LACNIC",
    "remote-5": "AFRINIC",
}
PRIMARY = "primary"
STOP_ORDER = ["wfe", "ra", "va", *REMOTES, "ca", "sa", "dns", "mariadb"]


def stop_groups(order):
    """Callers before those they call; what doesn't depend on each other together."""
    last = [name for name in order if name == "mariadb"]
    inner = [name for name in order if name in ("ca", "sa", "dns", *REMOTES)]
    outer = [name for name in order if name not in last + inner]
    return [group for group in (outer, inner, last) if group]


def _internal(state):
    return hierarchy.Authority(state, "internal", "Cairn local stack: services")


def internal_ca(state):
    return _internal(state).certificate


def status_identity(state):
    return _internal(state).leaf("status")


class Topology:
    def __init__(self, state, programs, options, supervisor):
        self._state = state
        self._programs = programs
        self._options = options
        self._supervisor = supervisor
        self._database = database.Database(state)
        self._internal = _internal(state)
        self._https = hierarchy.Authority(state, "https", "Cairn local stack: HTTPS")
        self._issuers = hierarchy.Issuers(state)
        self._remotes = list(REMOTES)[:options.perspectives - 1]
        self._ports = {}

    def directory_url(self):
        return "https://localhost:%d/directory" % self._options.acme_port

    def prepare(self, steps):
        """Keys, certificates, ports, configuration files and the database's folder."""
        if self._issuers.ensure():
            steps.done("throw-away roots and issuers made")
        names = {role: "DNS:%s.%s" % (role, hierarchy.INTERNAL_DOMAIN)
                 for role in ("wfe", "ra", "va", "ca", "sa", "status")}
        names.update({name: "DNS:%s.perspective.%s" % (name, hierarchy.INTERNAL_DOMAIN)
                      for name in REMOTES})
        self._internal.ensure(names)
        self._https.ensure({"acme": "DNS:localhost,IP:127.0.0.1,IP:::1"})
        with open(self._https.certificate) as file:
            self._state.write("acme-ca.pem", file.read())
        for name in (PRIMARY, *REMOTES):
            if not os.path.exists(self._receipt_key(name)):
                hierarchy.make_key(self._receipt_key(name), "EC", "P-256")
        hierarchy.ensure_secret(self._state.path("keys", "nonce.key"), secrets.token_bytes(32))
        hierarchy.ensure_secret(
            self._state.path("tsig.key"),
            'key "cairn-local." {\n\talgorithm hmac-sha256;\n\tsecret "%s";\n};\n'
            % base64.b64encode(secrets.token_bytes(32)).decode())
        self._choose_ports()
        if self._database.install():
            steps.done("database made")
        self._state.write_json("targets.json", self._targets())

    def _targets(self):
        """Where `status` asks each process for its health."""
        return {"mariadb": {"address": "unix:" + self._database.socket()},
                "dns": {"address": "127.0.0.1:%d" % self._ports["dns"]}}

    def processes(self):
        dns = Process("dns", [self._programs.path("dns"), "--port", str(self._ports["dns"]),
                              "--tsig_key", self._state.path("tsig.key")],
                      files=(self._state.path("tsig.key"),))
        return [self._database.process(), dns]

    def _receipt_key(self, name):
        return self._state.path("keys", "receipt-%s.key" % name)

    def _choose_ports(self):
        """Keeps the ports of the last start, but for those that a stranger took."""
        fixed = {"acme": self._options.acme_port, "acme_http": self._options.acme_http_port}
        wanted = ["dns"]
        for role in ("wfe", "ra", "va", "ca", "sa", *self._remotes):
            wanted += [role + ".grpc", role + ".metrics"]
        ports = {name: number for name, number in self._state.read_json("ports.json").items()
                 if name in wanted and self._is_ours(name, number)}
        missing = [name for name in wanted if name not in ports]
        taken = {*ports.values(), *(number for number in fixed.values() if number),
                 self._options.http01_port, self._options.tlsalpn01_port}
        ports.update(zip(missing, state_module.free_ports(len(missing), taken)))
        self._state.write_json("ports.json", ports)
        for name, number in fixed.items():
            if number and not self._supervisor.alive("wfe") and not state_module.is_free(number):
                raise Failure("port %d of 127.0.0.1 is taken: choose another with --%s-port"
                              % (number, name.replace("_", "-")))
        self._ports = ports

    def _is_ours(self, name, number):
        return bool(self._supervisor.alive(name.partition(".")[0])) or state_module.is_free(number)
