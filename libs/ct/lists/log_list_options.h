#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>

#include "libs/config/checks.h"
#include "libs/crypto/public_key.h"
#include "libs/ct/lists/log_lists.h"
#include "protos/config/log_list.pb.h"

namespace cairn::ct {

// The checked form of config::LogList.
struct LogListOptions {
  // Reports mistakes to `checks`, with `field` in front. Reads the public key, not
  // the list.
  static LogListOptions Parse(config::Checks& checks, const config::LogList& config,
                              const std::string& field);

  LogLists::Files files;
  std::optional<crypto::PublicKey> key;  // there, unless `checks` has a mistake
  absl::Duration reload_interval;
};

}  // namespace cairn::ct
