#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace cairn::config {

// Files larger than this are refused, as is nesting deeper than kMaxDepth.
inline constexpr size_t kMaxFileSize = 256 * 1024;
inline constexpr int kMaxDepth = 16;

// Where each field of a file stands: what a check finds after the file has been
// read can still say line and column.
class Places {
 public:
  // Puts `name:line:column: ` before each line of the message that begins with a
  // field as Checks names it ("common.tls.key", "remotes[1].peer.name"), and
  // `name: ` before the others. A field that the file leaves out stands where the
  // group is that should have it.
  absl::Status Locate(const absl::Status& status) const;

  void SetName(std::string_view name) { name_ = name; }
  // Both from 1.
  void Add(std::string_view field, int line, int column);

 private:
  std::string PrefixOf(std::string_view message_line) const;

  std::string name_;
  std::map<std::string, std::string, std::less<>> by_field_;  // "line:column"
};

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
// `places`, if given, learns where the fields stand.
absl::Status ParseYaml(std::string_view name, std::string_view text,
                       google::protobuf::Message* message, Places* places = nullptr);

// ParseYaml of a file. A file that can't be read is kNotFound.
absl::Status LoadInto(const std::string& path, google::protobuf::Message* message,
                      Places* places = nullptr);

template <class M>
absl::StatusOr<M> Load(const std::string& path) {
  M message;
  if (absl::Status status = LoadInto(path, &message); !status.ok()) return status;
  return message;
}

}  // namespace cairn::config
