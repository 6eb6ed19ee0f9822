// What the lints of one certificate cost on this machine: lint_bench [seconds per row]
//
// Run in the root of the tree: it reads the vectors. "known key" has the facts
// about the key in the cache, as the certificate after its precertificate has.
#include <absl/time/clock.h>

#include <cstdio>
#include <cstdlib>

#include "libs/lint/test_vectors.h"

namespace cairn::lint {
namespace {

void Measure(const char* what, const char* lint, const char* file, const World& world,
             bool known_key, absl::Duration how_long) {
  VectorSubject made(FindVector(lint, file), world);
  KeyCache cache;
  if (known_key) made.subject.key_cache = &cache;
  int lints = Run(made.subject).passed;
  int64_t runs = 0;
  const absl::Time began = absl::Now();
  while (absl::Now() - began < how_long) {
    for (int i = 0; i < 10; ++i) lints = Run(made.subject).passed;
    runs += 10;
  }
  const double took = absl::ToDoubleMicroseconds(absl::Now() - began);
  std::printf("%-32s %-10s %5d lints %10.1f microseconds\n", what,
              known_key ? "known key" : "new key", lints, took / static_cast<double>(runs));
}

int Main(int argc, char** argv) {
  const absl::Duration how_long = absl::Seconds(argc > 1 ? std::atof(argv[1]) : 1.0);
  const World world;
  for (const bool known_key : {true, false}) {
    Measure("certificate, P-256", "e_certificate_differs_from_precertificate", "pass.txt", world,
            known_key, how_long);
    Measure("precertificate, P-256", "e_precert_with_sct_list", "pass.txt", world, known_key,
            how_long);
    Measure("certificate, RSA 2048", "e_rsa_fermat_factorization", "pass.txt", world, known_key,
            how_long);
    Measure("subordinate CA", "e_ca_key_cert_sign_not_set", "pass.txt", world, known_key, how_long);
  }
  Measure("CRL of 6 entries", "e_cab_crl_has_valid_reason_code", "pass.txt", world, true, how_long);
  return 0;
}

}  // namespace
}  // namespace cairn::lint

int main(int argc, char** argv) { return cairn::lint::Main(argc, argv); }
