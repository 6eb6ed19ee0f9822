"""A stock ACME client gets a certificate from the stack, and openssl checks it."""
import os
import shutil
import subprocess
import time

import hierarchy
import programs
from report import Failure

NAMES = ("www.example.test", "example.test")


def client_environment(state):
    """Of ACME clients: none of the caller's trust settings and proxies."""
    return {"PATH": os.environ["PATH"], "HOME": state.path("demo"), "LC_ALL": "C.UTF-8",
            "REQUESTS_CA_BUNDLE": state.path("acme-ca.pem")}


def certbot_command(state, directory, http01_port, names):
    command = [shutil.which("certbot") or "certbot", "certonly", "--non-interactive",
               "--agree-tos", "--register-unsafely-without-email", "--server", directory,
               "--standalone", "--preferred-challenges", "http", "--http-01-address", "127.0.0.1",
               "--http-01-port", str(http01_port), "--cert-name", names[0], "--force-renewal"]
    for folder in ("config", "work", "logs"):
        command += ["--%s-dir" % folder, state.path("demo", "certbot", folder)]
    for name in names:
        command += ["-d", name]
    return command


def run(state, steps, directory, http01_port):
    began = time.monotonic()
    result = subprocess.run(certbot_command(state, directory, http01_port, NAMES),
                            env=client_environment(state), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with open(state.path("logs", "certbot.log"), "a") as log:
        log.write(result.stdout)
    if result.returncode != 0:
        lines = [line for line in result.stdout.splitlines() if line.strip()]
        raise Failure("certbot got no certificate: %s (all of it: %s)"
                      % (" / ".join(lines[-4:]), state.path("logs", "certbot.log")))
    steps.done("certbot has a certificate for %s (in %.1f s)"
               % (" and ".join(NAMES), time.monotonic() - began))

    live = state.path("demo", "certbot", "config", "live", NAMES[0])
    verdict = hierarchy.openssl("verify", "-CAfile", state.path("root.pem"), "-untrusted",
                                os.path.join(live, "chain.pem"), "-purpose", "sslserver",
                                "-verify_hostname", NAMES[1], os.path.join(live, "cert.pem"))
    steps.done("openssl verify: " + verdict.decode().strip())
    text = hierarchy.openssl("x509", "-in", os.path.join(live, "cert.pem"), "-noout", "-text",
                             "-certopt", "no_pubkey,no_sigdump")
    steps.note("\n" + text.decode().rstrip())


def next_commands(state, directory, http01_port):
    """The three commands to try next, for a person to copy."""
    here = os.path.relpath(state.root)
    here = state.root if here.startswith("..") else here
    default = os.path.join(programs.TREE, "state")
    option = "" if state.root == default else " --state " + here
    return """
The directory: %s

Try next:
  curl --cacert %s/acme-ca.pem %s
  LEGO_CA_CERTIFICATES=%s/acme-ca.pem lego --server %s --accept-tos \\
    --email you@example.test --domains blog.example.test --http --http.port 127.0.0.1:%d \\
    --path %s/demo/lego run
  ./dev status%s""" % (directory, here, directory, here, directory, http01_port, here, option)
