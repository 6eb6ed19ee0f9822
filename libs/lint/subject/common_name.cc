// LINT-40, LINT-41, LINT-42: A server's common name is one of its alternative names, character by
// character. It is better left out.
#include <algorithm>
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"
#include "libs/x509/names.h"

namespace cairn::lint {
namespace {

std::string CheckFromSan(const View& view) {
  for (const Attribute& attribute : view.subject_attributes) {
    if (attribute.oid != oid::kCommonName) continue;
    const auto is_it = [&](std::string_view ip) {
      const bool is_ip = ip.size() == 4 || ip.size() == 16;
      return is_ip && x509::IpToText(ip) == attribute.value;
    };
    const auto& names = view.dns_names;
    if (std::find(names.begin(), names.end(), attribute.value) == names.end() &&
        std::none_of(view.ips.begin(), view.ips.end(), is_it)) {
      return Text(attribute.value);
    }
  }
  return "";
}

std::string CheckOne(const View& view) {
  return view.CountInSubject(oid::kCommonName) > 1 ? "there are several" : "";
}

std::string CheckNone(const View& view) {
  const Attribute* common_name = view.FindInSubject(oid::kCommonName);
  return common_name == nullptr ? "" : Text(common_name->value);
}

}  // namespace

const Lint kSubjectCommonNameNotExactlyFromSan = {
    .name = "e_subject_common_name_not_exactly_from_san",
    .requirement = "LINT-40",
    .clause = "BR 7.1.4.3",
    .kinds = kLeaf,
    .check = CheckFromSan,
};

const Lint kExtraSubjectCommonNames = {
    .name = "w_extra_subject_common_names",
    .requirement = "LINT-41",
    .clause = "BR 7.1.4.3",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .check = CheckOne,
};

const Lint kSubjectCommonNameIncluded = {
    .name = "w_subject_common_name_included",
    .requirement = "LINT-42",
    .clause = "BR 7.1.2.7.2",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckNone,
};

}  // namespace cairn::lint
