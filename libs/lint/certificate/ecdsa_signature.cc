// LINT-16: The parameters of an ECDSA signature algorithm are absent, and the issuer's curve
// decides its hash.
#include <string>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

// 1.2.840.10045.4.3.n: n = 2 SHA-256, 3 SHA-384, 4 SHA-512.
constexpr std::string_view kEcdsaWithSha2 = "\x2a\x86\x48\xce\x3d\x04\x03"sv;

std::string CheckEncoding(const View& view) {
  for (const std::string_view identifier : {view.outer_algorithm, view.inner_algorithm}) {
    const Algorithm algorithm = AlgorithmOf(identifier);
    if (algorithm.oid.starts_with(kEcdsaWithSha2) && !algorithm.parameters.empty()) {
      return "there are parameters";
    }
  }
  return "";
}

std::string CheckHash(const View& view) {
  const PublicKeyInfo& signing_key = view.issuer->key;
  if (view.outer_algorithm.empty() || !signing_key.is_ec()) return "";
  const std::string_view curve = CurveOf(signing_key);
  const char* hash = curve == oid::kP256 ? "\x02" : curve == oid::kP384 ? "\x03" : "\x04";
  if (AlgorithmOf(view.outer_algorithm).oid == base::Cat(kEcdsaWithSha2, hash)) return "";
  return "the hash does not go with the curve of the issuer's key";
}

}  // namespace

const Lint kMpEcdsaSignatureEncodingCorrect = {
    .name = "e_mp_ecdsa_signature_encoding_correct",
    .requirement = "LINT-16",
    .clause = "BR 7.1.3.2.2",
    .kinds = kSigned,
    .check = CheckEncoding,
};

const Lint kEcdsaHashDoesNotFitCurve = {
    .name = "e_ecdsa_hash_does_not_fit_curve",
    .requirement = "LINT-16",
    .clause = "BR 7.1.3.2.2",
    .kinds = kSigned,
    .needs = kNeedsIssuer,
    .check = CheckHash,
};

}  // namespace cairn::lint
