// LINT-15: The parameters of an RSA signature algorithm are an explicit NULL.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

std::string CheckOne(std::string_view identifier) {
  // 1.2.840.113549.1.1.n with n = 2, 4, 5, 11, 12, 13, 14: PKCS #1 v1.5.
  constexpr std::string_view kPkcs1 = "\x2a\x86\x48\x86\xf7\x0d\x01\x01"sv;
  const Algorithm algorithm = AlgorithmOf(identifier);
  if (!algorithm.oid.starts_with(kPkcs1) || algorithm.oid == oid::kRsaPss) return "";
  return algorithm.parameters == "\x05\x00"sv ? "" : "the parameters are not NULL";
}

std::string Check(const View& view) {
  const std::string outer = CheckOne(view.outer_algorithm);
  return outer.empty() ? CheckOne(view.inner_algorithm) : outer;
}

}  // namespace

const Lint kTbsSignatureRsaEncryptionParameterNotNull = {
    .name = "e_tbs_signature_rsa_encryption_parameter_not_null",
    .requirement = "LINT-15",
    .clause = "BR 7.1.3.2.1",
    .kinds = kSigned,
    .check = Check,
};

}  // namespace cairn::lint
