#include "libs/ct/test_log.h"

#include <map>
#include <utility>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"

namespace cairn::testing {

TestLog::TestLog(crypto::KeyType type) : key_(crypto::PrivateKey::Generate(type)) {}

ct::SignedCertificateTimestamp TestLog::Promise(const ct::Entry& entry, absl::Time time,
                                                std::string_view extensions) const {
  ct::SignedCertificateTimestamp sct;
  sct.log_id = ct::LogIdOf(key());
  sct.timestamp = static_cast<uint64_t>(absl::ToUnixMillis(time));
  sct.extensions = std::string(extensions);
  sct.signature = Sign(ct::SignedOctets(sct.timestamp, entry, sct.extensions));
  return sct;
}

ct::DigitallySigned TestLog::Sign(std::string_view octets) const {
  const bool rsa = key().type() == crypto::KeyType::kRsa;
  const auto algorithm =
      rsa ? crypto::SignatureAlgorithm::kRsaPkcs1Sha256 : crypto::SignatureAlgorithm::kEcdsaSha256;
  return {.algorithm =
              rsa ? ct::DigitallySigned::Algorithm::kRsa : ct::DigitallySigned::Algorithm::kEcdsa,
          .signature = key_.Sign(algorithm, octets).value()};
}

ct::Log TestLog::Listed(std::string_view name, std::string_view operator_name,
                        ct::LogKind kind) const {
  const std::string url = base::Cat("https://", name, ".test/");
  return {.description = std::string(name),
          .operator_name = std::string(operator_name),
          .id = ct::LogIdOf(key()),
          .key = key(),
          .kind = kind,
          .submission_url = url,
          .monitoring_url = url,
          .mmd = absl::Hours(24),
          .state = ct::LogState::kUsable,
          .state_since = absl::UnixEpoch(),
          .production = true};
}

namespace {

std::string TimeText(absl::Time at) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", at, absl::UTCTimeZone());
}

}  // namespace

std::string LogJson(const ct::Log& log) {
  const auto text = [](std::string_view name, std::string_view value) {
    return base::Cat(acme::JsonString(name), ":", acme::JsonString(value), ",");
  };
  std::string json = "{" + text("description", log.description) +
                     text("log_id", base::ToBase64(log.id)) +
                     text("key", base::ToBase64(log.key.spki_der()));
  if (log.kind == ct::LogKind::kRfc6962) {
    json += text("url", log.submission_url);
  } else {
    json += text("submission_url", log.submission_url) + text("monitoring_url", log.monitoring_url);
  }
  if (log.state != ct::LogState::kUnlisted) {
    json += base::Cat("\"state\":{", acme::JsonString(ct::NameOf(log.state)), ":{\"timestamp\":\"",
                      TimeText(log.state_since), "\"}},");
  }
  if (log.interval.has_value()) {
    json +=
        base::Cat("\"temporal_interval\":{\"start_inclusive\":\"", TimeText(log.interval->start),
                  "\",\"end_exclusive\":\"", TimeText(log.interval->end), "\"},");
  }
  return base::Cat(json, "\"log_type\":\"", log.production ? "prod" : "test",
                   "\",\"mmd\":", absl::ToInt64Seconds(log.mmd), "}");
}

std::string ListJson(std::span<const ct::Log> logs, std::string_view version, absl::Time at) {
  // By operator: the elements of "logs" and of "tiled_logs".
  std::map<std::string, std::pair<std::string, std::string>> operators;
  for (const ct::Log& log : logs) {
    auto& [rfc6962, tiled] = operators[log.operator_name];
    std::string& list = log.kind == ct::LogKind::kStatic ? tiled : rfc6962;
    list += base::Cat(list.empty() ? "\n    " : ",\n    ", LogJson(log));
  }
  std::string text;
  for (const auto& [name, lists] : operators) {
    text += base::Cat(text.empty() ? "\n" : ",\n", "  {\"name\": ", acme::JsonString(name),
                      ", \"email\": [],\n   \"logs\": [", lists.first, "],\n   \"tiled_logs\": [",
                      lists.second, "]}");
  }
  return base::Cat("{\"version\": ", acme::JsonString(version), ", \"log_list_timestamp\": \"",
                   TimeText(at), "\",\n \"operators\": [", text, "]}\n");
}

}  // namespace cairn::testing
