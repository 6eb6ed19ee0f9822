#pragma once

#include <absl/time/time.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/lint/lint.h"

// The text vectors of testdata (see its README.md), for tests and the benchmark.
namespace cairn::lint {

struct Vector {
  std::filesystem::path path;
  std::string lint;     // its folder
  std::string verdict;  // "pass", "fail" or "out_of_force"
  std::string says;     // the first line
  std::string kind, policy, issuer, names, profile, crl_url, previous_crl_number;
  absl::Time at;
  bool has_public_suffixes = false, has_blocklist = false, has_logs = false;
  std::string der;
  std::optional<std::string> precertificate_der;
  std::vector<std::string> expected;  // names of lints, sorted
};

// Every vector there is, in the order of their paths. A file that can't be read
// as one ends the program.
const std::vector<Vector>& AllVectors();
const Vector& FindVector(std::string_view lint, std::string_view file);

// What the vectors share: issuers, suffixes, blocklist, logs.
struct World {
  World();
  std::string Issuer(std::string_view name) const;

  policy::PublicSuffixes public_suffixes;
  policy::KeyBlocklist key_blocklist;
  Logs logs;
};

// A vector as a Subject, with all that it points to.
class VectorSubject {
 public:
  VectorSubject(const Vector& vector, const World& world);
  VectorSubject(const VectorSubject&) = delete;
  VectorSubject& operator=(const VectorSubject&) = delete;

  Subject subject;

 private:
  std::string issuer_der_;
  std::string previous_;
  x509::Names names_;
  Profile profile_;
};

std::string ReadFile(const std::filesystem::path& path);
// The octets of the first block with that label; nothing if there is none.
std::optional<std::string> FromPem(std::string_view text, std::string_view label);

}  // namespace cairn::lint
