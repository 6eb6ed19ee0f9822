#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <utility>

// The shapes of Abseil's macros of later releases, so that these can go when
// Debian's Abseil has them.

#define RETURN_IF_ERROR(expression)                              \
  do {                                                           \
    if (::absl::Status status_ = (expression); !status_.ok()) return status_; \
  } while (false)

#define ASSIGN_OR_RETURN(target, expression) \
  CAIRN_ASSIGN_OR_RETURN_(CAIRN_CONCAT_(status_or_, __LINE__), target, expression)

#define CAIRN_CONCAT_INNER_(a, b) a##b
#define CAIRN_CONCAT_(a, b) CAIRN_CONCAT_INNER_(a, b)
#define CAIRN_ASSIGN_OR_RETURN_(value, target, expression) \
  auto value = (expression);                               \
  if (!value.ok()) return std::move(value).status();       \
  target = *std::move(value)
