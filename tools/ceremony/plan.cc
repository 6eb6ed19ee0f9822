#include "tools/ceremony/plan.h"

#include "libs/base/invariant.h"
#include "libs/der/reader.h"
#include "libs/x509/oids.h"

namespace cairn::ceremony {

std::string_view NameOf(Act act) {
  switch (act) {
    case Act::kKey:
      return "key";
    case Act::kRoot:
      return "root";
    case Act::kIntermediate:
      return "intermediate";
    case Act::kCross:
      return "cross";
    case Act::kOcspSigner:
      return "ocsp_signer";
    case Act::kCrl:
      return "crl";
    case Act::kDestroy:
      return "destroy";
  }
  INVARIANT(false, "every act has a case");
  return "";
}

std::string OrganizationOf(std::string_view name_der) {
  der::Reader outer(name_der);
  absl::StatusOr<der::Reader> name = outer.EnterSequence();
  while (name.ok() && !name->AtEnd()) {
    absl::StatusOr<der::Reader> relative = name->Enter(der::kSet);
    if (!relative.ok()) break;
    absl::StatusOr<der::Reader> attribute = relative->EnterSequence();
    if (!attribute.ok()) break;
    const absl::StatusOr<std::string> type = attribute->ReadOid();
    const absl::StatusOr<der::Element> value = attribute->ReadAny();
    if (!type.ok() || !value.ok()) break;
    if (*type == x509::oid::kOrganization) return std::string(value->content);
  }
  return "";
}

}  // namespace cairn::ceremony
