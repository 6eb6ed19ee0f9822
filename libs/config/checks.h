#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "libs/config/values.h"

namespace cairn::config {

// Collects what is wrong with a configuration, so that an Options::Parse tells
// all of it at once. `field` is the path from the root: "common.tls.key".
class Checks {
 public:
  void Fail(std::string_view field, std::string_view what);
  // Fails unless `ok`; returns `ok`.
  bool Require(bool ok, std::string_view field, std::string_view what);

  // The value; or T() after having noted its error.
  template <typename T>
  T Take(absl::StatusOr<T> value, std::string_view field) {
    if (value.ok()) return *std::move(value);
    Fail(field, value.status());
    return T();
  }
  void Take(const absl::Status& status, std::string_view field) {
    if (!status.ok()) Fail(field, status);
  }

  // A text that must be there.
  std::string Text(std::string_view text, std::string_view field);
  // Empty means `otherwise`. `lowest` and `highest` are allowed themselves.
  absl::Duration Duration(std::string_view text, std::string_view field, absl::Duration otherwise,
                          absl::Duration lowest, absl::Duration highest);
  // Zero means `otherwise`.
  uint64_t Number(uint64_t number, std::string_view field, uint64_t otherwise, uint64_t lowest,
                  uint64_t highest);
  // An address that must be there.
  HostPort Address(std::string_view text, std::string_view field);
  // The content of a file that must be there.
  std::string Secret(const std::string& path, std::string_view field);
  std::string File(const std::string& path, std::string_view field);

  bool ok() const { return errors_.empty(); }
  // kMalformed with one line for each failure, in order; OK if there is none.
  absl::Status ToStatus() const;

 private:
  void Fail(std::string_view field, const absl::Status& status);

  std::string errors_;
};

}  // namespace cairn::config
