#include "services/ca/profile_options.h"

#include <absl/time/time.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "libs/crypto/public_key.h"
#include "services/ca/options_field.h"

namespace cairn::ca {

using crypto::KeyType;

std::vector<Profile> ParseProfiles(config::Checks& checks, const config::Ca& config) {
  // An absent list is one profile with every default.
  google::protobuf::RepeatedPtrField<config::Ca::Profile> list = config.profiles();
  if (list.empty()) list.Add()->set_name("default");
  std::vector<Profile> profiles;
  std::set<std::string> names;
  for (int i = 0; i < list.size(); ++i) {
    const std::string field = Indexed("profiles", i);
    Profile profile;
    profile.name = checks.Text(list[i].name(), field + ".name");
    checks.Require(names.insert(profile.name).second, field + ".name", "is there twice");
    profile.validity = checks.Duration(list[i].validity(), field + ".validity", absl::Hours(144),
                                       absl::Minutes(2), absl::Hours(24) * 3650);
    profile.backdate = checks.Duration(list[i].backdate(), field + ".backdate", absl::Hours(1),
                                       absl::ZeroDuration(), absl::Hours(1));  // PROF-07
    checks.Require(profile.validity == absl::Trunc(profile.validity, absl::Seconds(1)) &&
                       profile.backdate == absl::Trunc(profile.backdate, absl::Seconds(1)),
                   field, "validity and backdate must be whole seconds");
    checks.Require(profile.backdate < profile.validity, field + ".backdate",
                   "must be shorter than the validity");
    profile.include_common_name = list[i].include_common_name();
    profile.client_auth = list[i].client_auth();
    profile.rsa_signature_only = list[i].rsa_signature_only();
    for (const std::string& name : list[i].key_types()) {
      const std::optional<KeyType> type = crypto::KeyTypeFromConfig(name);
      if (checks.Require(type.has_value(), field + ".key_types",
                         "must be rsa, p256, p384 or p521")) {
        profile.key_types.insert(*type);
      }
    }
    if (list[i].key_types().empty()) {
      profile.key_types = {KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384};
    }
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace cairn::ca
