"""Which processes the local stack has, what each is told, and who it may ask."""
import base64
import os
import secrets
import subprocess

import ceremonies
import database
import hierarchy
import issuers
import softhsm
import state as state_module
import yaml_text
from processes import Process
from programs import TREE
from report import Failure

# Where each perspective would stand: region of a regional Internet registry, latitude
# and longitude.
PRIMARY = "primary"
PERSPECTIVES = {
    PRIMARY: ("ARIN", 39.04, -77.49),  # Ashburn
    "remote-1": ("RIPE NCC", 50.11, 8.68),  # Frankfurt
    "remote-2": ("APNIC", 1.35, 103.82),  # Singapore
    "remote-3": ("ARIN", 45.60, -121.18),  # The Dalles
    "remote-4": ("LACNIC", -23.55, -46.63),  # Sao Paulo
    "remote-5": ("AFRINIC", -26.20, 28.05),  # Johannesburg
}
REMOTES = [name for name in PERSPECTIVES if name != PRIMARY]
# Who people are to the services.
ADMIN = "admin"
CAA_IDENTITY = "cairn.test"
PUBLIC_SUFFIXES = "/usr/share/publicsuffix/public_suffix_list.dat"
ROOT_ANCHORS = "/usr/share/dns/root.key"
# The local DNS signs nothing. Below bogus.test the perspectives expect signatures
# all the same, so that a name there shows what DNSSEC does: it isn't validated.
LOCAL_ANCHORS = "bogus.test. IN DS 1 13 2 %s\n" % ("00" * 32)
# The CT logs of the stack: name, operator, kind. Enough for the policies of Chrome and
# Apple with any one of them gone.
CT_LOGS = [("oak", "Alpha", "rfc6962"), ("elm", "Beta", "rfc6962"), ("ash", "Gamma", "static"),
           ("fir", "Delta", "static")]
# Some clients break on a challenge without a token, so that only orders that ask for
# this profile get one.
METHODS = ["http-01", "dns-01", "tls-alpn-01", "dns-account-01"]
PERSIST_METHOD = "dns-persist-01"
PERSIST_PROFILE = "dns-persist"

STOP_ORDER = ["wfe", "ra", "va", "publisher", *REMOTES, "ca", "sa", "ct_log", "dns", "mariadb"]


def stop_groups(order):
    """Callers before those they call; what doesn't depend on each other together."""
    last = [name for name in order if name == "mariadb"]
    inner = [name for name in order if name in ("ca", "sa", "ct_log", "dns", *REMOTES)]
    outer = [name for name in order if name not in last + inner]
    return [group for group in (outer, inner, last) if group]


def _site(name):
    """Who a perspective is and where it stands, as the VA and the signer are told."""
    rir, latitude, longitude = PERSPECTIVES[name]
    return {"id": name, "rir": rir, "location": {"latitude": latitude, "longitude": longitude}}


def _perspective(name):
    return {**_site(name), "routing_security": "none: all perspectives are this machine"}


def _tls_name(name):
    kind = ".perspective." if name in REMOTES else "."
    return name + kind + hierarchy.INTERNAL_DOMAIN


def _internal(state):
    return hierarchy.Authority(state, "internal", "Cairn local stack: services")


def internal_ca(state):
    return _internal(state).certificate


def status_identity(state):
    return _internal(state).leaf("status")


def explain_options(state, target):
    """What cairn-admin is told of the SA at `target` and of the perspectives."""
    certificate, key = _internal(state).leaf(ADMIN)
    options = ["--sa", target["address"], "--name", target["tls_name"], "--ca", internal_ca(state),
               "--cert", certificate, "--key", key]
    for name in PERSPECTIVES:
        options += ["--perspective-key", "%s=%s" % (name, _receipt_public_key(state, name))]
    return options


def _receipt_public_key(state, name):
    return state.path("keys", "receipt-%s.pub" % name)


