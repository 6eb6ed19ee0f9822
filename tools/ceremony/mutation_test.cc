#include <catch2/catch.hpp>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/der/mutations.h"
#include "libs/der/tags.h"
#include "libs/der/value.h"
#include "libs/x509/algorithm.h"
#include "tools/ceremony/compose.h"
#include "tools/ceremony/examine.h"
#include "tools/ceremony/output_check.h"
#include "tools/ceremony/test_folder.h"

namespace cairn::ceremony {
namespace {

using cairn::testing::DerMutations;
using cairn::testing::Mutation;

constexpr uint64_t kSeed = 20261126;
// At least so many of each act.
constexpr size_t kMutations = 20'000;
// Linting takes longer than comparing: one of so many is linted alone.
constexpr size_t kLintStep = 17;

crypto::PublicKey SubjectOf(const Plan& plan) {
  if (plan.given_key.has_value()) return *plan.given_key;
  if (plan.existing.has_value()) return plan.existing->public_key();
  if (!plan.new_key.has_value()) return plan.signer->certificate.public_key();  // a CRL
  return crypto::PrivateKey::Generate(plan.new_key->type, plan.new_key->rsa_bits).public_key();
}

// With zeros for a signature, and without regard to whether it is DER at all.
std::string Signed(const Plan& plan, std::string_view tbs, const crypto::PublicKey& subject) {
  const crypto::PublicKey& signer =
      plan.signer.has_value() ? plan.signer->certificate.public_key() : subject;
  std::string content(tbs);
  content += x509::AlgorithmIdentifier(AlgorithmOf(plan, signer));
  content += der::BitString(std::string(64, '\0')).bytes();
  return der::Wrap(der::kSequence, content).bytes();
}

TEST_CASE("of the changed certificates of CAs and OCSP signers, and CRLs, none is signed",
          "[PROF-05][PROF-32][PROF-34][PROF-43][PROF-45][PROF-49][PROF-50][PROF-53][PROF-54]"
          "[PROF-55][PROF-56][PROF-57][PROF-63][PROF-64][PROF-65][PROF-66][PROF-71][PROF-74]"
          "[PROF-75][PROF-76][PROF-77][LINT-01][LINT-03]") {
  using Changes = std::vector<std::pair<std::string, std::string>>;
  const auto [name, changes] = GENERATE(table<std::string, Changes>({
      {"root", {}},
      {"root", {{"type: p384", "type: rsa, rsa_bits: 4096"}}},
      {"intermediate", {}},
      {"intermediate", {{"type: p256", "type: rsa\n      rsa_bits: 2048"}}},
      {"cross", {}},
      {"ocsp_signer", {}},
      {"crl", {}},
  }));
  INFO(name);
  const TestFolder folder(name, changes);
  const Plan& plan = folder.plan();
  const crypto::PublicKey subject = SubjectOf(plan);
  const std::string tbs = ComposeToBeSigned(plan, subject);
  const auto compared = [&](std::string_view bytes) {
    return CheckOutput(plan, Signed(plan, bytes, subject), subject).empty();
  };
  const auto linted = [&](std::string_view bytes) {
    return Examine(plan, Signed(plan, bytes, subject)).ok();
  };
  REQUIRE(compared(tbs));
  REQUIRE(linted(tbs));

  Plan other = plan;
  std::string& number = other.crl.has_value() ? other.crl->number : other.serial;
  number.back() = static_cast<char>(number.back() ^ 1);
  other.not_before -= absl::Seconds(1);
  other.not_after += absl::Seconds(1);
  const DerMutations mutations(tbs, {ComposeToBeSigned(other, subject)}, {});
  std::mt19937_64 random(kSeed);
  std::unordered_set<size_t> seen = {std::hash<std::string>()(tbs)};
  size_t refused = 0;
  size_t signed_ones = 0;
  size_t linted_alone = 0;
  size_t passed_lints = 0;
  for (size_t i = 0; i < mutations.size() || refused + signed_ones < kMutations; ++i) {
    const Mutation mutation = i < mutations.size() ? mutations.At(i) : mutations.Draw(random);
    if (!seen.insert(std::hash<std::string>()(mutation.der)).second) continue;
    if (compared(mutation.der) && linted(mutation.der)) {
      ++signed_ones;
      UNSCOPED_INFO("signed: " << mutation.kind);
    } else {
      ++refused;
    }
    if (i % kLintStep != 0) continue;
    ++linted_alone;
    passed_lints += linted(mutation.der) ? 1 : 0;
  }
  std::cout << name << ", seed " << kSeed << ": " << refused << " mutations refused, "
            << signed_ones << " signed; linters alone caught " << linted_alone - passed_lints
            << " of " << linted_alone << "\n";
  CHECK(signed_ones == 0);
  CHECK(refused >= kMutations);
  // They don't know what was planned: serial number, times, keys, names.
  CHECK(passed_lints * 2 < linted_alone);
}

}  // namespace
}  // namespace cairn::ceremony
