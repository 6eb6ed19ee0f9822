#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "libs/base/random.h"

namespace cairn::testing {

// 00 01 02 ... ff 00 ...: nothing is as easy to recognise in a failure message.
class CountingRandom final : public base::Random {
 public:
  void Fill(std::span<uint8_t> out) override {
    for (uint8_t& octet : out) octet = next_++;
  }

 private:
  std::atomic<uint8_t> next_ = 0;
};

}  // namespace cairn::testing
