#pragma once

#include <string>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "protos/va/v1/va.pb.h"

namespace cairn::va {

// RFC 8555 section 8.1: the token, and the thumbprint of the account's key.
inline std::string KeyAuthorization(const v1::Subject& subject) {
  return base::Cat(base::ToBase64Url(subject.token()), ".",
                   base::ToBase64Url(subject.account_thumbprint()));
}

}  // namespace cairn::va
