// PROF-34: What can't be taken apart can't be linted: this is the only lint that runs then.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) { return view.problem; }

}  // namespace

const Lint kObjectMalformed = {
    .name = "e_object_malformed",
    .requirement = "PROF-34",
    .clause = "RFC 5280 4.1, 5.1; RFC 6960 4.2",
    .kinds = kSigned,
    .check = Check,
};

}  // namespace cairn::lint
