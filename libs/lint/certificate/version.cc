// LINT-09: Certificates are of version 3, whose number is 2.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

std::string Check(const View& view) {
  return view.version == "\x02"sv ? "" : "the version is not v3(2)";
}

}  // namespace

const Lint kInvalidCertificateVersion = {
    .name = "e_invalid_certificate_version",
    .requirement = "LINT-09",
    .clause = "BR 7.1.1",
    .kinds = kCertificate,
    .check = Check,
};

}  // namespace cairn::lint
