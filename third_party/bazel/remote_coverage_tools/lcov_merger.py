#!/usr/bin/python3
"""Merges gcov's JSON files (gcc 9 and later) and lcov's .dat files into one lcov file.

Stands in for Bazel's Java LcovMerger, with the same flags:
  --coverage_dir=DIR or --reports_file=FILE, --output_file=FILE, --filter_sources=REGEX
"""
import collections
import glob
import gzip
import json
import os
import re
import sys

flags = collections.defaultdict(list)
for word in sys.argv[1:]:
    name, _, value = word.lstrip("-").partition("=")
    flags[name].append(value)

paths = []
for folder in flags["coverage_dir"]:
    paths += glob.glob(os.path.join(folder, "**", "*.gcov.json.gz"), recursive=True)
    paths += glob.glob(os.path.join(folder, "**", "*.dat"), recursive=True)
for reports in flags["reports_file"]:
    with open(reports) as lines:
        paths += [line.strip() for line in lines if line.strip()]

output = flags["output_file"][0]
filters = [re.compile(text) for text in flags["filter_sources"]]
hits = collections.defaultdict(lambda: collections.defaultdict(int))


def add(source, line, count):
    source = re.sub(r"^/proc/self/cwd/", "", source)
    if source.startswith(("/", "bazel-out/", "external/")):
        return
    if not any(f.fullmatch(source) for f in filters):
        hits[source][line] += count


for path in paths:
    if os.path.realpath(path) == os.path.realpath(output) or not os.path.getsize(path):
        continue
    if path.endswith(".gz"):
        with gzip.open(path, "rt") as file:
            for entry in json.load(file)["files"]:
                for line in entry["lines"]:
                    add(entry["file"], line["line_number"], line["count"])
    else:
        source = None
        with open(path, errors="replace") as file:
            for text in file:
                if text.startswith("SF:"):
                    source = text[3:].strip()
                elif text.startswith("DA:") and source:
                    line, count = text[3:].split(",")[:2]
                    add(source, int(line), int(count))

with open(output, "w") as out:
    for source in sorted(hits):
        lines = hits[source]
        out.write("SF:%s\n" % source)
        for line in sorted(lines):
            out.write("DA:%d,%d\n" % (line, lines[line]))
        out.write("LH:%d\nLF:%d\nend_of_record\n" % (sum(1 for c in lines.values() if c), len(lines)))
