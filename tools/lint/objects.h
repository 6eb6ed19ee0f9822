#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace cairn::lint_tool {

// The objects of a file: every PEM block CERTIFICATE, X509 CRL or OCSP RESPONSE
// in its order, or the whole file where it begins like DER. kMalformed if it is
// neither, or a block is damaged. Whether they are well-formed the lints say.
absl::StatusOr<std::vector<std::string>> ObjectsOf(std::string_view bytes);

// The same for the file of that name; kNotFound if it can't be read.
absl::StatusOr<std::vector<std::string>> ReadObjects(const std::string& path);
// All of it; kNotFound if it can't be read or has more than 64 MiB.
absl::StatusOr<std::string> ReadWhole(const std::string& path);

}  // namespace cairn::lint_tool
