#include "services/wfe/core/payload.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::wfe {

using acme::Json;

absl::Status Malformed(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

absl::StatusOr<Json> ParseObject(std::string_view payload) {
  ASSIGN_OR_RETURN(Json json, Json::Parse(payload));
  if (!json.is_object()) return Malformed("the payload is not a JSON object");
  return json;
}

absl::StatusOr<bool> ReadBoolean(const Json& payload, std::string_view name) {
  const Json* member = payload.Find(name);
  if (member == nullptr) return false;
  if (member->type() != Json::Type::kBool) {
    return Malformed(base::Cat("\"", name, "\" is not true or false"));
  }
  return member->boolean();
}

}  // namespace cairn::wfe
