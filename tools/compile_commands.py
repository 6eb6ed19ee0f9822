#!/usr/bin/env python3
"""Writes compile_commands.json at the workspace's root from `bazel aquery`.

$BAZEL replaces the command `bazel`.

usage: tools/compile_commands.py [TARGET...]     (default //libs/... //services/... //tests/...)
"""
import json
import os
import subprocess
import sys

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
targets = sys.argv[1:] or ["//libs/...", "//services/...", "//tests/..."]


def bazel(*words):
    return subprocess.run([*os.environ.get("BAZEL", "bazel").split(), *words], cwd=root, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout


output_base = bazel("info", "output_base").strip()
execution_root = bazel("info", "execution_root").strip()
query = 'mnemonic("CppCompile", deps(%s))' % " + ".join(targets)
actions = json.loads(bazel("aquery", query, "--output=jsonproto")).get("actions", [])

# gcc's flags that clang doesn't know, and the macros that Bazel redefines.
DROP = {"-fno-canonical-system-headers", "-Wno-free-nonheap-object",
        "-Wunused-but-set-parameter", "-Wno-builtin-macro-redefined"}


def word(text, source):
    # The execution root only holds links for the last build's targets, so the
    # commands run in the workspace.
    if text == source:
        return os.path.join(root, text)
    if text.startswith("bazel-out/"):
        return os.path.join(execution_root, text)
    if text.startswith("external/"):
        return os.path.join(output_base, text)
    return text


commands, seen = [], set()
for action in actions:
    words = action["arguments"]
    source = words[words.index("-c") + 1]
    if source in seen or source.startswith(("external/", "bazel-out/")):
        continue
    seen.add(source)
    commands.append({
        "directory": root,
        "file": os.path.join(root, source),
        "arguments": [word(w, source) for w in words
                      if w not in DROP and not w.startswith(("-D__DATE__", "-D__TIME"))],
    })
with open(os.path.join(root, "compile_commands.json"), "w") as out:
    json.dump(sorted(commands, key=lambda c: c["file"]), out, indent=1)
print("%d files" % len(commands))
