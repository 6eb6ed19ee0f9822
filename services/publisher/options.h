#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstddef>
#include <string>

#include "libs/ct/lists/log_list_options.h"
#include "protos/config/publisher.pb.h"
#include "services/publisher/core/get_scts.h"
#include "services/publisher/core/log_health.h"

namespace cairn::publisher {

// The checked form of config::Publisher; what each field means is said there. Made
// once at start-up, then immutable.
struct Options {
  // kMalformed, for the operator, for a configuration that would not work. Reads the
  // public key of the log list, not the list.
  static absl::StatusOr<Options> Parse(const config::Publisher& config);

  ct::LogListOptions log_list;
  GetScts::Options get_scts;
  LogHealth::Options health;
  std::string trusted_roots;
  std::string resolver;
  bool allow_http = false;
  size_t submission_threads = 0;
  size_t submission_queue = 0;
};

}  // namespace cairn::publisher
