// Makes the local stack's token and the keys in it, and a request for a certificate
// of each. SOFTHSM2_CONF says where SoftHSM keeps the token.
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/pkcs11/new_token.h"
#include "libs/crypto/pkcs11/token.h"
#include "libs/crypto/public_key.h"
#include "libs/der/tags.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/names.h"

namespace cairn::local {
namespace {

using crypto::pkcs11::Token;

constexpr char kUsage[] =
    "usage: token --module FILE --label LABEL --so_pin FILE --pin FILE --requests DIR KEY=KIND...\n"
    "\n"
    "Makes the token if there is none with the label, and each key that it lacks; KIND is\n"
    "rsa2048, p256 or p384. Writes DIR/KEY.csr for each. A PIN is the content of a file.\n";

struct WantedKey {
  std::string label;
  crypto::KeyType type;
};

struct Arguments {
  crypto::pkcs11::NewToken token;
  std::string requests;
  std::vector<WantedKey> keys;
};

std::optional<crypto::KeyType> TypeOf(std::string_view kind) {
  if (kind == "rsa2048") return crypto::KeyType::kRsa;
  if (kind == "p256") return crypto::KeyType::kEcP256;
  if (kind == "p384") return crypto::KeyType::kEcP384;
  return std::nullopt;
}

std::optional<Arguments> Parse(const std::vector<std::string>& words) {
  Arguments arguments;
  const std::pair<std::string_view, std::string*> flags[] = {
      {"--module", &arguments.token.module},      {"--label", &arguments.token.token_label},
      {"--so_pin", &arguments.token.so_pin_path}, {"--pin", &arguments.token.pin_path},
      {"--requests", &arguments.requests},
  };
  size_t next = 0;
  for (const auto& [flag, value] : flags) {
    if (next + 1 >= words.size() || words[next] != flag) return std::nullopt;
    *value = words[next + 1];
    next += 2;
  }
  for (; next < words.size(); ++next) {
    const size_t equals = words[next].find('=');
    if (equals == std::string::npos) return std::nullopt;
    const std::optional<crypto::KeyType> type = TypeOf(words[next].substr(equals + 1));
    if (!type.has_value()) return std::nullopt;
    arguments.keys.push_back({.label = words[next].substr(0, equals), .type = *type});
  }
  return arguments;
}

// A request without a name (RFC 2986): who signs the certificate gives it one.
absl::StatusOr<std::string> Request(Token& token, const WantedKey& wanted) {
  absl::StatusOr<crypto::PublicKey> key = token.FindPublicKey(wanted.label);
  if (!key.ok() && errors::ReasonOf(key.status()) == errors::Reason::kNotFound) {
    key = token.GenerateKeyPair(wanted.label, wanted.type);
  }
  if (!key.ok()) return key.status();
  const crypto::SignatureAlgorithm algorithm = x509::CertificateAlgorithm(key->type());
  const der::Value info =
      der::Sequence(der::Integer(0), x509::EmptyName(), der::Raw(key->spki_der()),
                    der::Wrap(der::ContextConstructed(0), ""));
  ASSIGN_OR_RETURN(const std::string signature, token.Sign(wanted.label, algorithm, info.bytes()));
  return base::ToPem(
      "CERTIFICATE REQUEST",
      der::Sequence(info, der::Raw(x509::AlgorithmIdentifier(algorithm)), der::BitString(signature))
          .bytes());
}

absl::Status Run(const Arguments& arguments) {
  const absl::Status made = crypto::pkcs11::InitialiseToken(arguments.token);
  if (!made.ok() && errors::ReasonOf(made) != errors::Reason::kConflict) return made;
  base::SystemClock clock;
  ASSIGN_OR_RETURN(const std::unique_ptr<Token> token,
                   Token::Open({.module = arguments.token.module,
                                .token_label = arguments.token.token_label,
                                .pin_path = arguments.token.pin_path},
                               clock));
  for (const WantedKey& wanted : arguments.keys) {
    ASSIGN_OR_RETURN(const std::string pem, Request(*token, wanted));
    const std::string path = base::Cat(arguments.requests, "/", wanted.label, ".csr");
    if (!(std::ofstream(path) << pem << std::flush)) {
      return errors::Make(errors::Reason::kInternal, base::Cat(path, ": can't be written"));
    }
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace cairn::local

int main(int argc, char** argv) {
  const auto arguments = cairn::local::Parse({argv + 1, argv + argc});
  if (!arguments.has_value()) {
    std::fputs(cairn::local::kUsage, stderr);
    return 2;
  }
  const absl::Status status = cairn::local::Run(*arguments);
  if (status.ok()) return 0;
  std::fprintf(stderr, "token: %s\n", cairn::errors::PayloadOf(status).detail().c_str());
  return 1;
}
