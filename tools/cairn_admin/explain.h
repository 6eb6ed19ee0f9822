#pragma once

#include <string>

#include "protos/sa/v1/sa.pb.h"
#include "tools/cairn_admin/seen.h"

namespace cairn::admin {

// What a stored validation says, for people: a header, a table with one line for each
// perspective, then the perspectives in full whose line differs from the most frequent
// one, and the first of those that agree; all of them where `all`. Pure. Everything
// that came from outside is escaped: printable ASCII and line feeds are all there is.
std::string ExplainText(const sa::v1::StoredValidation& validation, const PerspectiveKeys& keys,
                        bool all);

// The same as one JSON object in one line, with every receipt in full: protobuf's JSON of
// the records.
std::string ExplainJson(const sa::v1::StoredValidation& validation, const PerspectiveKeys& keys);

}  // namespace cairn::admin
