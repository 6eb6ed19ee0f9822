#include "tools/ceremony/random_test.h"

#include <catch2/catch.hpp>
#include <string>

#include "libs/base/random.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"

namespace cairn::ceremony {
namespace {

// The same "random" octets at each run of the test.
std::string Sample() {
  std::string text;
  std::string block = "sample";
  while (text.size() < kRandomSample) {
    block = crypto::Sha256(block);
    text += block;
  }
  return text.substr(0, kRandomSample);
}

// What the status says about the test that failed.
bool Fails(const std::string& sample, const std::string& test) {
  const absl::Status status = CheckRandom(sample);
  return !status.ok() &&
         errors::PayloadOf(status).detail().find(test + " test") != std::string::npos;
}

TEST_CASE("what a good source gives passes", "[ROOT-14]") { CHECK_OK(CheckRandom(Sample())); }

TEST_CASE("sources that are stuck, skewed or short of period fail", "[ROOT-14]") {
  CHECK(Fails(std::string(kRandomSample, '\0'), "monobit"));
  CHECK(Fails(std::string(kRandomSample, '\xff'), "monobit"));
  CHECK(Fails(std::string(kRandomSample, '\x55'), "poker"));
  std::string counter;
  for (size_t i = 0; i < kRandomSample; ++i) counter += static_cast<char>(i & 1 ? i : ~i);
  CHECK_FALSE(CheckRandom(counter).ok());
  std::string skewed = Sample();
  for (size_t i = 0; i < 400; ++i) skewed[i] = static_cast<char>(skewed[i] | 0x3c);
  CHECK(Fails(skewed, "monobit"));
}

TEST_CASE("a run of 26 equal bits fails, one of 25 does not", "[ROOT-14]") {
  // 26 and 25 ones with a zero before and after them.
  std::string long_run = Sample();
  long_run.replace(1000, 5, "\x0f\xff\xff\xf8\x55");
  CHECK_OK(CheckRandom(long_run));
  long_run.replace(1000, 5, "\x1f\xff\xff\xf8\x55");
  CHECK(Fails(long_run, "long run"));
}

}  // namespace
}  // namespace cairn::ceremony
