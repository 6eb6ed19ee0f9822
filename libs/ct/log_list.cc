#include "libs/ct/log_list.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/ct/signature.h"
#include "libs/errors/errors.h"

namespace cairn::ct {
namespace {

using acme::Json;

// Chrome's list of all logs, with its history of ten years, has 300 logs in 300 KiB.
constexpr Json::Limits kLimits{.size = 4 * 1024 * 1024, .depth = 8, .values = 100'000};
constexpr size_t kMaxText = 256;
constexpr int64_t kMaxMmd = 7 * 86'400;

constexpr std::array<std::pair<std::string_view, LogState>, 6> kStates = {{
    {"pending", LogState::kPending},
    {"qualified", LogState::kQualified},
    {"usable", LogState::kUsable},
    {"readonly", LogState::kReadOnly},
    {"retired", LogState::kRetired},
    {"rejected", LogState::kRejected},
}};

absl::Status Malformed(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, base::Cat("log list: ", detail));
}

absl::StatusOr<std::string> ReadText(const Json& object, std::string_view name) {
  const std::optional<std::string_view> text = object.GetString(name);
  if (!text.has_value() || text->empty() || text->size() > kMaxText) {
    return Malformed(base::Cat(name, " is missing, empty or too long"));
  }
  return std::string(*text);
}

absl::StatusOr<absl::Time> ReadTime(const Json& object, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(object, name));
  absl::Time time;
  std::string error;
  // The list's times are in UTC and end with Z.
  if (!text.ends_with('Z') || !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return Malformed(base::Cat(name, " is not a time"));
  }
  return time;
}

absl::StatusOr<std::string> ReadUrl(const Json& object, std::string_view name) {
  ASSIGN_OR_RETURN(std::string url, ReadText(object, name));
  const bool printable =
      std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!printable || !(url.starts_with("https://") || url.starts_with("http://")) ||
      url.find_first_of("?#@\\\"") != url.npos) {
    return Malformed(base::Cat(name, " is not the URL of a log"));
  }
  if (!url.ends_with('/')) url += '/';
  return url;
}

absl::Status ReadState(const Json& object, Log& log) {
  const Json* state = object.Find("state");
  log.state = LogState::kUnlisted;
  if (state == nullptr) return absl::OkStatus();
  if (!state->is_object() || state->names().size() != 1) {
    return Malformed("a log is not in exactly one state");
  }
  const auto known = std::find_if(kStates.begin(), kStates.end(), [&](const auto& entry) {
    return entry.first == state->names()[0];
  });
  if (known == kStates.end()) return Malformed("a log is in a state that isn't known");
  log.state = known->second;
  ASSIGN_OR_RETURN(log.state_since, ReadTime(state->items()[0], "timestamp"));
  return absl::OkStatus();
}

absl::Status ReadInterval(const Json& object, Log& log) {
  const Json* interval = object.Find("temporal_interval");
  if (interval == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const absl::Time start, ReadTime(*interval, "start_inclusive"));
  ASSIGN_OR_RETURN(const absl::Time end, ReadTime(*interval, "end_exclusive"));
  if (start >= end) return Malformed("a temporal interval ends before it begins");
  log.interval = Log::Interval{start, end};
  return absl::OkStatus();
}

absl::StatusOr<Log> ReadLog(const Json& object, LogKind kind, const std::string& operator_name) {
  ASSIGN_OR_RETURN(std::string description, ReadText(object, "description"));
  const std::optional<std::string_view> key_text = object.GetString("key");
  const std::optional<std::string> key_der = base::FromBase64(key_text.value_or(""));
  if (!key_der.has_value()) return Malformed("key is not base64");
  ASSIGN_OR_RETURN(crypto::PublicKey key, crypto::PublicKey::FromSpkiDer(*key_der));
  RETURN_IF_ERROR(CheckLogKey(key));
  std::string id = LogIdOf(key);
  if (base::FromBase64(object.GetString("log_id").value_or("")) != id) {
    return Malformed("log_id is not the SHA-256 of key");
  }
  Log log{.description = std::move(description),
          .operator_name = operator_name,
          .id = std::move(id),
          .key = std::move(key),
          .kind = kind};
  const bool rfc6962 = kind == LogKind::kRfc6962;
  ASSIGN_OR_RETURN(log.submission_url, ReadUrl(object, rfc6962 ? "url" : "submission_url"));
  ASSIGN_OR_RETURN(log.monitoring_url, ReadUrl(object, rfc6962 ? "url" : "monitoring_url"));
  const std::optional<int64_t> mmd = object.GetInteger("mmd");
  if (!mmd.has_value() || *mmd < 1 || *mmd > kMaxMmd) return Malformed("mmd is out of range");
  log.mmd = absl::Seconds(*mmd);
  RETURN_IF_ERROR(ReadState(object, log));
  RETURN_IF_ERROR(ReadInterval(object, log));
  const Json* type = object.Find("log_type");
  if (type != nullptr && !type->is_string()) return Malformed("log_type is not a string");
  log.production = type == nullptr || type->string() == "prod";
  return log;
}

