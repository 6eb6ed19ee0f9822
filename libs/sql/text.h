#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace cairn::sql {

// A part of the texts of several statements: a list of columns stands once, beside
// what reads it.
template <size_t kSize>
struct Part {
  constexpr Part(const char (&literal)[kSize]) {  // NOLINT: implicit
    std::copy_n(literal, kSize, octets.begin());
  }

  std::array<char, kSize> octets;  // and a NUL
};

namespace internal {

template <Part... kParts>
constexpr auto Joined() {
  std::array<char, (size_t{0} + ... + (kParts.octets.size() - 1))> all{};
  char* end = all.data();
  ((end = std::copy_n(kParts.octets.data(), kParts.octets.size() - 1, end)), ...);
  return all;
}

template <Part... kParts>
inline constexpr auto kJoined = Joined<kParts...>();

}  // namespace internal

// The parts one after the other, by the compiler: kText<"SELECT ", kColumns, " FROM t">.
// What a statement says can't depend on what is only known later.
template <Part... kParts>
inline constexpr std::string_view kText{internal::kJoined<kParts...>.data(),
                                        internal::kJoined<kParts...>.size()};

}  // namespace cairn::sql
