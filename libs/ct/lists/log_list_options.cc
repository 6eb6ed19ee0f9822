#include "libs/ct/lists/log_list_options.h"

#include <string_view>

namespace cairn::ct {
namespace {

std::string SignatureFileOf(const std::string& list) {
  constexpr std::string_view kJson = ".json";
  const size_t stem = list.ends_with(kJson) ? list.size() - kJson.size() : list.size();
  return list.substr(0, stem) + ".sig";
}

}  // namespace

LogListOptions LogListOptions::Parse(config::Checks& checks, const config::LogList& config,
                                     const std::string& field) {
  LogListOptions options;
  options.files.list = checks.Text(config.file(), field + ".file");
  options.files.signature =
      config.signature_file().empty() ? SignatureFileOf(config.file()) : config.signature_file();
  const std::string pem = checks.File(config.public_key(), field + ".public_key");
  if (!pem.empty()) {
    const auto key = crypto::PublicKey::FromPem(pem);
    if (key.ok() && (key->type() == crypto::KeyType::kEcP256 ||
                     (key->type() == crypto::KeyType::kRsa && key->bits() >= 2048))) {
      options.key = *key;
    } else {
      checks.Fail(field + ".public_key", "must be a P-256 key, or RSA of at least 2048 bits");
    }
  }
  options.reload_interval =
      checks.Duration(config.reload_interval(), field + ".reload_interval", absl::Seconds(10),
                      absl::Milliseconds(100), absl::Hours(24));
  return options;
}

}  // namespace cairn::ct
