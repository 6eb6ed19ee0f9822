#include "services/ca/signing/pkcs11_signer.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "libs/crypto/pkcs11/test_token.h"
#include "libs/errors/errors.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/test_certificates.h"
#include "services/ca/signing/leaf_check.h"
#include "services/ca/signing/signer_by_issuer.h"

namespace cairn::ca::signing {
namespace {

using crypto::KeyType;
using crypto::PublicKey;
using crypto::pkcs11::Token;
using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18

struct World {
  World() {
    key = std::make_unique<PublicKey>(token->GenerateKeyPair("k", KeyType::kEcP256).value());
  }

  // Something that passed every check, for the issuer of that name.
  Checked<Tbs> ForIssuer(const std::string& name) const {
    testing::CountingRandom random;
    const x509::Leaf leaf{.serial = x509::SerialNumber::Draw(1, random),
                          .algorithm = crypto::SignatureAlgorithm::kEcdsaSha256,
                          .issuer_der = ca.name_der(),
                          .not_before = kNow - absl::Hours(1),
                          .not_after = kNow + absl::Hours(143) - absl::Seconds(1),
                          .common_name = std::nullopt,
                          .public_key = subscriber.public_key(),
                          .authority_key_id = ca.key_id(),
                          .ca_issuers_url = std::nullopt,
                          .crl_url = std::nullopt,
                          .names = {{"a.test"}, {}}};
    return LeafCheck::Run(x509::ComposeTbs(leaf), leaf, name,
                          {.pack = policy::Pack::kWebPki, .now = kNow, .issuer = issuer})
        .value();
  }
  absl::StatusOr<std::unique_ptr<Pkcs11Signer>> Create(const std::string& label,
                                                       const PublicKey& certified) {
    std::map<std::string, Pkcs11Signer::Key> keys;
    keys.emplace("one",
                 Pkcs11Signer::Key{.token = *token, .label = label, .public_key = certified});
    return Pkcs11Signer::Create(std::move(keys));
  }

  testing::SoftHsm softhsm;
  testing::FakeClock clock{kNow};
  std::unique_ptr<Token> token = Token::Open(softhsm.AddToken("issuers"), clock).value();
  std::unique_ptr<PublicKey> key;
  testing::TestIssuer ca{"Issuer", KeyType::kEcP256, kNow - absl::Hours(100),
                         kNow + absl::Hours(24 * 300)};
  x509::Certificate issuer = x509::Certificate::Parse(ca.certificate_der()).value();
  crypto::PrivateKey subscriber = crypto::PrivateKey::Generate(KeyType::kEcP256);
};

TEST_CASE("a key in a token signs what was checked") {
  World world;
  const auto signer = world.Create("k", *world.key);
  REQUIRE_OK(signer);
  Checked<Tbs> checked = world.ForIssuer("one");
  const std::string tbs = checked.value().der;
  const absl::StatusOr<std::string> signature = (*signer)->Sign(std::move(checked));
  REQUIRE_OK(signature);
  CHECK(world.key->Verify(crypto::SignatureAlgorithm::kEcdsaSha256, tbs, *signature));
  CHECK_REASON((*signer)->Sign(world.ForIssuer("two")), Reason::kNotFound);
}

TEST_CASE("a key that is not there, or is not the certificate's, is told at the start",
          "[ROOT-13]") {
  World world;
  const absl::Status absent = world.Create("other", *world.key).status();
  CHECK_REASON(absent, Reason::kNotFound);
  CHECK(errors::PayloadOf(absent).detail() ==
        "issuer one: token \"issuers\": key \"other\": the private half is not there");
  const absl::Status another = world.Create("k", world.ca.key().public_key()).status();
  CHECK_REASON(another, Reason::kMalformed);
  CHECK(errors::PayloadOf(another).detail() ==
        "issuer one: key k of token issuers is not the key of its certificate");
}

TEST_CASE("while the token is away, signing is unavailable, and then goes on") {
  World world;
  const auto signer = world.Create("k", *world.key);
  REQUIRE_OK(signer);
  world.softhsm.Remove();
  CHECK_REASON((*signer)->Sign(world.ForIssuer("one")), Reason::kUnavailable);
  CHECK_REASON((*signer)->Sign(world.ForIssuer("one")), Reason::kUnavailable);
  world.softhsm.BringBack();
  world.clock.Advance(absl::Seconds(2));
  CHECK_OK((*signer)->Sign(world.ForIssuer("one")));
}

TEST_CASE("each issuer is signed for by the signer that has its key") {
  class Named final : public Signer {
   public:
    explicit Named(std::string name) : name_(std::move(name)) {}
    absl::StatusOr<std::string> Sign(Checked<Tbs>&& tbs) override {
      return name_ + " for " + tbs.value().issuer;
    }

   private:
    const std::string name_;
  };
  World world;
  Named file("file");
  Named device("device");
  SignerByIssuer signer({{"one", &file}, {"two", &device}});
  CHECK(signer.Sign(world.ForIssuer("one")).value() == "file for one");
  CHECK(signer.Sign(world.ForIssuer("two")).value() == "device for two");
  CHECK_REASON(signer.Sign(world.ForIssuer("three")), Reason::kNotFound);
}

}  // namespace
}  // namespace cairn::ca::signing
