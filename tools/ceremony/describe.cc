#include "tools/ceremony/describe.h"

#include <algorithm>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/x509/ca_certificate.h"
#include "libs/x509/ca_name.h"
#include "tools/ceremony/compose.h"
#include "tools/ceremony/text.h"

namespace cairn::ceremony {
namespace {

constexpr size_t kColumn = 26;

std::string HashOf(std::string_view octets) { return base::ToHex(crypto::Sha256(octets)); }

std::string List(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text.empty() ? "none" : text;
}

std::string NameText(std::string_view der) { return x509::NameToText(der).value_or("?"); }

class Description {
 public:
  explicit Description(const Plan& plan) : plan_(plan) {}

  std::vector<Row> Run() {
    General();
    People();
    Token("token", plan_.token);
    if (plan_.signer.has_value()) Signer();
    if (plan_.new_key.has_value()) NewKey();
    if (plan_.given_key.has_value()) GivenKey();
    if (plan_.MakesCertificate()) Certificate();
    if (plan_.act == Act::kCrl) Crl();
    if (plan_.act == Act::kDestroy) Destroy();
    // Without a new key, all that will be signed is known today.
    if (plan_.Signs() && !plan_.new_key.has_value()) {
      const crypto::PublicKey& key =
          plan_.given_key.has_value() ? *plan_.given_key : plan_.signer->certificate.public_key();
      const std::string tbs = ComposeToBeSigned(plan_, key);
      Add("to be signed", "octets", base::Cat(tbs.size()));
      Add("to be signed", "SHA-256", HashOf(tbs));
    }
    return std::move(rows_);
  }

 private:
  void Add(std::string_view section, std::string_view name, std::string_view value) {
    rows_.push_back({std::string(section), std::string(name), std::string(value)});
  }

  void General() {
    Add("plan", "title", plan_.title);
    Add("plan", "act", NameOf(plan_.act));
    Add("plan", "SHA-256", base::ToHex(plan_.sha256));
    Add("plan", "rules", policy::NameOf(plan_.pack));
    if (plan_.local_stack) {
      Add("plan", "LOCAL STACK", "software tokens allowed; nobody may trust what is made");
    }
    Add("plan", "not performed before", InstantText(plan_.window_begin));
    Add("plan", "not performed after", InstantText(plan_.window_end));
    Add("plan", "filmed", plan_.filmed ? "yes" : "no");
    for (const InputFile& input : plan_.inputs) {
      Add("plan", "with the file", base::Cat(input.name, ", SHA-256 ", HashOf(input.content)));
    }
  }

  void People() {
    Add("people", "operators who must agree",
        base::Cat(plan_.required, " of ", plan_.operators.size()));
    for (const Person& person : plan_.operators) {
      Add("people", "operator",
          base::Cat(person.name, ", key ", HashOf(person.key.spki_der()).substr(0, 16)));
    }
    for (const Person& person : plan_.witnesses) {
      Add("people", person.qualified_auditor ? "qualified auditor" : "witness",
          base::Cat(person.name, ", key ", HashOf(person.key.spki_der()).substr(0, 16)));
    }
  }

  void Token(std::string_view section, const TokenName& token) {
    Add(section, "module", token.module);
    Add(section, "label", token.label);
    Add(section, "serial number", token.serial.empty() ? "any" : token.serial);
    Add(section, "validation", token.validation.empty() ? "none claimed" : token.validation);
  }

  void Signer() {
    const x509::Certificate& certificate = plan_.signer->certificate;
    Add("signer", "key label", plan_.signer->label);
    Add("signer", "certificate", NameText(certificate.tbs().subject_der));
    Add("signer", "certificate SHA-256", HashOf(certificate.der()));
    Add("signer", "key", KeyText(certificate.public_key()));
  }

  static std::string KeyText(const crypto::PublicKey& key) {
    return base::Cat(crypto::NameOf(key.type()), ", ", key.bits(), " bits, SHA-256 ",
                     HashOf(key.spki_der()));
  }

  void NewKey() {
    if (plan_.new_key->token != plan_.token) Token("new key's token", plan_.new_key->token);
    Add("new key", "label", plan_.new_key->label);
    Add("new key", "type", crypto::NameOf(plan_.new_key->type));
    if (plan_.new_key->type == crypto::KeyType::kRsa) {
      Add("new key", "bits", base::Cat(plan_.new_key->rsa_bits));
      Add("new key", "exponent", "65537");
    }
    Add("new key", "attributes",
        "token, private, sensitive, not extractable, signs only, not modifiable");
  }

