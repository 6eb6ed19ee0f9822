#include "tools/ceremony/fake_tokens.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"

namespace cairn::ceremony {
namespace {

using errors::Reason;

class FakeToken final : public KeyToken {
 public:
  FakeToken(FakeTokens& tokens, FakeTokens::Token& token) : tokens_(tokens), token_(token) {}

  absl::StatusOr<TokenFacts> Info() override {
    RETURN_IF_ERROR(Before("Info"));
    return token_.facts;
  }
  absl::StatusOr<std::vector<std::string>> ListKeyLabels() override {
    RETURN_IF_ERROR(Before("ListKeyLabels"));
    std::vector<std::string> labels;
    for (const auto& [label, key] : token_.keys) labels.push_back(label);
    return labels;
  }
  absl::StatusOr<std::string> GenerateRandom(size_t octets) override {
    RETURN_IF_ERROR(Before("GenerateRandom"));
    if (token_.stuck > 0) {
      --token_.stuck;
      return std::string(octets, '\x55');
    }
    std::string random;
    while (random.size() < octets) {
      tokens_.last_random = crypto::Sha256(tokens_.last_random);
      random += tokens_.last_random;
    }
    return random.substr(0, octets);
  }
  absl::StatusOr<crypto::PublicKey> FindPublicKey(std::string_view label) override {
    RETURN_IF_ERROR(Before("FindPublicKey"));
    const auto found = token_.keys.find(label);
    if (found == token_.keys.end()) return Missing(label);
    return found->second.public_key();
  }
  absl::StatusOr<crypto::PublicKey> GenerateKeyPair(std::string_view label, crypto::KeyType type,
                                                    int rsa_bits) override {
    if (!token_.fails_afterwards) RETURN_IF_ERROR(Before("GenerateKeyPair"));
    if (token_.keys.contains(label)) {
      return errors::Make(Reason::kConflict, base::Cat("a key is called ", label));
    }
    Note("GenerateKeyPair", label);
    const int bits = token_.rsa_bits != 0 ? token_.rsa_bits : rsa_bits;
    const auto made = token_.keys.emplace(label, crypto::PrivateKey::Generate(type, bits)).first;
    if (token_.fails_afterwards) RETURN_IF_ERROR(Before("GenerateKeyPair"));
    if (token_.shows_other_key) return crypto::PrivateKey::Generate(type, bits).public_key();
    return made->second.public_key();
  }
  absl::StatusOr<KeyFacts> ReadAttributes(std::string_view label) override {
    RETURN_IF_ERROR(Before("ReadAttributes"));
    if (!token_.keys.contains(label)) return Missing(label);
    return token_.attributes;
  }
  absl::StatusOr<std::string> Sign(std::string_view label, crypto::SignatureAlgorithm algorithm,
                                   std::string_view message) override {
    RETURN_IF_ERROR(Before("Sign"));
    const auto found = token_.keys.find(label);
    if (found == token_.keys.end()) return Missing(label);
    // Its proofs of possession are right: only what a CA signs goes wrong.
    const bool lies = token_.signs_other_message && message[0] == '\x30';
    Note(message[0] == '\x30' ? "Sign" : "Prove", label);
    return found->second.Sign(algorithm, lies ? "something else" : message);
  }
  absl::Status DestroyKeyPair(std::string_view label) override {
    RETURN_IF_ERROR(Before("DestroyKeyPair"));
    const auto found = token_.keys.find(label);
    if (found == token_.keys.end()) return Missing(label);
    Note("DestroyKeyPair", label);
    if (!token_.keeps_keys) token_.keys.erase(found);
    return absl::OkStatus();
  }

 private:
  absl::Status Before(std::string_view call) {
    if (token_.fails != call) return absl::OkStatus();
    token_.fails.clear();
    return errors::Make(Reason::kUnavailable, base::Cat(call, ": the token is away"));
  }
  void Note(std::string_view call, std::string_view label) {
    tokens_.done.push_back(base::Cat(call, " ", label));
  }
  static absl::Status Missing(std::string_view label) {
    return errors::Make(Reason::kNotFound, base::Cat("no key is called ", label));
  }

  FakeTokens& tokens_;
  FakeTokens::Token& token_;
};

}  // namespace

FakeTokens::Token& FakeTokens::Add(const std::string& label) {
  Token& token = tokens_[label];
  token.facts = {.label = label,
                 .manufacturer = "Example",
                 .model = "HSM",
                 .serial = "0001",
                 .hardware_version = "1.0",
                 .firmware_version = "2.0",
                 .library = "Example PKCS#11",
                 .library_version = "3.0",
                 .hardware = true};
  token.attributes = {.id = "id",
                      .token = true,
                      .private_object = true,
                      .sensitive = true,
                      .always_sensitive = true,
                      .extractable = false,
                      .never_extractable = true,
                      .local = true,
                      .sign = true,
                      .decrypt = false,
                      .unwrap = false,
                      .derive = false,
                      .modifiable = false};
  return token;
}

absl::StatusOr<std::unique_ptr<KeyToken>> FakeTokens::Open(const TokenName& name) {
  ++opened;
  const auto found = tokens_.find(name.label);
  if (found == tokens_.end()) {
    return errors::Make(Reason::kNotFound, base::Cat("no token is called ", name.label));
  }
  return std::make_unique<FakeToken>(*this, found->second);
}

}  // namespace cairn::ceremony
