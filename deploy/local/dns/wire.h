#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::local_dns {

// Numbers of DNS (RFC 1035, 2136, 6891, 8659) that this server knows by name.
enum : uint16_t {
  kTypeA = 1,
  kTypeNs = 2,
  kTypeCname = 5,
  kTypeSoa = 6,
  kTypeAaaa = 28,
  kTypeOpt = 41,
  kTypeTsig = 250,
  kTypeIxfr = 251,
  kTypeAny = 255,
};
enum : uint16_t { kClassIn = 1, kClassNone = 254, kClassAny = 255 };
enum : uint8_t { kOpcodeQuery = 0, kOpcodeUpdate = 5 };
enum : uint8_t {
  kNoError = 0,
  kFormatError = 1,
  kNameError = 3,
  kNotImplemented = 4,
  kRefused = 5,
  kNameExists = 6,
  kSetExists = 7,
  kNoSuchSet = 8,
  kNotAuthorised = 9,
  kNotZone = 10,
};

constexpr size_t kHeaderSize = 12;

// What a message asks. The name is in wire form, in lower case.
struct Question {
  std::string name;
  uint16_t type = 0;
  uint16_t klass = 0;
  size_t end = 0;           // where the question section ends in the message
  bool edns = false;        // an OPT record follows it (RFC 6891)
  uint16_t udp_size = 512;  // what the asker can take over UDP
};

uint16_t Uint16At(std::string_view message, size_t offset);  // the caller checked the bounds
void AppendUint16(std::string& out, uint16_t value);
void AppendUint32(std::string& out, uint32_t value);

uint8_t OpcodeOf(std::string_view message);  // of a message with a whole header

// The only question of `message`; nothing where there is not exactly one, or it
// is cut off, or its name is compressed or longer than 255 octets.
std::optional<Question> ParseQuestion(std::string_view message);

// "example.test." in wire form, in lower case; for names that the program knows.
std::string WireName(std::string_view text);

// A header that answers `message` with `rcode`; no sections, all counts zero.
std::string AnswerHeader(std::string_view message, uint8_t rcode);

}  // namespace cairn::local_dns
