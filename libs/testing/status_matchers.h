#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <catch2/catch.hpp>
#include <ostream>
#include <string>

#include "libs/errors/errors.h"

// Shows the status when an expression that should be OK isn't.
#define CHECK_OK(expression)                               \
  do {                                                     \
    const absl::Status checked_status_ = ::cairn::testing::StatusOf(expression); \
    INFO(#expression ": " << checked_status_.ToString());  \
    CHECK(checked_status_.ok());                           \
  } while (false)
#define REQUIRE_OK(expression)                             \
  do {                                                     \
    const absl::Status checked_status_ = ::cairn::testing::StatusOf(expression); \
    INFO(#expression ": " << checked_status_.ToString());  \
    REQUIRE(checked_status_.ok());                         \
  } while (false)
// Checks why an expression was refused.
#define CHECK_REASON(expression, reason)                   \
  do {                                                     \
    const absl::Status checked_status_ = ::cairn::testing::StatusOf(expression); \
    INFO(#expression ": " << checked_status_.ToString());  \
    CHECK_FALSE(checked_status_.ok());                     \
    CHECK(::cairn::testing::ReasonName(checked_status_) == \
          std::string(::cairn::errors::MappingOf(reason).name)); \
  } while (false)

namespace cairn::testing {

inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}
inline std::string ReasonName(const absl::Status& status) {
  if (status.ok()) return "ok";
  return std::string(errors::MappingOf(errors::ReasonOf(status)).name);
}

}  // namespace cairn::testing
