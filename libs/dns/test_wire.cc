#include "libs/dns/test_wire.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace cairn::dns {

std::string Uint16(int value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }

std::string WireName(std::string_view name) {
  std::string wire;
  while (!name.empty()) {
    const size_t dot = std::min(name.find('.'), name.size());
    wire += static_cast<char>(dot);
    wire += name.substr(0, dot);
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return wire + '\0';
}

std::string WireRecord(std::string_view owner, int type, std::string_view rdata) {
  return WireName(owner) + Uint16(type) + Uint16(1) + Uint16(0) + Uint16(300) +
         Uint16(static_cast<int>(rdata.size())) + std::string(rdata);
}

std::string WireText(std::string_view text) {
  std::string wire;
  while (!text.empty()) {
    const size_t size = std::min<size_t>(text.size(), 255);
    wire += static_cast<char>(size);
    wire += text.substr(0, size);
    text.remove_prefix(size);
  }
  return wire;
}

std::optional<WireQuestion> ReadQuestion(std::string_view query) {
  constexpr size_t kHeaderSize = 12;
  WireQuestion question;
  size_t at = kHeaderSize;
  while (at < query.size() && query[at] != 0) {
    const auto length = static_cast<size_t>(query[at]);
    if (!question.name.empty()) question.name += '.';
    question.name += query.substr(at + 1, length);
    at += length + 1;
  }
  if (at + 5 > query.size()) return std::nullopt;
  const std::string lower = base::ToLower(question.name);
  question.mixed_case = lower != question.name;
  question.name = lower;
  question.type = static_cast<uint8_t>(query[at + 1]) << 8 | static_cast<uint8_t>(query[at + 2]);
  question.octets = query.substr(kHeaderSize, at + 5 - kHeaderSize);
  return question;
}

}  // namespace cairn::dns
