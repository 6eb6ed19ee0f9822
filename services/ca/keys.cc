#include "services/ca/keys.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/pkcs11/token.h"
#include "libs/errors/errors.h"
#include "libs/metrics/metrics.h"
#include "libs/policy/calendar.h"
#include "services/ca/core/issuer.h"
#include "services/ca/signing/file_signer.h"
#include "services/ca/signing/pkcs11_signer.h"
#include "services/ca/signing/signer_by_issuer.h"

namespace cairn::ca {
namespace {

using crypto::pkcs11::Token;
using crypto::pkcs11::TokenInfo;

void AddMetrics(metrics::Registry& metrics, const std::string& name, Token& token) {
  const metrics::Labels labels = {{"token", name}};
  const metrics::Gauge signatures = metrics.Gauge(
      "cairn_ca_token_signatures", "Signatures that the token made since the start", labels);
  const metrics::Gauge reconnects =
      metrics.Gauge("cairn_ca_token_reconnects",
                    "How often the token was connected again since the start", labels);
  const metrics::Gauge in_use =
      metrics.Gauge("cairn_ca_token_sessions_in_use", "Sessions of the token in use", labels);
  metrics.OnScrape([&token, signatures, reconnects, in_use] {
    const Token::Counts counts = token.counts();
    signatures.Set(static_cast<double>(counts.signatures));
    reconnects.Set(static_cast<double>(counts.reconnects));
    in_use.Set(static_cast<double>(counts.sessions_in_use));
  });
}

absl::StatusOr<Token*> OpenToken(service::Host& host, const NamedToken& named,
                                 const Options& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Token> opened, Token::Open(named.options, host.clock()));
  Token& token = host.Own(std::move(opened));
  ASSIGN_OR_RETURN(const TokenInfo info, token.Info());
  // ROOT-14: what signed, for those who read the log years later.
  host.log().Info("token_opened", {{"token", named.name},
                                   {"label", info.label},
                                   {"manufacturer", info.manufacturer},
                                   {"model", info.model},
                                   {"serial", info.serial},
                                   {"hardware_version", info.hardware_version},
                                   {"firmware_version", info.firmware_version},
                                   {"library", info.library},
                                   {"library_version", info.library_version},
                                   {"hardware", info.hardware}});
  if (options.pack == policy::Pack::kWebPki && !options.allow_software_keys && !info.hardware) {
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat("token ", named.name, ": ", info.model,
                                  " is no hardware, which the web PKI wants (BR 6.2.7)"));
  }
  AddMetrics(host.metrics(), named.name, token);
  host.AddHealthCheck(base::Cat("token_", named.name), [&token] { return token.Check(); });
  return &token;
}

}  // namespace

absl::StatusOr<signing::Signer*> OpenKeys(service::Host& host, Options& options) {
  if (options.pack == policy::Pack::kWebPki && options.allow_software_keys) {
    host.log().Warn("software_keys_allowed", {});
  }
  std::map<std::string, Token*> tokens;
  for (const NamedToken& named : options.tokens) {
    ASSIGN_OR_RETURN(tokens[named.name], OpenToken(host, named, options));
  }
  // By what the signers call them: those of the issuers and of their OCSP signers.
  std::map<std::string, crypto::PublicKey> public_keys;
  for (const Issuer& issuer : options.issuers) {
    public_keys.emplace(issuer.name, issuer.certificate.public_key());
    if (!issuer.ocsp_signer.has_value()) continue;
    public_keys.emplace(signing::OcspKeyOf(issuer.name), issuer.ocsp_signer->public_key());
  }
  std::map<std::string, signing::Pkcs11Signer::Key> in_tokens;
  for (const auto& [name, public_key] : public_keys) {
    const auto key = options.token_keys.find(name);
    if (key == options.token_keys.end()) continue;
    in_tokens.emplace(name, signing::Pkcs11Signer::Key{.token = *tokens.at(key->second.token),
                                                       .label = key->second.label,
                                                       .public_key = public_key});
  }
  ASSIGN_OR_RETURN(std::unique_ptr<signing::Signer> token_signer,
                   signing::Pkcs11Signer::Create(std::move(in_tokens)));
  signing::Signer& by_token = host.Own(std::move(token_signer));
  signing::Signer& by_file =
      host.Own<signing::Signer>(std::make_unique<signing::FileSigner>(std::move(options.keys)));
  std::map<std::string, signing::Signer*> signers;
  for (const auto& [name, public_key] : public_keys) {
    // An issuer that is planned may have no key: by_file has none for it, then.
    signers[name] = options.token_keys.contains(name) ? &by_token : &by_file;
  }
  return &host.Own<signing::Signer>(std::make_unique<signing::SignerByIssuer>(std::move(signers)));
}

}  // namespace cairn::ca
