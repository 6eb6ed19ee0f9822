#pragma once

#include <string_view>

#include "protos/core/v1/core.pb.h"
#include "protos/va/v1/va.pb.h"
#include "services/ra/options.h"

namespace cairn::ra {

// What the VA is to look at for an authorization of the account whose key has
// `thumbprint`: control and CAA, or CAA alone.
va::v1::Subject SubjectOf(const Options& options, const core::v1::Authorization& authorization,
                          std::string_view thumbprint, bool caa_only);

}  // namespace cairn::ra