class Topology:
    def __init__(self, state, programs, options, supervisor):
        self._state = state
        self._programs = programs
        self._options = options
        self._supervisor = supervisor
        self._database = database.Database(state)
        self._internal = _internal(state)
        self._https = hierarchy.Authority(state, "https", "Cairn local stack: HTTPS")
        self._token = softhsm.Token(state, programs)
        roots = softhsm.Token(state, programs, "roots")
        self._issuers = issuers.Issuers(
            state, ceremonies.Ceremonies(state, programs, self._token, roots), self._token, roots)
        self._remotes = list(REMOTES)[:options.perspectives - 1]
        # Certificate Transparency is a rule of the web PKI alone.
        self._ct = ["publisher"] if options.policy == "webpki" else []
        self._ports = {}

    def directory_url(self):
        return self._base_url() + "/directory"

    def check_ports(self, with_demo):
        """That what the user chose can be had: to be called before anything that takes long."""
        last = self._state.read_json("ports.json") if self._supervisor.alive("wfe") else {}
        for name, number in self._chosen_ports().items():
            if number != last.get(name) and not state_module.is_free(number):
                raise Failure("port %d of 127.0.0.1 is taken: choose another with --%s-port"
                              % (number, name.replace("_", "-")))
        number = self._options.http01_port
        if with_demo and not state_module.is_free(number):
            raise Failure("port %d of 127.0.0.1, on which certbot would answer http-01, is taken: "
                          "choose another with --http01-port, or --no-demo" % number)

    def prepare(self, steps):
        """Keys, certificates, ports, configuration files and the database's folder."""
        if self._issuers.ensure():
            steps.done("key ceremonies done: an RSA and an ECDSA root, two issuers of each, "
                       "and their OCSP signers")
        names = {name: "DNS:" + _tls_name(name)
                 for name in ("wfe", "ra", "va", "ca", "sa", "publisher", "crl-updater", "status",
                              ADMIN, *REMOTES)}
        self._internal.ensure(names)
        self._https.ensure({"acme": "DNS:localhost,IP:127.0.0.1,IP:::1"})
        with open(self._https.certificate) as file:
            self._state.write("acme-ca.pem", file.read())
        for name in PERSPECTIVES:
            if not os.path.exists(self._receipt_key(name)):
                hierarchy.make_key(self._receipt_key(name), "EC", "P-256")
            if not os.path.exists(self._receipt_public_key(name)):
                self._state.write(self._receipt_public_key(name),
                                  hierarchy.public_key_pem(self._receipt_key(name)))
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
        targets = {}
        for name in ("wfe", "ra", "va", *self._remotes, "ca", "sa", *self._ct):
            targets[name] = {"address": self._address(name + ".grpc"),
                             "metrics": self._address(name + ".metrics"),
                             "tls_name": _tls_name(name)}
        targets["mariadb"] = {"address": "unix:" + self._database.socket()}
        targets["dns"] = {"address": self._address("dns")}
        if self._ct:
            targets["ct_log"] = {"address": self._address("ct_log")}
        return targets

    def processes(self):
        dns = Process("dns", [self._programs.path("dns"), "--port", str(self._ports["dns"]),
                              "--tsig_key", self._state.path("tsig.key")],
                      files=(self._state.path("tsig.key"),))
        remotes = [self._service(name, "va", self._va(name)) for name in self._remotes]
        return [
            self._database.process(),
            dns,
            *remotes,
            *self._ct_processes(),
            self._service("ca", "ca", self._ca(), after=("ct_log",) if self._ct else (),
                          environment=self._token.environment),
            self._service("sa", "sa", self._sa(), after=("mariadb",),
                          before_start=self._prepare_tables),
            # Each after those it calls: a first attempt to connect that fails
            # would cost it a second.
            self._service("va", "va", self._va(PRIMARY), after=("dns", *self._remotes)),
            self._service("ra", "ra", self._ra(), after=("sa", "va", "ca", *self._ct)),
            self._service("wfe", "wfe", self._wfe(), after=("ra", "sa")),
        ]

    def _ct_processes(self):
        if not self._ct:
            return []
        os.makedirs(self._state.path("ct"), mode=0o700, exist_ok=True)
        logs = self._state.path("config", "ct_log.yaml")
        self._state.write("config/ct_log.yaml", yaml_text.dump(self._ct_log()))
        return [Process("ct_log", [self._programs.path("ct_log"), "--config", logs], files=(logs,)),
                self._service("publisher", "publisher", self._publisher(), after=("ct_log",))]

    def _service(self, name, program, config, after=(), before_start=None, environment=()):
        path = self._state.path("config", name + ".yaml")
        text = "# Written by ./dev up at each start; see protos/config/%s.proto.\n" % program
        self._state.write("config/%s.yaml" % name, text + yaml_text.dump(config))
        return Process(name, [self._programs.path(program), "--config", path], after=after,
                       files=(path,), before_start=before_start,
                       environment={"GRPC_VERBOSITY": "ERROR", **dict(environment)})

    def _common(self, name, **more):
        certificate, key = self._internal.leaf(name)
        return {
            "listen": self._address(name + ".grpc"),
            "metrics_listen": self._address(name + ".metrics"),
            "tls": {"certificate": certificate, "key": key, "ca": self._internal.certificate},
            "internal_domain": hierarchy.INTERNAL_DOMAIN,
            **more,
        }

    def _peer(self, name, **more):
        return {"address": self._address(name + ".grpc"), "name": _tls_name(name), **more}

    def _address(self, name):
        return "127.0.0.1:%d" % self._ports[name]

    def _wfe(self):
        certificate, key = self._https.leaf("acme")
        config = {
            "common": self._common("wfe", worker_threads=2),
            "base_url": self._base_url(),
            "acme_listen": "127.0.0.1:%d" % self._options.acme_port,
            "acme_tls": {"certificate": certificate, "key": key},
            "ra": self._peer("ra"),
            "sa": self._peer("sa"),
            "nonce_key_file": self._state.path("keys", "nonce.key"),
            "meta": {"caa_identities": [CAA_IDENTITY]},
        }
        if self._options.acme_http_port:
            config["acme_http_listen"] = "127.0.0.1:%d" % self._options.acme_http_port
        return config

    def _database_config(self, user):
        return {"socket": self._database.socket(), "user": "cairn_" + user,
                "password_file": self._database.password_file(user), "name": database.DATABASE}

    def _sa(self):
        return {"common": self._common("sa"), "database": self._database_config("sa")}

    def _prepare_tables(self):
        """Users, tables and the SA's rights on them: safe to repeat, and quick."""
        self._database.create_users()
        self._state.write("config/migrate.yaml",
                          yaml_text.dump({"database": self._database_config("migrate")}))
        result = subprocess.run(
            [self._programs.path("migrate"), "--config", self._state.path("config/migrate.yaml")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode != 0:
            raise Failure("the tables can't be made: " + result.stdout.strip())
        with open(os.path.join(TREE, "services/sa/migrations/grants.sql")) as file:
            self._database.grant(file.read())

    def _ca(self):
        issuers_ = self._issuers.config()
        perspectives = [{**_site(name), "public_key_file": self._receipt_public_key(name),
                         "primary": name == PRIMARY} for name in (PRIMARY, *self._remotes)]
        config = {
            "common": self._common("ca"),
            "instance": 1,
            "journal_directory": self._state.path("journal", "ca"),
            "base_urls": self._base_urls(),
            "caa_identities": [CAA_IDENTITY],
            "policy_pack": self._options.policy,
            "perspectives": perspectives,
            "issuers": issuers_,
            "methods": [*METHODS, PERSIST_METHOD],
            "profiles": [{"name": "default"}, {"name": PERSIST_PROFILE}],
        }
        if any("key" in issuer for issuer in issuers_):
            config["tokens"] = [self._token.config()]
        if self._options.policy == "webpki":
            # SoftHSM stands for hardware here.
            config["allow_software_keys"] = True
            config["public_suffix_file"] = PUBLIC_SUFFIXES
            config["ct"] = {"log_list": self._log_list()}
        return config

    def _ra(self):
        config = {
            "common": self._common("ra"),
            "sa": self._peer("sa"),
            # A look takes 10 s at most, and the primary 3 s more to count.
            "va": self._peer("va", timeout="15s"),
            "ca": self._peer("ca"),
            "base_url": self._base_url(),
            "finalize_base_urls": self._base_urls(),
            "policy_pack": self._options.policy,
            "profiles": ["default", PERSIST_PROFILE],
            "challenges": [{"methods": METHODS},
                           {"profile": PERSIST_PROFILE, "methods": [PERSIST_METHOD, *METHODS]}],
        }
        if self._options.policy == "webpki":
            config["public_suffix_file"] = PUBLIC_SUFFIXES
            config["publisher"] = self._peer("publisher")
            # The logs of this machine merge at once, and few certificates are made.
            config["inclusion_delay"] = "5s"
            config["inclusion_share"] = 1
            config["watched_issuers"] = [issuer["certificate_file"]
                                         for issuer in self._issuers.config()]
            config["log_watch_interval"] = "2s"
        return config

    def _va(self, name):
        primary = name == PRIMARY
        allowed = list(self._options.allow_address)
        if self._options.policy == "private":
            # Every name under .test is this machine.
            allowed.insert(0, "127.0.0.0/8")
        config = {
            "common": self._common("va" if primary else name),
            "role": "primary" if primary else "remote",
            "perspective": _perspective(name),
            "receipt_key": self._receipt_key(name),
            "resolver": self._resolver(),
            "http01_port": self._options.http01_port,
            "https_port": self._options.tlsalpn01_port,
            "allowed_addresses": allowed,
            "caa_identities": [CAA_IDENTITY],
            "policy_pack": self._options.policy,
        }
        # The local DNS signs nothing, so that there is no root to begin at.
        unvalidated = self._options.no_dnssec or not self._options.resolver
        if primary and unvalidated and self._options.policy == "webpki":
            config["allow_unvalidated_dns"] = True
        if primary:
            config["remotes"] = [
                {"perspective": _perspective(remote),
                 "peer": self._peer(remote, timeout="12s")} for remote in self._remotes]
        return config

    def _ct_log(self):
        return {
            "listen": self._address("ct_log"),
            "folder": self._state.path("ct"),
            "roots": [self._issuers.root(name) for name in ceremonies.ROOTS],
            "logs": [{"name": name, "operator": operator, "kind": kind}
                     for name, operator, kind in CT_LOGS],
        }

    def _log_list(self):
        return {"file": self._state.path("ct", "log_list.json"),
                "public_key": self._state.path("ct", "log_list.pub")}

    def _publisher(self):
        return {
            "common": self._common("publisher"),
            "log_list": self._log_list(),
            # The logs are on this machine.
            "allow_http": True,
        }

    def _resolver(self):
        if self._options.resolver:
            resolver = {"forward": self._options.resolver}
            anchors = ROOT_ANCHORS
        else:
            resolver = {"forward": self._address("dns"), "health_name": "health.test"}
            anchors = self._state.path("config", "trust-anchors")
            self._state.write("config/trust-anchors", LOCAL_ANCHORS)
        if not self._options.no_dnssec:
            resolver["trust_anchor_file"] = anchors
        # Room for a thousand looks; what a CA needs would be 5 MB more in each perspective.
        resolver["max_lookups"] = 4096
        # Clients change a record and have it looked at in the same second.
        resolver["max_cache_ttl"] = resolver["max_negative_ttl"] = "1s"
        return resolver

    def _base_url(self):
        return "https://localhost:%d" % self._options.acme_port

    def _base_urls(self):
        """All entrances to the directory; the first is the one in use."""
        plain = self._options.acme_http_port
        return [self._base_url()] + (["http://127.0.0.1:%d" % plain] if plain else [])

    def _receipt_key(self, name):
        return self._state.path("keys", "receipt-%s.key" % name)

    def _receipt_public_key(self, name):
        return _receipt_public_key(self._state, name)

    def _choose_ports(self):
        """Keeps the ports of the last start, but for those that a stranger took."""
        chosen = self._chosen_ports()
        wanted = ["dns"]
        for role in ("wfe", "ra", "va", "ca", "sa", *self._remotes, *self._ct):
            wanted += [role + ".grpc", role + ".metrics"]
        if self._ct:
            wanted.append("ct_log")
        ports = {name: number for name, number in self._state.read_json("ports.json").items()
                 if name in wanted and self._is_ours(name, number)}
        missing = [name for name in wanted if name not in ports]
        taken = {*ports.values(), *chosen.values(), self._options.http01_port,
                 self._options.tlsalpn01_port}
        ports.update(zip(missing, state_module.free_ports(len(missing), taken)))
        self._state.write_json("ports.json", {**ports, **chosen})
        self._ports = ports

    def _chosen_ports(self):
        """Those that the user chooses: {name: number}."""
        chosen = {"acme": self._options.acme_port, "acme_http": self._options.acme_http_port}
        return {name: number for name, number in chosen.items() if number}

    def _is_ours(self, name, number):
        return bool(self._supervisor.alive(name.partition(".")[0])) or state_module.is_free(number)
