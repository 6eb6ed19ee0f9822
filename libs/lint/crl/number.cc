// LINT-94: A CRL has a number below 2^159, not critical, and greater than that before.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckPresent(const View& view) {
  return view.Find(oid::kCrlNumber) == nullptr ? "there is none" : "";
}

std::string CheckRange(const View& view) {
  if (!view.crl_number.has_value() || view.crl_number->empty()) return "";
  if ((view.crl_number->front() & 0x80) != 0) return "it is negative";
  return view.crl_number->size() > 20 ? "it is 2^159 or more" : "";
}

std::string CheckCritical(const View& view) {
  return IsCritical(view, oid::kCrlNumber) ? "it is critical" : "";
}

std::string_view WithoutLeadingZeros(std::string_view number) {
  while (!number.empty() && number[0] == '\0') number.remove_prefix(1);
  return number;
}

std::string CheckIncreasing(const View& view) {
  if (!view.crl_number.has_value()) return "";
  const std::string_view now = WithoutLeadingZeros(*view.crl_number);
  const std::string_view before = WithoutLeadingZeros(*view.subject->previous_crl_number);
  const bool greater = now.size() != before.size() ? now.size() > before.size() : now > before;
  return greater ? "" : "it is not greater than that before";
}

}  // namespace

const Lint kCrlMissingCrlNumber = {
    .name = "e_crl_missing_crl_number",
    .requirement = "LINT-94",
    .clause = "BR 7.2.2; RFC 5280 5.2.3",
    .kinds = kAnyCrl,
    .check = CheckPresent,
};

const Lint kCrlNumberOutOfRange = {
    .name = "e_crl_number_out_of_range",
    .requirement = "LINT-94",
    .clause = "BR 7.2.2; RFC 5280 5.2.3",
    .kinds = kAnyCrl,
    .check = CheckRange,
};

const Lint kCrlNumberCritical = {
    .name = "e_crl_number_critical",
    .requirement = "LINT-94",
    .clause = "BR 7.2.2; RFC 5280 5.2.3",
    .kinds = kAnyCrl,
    .check = CheckCritical,
};

const Lint kCrlNumberNotIncreasing = {
    .name = "e_crl_number_not_increasing",
    .requirement = "LINT-94",
    .clause = "BR 7.2.2; RFC 5280 5.2.3",
    .kinds = kAnyCrl,
    .needs = kNeedsPreviousCrlNumber,
    .check = CheckIncreasing,
};

}  // namespace cairn::lint
