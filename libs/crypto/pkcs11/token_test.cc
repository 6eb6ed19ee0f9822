#include "libs/crypto/pkcs11/token.h"

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "libs/crypto/pkcs11/test_token.h"
#include "libs/errors/errors.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

namespace cairn::crypto::pkcs11 {
namespace {

using errors::Reason;
using testing::FakeClock;
using testing::SoftHsm;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

struct World {
  SoftHsm softhsm;
  FakeClock clock{kNow};
  TokenOptions options = softhsm.AddToken("issuers");

  std::unique_ptr<Token> Open() { return Token::Open(options, clock).value(); }
};

std::string DetailOf(const absl::Status& status) { return errors::PayloadOf(status).detail(); }

TEST_CASE("a key that the token made signs with what its type allows", "[KEY-21][ROOT-13]") {
  using A = SignatureAlgorithm;
  struct Row {
    KeyType type;
    std::vector<A> algorithms;
    A wrong;
  };
  const auto row = GENERATE(values<Row>({
      {KeyType::kRsa,
       {A::kRsaPkcs1Sha256, A::kRsaPkcs1Sha384, A::kRsaPkcs1Sha512},
       A::kEcdsaSha256},
      {KeyType::kEcP256, {A::kEcdsaSha256, A::kEcdsaSha384, A::kEcdsaSha512}, A::kRsaPkcs1Sha256},
      {KeyType::kEcP384, {A::kEcdsaSha256, A::kEcdsaSha384, A::kEcdsaSha512}, A::kEd25519},
      {KeyType::kEcP521, {A::kEcdsaSha256, A::kEcdsaSha384, A::kEcdsaSha512}, A::kRsaPkcs1Sha512},
  }));
  World world;
  const std::unique_ptr<Token> token = world.Open();
  const absl::StatusOr<PublicKey> made = token->GenerateKeyPair("key", row.type);
  REQUIRE_OK(made);
  CHECK(made->type() == row.type);
  CHECK(token->FindPublicKey("key").value() == *made);
  for (const A algorithm : row.algorithms) {
    const absl::StatusOr<std::string> signature = token->Sign("key", algorithm, "message");
    REQUIRE_OK(signature);
    CHECK(made->Verify(algorithm, "message", *signature));
    CHECK_FALSE(made->Verify(algorithm, "another", *signature));
  }
  CHECK_REASON(token->Sign("key", row.wrong, "message"), Reason::kInternal);
  CHECK(token->counts().signatures == row.algorithms.size());
}

}  // namespace
}  // namespace cairn::crypto::pkcs11
