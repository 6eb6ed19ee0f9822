#include "tools/ceremony/statement.h"

#include <optional>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"

namespace cairn::ceremony {
namespace {

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

std::string_view NameOf(Statement::Kind kind) {
  return kind == Statement::Kind::kApproval ? "approval" : "attestation";
}

bool IsOfPerson(crypto::KeyType type) {
  return type == crypto::KeyType::kEcP256 || type == crypto::KeyType::kEcP384 ||
         type == crypto::KeyType::kEd25519;
}

}  // namespace

std::string Statement::Message() const {
  // The first line keeps it apart from all else that the key may sign.
  std::string message = base::Cat("cairn ceremony ", NameOf(kind), " v1\nname: ", name,
                                  "\nplan: ", base::ToHex(plan_sha256), "\n");
  if (kind == Kind::kAttestation) {
    message += base::Cat("transcript: ", base::ToHex(transcript_sha256), "\n");
  }
  return message;
}

std::string Statement::ToFile() const {
  return base::Cat("{\"kind\":\"", NameOf(kind), "\",\"name\":", acme::JsonString(name),
                   ",\"plan_sha256\":\"", base::ToHex(plan_sha256), "\",\"transcript_sha256\":\"",
                   base::ToHex(transcript_sha256), "\",\"signature\":\"", base::ToBase64(signature),
                   "\"}\n");
}

absl::StatusOr<Statement> Statement::FromFile(std::string_view text) {
  ASSIGN_OR_RETURN(const acme::Json json, acme::Json::Parse(text));
  const auto get = [&](std::string_view name) {
    return std::string(json.GetString(name).value_or(""));
  };
  Statement statement;
  statement.kind = get("kind") == NameOf(Kind::kApproval) ? Kind::kApproval : Kind::kAttestation;
  statement.name = get("name");
  statement.plan_sha256 = base::FromHex(get("plan_sha256")).value_or("");
  statement.transcript_sha256 = base::FromHex(get("transcript_sha256")).value_or("");
  statement.signature = base::FromBase64(get("signature")).value_or("");
  if (statement.ToFile() != text || statement.plan_sha256.size() != 32 ||
      statement.transcript_sha256.size() != (statement.kind == Kind::kApproval ? 0 : 32)) {
    return Bad("not a statement as \"ceremony approve\" and \"ceremony attest\" write them");
  }
  return statement;
}

absl::Status Statement::Sign(const crypto::PrivateKey& key) {
  if (!IsOfPerson(key.public_key().type())) return Bad("the key is not P-256, P-384 or Ed25519");
  ASSIGN_OR_RETURN(signature,
                   key.Sign(x509::CertificateAlgorithm(key.public_key().type()), Message()));
  return absl::OkStatus();
}

bool Statement::IsBy(const Person& person) const {
  return person.name == name && IsOfPerson(person.key.type()) &&
         person.key.Verify(x509::CertificateAlgorithm(person.key.type()), Message(), signature);
}

const Person* FindByName(const std::vector<Person>& people, std::string_view name) {
  for (const Person& person : people) {
    if (person.name == name) return &person;
  }
  return nullptr;
}

const Person* FindByKey(const std::vector<Person>& people, const crypto::PublicKey& key) {
  for (const Person& person : people) {
    if (person.key == key) return &person;
  }
  return nullptr;
}

}  // namespace cairn::ceremony
