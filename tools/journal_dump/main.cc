// Prints a signer's journal: journal_dump DIRECTORY
//
// One JSON object per record, in their order: {"index":0,"record":{...}}, where
// `record` is a ca.v1.JournalRecord in protobuf's JSON (octets in base64). The
// hash chain is verified on the way; its head, in hexadecimal, how many records
// there are and what was cut off a torn tail come last, on standard error.
//
// DIRECTORY should be a copy: a torn tail is cut off, as the signer itself does,
// and while a signer runs nobody else can open its journal.

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/escaping.h>
#include <google/protobuf/util/json_util.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/journal/journal.h"
#include "protos/ca/v1/ca.pb.h"

namespace cairn {
namespace {

absl::Status Print(uint64_t index, std::string_view bytes) {
  ca::v1::JournalRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat("record ", index, " is not a ca.v1.JournalRecord"));
  }
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(record, &json, options).ok()) {
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat("record ", index, " has text that is not UTF-8"));
  }
  if (std::printf("{\"index\":%llu,\"record\":%s}\n", static_cast<unsigned long long>(index),
                  json.c_str()) < 0) {
    return errors::Make(errors::Reason::kUnavailable, "standard output takes no more");
  }
  return absl::OkStatus();
}

absl::Status Dump(const std::string& directory) {
  // Open would make a new, empty journal.
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    return errors::Make(errors::Reason::kNotFound, base::Cat(directory, " is no directory"));
  }
  journal::Recovery recovery;
  ASSIGN_OR_RETURN(const std::unique_ptr<journal::Journal> journal,
                   journal::Journal::Open({.directory = directory}, &recovery));
  RETURN_IF_ERROR(journal->ForEach(0, Print));
  if (std::fflush(stdout) != 0) {
    return errors::Make(errors::Reason::kUnavailable, "standard output takes no more");
  }
  std::fprintf(stderr, "%llu records, head %s; %llu octets of a torn tail cut off\n",
               static_cast<unsigned long long>(recovery.records),
               absl::BytesToHexString(journal->head_hash()).c_str(),
               static_cast<unsigned long long>(recovery.bytes_cut));
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  if (argc != 2 || std::string_view(argv[1]).substr(0, 1) == "-") {
    std::fprintf(stderr, "usage: journal_dump DIRECTORY\n");
    return 2;
  }
  const absl::Status status = Dump(argv[1]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "journal_dump: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace cairn

int main(int argc, char** argv) { return cairn::Main(argc, argv); }
