#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <map>
#include <string>
#include <vector>

#include "libs/http/server/server.h"
#include "protos/config/wfe.pb.h"
#include "services/wfe/core/front_end.h"

namespace cairn::wfe {

// The checked form of config::Wfe; what each field means is said there.
struct Options {
  // kMalformed, for the operator, with everything that is wrong.
  static absl::StatusOr<Options> Parse(const config::Wfe& config);

  FrontEnd::Options front_end;
  // In the order of front_end.base_urls.
  std::vector<http::Server::Options> listeners;
  std::string nonce_key;
  uint8_t nonce_instance = 0;
  std::map<uint8_t, config::Peer> nonce_peers;
  absl::Duration request_timeout;
  absl::Duration patience;
  size_t request_threads = 0;
  size_t request_queue = 0;
};

}  // namespace cairn::wfe