  void GivenKey() { Add("subject's key", "made elsewhere", KeyText(*plan_.given_key)); }

  // In the order of the TBSCertificate.
  void Certificate() {
    const char* const section = "certificate";
    const crypto::KeyType type = plan_.signer.has_value()
                                     ? plan_.signer->certificate.public_key().type()
                                     : plan_.new_key->type;
    Add(section, "version", "3");
    Add(section, "serial number", base::ToHex(plan_.serial));
    Add(section, "signature",
        type == crypto::KeyType::kRsa      ? "sha256WithRSAEncryption"
        : type == crypto::KeyType::kEcP256 ? "ecdsa-with-SHA256"
        : type == crypto::KeyType::kEcP384 ? "ecdsa-with-SHA384"
                                           : "ecdsa-with-SHA512");
    Add(section, "issuer",
        NameText(plan_.signer.has_value() ? plan_.signer->certificate.tbs().subject_der
                                          : plan_.subject_der));
    Add(section, "not before", InstantText(plan_.not_before));
    Add(section, "not after", InstantText(plan_.not_after));
    Add(section, "days",
        base::Cat((plan_.not_after - plan_.not_before + absl::Seconds(1)) / absl::Hours(24)));
    Add(section, "subject", NameText(plan_.subject_der));
    Add(section, "subject (DER)", base::ToHex(plan_.subject_der));
    Add(section, "public key",
        plan_.given_key.has_value() ? base::Cat("SHA-256 ", HashOf(plan_.given_key->spki_der()))
                                    : "<of the new key>");
    Extensions(section);
  }

  void Extensions(const char* section) {
    const bool is_ocsp = plan_.act == Act::kOcspSigner;
    if (!is_ocsp) {
      Add(section, "basic constraints",
          plan_.path_length.has_value()
              ? base::Cat("critical, CA, path length ", *plan_.path_length)
              : "critical, CA, no path length");
    }
    Add(section, "key usage",
        is_ocsp ? "critical, digitalSignature" : "critical, keyCertSign, cRLSign");
    if (is_ocsp) {
      Add(section, "extended key usage", "OCSPSigning");
    } else {
      Add(section, "extended key usage", List(plan_.extended_key_usage));
    }
    const std::string own =
        plan_.existing.has_value()    ? base::ToHex(plan_.existing->tbs().subject_key_id)
        : plan_.given_key.has_value() ? base::ToHex(x509::KeyIdentifier(*plan_.given_key))
                                      : "<the first 160 bits of SHA-256 of the new key>";
    Add(section, "subject key identifier", own);
    Add(section, "authority key identifier",
        plan_.signer.has_value() ? base::ToHex(plan_.signer->certificate.tbs().subject_key_id)
                                 : own);
    if (is_ocsp) {
      Add(section, "OCSP no check", "present");
      return;
    }
    Add(section, "policies", List(plan_.policies));
    Add(section, "issuer's certificate at", plan_.ca_issuers_url.value_or("not said"));
    Add(section, "issuer's CRL at", plan_.crl_url.value_or("not said"));
  }

  void Crl() {
    const char* const section = "CRL";
    Add(section, "version", "2");
    Add(section, "issuer", NameText(plan_.signer->certificate.tbs().subject_der));
    Add(section, "this update", InstantText(plan_.not_before));
    Add(section, "next update", InstantText(plan_.not_after));
    Add(section, "number", base::ToHex(plan_.crl->number));
    Add(section, "previous number",
        plan_.crl->previous.has_value() ? base::ToHex(plan_.crl->previous->content().number)
                                        : std::string("none: this is the first CRL"));
    Add(section, "authority key identifier",
        base::ToHex(plan_.signer->certificate.tbs().subject_key_id));
    Add(section, "scope", "all certificates of the issuer");
    Add(section, "entries", base::Cat(plan_.crl->revoked.size()));
    for (const x509::RevokedCertificate& revoked : plan_.crl->revoked) {
      Add(section, "revoked",
          base::Cat(base::ToHex(revoked.serial), " at ", InstantText(revoked.revoked_at), ", ",
                    revoked.reason.has_value() ? x509::NameOf(*revoked.reason) : "no reason"));
    }
    // CRL-05, ROOT-23
    Add(section, "the next one is due by", InstantText(plan_.not_after));
    Add(section, "or after a revocation", "within 24 hours (BR 4.9.7)");
  }

