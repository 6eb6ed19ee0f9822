// LINT-18, LINT-19: The issuer's name is, octet by octet, the subject of the certificate that
// signs.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

std::string CheckEmpty(const View& view) {
  return view.issuer_name == "\x30\x00"sv ? "the issuer's name is empty" : "";
}

std::string CheckEqual(const View& view) {
  if (view.issuer_name == view.issuer->subject_name) return "";
  return "the octets differ from the subject of the issuer's certificate";
}

}  // namespace

const Lint kIssuerDnNotSubjectOfIssuer = {
    .name = "e_issuer_dn_not_subject_of_issuer",
    .requirement = "LINT-18",
    .clause = "BR 7.1.4.1, 7.2",
    .kinds = kCertificate | kAnyCrl,
    .needs = kNeedsIssuer,
    .check = CheckEqual,
};

const Lint kIssuerFieldEmpty = {
    .name = "e_issuer_field_empty",
    .requirement = "LINT-19",
    .clause = "RFC 5280 4.1.2.4",
    .kinds = kCertificate | kAnyCrl,
    .check = CheckEmpty,
};

}  // namespace cairn::lint
