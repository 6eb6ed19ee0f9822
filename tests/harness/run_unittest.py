#!/usr/bin/env python3
"""Runs a unittest file: run_unittest.py FILE [NAME...]

Writes the result of each test method to $XML_OUTPUT_FILE, if that is set, in the
form of JUnit that Bazel and tools/test_summary.py read. $TESTBRIDGE_TEST_ONLY
(bazel's --test_filter) or NAMEs choose the methods whose name contains one.
"""
import importlib.util
import os
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree


class Result(unittest.TextTestResult):
    """Keeps one JUnit element for each test method, with its time."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = []
        self._case = None
        self._began = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()
        self._case = ElementTree.Element("testcase", name=test.id().split(".")[-1],
                                         classname=type(test).__name__)

    def stopTest(self, test):
        self._case.set("time", "%.3f" % (time.monotonic() - self._began))
        self.cases.append(self._case)
        self._case = None
        super().stopTest(test)

    def _note(self, test, tag, text):
        case = self._case
        if case is None:  # setUpClass or setUpModule failed: no method began
            case = ElementTree.Element("testcase", name=str(test))
            self.cases.append(case)
        ElementTree.SubElement(case, tag, message=text.strip().splitlines()[-1][:500]).text = text

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._note(test, "failure", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self._note(test, "error", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._note(test, "skipped", reason or "skipped")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(test, "failure", self._exc_info_to_string(err, subtest))


def write_xml(path, name, cases):
    suites = ElementTree.Element("testsuites")
    failed = sum(1 for c in cases if c.find("failure") is not None or c.find("error") is not None)
    suite = ElementTree.SubElement(suites, "testsuite", name=name, tests=str(len(cases)),
                                   failures=str(failed))
    suite.extend(cases)
    ElementTree.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)


def main(argv):
    if len(argv) < 2 or argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if len(argv) > 1 else 2
    sys.path.insert(0, os.getcwd())  # the root of the runfiles, or of the tree
    spec = importlib.util.spec_from_file_location("test_under_run", argv[1])
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    loader = unittest.TestLoader()
    wanted = argv[2:] or [w for w in [os.environ.get("TESTBRIDGE_TEST_ONLY")] if w]
    if wanted:
        loader.testNamePatterns = ["*%s*" % word for word in wanted]
    suite = loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(resultclass=Result, verbosity=2).run(suite)
    path = os.environ.get("XML_OUTPUT_FILE")
    if path:
        write_xml(path, os.environ.get("TEST_TARGET", argv[1]), result.cases)
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
