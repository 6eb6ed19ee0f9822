#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "libs/crypto/private_key.h"
#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

// What a person signs: that a plan may be carried out (an approval, by an
// operator), or that a transcript is what he or she saw (an attestation).
struct Statement {
  enum class Kind { kApproval, kAttestation };

  Kind kind = Kind::kApproval;
  std::string name;
  std::string plan_sha256;        // 32 octets
  std::string transcript_sha256;  // the head of the chain; empty in an approval
  std::string signature;

  // The text that is signed, line by line: any tool that signs text can do it.
  std::string Message() const;
  // One JSON object on one line.
  std::string ToFile() const;
  // Accepts exactly what ToFile writes, so that no octet of a file can change
  // unnoticed. kMalformed otherwise.
  static absl::StatusOr<Statement> FromFile(std::string_view text);

  // Signs with the key, which must be of a type that a Person may have (kMalformed).
  absl::Status Sign(const crypto::PrivateKey& key);
  // Whether that person's key signed it.
  bool IsBy(const Person& person) const;
};

// Null if there is none of that name, or with that key.
const Person* FindByName(const std::vector<Person>& people, std::string_view name);
const Person* FindByKey(const std::vector<Person>& people, const crypto::PublicKey& key);

}  // namespace cairn::ceremony
