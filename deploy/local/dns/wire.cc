#include "deploy/local/dns/wire.h"

#include <algorithm>

namespace cairn::local_dns {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

uint16_t Uint16At(std::string_view message, size_t offset) {
  return static_cast<uint16_t>((static_cast<uint8_t>(message[offset]) << 8) |
                               static_cast<uint8_t>(message[offset + 1]));
}

void AppendUint16(std::string& out, uint16_t value) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value & 0xff));
}

void AppendUint32(std::string& out, uint32_t value) {
  AppendUint16(out, static_cast<uint16_t>(value >> 16));
  AppendUint16(out, static_cast<uint16_t>(value & 0xffff));
}

uint8_t OpcodeOf(std::string_view message) {
  return static_cast<uint8_t>((static_cast<uint8_t>(message[2]) >> 3) & 0x0f);
}

std::optional<Question> ParseQuestion(std::string_view message) {
  if (message.size() < kHeaderSize || Uint16At(message, 4) != 1) return std::nullopt;
  Question question;
  size_t at = kHeaderSize;
  while (true) {
    if (at >= message.size()) return std::nullopt;
    const size_t length = static_cast<uint8_t>(message[at]);
    if (length > 63 || at + 1 + length > message.size()) return std::nullopt;
    if (question.name.size() + 1 + length > 255) return std::nullopt;
    question.name.append(message.substr(at, 1 + length));
    at += 1 + length;
    if (length == 0) break;
  }
  // A length octet is at most 63, below 'A': it stays as it is.
  std::transform(question.name.begin(), question.name.end(), question.name.begin(), Lower);
  if (at + 4 > message.size()) return std::nullopt;
  question.type = Uint16At(message, at);
  question.klass = Uint16At(message, at + 2);
  question.end = at + 4;
  // OPT stands first in the additional section of every query that has nothing
  // else in it: owner 0, type, UDP size.
  const std::string_view rest = message.substr(question.end);
  const bool only_additional = Uint16At(message, 6) == 0 && Uint16At(message, 8) == 0;
  if (only_additional && Uint16At(message, 10) > 0 && rest.size() >= 11 && rest[0] == 0 &&
      Uint16At(rest, 1) == kTypeOpt) {
    question.edns = true;
    question.udp_size = std::max<uint16_t>(512, Uint16At(rest, 3));
  }
  return question;
}

std::string WireName(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t dot = std::min(text.find('.'), text.size());
    const std::string_view label = text.substr(0, dot);
    if (!label.empty()) {
      out.push_back(static_cast<char>(label.size()));
      std::transform(label.begin(), label.end(), std::back_inserter(out), Lower);
    }
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  out.push_back('\0');
  return out;
}

std::string AnswerHeader(std::string_view message, uint8_t rcode) {
  std::string out(message.substr(0, 2));
  // QR and AA set, opcode and RD as asked; RA too, because stub resolvers give
  // up on a server that doesn't offer recursion.
  out.push_back(static_cast<char>(0x84 | (static_cast<uint8_t>(message[2]) & 0x79)));
  out.push_back(static_cast<char>(0x80 | rcode));
  out.append(8, '\0');
  return out;
}

}  // namespace cairn::local_dns
