#pragma once

#include <absl/status/statusor.h>

#include "libs/sql/database.h"
#include "protos/config/sa.pb.h"

namespace cairn::sa {

// The checked form of config::Sa; what each field means is said there. Made once
// at start-up, then immutable.
struct Options {
  // kMalformed, for the operator, for a configuration that would not work. Reads
  // the password file.
  static absl::StatusOr<Options> Parse(const config::Sa& config);
  static absl::StatusOr<Options> Parse(const config::SaMigrate& config);

  sql::Database::Options database;
};

}  // namespace cairn::sa
