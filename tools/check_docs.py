#!/usr/bin/env python3
"""Checks that what the documents name is in the tree.

usage: tools/check_docs.py [FILE.md...]     (default: every document of the tree)

For each Markdown file: every path that starts with one of the tree's folders
(globs and {a,b} allowed), every relative link with its #heading, every
`file:Name` and `file` (`Name`), where the file must contain the word Name, and
every Bazel label. Prints file:line: what is gone. Exits 1 if anything is.
"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = "libs|services|protos|tools|tests|deploy|docs|build_defs|third_party"

PATH = re.compile(r"(?<![\w/.$~-])((?:%s)/[\w./{},*+-]*)" % FOLDERS)
# path:Name, where a name is an identifier, not a line number.
NAME_AFTER_COLON = re.compile(r"((?:%s)/[\w./{},*+-]+\.\w+):([A-Za-z_][\w:~]*)" % FOLDERS)
NAME_IN_BRACKETS = re.compile(r"`((?:%s)/[\w./{},*+-]+\.\w+)` \(`([A-Za-z_][\w:~]*)(?:\(\))?`\)" % FOLDERS)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
LABEL = re.compile(r"(?<![\w:@/])//((?:%s)[\w/.-]*)(?::([\w.+-]+))?" % FOLDERS)


def expand(pattern):
    """The patterns that {a,b} stands for."""
    match = re.search(r"\{([^{}]*)\}", pattern)
    if not match:
        return [pattern]
    return [whole for part in match.group(1).split(",")
            for whole in expand(pattern[:match.start()] + part + pattern[match.end():])]


def files(path):
    """The files and folders that a path of a document stands for; [] if any is missing."""
    found = []
    for pattern in expand(path):
        whole = os.path.join(ROOT, pattern)
        # libs/policy/calendar stands for its header, source and test.
        here = glob.glob(whole) or glob.glob(whole + ".*")
        if not here:
            return []
        found += here
    return found


def slug(heading):
    """GitHub's anchor for a heading."""
    text = re.sub(r"[`*]", "", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def headings(path):
    with open(path, encoding="utf-8") as document:
        return {slug(line.lstrip("#")) for line in document if line.startswith("#")}


def has_word(paths, name):
    word = re.compile(r"\b%s\b" % re.escape(name.split("::")[-1].rstrip(":")))
    for path in paths:
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                if word.search(file.read()):
                    return True
    return False


def check_link(document, target):
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    where = os.path.join(os.path.dirname(document), path) if path else document
    if not os.path.exists(where):
        return "the link %s leads nowhere" % target
    if anchor and where.endswith(".md") and anchor not in headings(where):
        return "%s has no heading #%s" % (path or "this document", anchor)
    return None


def check_label(package, target):
    build = os.path.join(ROOT, package, "BUILD.bazel")
    if package.endswith("..."):
        return None if os.path.isdir(os.path.join(ROOT, package[:-3])) else "no package below //" + package
    if not os.path.isfile(build):
        return "//%s is not a package" % package
    name = target or package.split("/")[-1]
    with open(build, encoding="utf-8") as file:
        if '"%s"' % name not in file.read():
            return "//%s has no target %s" % (package, name)
    return None


def check_line(document, line):
    for match in LABEL.finditer(line):
        yield check_label(match.group(1).rstrip("/."), match.group(2)) \
            if not match.group(1).endswith("...") else check_label(*match.groups())
    # What a label has is checked above: its package is not a path of its own.
    line = LABEL.sub(" ", line)
    for match in LINK.finditer(line):
        yield check_link(document, match.group(1))
    line = LINK.sub(" ", line)
    for match in PATH.finditer(line):
        path = match.group(1).rstrip(".,-")
        if not files(path):
            yield "%s is not in the tree" % path
    for pattern in (NAME_AFTER_COLON, NAME_IN_BRACKETS):
        for match in pattern.finditer(line):
            path, name = match.groups()
            if files(path) and not has_word(files(path), name):
                yield "%s does not contain %s" % (path, name)


def documents():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [os.path.join(ROOT, name) for name in listed.split() if os.path.exists(os.path.join(ROOT, name))]


def main():
    problems = 0
    paths = [os.path.abspath(path) for path in sys.argv[1:]] or documents()
    for path in paths:
        with open(path, encoding="utf-8") as document:
            # A sentence may break between a file and the name in it.
            lines = document.read().split("\n")
        for number, line in enumerate(lines, 1):
            for problem in check_line(path, line):
                if problem:
                    problems += 1
                    print("%s:%d: %s" % (os.path.relpath(path, ROOT), number, problem))
    print("%d documents, %d problems" % (len(paths), problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
