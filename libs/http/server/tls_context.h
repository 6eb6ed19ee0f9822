#pragma once

#include <absl/status/statusor.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "libs/http/server/server.h"

namespace cairn::http {

// TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only (ACME-002,
// RFC 9325). kMalformed, naming the file, for what can't be used.
absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(const TlsFiles& files);

// Changes when one of the files does.
std::string Fingerprint(const TlsFiles& files);

}  // namespace cairn::http
