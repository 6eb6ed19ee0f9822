#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <functional>
#include <string>

#include "libs/service/host.h"
#include "protos/config/common.pb.h"

namespace cairn::service {

struct MainOptions {
  std::string name;  // "ra"
  int argc = 0;
  char** argv = nullptr;
};

// Main without its template: `config` is empty and is filled from the file.
int RunMain(const MainOptions& options, google::protobuf::Message* config,
            const std::function<const config::Common&()>& common,
            const std::function<absl::Status(Host&)>& build);

// The whole main function of a service. Flags: --config FILE, --check_config,
// --version, --help. Loads and checks the configuration (a message with a field
// `common`), makes the Host, calls `build`, starts, prints the `listening` line,
// waits for SIGTERM or SIGINT, drains and stops. A second signal ends the process
// at once.
//
// Returns 0; 2 for a mistake in flags or configuration, all of it named on
// standard error, one mistake a line; 1 if it cannot start for another reason. An
// error of `build` is a mistake in the configuration if its reason is kMalformed
// or kNotFound, as Options::Parse and config::Checks give.
template <class Config>
int Main(const MainOptions& options, absl::Status (*build)(Host&, const Config&)) {
  Config config;
  return RunMain(
      options, &config, [&config]() -> const config::Common& { return config.common(); },
      [&config, build](Host& host) { return build(host, config); });
}

}  // namespace cairn::service
