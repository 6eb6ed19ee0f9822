#!/usr/bin/env python3
"""Checks rules of style that a pattern can see.

usage: tools/check_style.py [FILE...]     (default: every file of the tree)

Prints file:line: rule. Exits 1 if any is broken.
"""
import ast
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CODE = (".cc", ".h")
TEXT = (".bzl", ".bazel", ".cc", ".cfg", ".cnf", ".conf", ".h", ".json", ".md", ".proto", ".py", ".sh",
        ".sql", ".txt", ".yaml", ".yml", "")

# (endings, where, pattern, rule). `where` accepts the path; comments and string
# literals of C++ are blanked for patterns marked with code=True.
def anywhere(path):
    return True


def outside(*folders):
    return lambda path: not path.startswith(tuple(folder + "/" for folder in folders))


def inside(*folders):
    return lambda path: path.startswith(tuple(folder + "/" for folder in folders))


def in_core(path):
    return re.match(r"services/\w+/core/", path) is not None and not path.endswith("_test.cc")


CPP_RULES = [
    (anywhere, r"\bthrow\b", "errors are absl::Status, not exceptions (docs/adr/0003)"),
    (outside("libs/service", "tests", "libs/testing"), r"\bServerBuilder\b",
     "only libs/service builds gRPC servers"),
    (lambda path: inside("libs", "services")(path) and not inside("libs/testing")(path),
     r"\b(?:secure_)?getenv\b",
     "what varies is injected or configured, never read from the environment"),
    (inside("libs", "services"), r"\.detach\(\)", "threads have an owner that joins them"),
    (anywhere, r"\babsl::Mutex\b", "std::mutex: TSan does not see absl::Mutex's locks"),
]
INCLUDE_RULES = [
    (outside("libs/crypto", "libs/http", "libs/service", "libs/testing", "tests"), r"<openssl/",
     "only libs/crypto includes OpenSSL (libs/http and libs/service for TLS)"),
    (outside("libs/sql"), r"<(?:mariadb/)?mysql", "only libs/sql includes mysql.h"),
    (outside("libs/config"), r"<yaml-cpp/", "only libs/config includes yaml-cpp"),
    (outside("libs/dns"), r"<unbound", "only libs/dns includes libunbound"),
    (outside("libs/crypto/pkcs11"), r"<p11-kit", "only libs/crypto/pkcs11 includes PKCS#11"),
    (in_core, r"<grpcpp/|\.grpc\.pb\.h|<openssl/|<mariadb/|libs/sql/",
     "core/ knows no gRPC, SQL or OpenSSL"),
]
TEXT_RULES = [
    ((".cc", ".h", ".sql", ".py"), r"(?i)\bSELECT\s+\*", "list the columns"),
    (TEXT, r"\b(?:FIXME|XXX|HACK)\b", "TODO(#123) with an issue, or nothing"),
    (TEXT, r"\bTODO\b(?!\(#\d+\))", "TODO(#123) with an issue, or nothing"),
    (TEXT, r"(?<![\w.~/])/(?:root|work|home/\w+|Users/\w+|tmp/bz-\w+)(?:/|\b)", "a path of one machine"),
]
# This file spells out what it forbids; the licence is not ours.
EXEMPT = {"tools/check_style.py", "LICENSE"}
# gRPC's own contract, fixed by its clients.
FOREIGN_PROTOS = ("protos/health/",)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def without_comments(text, strings=True):
    """C++ with comments, and string and character literals, as spaces."""
    text = re.sub(r'R"(\w*)\(.*?\)\1"', blank if strings else lambda m: m.group(0), text, flags=re.S)
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern,
                  lambda m: blank(m) if strings or m.group(0)[0] == "/" else m.group(0), text, flags=re.S)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def requirement_ids():
    ids = set()
    with open(os.path.join(ROOT, "tools/requirement_ids.txt"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                continue
            prefix, *ranges = line.split()
            for part in ranges:
                first, last = part.split("-")
                ids.update("%s-%0*d" % (prefix, len(first), n) for n in range(int(first), int(last) + 1))
    return ids


def check_cpp(path, text):
    code = without_comments(text)
    for where, pattern, rule in CPP_RULES:
        if where(path):
            for match in re.finditer(pattern, code):
                yield line_of(code, match.start()), rule
    for match in re.finditer(r'^[ \t]*#\s*include\s+([<"][^>"]+[>"])', text, flags=re.M):
        for where, pattern, rule in INCLUDE_RULES:
            if where(path) and re.search(pattern, match.group(1)):
                yield line_of(text, match.start()), rule
    if path.endswith(".h") and not re.search(r"^#pragma once$", text, flags=re.M):
        yield 1, "a header starts with #pragma once"


def check_tags(path, text, ids):
    """The requirement ids that a test's tags name."""
    for case in re.finditer(r"(?:TEST_CASE(?:_METHOD)?|SCENARIO|SECTION)\s*\((.*?)\)\s*\{", text, flags=re.S):
        for match in re.finditer(r"\[([A-Z][A-Z0-9]*-\d+)\]", case.group(1)):
            if match.group(1) not in ids:
                yield line_of(text, case.start(1) + match.start()), "no requirement is called " + match.group(1)


def check_proto(path, text):
    if path.startswith(FOREIGN_PROTOS):
        return
    code = without_comments(text, strings=False)
    for match in re.finditer(r"\benum\s+(\w+)\s*\{([^}]*)\}", code):
        zero = re.search(r"(\w+)\s*=\s*0\s*;", match.group(2))
        if not zero or not zero.group(1).endswith("_UNSPECIFIED"):
            yield line_of(code, match.start()), "the zero of enum %s is ..._UNSPECIFIED" % match.group(1)
    for match in re.finditer(
            r"\brpc\s+(\w+)\s*\(\s*(?:stream\s+)?([\w.]+)\s*\)\s*returns\s*\(\s*(?:stream\s+)?([\w.]+)\s*\)", code):
        name, request, response = match.groups()
        if (request, response) != (name + "Request", name + "Response"):
            yield line_of(code, match.start()), "rpc %s takes %sRequest and returns %sResponse" % (name, name, name)


def check_text(path, text):
    ending = os.path.splitext(path)[1]
    for endings, pattern, rule in TEXT_RULES:
        if ending in endings:
            for match in re.finditer(pattern, text):
                yield line_of(text, match.start()), rule
    if ending == ".py":
        try:
            ast.parse(text)
        except SyntaxError as error:
            yield error.lineno, "not Python: %s" % error.msg
    if text and not text.endswith("\n"):
        yield line_of(text, len(text)), "the last line has no end"
    for match in re.finditer(r"[ \t]+$", text, flags=re.M):
        yield line_of(text, match.start()), "white space at the end of the line"


def tree():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [name for name in listed.split("\0") if name]


def main():
    names = [os.path.relpath(os.path.abspath(name), ROOT) for name in sys.argv[1:]] or tree()
    ids = requirement_ids()
    problems = count = 0
    for name in sorted(names):
        path = os.path.join(ROOT, name)
        # Test vectors are bytes, not text of ours.
        if name in EXEMPT or "/testdata/" in name or not os.path.isfile(path) or os.path.islink(path) \
                or os.path.splitext(name)[1] not in TEXT:
            continue
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except UnicodeDecodeError:
            continue
        count += 1
        found = list(check_text(name, text))
        if name.endswith(CODE):
            found += check_cpp(name, text)
            found += check_tags(name, text, ids)
        if name.endswith(".proto"):
            found += check_proto(name, text)
        for line, rule in sorted(found):
            problems += 1
            print("%s:%d: %s" % (name, line, rule))
    print("%d files, %d problems" % (count, problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
