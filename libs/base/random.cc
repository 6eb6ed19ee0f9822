#include "libs/base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>

#include "libs/base/invariant.h"

namespace cairn::base {

std::string Random::Bytes(size_t size) {
  std::string bytes(size, '\0');
  Fill(std::span(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
  return bytes;
}

uint64_t Random::Uint64() {
  uint8_t octets[8];
  Fill(octets);
  uint64_t value;
  std::memcpy(&value, octets, sizeof value);
  return value;
}

void SystemRandom::Fill(std::span<uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      INVARIANT(errno == EINTR, "getrandom with valid arguments fails only when interrupted");
      continue;
    }
    out = out.subspan(static_cast<size_t>(got));
  }
}

}  // namespace cairn::base
