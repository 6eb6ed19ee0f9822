#include "libs/evidence/receipt.h"

#include <catch2/catch.hpp>
#include <string>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"

namespace cairn::evidence {
namespace {

using errors::Reason;

const crypto::PrivateKey& Key() {
  static const auto* key =
      new crypto::PrivateKey(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  return *key;
}

v1::Receipt Example() {
  v1::Receipt receipt;
  receipt.set_version(1);
  receipt.set_perspective_id("primary");
  receipt.mutable_identifier()->set_value("www.example.test");
  receipt.mutable_control()->set_corroborated(false);
  return receipt;
}

TEST_CASE("a signed receipt opens with its perspective's key only") {
  const auto signed_receipt = SignReceipt(Key(), Example());
  REQUIRE_OK(signed_receipt);
  const auto opened = OpenReceipt(Key().public_key(), *signed_receipt);
  REQUIRE_OK(opened);
  CHECK(opened->SerializeAsString() == Example().SerializeAsString());

  const auto other = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  CHECK_REASON(OpenReceipt(other.public_key(), *signed_receipt), Reason::kEvidenceForged);
}

TEST_CASE("no octet of a receipt can be changed") {
  const auto signed_receipt = SignReceipt(Key(), Example());
  REQUIRE_OK(signed_receipt);
  for (size_t i = 0; i < signed_receipt->receipt().size(); ++i) {
    v1::SignedReceipt changed = *signed_receipt;
    (*changed.mutable_receipt())[i] ^= 1;
    CHECK_REASON(OpenReceipt(Key().public_key(), changed), Reason::kEvidenceForged);
  }
  v1::SignedReceipt longer = *signed_receipt;
  // A field that protobuf would take for a second, true, `corroborated`.
  v1::Receipt extra;
  extra.mutable_control()->set_corroborated(true);
  longer.mutable_receipt()->append(extra.SerializeAsString());
  CHECK_REASON(OpenReceipt(Key().public_key(), longer), Reason::kEvidenceForged);
}

TEST_CASE("a signature over the same bytes without our context is none") {
  v1::SignedReceipt bare;
  bare.set_receipt(Example().SerializeAsString());
  const auto signature = Key().Sign(crypto::SignatureAlgorithm::kEcdsaSha256, bare.receipt());
  REQUIRE_OK(signature);
  bare.set_signature(*signature);
  CHECK_REASON(OpenReceipt(Key().public_key(), bare), Reason::kEvidenceForged);
}

TEST_CASE("a receipt of another version is refused") {
  v1::Receipt receipt = Example();
  receipt.set_version(2);
  const auto signed_receipt = SignReceipt(Key(), receipt);
  REQUIRE_OK(signed_receipt);
  CHECK_REASON(OpenReceipt(Key().public_key(), *signed_receipt), Reason::kEvidenceForged);
}

}  // namespace
}  // namespace cairn::evidence
