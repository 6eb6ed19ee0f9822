#include "libs/config/checks.h"

#include <absl/time/time.h>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::config {

void Checks::Fail(std::string_view field, std::string_view what) {
  errors_ += base::Cat(errors_.empty() ? "" : "\n", field, ": ", what);
}

void Checks::Fail(std::string_view field, const absl::Status& status) {
  const auto message = status.message();
  Fail(field, std::string_view(message.data(), message.size()));
}

bool Checks::Require(bool ok, std::string_view field, std::string_view what) {
  if (!ok) Fail(field, what);
  return ok;
}

std::string Checks::Text(std::string_view text, std::string_view field) {
  Require(!text.empty(), field, "must be set");
  return std::string(text);
}

absl::Duration Checks::Duration(std::string_view text, std::string_view field,
                                absl::Duration otherwise, absl::Duration lowest,
                                absl::Duration highest) {
  if (text.empty()) return otherwise;
  const absl::StatusOr<absl::Duration> value = ParseDuration(text);
  if (!value.ok()) {
    Fail(field, value.status());
    return otherwise;
  }
  if (*value < lowest || *value > highest) {
    Fail(field, base::Cat(text, " is not between ", absl::FormatDuration(lowest), " and ",
                          absl::FormatDuration(highest)));
    return otherwise;
  }
  return *value;
}

uint64_t Checks::Number(uint64_t number, std::string_view field, uint64_t otherwise,
                        uint64_t lowest, uint64_t highest) {
  if (number == 0) return otherwise;
  if (Require(number >= lowest && number <= highest, field,
              base::Cat(number, " is not between ", lowest, " and ", highest))) {
    return number;
  }
  return otherwise;
}

HostPort Checks::Address(std::string_view text, std::string_view field) {
  if (!Require(!text.empty(), field, "must be set")) return {};
  return Take(ParseHostPort(text), field);
}

std::string Checks::Secret(const std::string& path, std::string_view field) {
  if (!Require(!path.empty(), field, "must name a file")) return {};
  return Take(ReadSecretFile(path), field);
}

std::string Checks::File(const std::string& path, std::string_view field) {
  if (!Require(!path.empty(), field, "must name a file")) return {};
  return Take(ReadFile(path), field);
}

absl::Status Checks::ToStatus() const {
  if (ok()) return absl::OkStatus();
  return errors::Make(errors::Reason::kMalformed, errors_);
}

}  // namespace cairn::config
