// LINT-87: A precertificate has the poison, critical and NULL, and no SCT list; a certificate
// has no poison.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

std::string CheckPoison(const View& view) {
  const Extension* poison = view.Find(oid::kPoison);
  if (poison == nullptr) return "there is no poison";
  if (!poison->critical) return "the poison is not critical";
  return poison->value == "\x05\x00"sv ? "" : "the poison's value is not NULL";
}

std::string CheckSctList(const View& view) {
  return view.Find(oid::kSctList) != nullptr ? "there is an SCT list" : "";
}

std::string CheckFinal(const View& view) {
  return view.Find(oid::kPoison) != nullptr ? "there is a poison" : "";
}

constexpr uint16_t kPrecertificate = KindSet(Kind::kPrecertificate);

}  // namespace

const Lint kPrecertPoisonIncorrect = {
    .name = "e_precert_poison_incorrect",
    .requirement = "LINT-87",
    .clause = "BR 7.1.2.9.3; RFC 6962 3.1",
    .kinds = kPrecertificate,
    .check = CheckPoison,
};

const Lint kPrecertWithSctList = {
    .name = "e_precert_with_sct_list",
    .requirement = "LINT-87",
    .clause = "BR 7.1.2.9.1",
    .kinds = kPrecertificate,
    .check = CheckSctList,
};

const Lint kPoisonInCertificate = {
    .name = "e_poison_in_certificate",
    .requirement = "LINT-87",
    .clause = "RFC 6962 3.1",
    .kinds = kCertificate & ~KindSet(Kind::kPrecertificate),
    .check = CheckFinal,
};

}  // namespace cairn::lint