absl::Status ReadLogs(const Json& an_operator, std::string_view member, LogKind kind,
                      std::vector<Log>& logs) {
  ASSIGN_OR_RETURN(const std::string name, ReadText(an_operator, "name"));
  const Json* items = an_operator.Find(member);
  if (items == nullptr) return absl::OkStatus();
  if (!items->is_array()) return Malformed(base::Cat(member, " is not an array"));
  for (const Json& item : items->items()) {
    absl::StatusOr<Log> log = ReadLog(item, kind, name);
    if (!log.ok()) {
      // The text, not an annotation: it is the operator who reads this.
      return Malformed(base::Cat(
          "\"", base::Escaped(item.GetString("description").value_or("?"), kMaxText),
          "\": ", std::string_view(log.status().message().data(), log.status().message().size())));
    }
    if (std::any_of(logs.begin(), logs.end(),
                    [&](const Log& other) { return other.id == log->id; })) {
      return Malformed(base::Cat("\"", log->description, "\" is there twice"));
    }
    logs.push_back(*std::move(log));
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view NameOf(LogState state) {
  for (const auto& [name, known] : kStates) {
    if (known == state) return name;
  }
  return "unlisted";
}

std::string Log::Origin() const {
  std::string_view origin = submission_url;
  origin.remove_prefix(origin.find("://") + 3);
  origin.remove_suffix(1);
  return std::string(origin);
}

absl::StatusOr<LogList> LogList::Parse(std::string_view json) {
  ASSIGN_OR_RETURN(const Json root, Json::Parse(json, kLimits));
  LogList list;
  ASSIGN_OR_RETURN(list.version_, ReadText(root, "version"));
  ASSIGN_OR_RETURN(list.timestamp_, ReadTime(root, "log_list_timestamp"));
  const Json* operators = root.Find("operators");
  if (operators == nullptr || !operators->is_array()) return Malformed("operators is not an array");
  std::vector<std::string_view> names;
  for (const Json& an_operator : operators->items()) {
    const std::string_view name = an_operator.GetString("name").value_or("");
    // One operator under two entries would count twice.
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return Malformed("an operator is there twice");
    }
    names.push_back(name);
    RETURN_IF_ERROR(ReadLogs(an_operator, "logs", LogKind::kRfc6962, list.logs_));
    RETURN_IF_ERROR(ReadLogs(an_operator, "tiled_logs", LogKind::kStatic, list.logs_));
  }
  return list;
}

const Log* LogList::Find(std::string_view log_id) const {
  const auto log = std::find_if(logs_.begin(), logs_.end(),
                                [&](const Log& other) { return other.id == log_id; });
  return log == logs_.end() ? nullptr : &*log;
}

absl::Status VerifyLogList(std::string_view json, std::string_view signature,
                           const crypto::PublicKey& key) {
  const auto algorithm = key.type() == crypto::KeyType::kRsa
                             ? crypto::SignatureAlgorithm::kRsaPkcs1Sha256
                             : crypto::SignatureAlgorithm::kEcdsaSha256;
  if (key.Verify(algorithm, json, signature)) return absl::OkStatus();
  return errors::Make(errors::Reason::kUnauthorized,
                      "the log list is not signed with the configured key");
}

}  // namespace cairn::ct
