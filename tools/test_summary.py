#!/usr/bin/env python3
"""Counts test cases: test_summary.py BEP.json [TEST.xml...]

BEP.json is Bazel's build event file; each TEST.xml is a JUnit report of tests
that ran outside Bazel, and one that isn't there or has no case counts as failed.

The last line is 'N passed, N failed', with ', N skipped' where there are any.
Each target's test.xml gives its test cases; a target that has none, timed out,
crashed or wasn't built counts as one. Exits 1 if any failed or none ran.
"""
import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def count(path):
    """Cases, failed and skipped ones of a JUnit file; zeros where it can't be read."""
    cases = failures = skips = 0
    try:
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            cases += 1
            if case.find("failure") is not None or case.find("error") is not None:
                failures += 1
            elif case.find("skipped") is not None:
                skips += 1
    except (OSError, ElementTree.ParseError):
        pass
    return cases, failures, skips


passed = failed = skipped = 0
bad = []
seen = set()
with open(sys.argv[1]) as events:
    for line in events:
        event = json.loads(line)
        identity = event["id"]
        # Without a result of its own: it wasn't built, or the run was cut off.
        if "testSummary" in identity:
            label = identity["testSummary"]["label"]
            if "testSummary" not in event:
                failed += 1
                bad.append(label + " (no result)")
                seen.add(label)
            continue
        if "targetCompleted" in identity and event.get("completed", {}).get("success") is None:
            label = identity["targetCompleted"]["label"]
            if label not in seen:
                seen.add(label)
                failed += 1
                bad.append(label + " (not built)")
            continue
        if "testResult" not in identity or "testResult" not in event:
            continue
        label, result = identity["testResult"]["label"], event["testResult"]
        ok = result["status"] in ("PASSED", "FLAKY")
        cases = failures = skips = 0
        for output in result.get("testActionOutput", []):
            if output["name"] == "test.xml" and output.get("uri", "").startswith("file://"):
                path = urllib.parse.unquote(output["uri"][len("file://"):])
                for_this = count(path)
                cases += for_this[0]
                failures += for_this[1]
                skips += for_this[2]
        if not ok:
            bad.append("%s (%s)" % (label, result["status"]))
            failures = max(failures, 1)
            cases = max(cases, failures)
        passed += max(cases, 1) - failures - skips
        failed += failures
        skipped += skips

for path in sys.argv[2:]:
    cases, failures, skips = count(path)
    if failures or not cases:
        bad.append(path + ("" if cases else " (no result)"))
    failures = failures if cases else 1
    passed += max(cases, 1) - failures - skips
    failed += failures
    skipped += skips

for line in bad:
    print("FAILED " + line)
print("%d passed, %d failed" % (passed, failed) + (", %d skipped" % skipped if skipped else ""))
sys.exit(1 if failed or not passed else 0)
