#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <utility>

namespace cairn::config {

// Files larger than this are refused, as is nesting deeper than kMaxDepth.
inline constexpr size_t kMaxFileSize = 256 * 1024;
inline constexpr int kMaxDepth = 16;

// Reads the YAML text into `message`, key by key along the message's descriptor.
//
// The descriptor alone says what a value is: a string field takes `no` or `1.0`
// as text, a number field takes whole decimal numbers within its range, a bool
// field `true` or `false`, an enum field its value's name in lower case without
// the enum's own prefix. Refused: unknown and repeated keys, keys without a
// value, two fields of one oneof, tags, anchors, aliases, merge keys, a second
// document. Whether required values are there is the caller's to check.
//
// All errors are reported at once (kMalformed), one a line: `name:line:column: what`.
absl::Status ParseYaml(std::string_view name, std::string_view text,
                       google::protobuf::Message* message);

// ParseYaml of a file. A file that can't be read is kNotFound.
absl::Status LoadInto(const std::string& path, google::protobuf::Message* message);

template <class M>
absl::StatusOr<M> Load(const std::string& path) {
  M message;
  if (absl::Status status = LoadInto(path, &message); !status.ok()) return status;
  return message;
}

}  // namespace cairn::config
