// PROF-34: Everything is DER to the last level, strings and times included (X.690).
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) { return view.not_der; }

}  // namespace

const Lint kNotDer = {
    .name = "e_not_der",
    .requirement = "PROF-34",
    .clause = "RFC 5280 4.1; MRSP 5.2",
    .kinds = kSigned,
    .check = Check,
};

}  // namespace cairn::lint
