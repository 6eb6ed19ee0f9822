// LINT-17: Nothing is signed with SHA-1 or an MD: the last allowances ended on 2026-09-15.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

struct Weak {
  std::string_view oid;
  std::string_view name;
};
constexpr Weak kWeak[] = {
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02"sv, "RSA with MD2"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"sv, "RSA with MD5"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"sv, "RSA with SHA-1"},
    {"\x2b\x0e\x03\x02\x1d"sv, "RSA with SHA-1"},
    {"\x2a\x86\x48\xce\x38\x04\x03"sv, "DSA with SHA-1"},
    {"\x2a\x86\x48\xce\x3d\x04\x01"sv, "ECDSA with SHA-1"},
};

std::string Check(const View& view) {
  for (const std::string_view identifier : {view.outer_algorithm, view.inner_algorithm}) {
    const std::string_view used = AlgorithmOf(identifier).oid;
    for (const Weak& weak : kWeak) {
      if (used == weak.oid) return std::string(weak.name);
    }
  }
  return "";
}

}  // namespace

const Lint kSubCertOrSubCaUsingSha1 = {
    .name = "e_sub_cert_or_sub_ca_using_sha1",
    .requirement = "LINT-17",
    .clause = "BR 7.1.3.2.1; MRSP 5.1.3",
    .kinds = kSigned,
    .check = Check,
};

}  // namespace cairn::lint
