#include "libs/acme/jws.h"

#include <algorithm>
#include <utility>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::acme {
namespace {

using crypto::KeyType;
using crypto::SignatureAlgorithm;
using errors::Reason;

absl::Status Malformed(std::string_view detail) { return errors::Make(Reason::kMalformed, detail); }

// RFC 7518 section 3.1 and RFC 8037 section 3.1: an algorithm goes with one type of key.
struct Algorithm {
  std::string_view name;
  KeyType key;
  SignatureAlgorithm signature;
};
constexpr Algorithm kAlgorithms[] = {
    {"RS256", KeyType::kRsa, SignatureAlgorithm::kRsaPkcs1Sha256},
    {"ES256", KeyType::kEcP256, SignatureAlgorithm::kEcdsaSha256},
    {"ES384", KeyType::kEcP384, SignatureAlgorithm::kEcdsaSha384},
    {"ES512", KeyType::kEcP521, SignatureAlgorithm::kEcdsaSha512},
    {"EdDSA", KeyType::kEd25519, SignatureAlgorithm::kEd25519},
};

const Algorithm* FindAlgorithm(std::string_view name) {
  const auto* found = std::find_if(std::begin(kAlgorithms), std::end(kAlgorithms),
                                   [&](const Algorithm& row) { return row.name == name; });
  return found == std::end(kAlgorithms) ? nullptr : found;
}

absl::StatusOr<std::string> Decode(std::string_view name, std::string_view text) {
  auto octets = base::FromBase64Url(text);
  if (!octets) {
    return Malformed(base::Cat("the JWS's \"", name, "\" is not base64url without padding"));
  }
  return *std::move(octets);
}

}  // namespace

const std::vector<std::string>& SupportedAlgorithms() {
  static const auto* const names = [] {
    auto* list = new std::vector<std::string>;
    for (const Algorithm& row : kAlgorithms) list->emplace_back(row.name);
    return list;
  }();
  return *names;
}

absl::StatusOr<Jws> Jws::Parse(std::string_view body) {
  ASSIGN_OR_RETURN(const Json json, Json::Parse(body));
  if (!json.is_object()) return Malformed("a request is a JWS: a JSON object");
  if (json.Find("signatures") != nullptr) {
    return Malformed("a JWS with several signatures is not accepted");
  }
  if (json.Find("header") != nullptr) {
    return Malformed("a JWS with an unprotected header is not accepted");
  }
  const auto header_text = json.GetString("protected");
  const auto payload_text = json.GetString("payload");
  const auto signature_text = json.GetString("signature");
  if (!header_text || !payload_text || !signature_text) {
    return Malformed("a JWS has the members protected, payload and signature, all strings");
  }
  if (json.names().size() != 3) {
    return Malformed("a JWS has the members protected, payload and signature and no others");
  }

  Jws jws;
  ASSIGN_OR_RETURN(const std::string header_json, Decode("protected", *header_text));
  ASSIGN_OR_RETURN(jws.payload_, Decode("payload", *payload_text));
  ASSIGN_OR_RETURN(jws.signature_, Decode("signature", *signature_text));
  jws.signing_input_ = base::Cat(*header_text, ".", *payload_text);

  ASSIGN_OR_RETURN(const Json header, Json::Parse(header_json));
  if (!header.is_object()) return Malformed("the protected header is not a JSON object");
  // Whatever may not be ignored is not understood here; that covers b64.
  if (header.Find("crit") != nullptr || header.Find("b64") != nullptr) {
    return Malformed("the protected header has \"crit\" or \"b64\", which are not accepted");
  }
  const auto alg = header.GetString("alg");
  if (!alg) return Malformed("the protected header has no \"alg\"");
  if (FindAlgorithm(*alg) == nullptr) {
    return errors::Make(Reason::kBadSignatureAlgorithm,
                        base::Cat("the signature algorithm \"", base::Escaped(*alg, 40),
                                  "\" is not one of RS256, ES256, ES384, ES512 and EdDSA"));
  }
  jws.alg_ = *alg;
  const auto url = header.GetString("url");
  if (!url) return Malformed("the protected header has no \"url\"");
  jws.url_ = *url;

  const Json* jwk = header.Find("jwk");
  const Json* kid = header.Find("kid");
  if ((jwk == nullptr) == (kid == nullptr)) {
    return Malformed("the protected header needs exactly one of \"jwk\" and \"kid\"");
  }
  if (jwk != nullptr) {
    ASSIGN_OR_RETURN(jws.jwk_, Jwk::FromJson(*jwk));
  } else if (kid->is_string()) {
    jws.kid_ = kid->string();
  } else {
    return Malformed("the \"kid\" is not a string");
  }

  const Json* nonce = header.Find("nonce");
  if (nonce == nullptr) return errors::Make(Reason::kBadNonce, "the request has no nonce");
  if (!nonce->is_string() || nonce->string().empty() || !base::FromBase64Url(nonce->string())) {
    return Malformed("the nonce is not base64url");
  }
  jws.nonce_ = nonce->string();
  return jws;
}

absl::Status Jws::VerifySignature(const crypto::PublicKey& key) const {
  const Algorithm* algorithm = FindAlgorithm(alg_);
  if (algorithm == nullptr || algorithm->key != key.type()) {
    return errors::Make(Reason::kBadSignatureAlgorithm,
                        base::Cat("the algorithm ", alg_, " does not go with a key of type ",
                                  crypto::NameOf(key.type())));
  }
  std::string signature = signature_;
  if (key.type() != KeyType::kRsa && key.type() != KeyType::kEd25519) {
    ASSIGN_OR_RETURN(signature, crypto::EcdsaRawToDer(key.type(), signature_));
  }
  if (!key.Verify(algorithm->signature, signing_input_, signature)) {
    return errors::Make(Reason::kUnauthorized, "the JWS's signature does not verify");
  }
  return absl::OkStatus();
}

}  // namespace cairn::acme
