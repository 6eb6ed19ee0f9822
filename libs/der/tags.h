#pragma once

#include <cstdint>

namespace cairn::der {

// Identifier octets (X.690 8.1.2): class, constructed bit and number in one.
inline constexpr uint8_t kBoolean = 0x01;
inline constexpr uint8_t kInteger = 0x02;
inline constexpr uint8_t kBitString = 0x03;
inline constexpr uint8_t kOctetString = 0x04;
inline constexpr uint8_t kNull = 0x05;
inline constexpr uint8_t kOid = 0x06;
inline constexpr uint8_t kUtf8String = 0x0c;
inline constexpr uint8_t kPrintableString = 0x13;
inline constexpr uint8_t kTeletexString = 0x14;
inline constexpr uint8_t kIa5String = 0x16;
inline constexpr uint8_t kUtcTime = 0x17;
inline constexpr uint8_t kGeneralizedTime = 0x18;
inline constexpr uint8_t kUniversalString = 0x1c;
inline constexpr uint8_t kBmpString = 0x1e;
inline constexpr uint8_t kSequence = 0x30;
inline constexpr uint8_t kSet = 0x31;

// [number], primitive and constructed.
constexpr uint8_t Context(int number) { return static_cast<uint8_t>(0x80 | number); }
constexpr uint8_t ContextConstructed(int number) { return static_cast<uint8_t>(0xa0 | number); }

}  // namespace cairn::der
