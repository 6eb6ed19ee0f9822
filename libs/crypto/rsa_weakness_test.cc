#include "libs/crypto/rsa_weakness.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <string>

#include "libs/base/encoding.h"
#include "libs/crypto/private_key.h"

namespace cairn::crypto {
namespace {

// Moduli that testdata/moduli.py made, by name.
const std::map<std::string, std::string>& Moduli() {
  static const std::map<std::string, std::string> moduli = [] {
    std::map<std::string, std::string> out;
    std::ifstream file("libs/crypto/testdata/rsa_moduli.txt");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with('#')) continue;
      const size_t colon = line.find(": ");
      out[line.substr(0, colon)] = base::FromHex(line.substr(colon + 2)).value();
    }
    return out;
  }();
  return moduli;
}

TEST_CASE("each weak modulus fails its own test, and a good one none", "[KEY-06][KEY-09][KEY-10]") {
  REQUIRE(Moduli().size() == 10);
  for (const auto& [name, modulus] : Moduli()) {
    CAPTURE(name);
    CHECK(HasSmallFactor(modulus) == (name == "factor 751"));
    CHECK(HasRocaFingerprint(modulus) == (name == "roca"));
    CHECK(FactorsByFermat(modulus, 100) ==
          (name == "adjacent primes" || name == "found in round 68" || name == "square"));
    CHECK(IsPrimePower(modulus) == (name == "square" || name == "cube" || name == "prime"));
  }
}

TEST_CASE("Fermat's method stops after its rounds", "[KEY-10]") {
  const std::string& modulus = Moduli().at("found in round 68");
  CHECK(FactorsByFermat(modulus, 68));
  CHECK_FALSE(FactorsByFermat(modulus, 66));
  CHECK(FactorsByFermat(Moduli().at("not found before round 988"), 1000));
}

TEST_CASE("fresh keys pass every test") {
  for (int i = 0; i < 3; ++i) {
    const std::string modulus = PrivateKey::Generate(KeyType::kRsa).public_key().rsa_modulus();
    CHECK_FALSE(HasSmallFactor(modulus));
    CHECK_FALSE(HasRocaFingerprint(modulus));
    CHECK_FALSE(FactorsByFermat(modulus, 100));
    CHECK_FALSE(IsPrimePower(modulus));
  }
}

}  // namespace
}  // namespace cairn::crypto
