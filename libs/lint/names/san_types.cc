// LINT-47: Alternative names of a server are DNS names and addresses; each other form of
// GeneralName (RFC 5280 section 4.2.1.6) has its lint.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

template <int kNumber>
std::string Check(const View& view) {
  if (!view.alternative_names.has_value()) return "";
  for (const GeneralName& name : *view.alternative_names) {
    if ((name.tag & 0x1f) == kNumber) return Text(name.content);
  }
  return "";
}

}  // namespace

const Lint kExtSanOtherNamePresent = {
    .name = "e_ext_san_other_name_present",
    .requirement = "LINT-47",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = Check<0>,
};

const Lint kExtSanRfc822NamePresent = {
    .name = "e_ext_san_rfc822_name_present",
    .requirement = "LINT-47",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = Check<1>,
};

const Lint kExtSanX400AddressPresent = {
    .name = "e_ext_san_x400_address_present",
    .requirement = "LINT-47",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = Check<3>,
};

const Lint kExtSanDirectoryNamePresent = {
    .name = "e_ext_san_directory_name_present",
    .requirement = "LINT-47",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = Check<4>,
};

const Lint kExtSanEdiPartyNamePresent = {
    .name = "e_ext_san_edi_party_name_present",
    .requirement = "LINT-47",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = Check<5>,
};

const Lint kExtSanUniformResourceIdentifierPresent = {
    .name = "e_ext_san_uniform_resource_identifier_present",
    .requirement = "LINT-47",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = Check<6>,
};

const Lint kExtSanRegisteredIdPresent = {
    .name = "e_ext_san_registered_id_present",
    .requirement = "LINT-47",
    .clause = "BR 7.1.2.7.12",
    .kinds = kLeaf,
    .check = Check<8>,
};

}  // namespace cairn::lint
