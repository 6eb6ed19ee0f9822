// Normalization Form C (Unicode Standard Annex #15; Unicode Standard 3.11, 3.12).
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "libs/lint/normalization_data.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

// The Hangul syllables are composed by arithmetic (Unicode Standard 3.12).
constexpr char32_t kSyllables = 0xac00, kLeading = 0x1100, kVowels = 0x1161, kTrailing = 0x11a7;
constexpr char32_t kLeadingCount = 19, kVowelCount = 21, kTrailingCount = 28;
constexpr char32_t kSyllableCount = kLeadingCount * kVowelCount * kTrailingCount;

uint8_t ClassOf(char32_t point) {
  const auto classes = CombiningClasses();
  const auto at =
      std::lower_bound(classes.begin(), classes.end(), point,
                       [](const CombiningClass& row, char32_t p) { return row.last < p; });
  return at != classes.end() && at->first <= point ? at->number : 0;
}

// All the way down: at most a few steps, for the table has no circles.
void Decompose(char32_t point, std::u32string& out) {
  if (point >= kSyllables && point < kSyllables + kSyllableCount) {
    const char32_t index = point - kSyllables;
    out += kLeading + index / (kVowelCount * kTrailingCount);
    out += kVowels + index % (kVowelCount * kTrailingCount) / kTrailingCount;
    if (index % kTrailingCount != 0) out += kTrailing + index % kTrailingCount;
    return;
  }
  const auto table = Decompositions();
  const auto at =
      std::lower_bound(table.begin(), table.end(), point,
                       [](const Decomposition& row, char32_t p) { return row.from < p; });
  if (at == table.end() || at->from != point) {
    out += point;
    return;
  }
  Decompose(at->first, out);
  if (at->second != 0) Decompose(at->second, out);
}

// Stable, by class, between code points of class 0.
void Reorder(std::u32string& text) {
  for (auto begin = text.begin(); begin != text.end();) {
    if (ClassOf(*begin) == 0) {
      ++begin;
      continue;
    }
    const auto end =
        std::find_if(begin, text.end(), [](char32_t point) { return ClassOf(point) == 0; });
    std::stable_sort(begin, end, [](char32_t a, char32_t b) { return ClassOf(a) < ClassOf(b); });
    begin = end;
  }
}

// What the two are together; 0 if they stay apart.
char32_t Together(char32_t first, char32_t second) {
  static const auto* const kPairs = [] {
    auto* pairs = new std::map<std::pair<char32_t, char32_t>, char32_t>;
    for (const Decomposition& row : Decompositions()) {
      if (row.composes) pairs->emplace(std::pair(row.first, row.second), row.from);
    }
    return pairs;
  }();
  if (first >= kLeading && first < kLeading + kLeadingCount && second >= kVowels &&
      second < kVowels + kVowelCount) {
    return kSyllables + ((first - kLeading) * kVowelCount + (second - kVowels)) * kTrailingCount;
  }
  if (first >= kSyllables && first < kSyllables + kSyllableCount &&
      (first - kSyllables) % kTrailingCount == 0 && second > kTrailing &&
      second < kTrailing + kTrailingCount) {
    return first + (second - kTrailing);
  }
  const auto found = kPairs->find({first, second});
  return found == kPairs->end() ? 0 : found->second;
}

std::u32string Compose(const std::u32string& text) {
  std::u32string out;
  size_t starter = std::u32string::npos;
  int last_class = -1;  // of what stands between the starter and here; -1: nothing
  for (const char32_t point : text) {
    const int own_class = ClassOf(point);
    if (starter != std::u32string::npos && last_class < own_class) {
      if (const char32_t both = Together(out[starter], point); both != 0) {
        out[starter] = both;
        continue;
      }
    }
    if (own_class == 0) {
      starter = out.size();
      last_class = -1;
    } else {
      last_class = own_class;
    }
    out += point;
  }
  return out;
}

}  // namespace

bool IsNormalizationFormC(std::u32string_view text) {
  // Nothing below U+0300 combines or decomposes in NFC.
  if (std::all_of(text.begin(), text.end(), [](char32_t point) { return point < 0x300; })) {
    return true;
  }
  std::u32string decomposed;
  for (const char32_t point : text) Decompose(point, decomposed);
  Reorder(decomposed);
  return Compose(decomposed) == text;
}

}  // namespace cairn::lint
