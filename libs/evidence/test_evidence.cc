#include "libs/evidence/test_evidence.h"

#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/invariant.h"
#include "libs/base/random.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/evidence/receipt.h"

namespace cairn::testing {
namespace {

using evidence::v1::Receipt;

// r and s of an Ecdsa-Sig-Value, each in 32 octets (RFC 7518 section 3.4).
std::string RawSignature(std::string_view der) {
  std::string raw;
  size_t at = 2;  // a P-256 signature is shorter than 128 octets
  for (int i = 0; i < 2; ++i) {
    const auto length = static_cast<uint8_t>(der[at + 1]);
    std::string_view number = der.substr(at + 2, length);
    while (number.size() > 32) number.remove_prefix(1);
    raw.append(32 - number.size(), '\0').append(number);
    at += 2 + length;
  }
  return raw;
}

constexpr Receipt::Rir kRegions[] = {Receipt::RIR_ARIN, Receipt::RIR_RIPE_NCC, Receipt::RIR_APNIC};

Receipt::Rir RegionOf(size_t index) {
  return index == 0 ? Receipt::RIR_RIPE_NCC : kRegions[(index - 1) % 3];
}

std::string IdOf(size_t index) { return index == 0 ? "primary" : base::Cat("remote-", index); }

}  // namespace

TestSubscriber::TestSubscriber(std::string base_url)
    : base_url_(std::move(base_url)),
      key_(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)),
      salt_(base::SystemRandom().Bytes(16)) {
  jwk_ =
      base::Cat(R"({"crv":"P-256","kty":"EC","x":")", base::ToBase64Url(key_.public_key().ec_x()),
                R"(","y":")", base::ToBase64Url(key_.public_key().ec_y()), R"("})");
  thumbprint_ = crypto::Sha256(jwk_);
  const std::string id =
      crypto::Sha256(std::string("cairn account v1\0", 17) + thumbprint_ + salt_).substr(0, 24);
  account_uri_ = base::Cat(base_url_, "/acme/account/", base::ToBase64Url(id));
}

std::string TestSubscriber::FinalizeUrl(uint64_t order_id) const {
  std::string octets;
  for (int shift = 56; shift >= 0; shift -= 8) octets += static_cast<char>(order_id >> shift);
  return base::Cat(base_url_, "/acme/order/", base::ToHex(octets), "/finalize");
}

std::string TestSubscriber::Jws(std::string_view kid, std::string_view url,
                                std::string_view payload) const {
  const std::string header = base::ToBase64Url(
      base::Cat(R"({"alg":"ES256","kid":")", kid, R"(","nonce":")",
                base::ToBase64Url(base::SystemRandom().Bytes(16)), R"(","url":")", url, R"("})"));
  const std::string body = base::ToBase64Url(payload);
  const auto signature =
      key_.Sign(crypto::SignatureAlgorithm::kEcdsaSha256, base::Cat(header, ".", body));
  INVARIANT(signature.ok(), "a P-256 key signs ES256");
  return base::Cat(R"({"protected":")", header, R"(","payload":")", body, R"(","signature":")",
                   base::ToBase64Url(RawSignature(*signature)), R"("})");
}

std::string TestSubscriber::FinalizeJws(uint64_t order_id, std::string_view csr_der) const {
  return Jws(account_uri_, FinalizeUrl(order_id),
             base::Cat(R"({"csr":")", base::ToBase64Url(csr_der), R"("})"));
}

TestPerspectives::TestPerspectives(int remotes) {
  for (int i = 0; i <= remotes; ++i) {
    keys_.push_back(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  }
}

std::vector<evidence::Perspective> TestPerspectives::perspectives() const {
  std::vector<evidence::Perspective> all;
  for (size_t i = 0; i < keys_.size(); ++i) {
    all.push_back(
        {.id = IdOf(i), .rir = RegionOf(i), .key = keys_[i].public_key(), .primary = i == 0});
  }
  return all;
}

Receipt TestPerspectives::Receipt(size_t index, const TestSubscriber& subscriber,
                                  std::string_view name, absl::Time at, bool control) const {
  evidence::v1::Receipt receipt;
  receipt.set_version(1);
  receipt.set_perspective_id(IdOf(index));
  receipt.set_rir(RegionOf(index));
  receipt.set_account_uri(subscriber.account_uri());
  receipt.set_account_thumbprint(subscriber.thumbprint());
  receipt.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
  receipt.mutable_identifier()->set_value(std::string(name));
  const std::string digest =
      crypto::Sha256(base::Cat(name, absl::ToUnixSeconds(at), control ? "control" : "caa"));
  receipt.set_attempt_id(digest.substr(0, 16));
  receipt.set_observed_at(absl::ToUnixSeconds(at));
  receipt.set_software_version("test");
  if (control) {
    receipt.mutable_control()->set_method("http-01");
    receipt.mutable_control()->set_token(digest.substr(16));
    receipt.mutable_control()->set_corroborated(true);
  }
  receipt.mutable_caa()->set_permits(true);
  receipt.mutable_caa()->set_method("http-01");
  receipt.mutable_caa()->add_identities(kTestCaaIdentity);
  return receipt;
}

evidence::v1::SignedReceipt TestPerspectives::Sign(size_t index,
                                                   const evidence::v1::Receipt& receipt) const {
  auto signed_receipt = evidence::SignReceipt(keys_[index], receipt);
  INVARIANT(signed_receipt.ok(), "a P-256 key signs receipts");
  return *std::move(signed_receipt);
}

evidence::v1::Attempt TestPerspectives::Attempt(const TestSubscriber& subscriber,
                                                std::string_view name, absl::Time at,
                                                bool control) const {
  evidence::v1::Attempt attempt;
  for (size_t i = 0; i < keys_.size(); ++i) {
    *attempt.add_receipts() = Sign(i, Receipt(i, subscriber, name, at, control));
  }
  return attempt;
}

}  // namespace cairn::testing
