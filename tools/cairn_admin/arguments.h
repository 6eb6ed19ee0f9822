#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protos/sa/v1/sa.pb.h"

namespace cairn::admin {

// What the command line of `explain-validation` says.
struct Arguments {
  sa::v1::FindValidationsRequest request;
  std::string what;  // as given, for messages
  absl::Duration since = absl::Hours(24);
  bool json = false;
  bool all = false;
  std::string address;   // of the SA
  std::string tls_name;  // in the SA's certificate
  std::string ca_path;
  std::string certificate_path;
  std::string key_path;
  std::map<std::string, std::string> perspective_key_paths;  // by perspective
};

extern const char kHelp[];

// `words` follow the subcommand. Made_since of a search by name counts from `now`.
// kMalformed with a sentence that says which word is wrong.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words, absl::Time now);

// Sets what to look for: a name ("*.example.com", an address), the URL of an
// authorization, a challenge, an order or a certificate, an order's id (16 hex
// digits), or a serial (32). kMalformed for anything else.
absl::Status ParseWhat(std::string_view text, sa::v1::FindValidationsRequest& request);

}  // namespace cairn::admin
