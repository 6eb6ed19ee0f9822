#include "libs/base/encoding.h"

#include <array>
#include <cstdint>

namespace cairn::base {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kPlainAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> Reverse(std::string_view alphabet) {
  std::array<int8_t, 256> table{};
  for (auto& entry : table) entry = -1;
  for (size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  }
  return table;
}

constexpr auto kFromHex = Reverse(kHex);
constexpr auto kFromUrl = Reverse(kUrlAlphabet);
constexpr auto kFromPlain = Reverse(kPlainAlphabet);

std::string Encode(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += alphabet[bits >> count & 63];
    }
  }
  if (count > 0) out += alphabet[bits << (6 - count) & 63];
  return out;
}

std::optional<std::string> Decode(std::string_view text, const std::array<int8_t, 256>& table) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int8_t value = table[static_cast<uint8_t>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 255);
    }
  }
  if ((bits & ((1u << count) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace

std::string ToHex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kHex[static_cast<uint8_t>(c) >> 4];
    out += kHex[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

std::optional<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = kFromHex[static_cast<uint8_t>(hex[i])];
    const int low = kFromHex[static_cast<uint8_t>(hex[i + 1])];
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string ToBase32(std::string_view bytes) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text;
  uint32_t bits = 0;
  int have = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<uint8_t>(c);
    for (have += 8; have >= 5; have -= 5) text += kDigits[(bits >> (have - 5)) & 31];
  }
  if (have > 0) text += kDigits[(bits << (5 - have)) & 31];
  return text;
}

std::string ToBase64Url(std::string_view bytes) { return Encode(bytes, kUrlAlphabet); }

std::optional<std::string> FromBase64Url(std::string_view text) { return Decode(text, kFromUrl); }

std::string ToBase64(std::string_view bytes) {
  std::string out = Encode(bytes, kPlainAlphabet);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return Decode(text, kFromPlain);
}

std::string ToPem(std::string_view label, std::string_view der) {
  const std::string body = ToBase64(der);
  std::string out;
  out.append("-----BEGIN ").append(label).append("-----\n");
  for (size_t i = 0; i < body.size(); i += 64) {
    out.append(std::string_view(body).substr(i, 64)).append("\n");
  }
  out.append("-----END ").append(label).append("-----\n");
  return out;
}

}  // namespace cairn::base