  void Destroy() {
    Add("destroyed key", "label", plan_.destroy->label);
    Add("destroyed key", "SHA-256", base::ToHex(plan_.destroy->spki_sha256));
    Add("destroyed key", "why", plan_.destroy->reason);
    Add("destroyed key", "other copies", plan_.destroy->other_copies);
  }

  const Plan& plan_;
  std::vector<Row> rows_;
};

class Script {
 public:
  void Step(std::string_view what) {
    text_ += base::Cat(++number_, ". ", what,
                       "\n   done at ____________  signed ____________  "
                       "____________\n");
  }
  std::string text_;

 private:
  int number_ = 0;
};

}  // namespace

std::vector<Row> DescribePlan(const Plan& plan) { return Description(plan).Run(); }

std::string RowsText(const std::vector<Row>& rows) {
  std::string text;
  std::string section;
  for (const Row& row : rows) {
    if (row.section != section) {
      section = row.section;
      text += base::Cat(text.empty() ? "" : "\n", section, "\n");
    }
    const size_t width = std::max(kColumn, row.name.size() + 1);
    text += base::Cat("  ", row.name, std::string(width - row.name.size(), ' '), row.value, "\n");
  }
  return text;
}

std::string RowsJson(const std::vector<Row>& rows) {
  // A list: a name may stand several times in a section.
  std::string text = "[";
  for (const Row& row : rows) {
    text += base::Cat(text.size() == 1 ? "\n" : ",\n",
                      "  {\"section\": ", acme::JsonString(row.section),
                      ", \"name\": ", acme::JsonString(row.name),
                      ", \"value\": ", acme::JsonString(row.value), "}");
  }
  return text + "\n]";
}

std::string ScriptOf(const Plan& plan) {
  Script script;
  const std::string token = base::Cat("token \"", plan.token.label, "\"");
  script.Step("The room is closed; everybody present signs the list of those present.");
  if (plan.filmed) script.Step("The film runs; the date and a clock are shown to it.");
  script.Step(
      "The computer has no network: no cable, no radio. It is started from the checked "
      "medium, and its clock is compared with two others.");
  script.Step("The SHA-256 of the program is read aloud and compared with the published one.");
  script.Step(
      "The SHA-256 of the plan is read aloud; each operator compares it with the one "
      "that he or she approved. Any difference ends the ceremony.");
  script.Step(base::Cat("The ", token,
                        " is taken from its safe by two persons, and the seal is "
                        "compared with the record. Its PIN is entered under split knowledge."));
  if (plan.new_key.has_value() && plan.new_key->token != plan.token) {
    script.Step(base::Cat("The same for the token \"", plan.new_key->token.label, "\"."));
  }
  script.Step(base::Cat("`ceremony run` is started with at least ", plan.required,
                        " approvals. It ends with \"done\"."));
  if (plan.new_key.has_value()) {
    script.Step(
        "The SHA-256 of the new public key is read aloud and written here: "
        "________________________________");
  }
  if (plan.MakesCertificate()) {
    script.Step(
        "The SHA-256 of the certificate is read aloud and written here: "
        "________________________________");
  }
  if (plan.act == Act::kCrl) {
    script.Step(
        "The SHA-256 of the CRL is read aloud and written here: "
        "________________________________");
  }
  if (plan.act == Act::kDestroy) {
    script.Step(
        "The other copies of the key are destroyed as the plan says, in everybody's "
        "sight.");
  }
  script.Step(
      "The head of the transcript is read aloud; operators and witnesses sign it with "
      "`ceremony attest`, each with a key of his or her own.");
  script.Step("`ceremony verify` is run and prints no FAIL.");
  script.Step(
      "The folder is copied to two media; the token goes back into its safe under a new "
      "seal, whose number is written here: ____________");
  return base::Cat("SCRIPT: ", plan.title, "\n\nSHA-256 of the plan, to be read aloud:\n\n",
                   SpokenHash(plan.sha256), "\n\n", script.text_);
}

}  // namespace cairn::ceremony
