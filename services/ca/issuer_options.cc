#include "services/ca/issuer_options.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/x509/oids.h"
#include "libs/x509/tbs_certificate.h"
#include "services/ca/options_field.h"
#include "services/ca/signing/checked.h"
#include "services/ca/status_options.h"

namespace cairn::ca {
namespace {

using crypto::KeyType;
using crypto::PublicKey;

std::string DetailOf(const absl::Status& status) { return errors::PayloadOf(status).detail(); }

// The first certificate of a PEM file; nothing, and a note, if there is none.
std::optional<x509::Certificate> ReadCertificate(config::Checks& checks, const std::string& path,
                                                 const std::string& field) {
  const std::string pem = checks.File(path, field);
  if (pem.empty()) return std::nullopt;
  absl::StatusOr<std::vector<x509::Certificate>> list = x509::Certificate::ListFromPem(pem);
  if (!list.ok()) {
    checks.Fail(field, base::Cat(path, ": ", DetailOf(list.status())));
    return std::nullopt;
  }
  return std::move(list->front());
}

// RFC 5280 section 4.2.1.12: without the extension a CA may issue for any purpose.
bool AllowsPurpose(const x509::Certificate& issuer, std::string_view purpose) {
  const std::vector<std::string>& all = issuer.tbs().extended_key_usage;
  return all.empty() || std::find(all.begin(), all.end(), purpose) != all.end();
}

// KEY-21, PROF-53, PROF-56, PROF-57
std::string WhyNoIssuer(const x509::Certificate& certificate, policy::Pack pack, IssuerState state,
                        absl::Time now) {
  const x509::TbsCertificate& tbs = certificate.tbs();
  const PublicKey& key = certificate.public_key();
  if (!tbs.is_ca) return "is not a CA's certificate";
  if (std::find(tbs.key_usage.begin(), tbs.key_usage.end(), x509::kKeyCertSign) ==
      tbs.key_usage.end()) {
    return "may not sign certificates (keyUsage)";
  }
  if (!AllowsPurpose(certificate, x509::oid::kServerAuth)) {
    return "may not issue for servers (extendedKeyUsage)";
  }
  if (tbs.subject_key_id.empty()) return "has no subject key identifier";
  if (key.type() == KeyType::kEd25519 || (key.type() == KeyType::kRsa && key.bits() < 2048)) {
    return "has a key of another type or size than BR 6.1.5 allows";
  }
  if (pack == policy::Pack::kWebPki && key.type() == KeyType::kEcP521) {
    return "has a P-521 key, which the root programs don't take";
  }
  const bool may_begin_later = state == IssuerState::kPlanned;
  if ((now < tbs.not_before && !may_begin_later) || now > tbs.not_after) return "is not valid now";
  return "";
}

IssuerState ParseState(config::Checks& checks, const config::Ca::Issuer& issuer, policy::Pack pack,
                       const std::string& field) {
  const std::optional<IssuerState> parsed =
      issuer.state().empty() ? IssuerState::kActive : IssuerStateFromName(issuer.state());
  checks.Require(parsed.has_value(), field + ".state",
                 "must be planned, standby, active, draining or crl_only");
  const IssuerState state = parsed.value_or(IssuerState::kActive);
  checks.Require(issuer.weight() <= 1000, field + ".weight", "must be 0 to 1000");
  if (!MayBeginCertificates(state)) return state;
  checks.Require(!issuer.has_weight() || issuer.weight() > 0, field + ".weight",
                 base::Cat("an issuer that is ", NameOf(state), " must have one"));
  if (pack != policy::Pack::kWebPki) return state;
  checks.Require(!issuer.ca_issuers_url().empty(), field + ".ca_issuers_url",
                 "must be there (BR 7.1.2.7.6)");
  // PROF-61
  checks.Require(issuer.ccadb_disclosed(), field + ".ccadb_disclosed",
                 "must be true before it signs (MRSP 5.3.2)");
  return state;
}

// The chain above an issuer, each certificate signed by the next.
std::vector<std::string> ParseChain(config::Checks& checks, const config::Ca::Issuer& issuer,
                                    const x509::Certificate& certificate,
                                    const std::string& field) {
  std::vector<std::string> chain = {certificate.der()};
  const x509::Certificate* below = &certificate;
  std::optional<x509::Certificate> current;
  std::optional<x509::Certificate> next;
  for (int i = 0; i < issuer.chain_files_size(); ++i) {
    const std::string at = Indexed(field + ".chain_files", i);
    next = ReadCertificate(checks, issuer.chain_files(i), at);
    if (!next.has_value()) return chain;
    checks.Require(below->tbs().issuer_der == next->tbs().subject_der &&
                       below->VerifySignature(next->public_key()),
                   at, "did not sign the certificate before it");
    chain.push_back(next->der());
    current = std::move(next);
    below = &*current;
  }
  return chain;
}

// Where the key of an issuer, or of its OCSP signer, is: notes it in `parsed` under
// `name`, or what is wrong with it.
template <typename Holder>
bool ParseKey(config::Checks& checks, const config::Ca& config, const Holder& issuer,
              const std::string& name, const std::string& field, ParsedIssuers& parsed) {
  if (!checks.Require(issuer.has_key() == issuer.key_file().empty(), field,
                      "must have either key_file or key")) {
    return false;
  }
  if (issuer.has_key()) {
    const bool known = std::any_of(
        config.tokens().begin(), config.tokens().end(),
        [&](const config::Ca::Token& token) { return token.name() == issuer.key().token(); });
    checks.Require(known, field + ".key.token", "is not the name of one of tokens");
    const std::string label = checks.Text(issuer.key().label(), field + ".key.label");
    parsed.token_keys.emplace(name, KeyInToken{.token = issuer.key().token(), .label = label});
    return true;
  }
  absl::StatusOr<crypto::PrivateKey> key = crypto::PrivateKey::FromPemFile(issuer.key_file());
  if (!key.ok()) {
    checks.Fail(field + ".key_file", DetailOf(key.status()));
    return false;
  }
  parsed.keys.emplace(name, *std::move(key));
  return true;
}

// What says the status of its certificates: CRLs and OCSP.
void ParseStatus(config::Checks& checks, const config::Ca& config, const config::Ca::Issuer& issuer,
                 const std::string& field, policy::Pack pack, absl::Time now, ParsedIssuers& parsed,
                 Issuer& out) {
  out.crl = ParseCrlParts(checks, issuer, field);
  if (!issuer.has_ocsp_signer()) return;
  const std::string at = field + ".ocsp_signer";
  const config::Ca::OcspSigner& signer = issuer.ocsp_signer();
  checks.Require(issuer.name().find('/') == std::string::npos, field + ".name",
                 "has no slash where there is an ocsp_signer");
  // ROOT-04
  checks.Require(
      pack != policy::Pack::kWebPki || config.allow_software_keys() || signer.key_file().empty(),
      at + ".key_file", "the web PKI wants keys in hardware (BR 6.2.7)");
  const std::string name = signing::OcspKeyOf(issuer.name());
  out.ocsp_signer = ReadCertificate(checks, signer.certificate_file(), at + ".certificate_file");
  if (!ParseKey(checks, config, signer, name, at, parsed) || !out.ocsp_signer.has_value()) return;
  const auto key = parsed.keys.find(name);
  checks.Require(
      key == parsed.keys.end() || key->second.public_key() == out.ocsp_signer->public_key(),
      at + ".key_file", "is not the key of the certificate");
  const std::string why = WhyNoOcspSigner(*out.ocsp_signer, out.certificate, pack, now);
  if (!why.empty()) checks.Fail(at + ".certificate_file", why);
}

}  // namespace

std::vector<NamedToken> ParseTokens(config::Checks& checks, const config::Ca& config) {
  std::vector<NamedToken> tokens;
  std::set<std::string> names;
  for (int i = 0; i < config.tokens_size(); ++i) {
    const config::Ca::Token& token = config.tokens(i);
    const std::string field = Indexed("tokens", i);
    NamedToken parsed;
    parsed.name = checks.Text(token.name(), field + ".name");
    checks.Require(names.insert(parsed.name).second, field + ".name", "is there twice");
    parsed.options.module = checks.Text(token.module(), field + ".module");
    checks.Require(token.module().empty() || token.module().starts_with('/'), field + ".module",
                   "must be an absolute path");
    parsed.options.token_label = checks.Text(token.label(), field + ".label");
    checks.Require(token.label().size() <= 32, field + ".label", "has at most 32 octets");
    parsed.options.pin_path = token.pin_file();
    if (const absl::Status pin = crypto::pkcs11::CheckPinPath(token.pin_file()); !pin.ok()) {
      checks.Fail(field + ".pin_file", DetailOf(pin));
    }
    parsed.options.sessions = checks.Number(token.sessions(), field + ".sessions", 8, 1, 1000);
    parsed.options.wait = checks.Duration(token.session_wait(), field + ".session_wait",
                                          absl::Seconds(2), absl::ZeroDuration(), absl::Minutes(1));
    tokens.push_back(std::move(parsed));
  }
  return tokens;
}

ParsedIssuers ParseIssuers(config::Checks& checks, const config::Ca& config, policy::Pack pack,
                           absl::Time now) {
  ParsedIssuers parsed;
  std::set<std::string> names;
  bool has_active = false;
  for (int i = 0; i < config.issuers_size(); ++i) {
    const config::Ca::Issuer& issuer = config.issuers(i);
    const std::string field = Indexed("issuers", i);
    const std::string name = checks.Text(issuer.name(), field + ".name");
    checks.Require(names.insert(name).second, field + ".name", "is there twice");
    const IssuerState state = ParseState(checks, issuer, pack, field);
    has_active |= state == IssuerState::kActive;
    checks.Require(
        issuer.ca_issuers_url().empty() || issuer.ca_issuers_url().starts_with("http://"),
        field + ".ca_issuers_url", "must start with http:// (BR 7.1.2.7.7)");

    const std::optional<x509::Certificate> certificate =
        ReadCertificate(checks, issuer.certificate_file(), field + ".certificate_file");
    // ROOT-04
    checks.Require(
        pack != policy::Pack::kWebPki || config.allow_software_keys() || issuer.key_file().empty(),
        field + ".key_file", "the web PKI wants keys in hardware (BR 6.2.7)");
    // Who signs nothing yet needs no key yet.
    const bool may_lack_key =
        state == IssuerState::kPlanned && issuer.key_file().empty() && !issuer.has_key();
    const bool has_key = may_lack_key || ParseKey(checks, config, issuer, name, field, parsed);
    if (!certificate.has_value() || !has_key) continue;
    const auto key = parsed.keys.find(name);
    checks.Require(
        key == parsed.keys.end() || key->second.public_key() == certificate->public_key(),
        field + ".key_file", "is not the key of the certificate");
    if (const std::string why = WhyNoIssuer(*certificate, pack, state, now); !why.empty()) {
      checks.Fail(field + ".certificate_file", why);
    }
    parsed.issuers.push_back(
        {.name = name,
         .certificate = *certificate,
         .chain = ParseChain(checks, issuer, *certificate, field),
         .state = state,
         .weight = issuer.has_weight() ? issuer.weight() : 1,
         .ca_issuers_url = issuer.ca_issuers_url().empty()
                               ? std::nullopt
                               : std::optional<std::string>(issuer.ca_issuers_url())});
    ParseStatus(checks, config, issuer, field, pack, now, parsed, parsed.issuers.back());
  }
  checks.Require(has_active, "issuers", "at least one must be active");
  return parsed;
}

// What profiles promise must be in the power of the issuers.
void CheckIssuersOfProfiles(config::Checks& checks, const std::vector<Issuer>& issuers,
                            const std::vector<Profile>& profiles, absl::Time now) {
  for (size_t i = 0; i < issuers.size(); ++i) {
    const std::string field = Indexed("issuers", static_cast<int>(i)) + ".certificate_file";
    const Issuer& issuer = issuers[i];
    for (const Profile& profile : profiles) {
      // PROF-11
      checks.Require(issuer.state != IssuerState::kActive ||
                         now + profile.validity <= issuer.certificate.tbs().not_after,
                     field,
                     base::Cat("ends before a certificate of profile ", profile.name, " would"));
      // PROF-19
      checks.Require(!MayBeginCertificates(issuer.state) || !profile.client_auth ||
                         AllowsPurpose(issuer.certificate, x509::oid::kClientAuth),
                     field,
                     base::Cat("does not allow clientAuth, which profile ", profile.name, " has"));
    }
  }
}

}  // namespace cairn::ca
