#pragma once

#include <cstdint>
#include <span>

namespace cairn::lint {

// The canonical decomposition of a code point, one step of it (UnicodeData.txt,
// field 5). Sorted by `from`. Hangul syllables are not among them.
struct Decomposition {
  char32_t from;
  char32_t first;
  char32_t second;  // 0: there is only one
  bool composes;    // whether NFC puts the two together again
};
std::span<const Decomposition> Decompositions();

// Code points of one Canonical_Combining_Class that is not 0. Sorted.
struct CombiningClass {
  char32_t first;
  char32_t last;
  uint8_t number;
};
std::span<const CombiningClass> CombiningClasses();

}  // namespace cairn::lint
