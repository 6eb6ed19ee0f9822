#!/usr/bin/env python3
"""The checks of the tree find what they are there to find, and nothing else."""
import importlib.util
import os
import tempfile
import unittest


def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join("tools", name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


style = load("check_style")
docs = load("check_docs")
deps = load("check_deps")


class Style(unittest.TestCase):
    def cpp(self, text, path="libs/x/y.cc"):
        return [(line, rule.split(":")[0].split(" ")[0]) for line, rule in style.check_cpp(path, text)]

    def test_throw_is_found_in_code_only(self):
        self.assertEqual(self.cpp("int f() {\n  throw 1;\n}\n"), [(2, "errors")])
        self.assertEqual(self.cpp('// they throw\nconst char* s = "throw";\n/* throw */\n'), [])
        self.assertEqual(self.cpp('const char* s = R"(\nthrow)";\nint rethrow;\n'), [])

    def test_libraries_have_one_user(self):
        self.assertEqual(len(self.cpp("#include <openssl/evp.h>\n")), 1)
        self.assertEqual(self.cpp("#include <openssl/evp.h>\n", "libs/crypto/a.cc"), [])
        self.assertEqual(len(self.cpp("#include <grpcpp/grpcpp.h>\n", "services/ra/core/a.cc")), 1)
        self.assertEqual(self.cpp("#include <grpcpp/grpcpp.h>\n", "services/ra/a.cc"), [])

    def test_a_header_needs_its_guard(self):
        self.assertEqual(len(self.cpp("int f();\n", "libs/x/y.h")), 1)
        self.assertEqual(self.cpp("#pragma once\nint f();\n", "libs/x/y.h"), [])

    def test_text_rules(self):
        def rules(text, path="a.cc"):
            return len(list(style.check_text(path, text)))
        self.assertEqual(rules("// TO" "DO: later\n"), 1)
        self.assertEqual(rules("// TO" "DO(#12): later\n"), 0)
        self.assertEqual(rules('"SELECT' ' * FROM t"\n'), 1)
        self.assertEqual(rules('"SELECT' ' a FROM t"\n'), 0)
        self.assertEqual(rules("see /ho" "me/someone/file\n", "a.md"), 1)
        self.assertEqual(rules("trailing \n", "a.md"), 1)
        self.assertEqual(rules("no end", "a.md"), 1)
        self.assertEqual(rules("def f(:\n", "a.py"), 1)

    def test_tags_name_requirements_that_exist(self):
        ids = style.requirement_ids()
        self.assertIn("ACME-001", ids)
        self.assertIn("MPIC-22", ids)
        good = 'TEST_CASE("a", "[ACME-043]") {\n'
        bad = 'TEST_CASE("a",\n          "[ACME-999]") {\n'
        self.assertEqual(list(style.check_tags("a_test.cc", good, ids)), [])
        self.assertEqual([line for line, _ in style.check_tags("a_test.cc", bad, ids)], [2])

    def test_proto_rules(self):
        def rules(text):
            return [line for line, _ in style.check_proto("protos/x/v1/x.proto", text)]
        self.assertEqual(rules("enum A {\n  A_UNSPECIFIED = 0;\n  A_ONE = 1;\n}\n"), [])
        self.assertEqual(rules("enum A {\n  A_ONE = 0;\n}\n"), [1])
        self.assertEqual(rules("rpc Get(GetRequest) returns (stream GetResponse);\n"), [])
        self.assertEqual(rules("\nrpc Get(Name) returns (GetResponse);\n"), [2])


class Docs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        for path, text in {"libs/x/clock.h": "class Clock { void Now(); };\n",
                           "libs/x/clock.cc": "",
                           "libs/x/BUILD.bazel": 'name = "clock"\n',
                           "docs/other.md": "# The `Heading`, one\n"}.items():
            path = os.path.join(self.folder.name, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        docs.ROOT = self.folder.name

    def tearDown(self):
        self.folder.cleanup()

    def problems(self, line):
        document = os.path.join(self.folder.name, "docs", "page.md")
        return [p for p in docs.check_line(document, line) if p]

    def test_what_is_there(self):
        for line in ["`libs/x/clock.h`, and libs/x.", "libs/x/clock.{h,cc}", "libs/x/clock", "libs/*/clock.h",
                     "`libs/x/clock.h:Now`", "`libs/x/clock.h` (`Clock::Now`)", "`//libs/x:clock`",
                     "[other](other.md#the-heading-one)", "[out](https://example.test/libs/none)"]:
            self.assertEqual(self.problems(line), [], line)

    def test_what_is_gone(self):
        for line in ["`libs/x/watch.h`", "libs/x/clock.{h,py}", "`libs/x/clock.h:Then`",
                     "`libs/x/clock.h` (`Then`)", "`//libs/x:watch`", "//libs/y", "[other](none.md)",
                     "[other](other.md#another-heading)"]:
            self.assertEqual(len(self.problems(line)), 1, line)


class Deps(unittest.TestCase):
    GOOD = {
        "//libs/crypto:crypto": {"@system//:crypto"},
        "//libs/crypto/pkcs11:pkcs11": {"@system//:p11_kit"},
        "//libs/http:http": {"@system//:ssl"},
        "//libs/service:service": {"@system//:ssl", "@system//:grpc++"},
        "//libs/sql:sql": {"@system//:mariadb"},
        "//libs/config:config": {"@system//:yaml_cpp"},
        "//libs/dns:dns": {"@system//:unbound"},
        "//libs/metrics:metrics": {"@system//:prometheus_pull"},
        "//libs/errors:grpc_status": {"@system//:grpc++"},
        "//tools/cairn_admin:cairn_admin": {"@system//:grpc++"},
        "//tools/health_check:health_check": {"@system//:grpc++"},
        "//protos/ca/v1:ca": {"@system//:grpc++"},
        "//services/ca/api:signer": {"//protos/ca/v1:ca"},
        "//services/ca/signing:sign": {"//libs/crypto:crypto"},
        "//services/ca:ca": {"//services/ca/signing:sign", "@system//:grpc++"},
        "//services/ra/core:issue": {"//services/ca/api:signer"},
    }

    def problems(self, **added):
        graph = deps.Graph.__new__(deps.Graph)
        graph.deps = {label: set(names) for label, names in self.GOOD.items()}
        graph.testonly = set()
        for label, names in added.get("more", {}).items():
            graph.deps.setdefault(label, set()).update(names)
        return [*deps.check_direct(graph), *deps.check_signing(graph), *deps.check_layers(graph)]

    def test_a_good_tree(self):
        self.assertEqual(self.problems(), [])

    def test_each_wrong_edge_is_one_problem(self):
        for label, dep in [("//libs/acme:jws", "@system//:crypto"),
                           ("//services/ra:ra", "//services/ca/signing:sign"),
                           ("//services/ra/core:issue", "//libs/sql:sql"),
                           ("//services/ca/core:sign", "//services/ra/api:registration"),
                           ("//libs/base:clock", "//libs/service:service")]:
            self.assertTrue(self.problems(more={label: {dep}}), (label, dep))

    def test_a_list_does_not_outlive_its_reason(self):
        del deps.DIRECT[("unbound", "event")]
        deps.DIRECT[("unbound", "event")] = ["libs/dns", "libs/base"]
        self.assertTrue(any("libs/base no longer needs" in p for p in self.problems()))
        deps.DIRECT[("unbound", "event")] = ["libs/dns"]


if __name__ == "__main__":
    unittest.main()
