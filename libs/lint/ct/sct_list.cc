// LINT-88: A certificate's SCT list is not critical, not empty, and can be read.
#include <optional>
#include <string>
#include <vector>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckPresent(const View& view) {
  return view.Find(oid::kSctList) == nullptr ? "there is no SCT list" : "";
}

std::string CheckCritical(const View& view) {
  return IsCritical(view, oid::kSctList) ? "it is critical" : "";
}

std::string CheckEmpty(const View& view) {
  const std::optional<std::vector<Sct>> scts = SctsOf(view);
  return scts.has_value() && scts->empty() ? "it is empty" : "";
}

std::string CheckForm(const View& view) {
  const bool broken = view.Find(oid::kSctList) != nullptr && !SctsOf(view).has_value();
  return broken ? "it is no SignedCertificateTimestampList of version 1" : "";
}

constexpr uint16_t kSubscriber = KindSet(Kind::kSubscriber);

}  // namespace

const Lint kSctListMissing = {
    .name = "w_sct_list_missing",
    .requirement = "LINT-88",
    .clause = "CCT; ACT; CRP 1.3.4.1",
    .severity = Severity::kWarning,
    .kinds = kSubscriber,
    .web_only = true,
    .check = CheckPresent,
};

const Lint kSctListCritical = {
    .name = "e_sct_list_critical",
    .requirement = "LINT-88",
    .clause = "BR 7.1.2.11.3; RFC 6962 3.3",
    .kinds = kSubscriber,
    .check = CheckCritical,
};

const Lint kEmptySctList = {
    .name = "e_empty_sct_list",
    .requirement = "LINT-88",
    .clause = "BR 7.1.2.11.3; RFC 6962 3.3",
    .kinds = kSubscriber,
    .check = CheckEmpty,
};

const Lint kSctListMalformed = {
    .name = "e_sct_list_malformed",
    .requirement = "LINT-88",
    .clause = "BR 7.1.2.11.3; RFC 6962 3.2, 3.3",
    .kinds = kSubscriber,
    .check = CheckForm,
};

}  // namespace cairn::lint
