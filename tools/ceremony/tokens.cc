#include "tools/ceremony/tokens.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/random.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/pkcs11/new_token.h"
#include "libs/errors/errors.h"

namespace cairn::ceremony {
namespace {

constexpr size_t kMaxText = 200;

// What a token says goes into the transcript, which is UTF-8.
std::string Clean(const std::string& text) { return base::Escaped(text, kMaxText); }

class RealToken final : public KeyToken {
 public:
  explicit RealToken(std::unique_ptr<crypto::pkcs11::Token> token) : token_(std::move(token)) {}

  absl::StatusOr<TokenFacts> Info() override {
    ASSIGN_OR_RETURN(TokenFacts facts, token_->Info());
    for (std::string TokenFacts::*text :
         {&TokenFacts::label, &TokenFacts::manufacturer, &TokenFacts::model, &TokenFacts::serial,
          &TokenFacts::hardware_version, &TokenFacts::firmware_version, &TokenFacts::library,
          &TokenFacts::library_version}) {
      facts.*text = Clean(facts.*text);
    }
    return facts;
  }
  absl::StatusOr<std::vector<std::string>> ListKeyLabels() override {
    ASSIGN_OR_RETURN(std::vector<std::string> labels, token_->ListKeyLabels());
    for (std::string& label : labels) label = Clean(label);
    return labels;
  }
  absl::StatusOr<std::string> GenerateRandom(size_t octets) override {
    return token_->GenerateRandom(octets);
  }
  absl::StatusOr<crypto::PublicKey> FindPublicKey(std::string_view label) override {
    return token_->FindPublicKey(label);
  }
  absl::StatusOr<crypto::PublicKey> GenerateKeyPair(std::string_view label, crypto::KeyType type,
                                                    int rsa_bits) override {
    return token_->GenerateKeyPair(label, type, rsa_bits);
  }
  absl::StatusOr<KeyFacts> ReadAttributes(std::string_view label) override {
    return token_->ReadAttributes(label);
  }
  absl::StatusOr<std::string> Sign(std::string_view label, crypto::SignatureAlgorithm algorithm,
                                   std::string_view message) override {
    return token_->Sign(label, algorithm, message);
  }
  absl::Status DestroyKeyPair(std::string_view label) override {
    return token_->DestroyKeyPair(label);
  }

 private:
  const std::unique_ptr<crypto::pkcs11::Token> token_;
};

absl::StatusOr<std::unique_ptr<KeyToken>> OpenToken(const std::string& module,
                                                    const std::string& label,
                                                    const std::string& pin_path,
                                                    base::Clock& clock) {
  ASSIGN_OR_RETURN(std::unique_ptr<crypto::pkcs11::Token> token,
                   crypto::pkcs11::Token::Open(
                       {.module = module, .token_label = label, .pin_path = pin_path}, clock));
  return std::make_unique<RealToken>(std::move(token));
}

absl::Status WritePrivate(const std::string& path, const std::string& content) {
  const mode_t mask = umask(0077);
  std::ofstream file(path, std::ios::binary);
  umask(mask);
  file << content;
  file.close();
  if (file) return absl::OkStatus();
  return errors::Make(errors::Reason::kInternal, base::Cat(path, ": can't be written"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyToken>> RealTokens::Open(const TokenName& name) {
  const auto pin = pin_paths_.find(name.label);
  if (pin == pin_paths_.end()) {
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat("no PIN is given for the token ", name.label));
  }
  return OpenToken(name.module, name.label, pin->second, clock_);
}

absl::StatusOr<std::unique_ptr<ThrowAwayTokens>> ThrowAwayTokens::Create(const std::string& module,
                                                                         const Plan& plan,
                                                                         base::Clock& clock) {
  std::error_code error;
  std::string folder =
      (std::filesystem::temp_directory_path(error) / "ceremony-rehearsal.XXXXXX").string();
  if (error || mkdtemp(folder.data()) == nullptr) {
    return errors::Make(errors::Reason::kInternal,
                        base::Cat("no folder for throw-away tokens: ", std::strerror(errno)));
  }
  std::unique_ptr<ThrowAwayTokens> tokens(new ThrowAwayTokens(module, folder, clock));
  std::vector<std::string> labels = {plan.token.label};
  if (plan.new_key.has_value() && plan.new_key->token.label != plan.token.label) {
    labels.push_back(plan.new_key->token.label);
  }
  RETURN_IF_ERROR(tokens->Initialise(labels));
  return tokens;
}

absl::Status ThrowAwayTokens::Initialise(const std::vector<std::string>& labels) {
  if (mkdir((folder_ + "/tokens").c_str(), 0700) != 0) {
    return errors::Make(errors::Reason::kInternal, base::Cat(folder_, ": can't be used"));
  }
  RETURN_IF_ERROR(WritePrivate(folder_ + "/softhsm2.conf",
                               base::Cat("directories.tokendir = ", folder_,
                                         "/tokens\nobjectstore.backend = file\nlog.level = "
                                         "ERROR\n")));
  base::SystemRandom random;
  RETURN_IF_ERROR(WritePrivate(folder_ + "/pin", base::ToHex(random.Bytes(16))));
  if (setenv("SOFTHSM2_CONF", (folder_ + "/softhsm2.conf").c_str(), 1) != 0) {
    return errors::Make(errors::Reason::kInternal, "the environment can't be changed");
  }
  for (const std::string& label : labels) {
    RETURN_IF_ERROR(crypto::pkcs11::InitialiseToken({.module = module_,
                                                     .token_label = label,
                                                     .so_pin_path = folder_ + "/pin",
                                                     .pin_path = folder_ + "/pin"}));
  }
  return absl::OkStatus();
}

ThrowAwayTokens::~ThrowAwayTokens() {
  std::error_code ignored;  // what is left of a rehearsal's keys signs nothing
  std::filesystem::remove_all(folder_, ignored);
}

absl::StatusOr<std::unique_ptr<KeyToken>> ThrowAwayTokens::Open(const TokenName& name) {
  return OpenToken(module_, name.label, folder_ + "/pin", clock_);
}

}  // namespace cairn::ceremony
