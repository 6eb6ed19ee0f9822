// LINT-70, KEY-07: The algorithm of a SubjectPublicKeyInfo is, octet by octet, one of four, and the
// key is well-formed: a point lies on its curve and is not compressed.
#include <string>
#include <string_view>

#include "libs/base/encoding.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kAllowed[] = {
    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"sv,
    "\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv,
    "\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"sv,
    "\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23"sv,
};

std::string CheckBytes(const View& view) {
  for (const std::string_view allowed : kAllowed) {
    if (view.key.algorithm_der == allowed) return "";
  }
  return base::ToHex(view.key.algorithm_der.substr(0, 40));
}

std::string CheckNull(const View& view) {
  const bool bad = view.key.is_rsa() && view.key.parameters != "\x05\x00"sv;
  return bad ? "the parameters of rsaEncryption are not NULL" : "";
}

std::string CheckPss(const View& view) {
  return view.key.algorithm == oid::kRsaPss ? "the key is for RSASSA-PSS" : "";
}

std::string CheckKey(const View& view) { return view.key_facts().problem; }

}  // namespace

const Lint kAlgorithmIdentifierImproperEncoding = {
    .name = "e_algorithm_identifier_improper_encoding",
    .requirement = "LINT-70",
    .clause = "BR 7.1.3.1",
    .kinds = kCertificate,
    .check = CheckBytes,
};

const Lint kSpkiRsaEncryptionParameterNotNull = {
    .name = "e_spki_rsa_encryption_parameter_not_null",
    .requirement = "LINT-70",
    .clause = "BR 7.1.3.1.1",
    .kinds = kCertificate,
    .check = CheckNull,
};

const Lint kMpRsassaPssInSpki = {
    .name = "e_mp_rsassa-pss_in_spki",
    .requirement = "LINT-70",
    .clause = "BR 7.1.3.1; MRSP 5.1.1",
    .kinds = kCertificate,
    .check = CheckPss,
};

const Lint kPublicKeyMalformed = {
    .name = "e_public_key_malformed",
    .requirement = "KEY-07",
    .clause = "BR 6.1.6; RFC 5480 2.2",
    .kinds = kCertificate,
    .check = CheckKey,
};

}  // namespace cairn::lint
