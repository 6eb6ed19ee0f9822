// CRL-06: A CRL is of version 2, whose number is 1.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

std::string Check(const View& view) {
  return view.version == "\x01"sv ? "" : "the version is not v2(1)";
}

}  // namespace

const Lint kCrlVersionNotV2 = {
    .name = "e_crl_version_not_v2",
    .requirement = "CRL-06",
    .clause = "BR 7.2.1",
    .kinds = kAnyCrl,
    .check = Check,
};

}  // namespace cairn::lint
