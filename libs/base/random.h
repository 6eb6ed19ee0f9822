#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cairn::base {

// A cryptographically strong source of random octets. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  // Fills all of `out`; cannot fail.
  virtual void Fill(std::span<uint8_t> out) = 0;

  std::string Bytes(size_t size);
  uint64_t Uint64();
};

// The kernel's generator, getrandom(2). It blocks only before the kernel has
// been seeded, which is over before any service starts.
class SystemRandom final : public Random {
 public:
  void Fill(std::span<uint8_t> out) override;
};

}  // namespace cairn::base
