// LINT-28, LINT-29, LINT-30, PROF-10: Times are UTCTime until 2049 and GeneralizedTime from 2050,
// with seconds, in Zulu and without fractions.
#include <algorithm>
#include <string>
#include <string_view>

#include "libs/der/tags.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckForm(const View& view) {
  for (const TimeField& time : TimesOf(view)) {
    if (!time.time.has_value()) continue;
    const bool is_late = *time.time >= Day(2050, 1, 1);
    if (is_late != (time.tag == der::kGeneralizedTime)) return Text(time.content);
  }
  return "";
}

// The digits before the zone or a fraction; the year has two or four of them.
std::string CheckSeconds(const View& view) {
  for (const TimeField& time : TimesOf(view)) {
    const size_t expected = time.tag == der::kUtcTime ? 12 : 14;
    const size_t digits = std::min(time.content.find_first_of("Z+-.,"), time.content.size());
    if (digits != expected) return Text(time.content);
  }
  return "";
}

std::string CheckZulu(const View& view) {
  for (const TimeField& time : TimesOf(view)) {
    if (!time.content.ends_with('Z')) return Text(time.content);
  }
  return "";
}

std::string CheckFraction(const View& view) {
  for (const TimeField& time : TimesOf(view)) {
    if (time.content.find_first_of(".,") != std::string_view::npos) return Text(time.content);
  }
  return "";
}

}  // namespace

const Lint kWrongTimeFormatPre2050 = {
    .name = "e_wrong_time_format_pre2050",
    .requirement = "LINT-28",
    .clause = "RFC 5280 4.1.2.5, 5.1.2.4",
    .kinds = kCertificate | kAnyCrl,
    .check = CheckForm,
};

const Lint kUtcTimeDoesNotIncludeSeconds = {
    .name = "e_utc_time_does_not_include_seconds",
    .requirement = "LINT-29",
    .clause = "RFC 5280 4.1.2.5.1",
    .kinds = kCertificate | kAnyCrl,
    .check = CheckSeconds,
};

const Lint kUtcTimeNotInZulu = {
    .name = "e_utc_time_not_in_zulu",
    .requirement = "LINT-30",
    .clause = "RFC 5280 4.1.2.5.1",
    .kinds = kCertificate | kAnyCrl,
    .check = CheckZulu,
};

const Lint kGeneralizedTimeIncludesFractionSeconds = {
    .name = "e_generalized_time_includes_fraction_seconds",
    .requirement = "PROF-10",
    .clause = "RFC 5280 4.1.2.5.2",
    .kinds = kCertificate | kAnyCrl,
    .check = CheckFraction,
};

}  // namespace cairn::lint
