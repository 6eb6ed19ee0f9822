#!/usr/bin/env python3
"""Makes normalization_data.cc from the Unicode tables of Python's standard library.

    python3 normalization_data.py > normalization_data.cc
"""
import sys
import unicodedata


def canonical(point):
    """The canonical decomposition of one code point, one step, or nothing."""
    text = unicodedata.decomposition(chr(point))
    if not text or text.startswith("<"):
        return None
    return [int(part, 16) for part in text.split()]


def rows(items, per_line):
    for i in range(0, len(items), per_line):
        print("    " + " ".join(items[i:i + per_line]))


points = [p for p in range(sys.maxunicode + 1) if not 0xd800 <= p <= 0xdfff]
decompositions = []
for p in points:
    parts = canonical(p)
    if parts:
        second = parts[1] if len(parts) == 2 else 0
        # Some are never put together again: the composition exclusions.
        composes = second and unicodedata.normalize("NFC", "".join(map(chr, parts))) == chr(p)
        decompositions.append("{0x%x, 0x%x, 0x%x, %s}," % (p, parts[0], second,
                                                            "true" if composes else "false"))
classes = []
for p in points:
    number = unicodedata.combining(chr(p))
    if not number:
        continue
    if classes and classes[-1][1] == p - 1 and classes[-1][2] == number:
        classes[-1][1] = p
    else:
        classes.append([p, p, number])

print("// Made by normalization_data.py, of Unicode %s. Don't edit." % unicodedata.unidata_version)
print('#include "libs/lint/normalization_data.h"\n')
print("// clang-format off")
print("namespace cairn::lint {\nnamespace {\n")
print("constexpr Decomposition kTable[] = {")
rows(decompositions, 3)
print("};\n")
print("constexpr CombiningClass kClasses[] = {")
rows(["{0x%x, 0x%x, %d}," % tuple(row) for row in classes], 5)
print("};\n")
print("}  // namespace\n")
print("std::span<const Decomposition> Decompositions() { return kTable; }")
print("std::span<const CombiningClass> CombiningClasses() { return kClasses; }\n")
print("}  // namespace cairn::lint")
