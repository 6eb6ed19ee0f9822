#!/usr/bin/env python3
"""Checks who depends on whom: docs/architecture.md and the lists below, against `bazel query`.

usage: tools/check_deps.py        ($BAZEL replaces the command `bazel`)

Prints one line for each dependency that should not be there, and one for each
entry of a list that nothing needs any more. Exits 1 if there are any.
"""
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BAZEL = os.environ.get("BAZEL", "bazel").split()

# Folders whose targets (tests apart) may name a library of the system in deps.
# The lists are exact: an entry that no target needs is an error too.
DIRECT = {
    ("ssl", "crypto"): ["libs/crypto", "libs/http", "libs/service"],
    ("mariadb",): ["libs/sql"],
    ("yaml_cpp",): ["libs/config"],
    ("unbound", "event"): ["libs/dns"],
    ("p11_kit",): ["libs/crypto/pkcs11"],
    ("prometheus_pull",): ["libs/metrics"],
    ("grpc++",): ["libs/errors", "libs/service", "protos", "services", "tools/cairn_admin",
                  "tools/health_check"],
}

# The code that signs certificates, and the only packages that may reach it.
SIGNING = "services/ca/signing"
SIGNING_USERS = "services/ca"

# Whose api/ the code of a service may use besides its own (design section 2). No cycles.
CALLS = {
    "wfe": {"ra", "sa"},
    "ra": {"sa", "va", "ca", "publisher"},
    "va": set(),
    "ca": set(),
    "sa": set(),
    "publisher": set(),
}

# What code must not reach, however far away. Generated code (protos/) is not
# followed: whoever names a record's message links gRPC, but can't see it.
CORE_FORBIDDEN = ["@system//:grpc++", "@system//:mariadb", "libs/sql", "libs/service"]
PURE = ["libs/acme", "libs/base", "libs/ct", "libs/der", "libs/evidence", "libs/journal",
        "libs/lint", "libs/policy", "libs/x509"]
PURE_FORBIDDEN = ["@system//:grpc++", "@system//:mariadb", "@system//:ssl", "@system//:unbound", "@system//:event",
                  "@system//:boost_system", "libs/sql", "libs/http", "libs/service"]

TEST_RULES = {"cc_test", "py_test", "sh_test"}


def patterns():
    """Our folders. Not //...: that follows the links that another output base left behind."""
    builds = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard",
                             "*/BUILD.bazel"],
                            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return ["//%s/..." % folder
            for folder in sorted({path.split("/")[0] for path in builds.split()} - {"third_party"})]


def package(label):
    """libs/base for //libs/base:clock; a label of another repository as it is."""
    return label[2:].split(":")[0] if label.startswith("//") else label


def inside(label, folder):
    """Whether the label, or its package, is `folder` or below it."""
    name = package(label)
    return name == folder or name.startswith(folder + "/")


def bazel_query(*words):
    query = subprocess.run([*BAZEL, "query", *words], cwd=ROOT, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    if query.returncode != 0:
        sys.exit("check_deps: bazel query failed:\n" + query.stderr)
    return query.stdout


class Graph:
    """The rules of this workspace and what each names, tests kept apart."""

    def __init__(self):
        rules = "kind(rule, %s)" % " + ".join(patterns())
        # A package's default_testonly shows in attr() only, not in the XML.
        self.testonly = set(bazel_query("attr(testonly, 1, %s)" % rules).split())
        self.deps = {}
        xml = bazel_query(rules, "--output=xml")
        # Bazel says XML 1.1, which Python's parser does not read; the content is 1.0.
        for rule in ElementTree.fromstring(xml.split("?>", 1)[1]).iter("rule"):
            label = rule.get("name")
            self.deps[label] = {i.get("name") for i in rule.iter("rule-input")
                                if i.get("name").startswith(("//", "@system//"))}
            if rule.get("class") in TEST_RULES:
                self.testonly.add(label)

    def shipped(self):
        return sorted(set(self.deps) - self.testonly)

    def path(self, start, reached, follow=lambda label: True):
        """A shortest chain of labels from `start` to one that `reached` accepts, or nothing."""
        before, queue = {start: None}, [start]
        for label in queue:
            for dep in sorted(self.deps.get(label, ())):
                if dep in before:
                    continue
                before[dep] = label
                if reached(dep):
                    chain = [dep]
                    while before[chain[-1]] is not None:
                        chain.append(before[chain[-1]])
                    return chain[::-1]
                if follow(dep):
                    queue.append(dep)
        return None


def not_generated(label):
    return not inside(label, "protos")


def check_direct(graph):
    for names, allowed in DIRECT.items():
        library = " or ".join("@system//:" + name for name in names)
        users = {package(label) for label in graph.shipped()
                 if any("@system//:" + name in graph.deps[label] for name in names)}
        for user in sorted(users):
            if not any(inside("//" + user, folder) for folder in allowed):
                yield "//%s depends on %s; only %s may" % (user, library, ", ".join(allowed))
        for folder in allowed:
            if not any(inside("//" + user, folder) for user in users):
                yield "//%s no longer needs %s: take it off the list" % (folder, library)


def check_signing(graph):
    if not any(inside(label, SIGNING) for label in graph.deps):
        yield "//%s is gone: the check of who can sign watches nothing" % SIGNING
    for label in sorted(graph.deps):
        if inside(label, SIGNING_USERS):
            continue
        chain = graph.path(label, lambda dep: inside(dep, SIGNING))
        # The binary is a program of its own; a test starts it, and links none of it.
        if chain and "//services/ca:ca" not in chain:
            yield "only the CA may sign: " + " -> ".join(chain)


def check_layers(graph):
    for label in graph.shipped():
        match = re.match(r"services/(\w+)(/\w+)?", package(label))
        if match:
            service, part = match.group(1), match.group(2)
            allowed = CALLS.get(service, set()) | {service}
            for dep in sorted(graph.deps[label]):
                other = re.match(r"services/(\w+)(/\w+)?", package(dep))
                if not other:
                    continue
                if other.group(1) not in allowed:
                    yield "the %s does not call the %s: %s -> %s" % (
                        service, other.group(1), label, dep)
                elif other.group(1) != service and other.group(2) != "/api":
                    yield "of another service only its api/: %s -> %s" % (label, dep)
            if part == "/core":
                for folder in CORE_FORBIDDEN:
                    chain = graph.path(label, lambda dep: inside(dep, folder), not_generated)
                    if chain:
                        yield "core/ may not reach %s: %s" % (folder, " -> ".join(chain))
        if inside(label, "libs"):
            for dep in sorted(graph.deps[label]):
                if inside(dep, "services"):
                    yield "a library knows a service: %s -> %s" % (label, dep)
        if any(inside(label, folder) for folder in PURE):
            for folder in PURE_FORBIDDEN:
                chain = graph.path(label, lambda dep: inside(dep, folder), not_generated)
                if chain:
                    yield "%s is pure, but reaches %s: %s" % (
                        package(label), folder, " -> ".join(chain))
        for dep in sorted(graph.deps[label]):
            if dep in graph.testonly:
                yield "code for tests only is shipped: %s -> %s" % (label, dep)


def main():
    graph = Graph()
    problems = [*check_direct(graph), *check_signing(graph), *check_layers(graph)]
    for problem in problems:
        print(problem)
    print("%d targets, %d problems" % (len(graph.deps), len(problems)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
