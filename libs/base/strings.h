#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace cairn::base {

// Debian's absl::StrCat takes no std::string_view (docs/adr/0006); this does.
class Piece {
 public:
  Piece(std::string_view text) : text_(text) {}          // NOLINT: implicit, as absl::AlphaNum is
  Piece(const char* text) : text_(text) {}               // NOLINT
  Piece(const std::string& text) : text_(text) {}        // NOLINT
  template <std::integral Integer>
  Piece(Integer value) : text_(digits_, 0) {             // NOLINT
    static_assert(!std::same_as<Integer, bool> && !std::same_as<Integer, char>);
    const auto end = std::to_chars(digits_, digits_ + sizeof digits_, value).ptr;
    text_ = std::string_view(digits_, static_cast<size_t>(end - digits_));
  }
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  std::string_view text() const { return text_; }

 private:
  char digits_[24];
  std::string_view text_;
};

template <typename... Pieces>
std::string Cat(const Pieces&... pieces) {
  std::string out;
  (out.append(Piece(pieces).text()), ...);
  return out;
}

// Printable ASCII of at most `limit` octets for people's eyes: other octets
// become \xNN, and what is cut off is marked with "...". For text that came
// from outside and goes into a log or a problem document.
std::string Escaped(std::string_view text, size_t limit);

// ASCII only, whatever the locale.
std::string ToLower(std::string_view text);

// Whether two secrets are equal, in a time that depends only on their lengths.
bool ConstantTimeEquals(std::string_view a, std::string_view b);

// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(std::string_view text);

}  // namespace cairn::base
