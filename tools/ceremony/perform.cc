#include "tools/ceremony/perform.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/judge.h"
#include "libs/errors/errors.h"
#include "libs/policy/keys.h"
#include "libs/x509/algorithm.h"
#include "tools/ceremony/approvals.h"
#include "tools/ceremony/compose.h"
#include "tools/ceremony/disclosure.h"
#include "tools/ceremony/examine.h"
#include "tools/ceremony/facts.h"
#include "tools/ceremony/output_check.h"
#include "tools/ceremony/random_test.h"
#include "tools/ceremony/rules.h"
#include "tools/ceremony/statement.h"
#include "tools/ceremony/text.h"

namespace cairn::ceremony {
namespace {

using errors::Reason;

constexpr size_t kChallenge = 32;

absl::Status Stop(std::string_view what) { return errors::Make(Reason::kInternal, what); }

std::string Hash(std::string_view octets) { return base::ToHex(crypto::Sha256(octets)); }
std::string YesOrNo(bool yes) { return yes ? "true" : "false"; }

// One run through one plan.
class Ceremony {
 public:
  Ceremony(const Plan& plan, const Setting& setting, const Stage& stage)
      : plan_(plan), setting_(setting), stage_(stage) {}

  absl::Status Run() {
    RETURN_IF_ERROR(Begin());
    RETURN_IF_ERROR(Approvals());
    RETURN_IF_ERROR(ClockIsRight());
    ASSIGN_OR_RETURN(token_, Open(plan_.token));
    if (plan_.new_key.has_value() && plan_.new_key->token != plan_.token) {
      ASSIGN_OR_RETURN(other_token_, Open(plan_.new_key->token));
    }
    if (plan_.signer.has_value()) RETURN_IF_ERROR(FindSigner());
    if (plan_.new_key.has_value()) RETURN_IF_ERROR(MakeKey());
    if (plan_.given_key.has_value()) RETURN_IF_ERROR(KeyIsStrong(*plan_.given_key));
    if (plan_.Signs()) RETURN_IF_ERROR(MakeSigned());
    if (plan_.act == Act::kDestroy) RETURN_IF_ERROR(DestroyKey());
    if (plan_.act != Act::kCrl && plan_.act != Act::kDestroy) RETURN_IF_ERROR(Disclose());
    return Note({"end", {{"result", "done"}}});
  }

 private:
  absl::Status Note(const Event& event) { return stage_.recorder.Add(event).status(); }

  absl::Status Begin() {
    const std::vector<Finding> findings = CheckPlan(plan_);
    RETURN_IF_ERROR(Note({"begin",
                          {{"format", "1"},
                           {"mode", std::string(NameOf(setting_.mode))},
                           {"act", std::string(NameOf(plan_.act))},
                           {"title", plan_.title},
                           {"plan_sha256", base::ToHex(plan_.sha256)},
                           {"policy_pack", std::string(policy::NameOf(plan_.pack))},
                           {"local_stack", YesOrNo(plan_.local_stack)},
                           {"program", setting_.program},
                           {"program_sha256", setting_.program_sha256}}}));
    for (const InputFile& input : plan_.inputs) {
      RETURN_IF_ERROR(Note({"input", {{"name", input.name}, {"sha256", Hash(input.content)}}}));
    }
    if (HasErrors(findings)) return Stop(FindingsText(plan_, findings));
    return absl::OkStatus();
  }

  // ROOT-03
  absl::Status Approvals() {
    if (setting_.mode == Mode::kRehearsal) return absl::OkStatus();
    RETURN_IF_ERROR(CheckApprovals(plan_, setting_.approvals));
    for (const std::string& text : setting_.approvals) {
      ASSIGN_OR_RETURN(const Statement approval, Statement::FromFile(text));
      const Person* const person = FindByName(plan_.operators, approval.name);
      if (person == nullptr) return Stop("an approval is of nobody");
      RETURN_IF_ERROR(Note({"approval",
                            {{"name", person->name},
                             {"public_key_sha256", Hash(person->key.spki_der())},
                             {"file_sha256", Hash(text)}}}));
    }
    return Note({"quorum",
                 {{"approved", base::Cat(setting_.approvals.size())},
                  {"required", base::Cat(plan_.required)},
                  {"named", base::Cat(plan_.operators.size())}}});
  }

  // PROF-50, PROF-64, PROF-78: CheckPlan keeps notBefore within a day of the window.
  absl::Status ClockIsRight() {
    ASSIGN_OR_RETURN(const absl::Time now,
                     stage_.recorder.Add({"clock",
                                          {{"window_begin", InstantText(plan_.window_begin)},
                                           {"window_end", InstantText(plan_.window_end)}}}));
    if (setting_.mode == Mode::kRun && (now < plan_.window_begin || now > plan_.window_end)) {
      return Stop("it is not the time of the plan: the clock is outside its window");
    }
    return absl::OkStatus();
  }

  // Once a signature can still be made: the clock may have run out of the window.
  absl::Status InWindow(absl::Time time) const {
    if (setting_.mode == Mode::kRun && time > plan_.window_end) {
      return Stop("the window of the plan has ended");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<KeyToken>> Open(const TokenName& name) {
    ASSIGN_OR_RETURN(std::unique_ptr<KeyToken> token, stage_.tokens.Open(name));
    ASSIGN_OR_RETURN(const TokenFacts facts, token->Info());
    RETURN_IF_ERROR(Note(TokenEvent(name, facts)));
    if (facts.label != name.label) return Stop("the token has another label");
    if (setting_.mode == Mode::kRun) {
      if (!name.serial.empty() && facts.serial != name.serial) {
        return Stop("the token has another serial number than the plan says");
      }
      // ROOT-04
      if (plan_.pack == policy::Pack::kWebPki && !facts.hardware && !plan_.local_stack) {
        return Stop("a software token may hold no key of the web PKI (ROOT-04, BR 6.2.7)");
      }
    }
    RETURN_IF_ERROR(RandomIsGood(name.label, *token));
    return token;
  }

  // ROOT-14. A good source fails now and then, and hardly ever twice.
  absl::Status RandomIsGood(const std::string& label, KeyToken& token) {
    absl::Status status;
    for (int attempt = 1; attempt <= 2; ++attempt) {
      ASSIGN_OR_RETURN(const std::string sample, token.GenerateRandom(kRandomSample));
      if (sample.size() != kRandomSample) {
        return Stop("the token's random source gives too little");
      }
      status = CheckRandom(sample);
      RETURN_IF_ERROR(Note({"random",
                            {{"token", label},
                             {"sample", base::ToBase64(sample)},
                             {"good", YesOrNo(status.ok())}}}));
      if (status.ok()) break;
    }
    return status;
  }

  absl::Status FindSigner() {
    const crypto::PublicKey& expected = plan_.signer->certificate.public_key();
    const std::string& label = plan_.signer->label;
    if (setting_.mode == Mode::kRehearsal) {
      ASSIGN_OR_RETURN(signing_key_, StandIn(label, expected.type(), expected.bits()));
      return Possession(*token_, label, *signing_key_);
    }
    ASSIGN_OR_RETURN(signing_key_, token_->FindPublicKey(label));
    RETURN_IF_ERROR(Note(KeyEvent("signing_key", label, *signing_key_)));
    if (*signing_key_ != expected) {
      return Stop("the key with that label is not the one of the signer's certificate");
    }
    RETURN_IF_ERROR(Attributes(*token_, label));
    return Possession(*token_, label, *signing_key_);
  }

  absl::StatusOr<crypto::PublicKey> StandIn(const std::string& label, crypto::KeyType type,
                                            int bits) {
    ASSIGN_OR_RETURN(const crypto::PublicKey key, token_->GenerateKeyPair(label, type, bits));
    RETURN_IF_ERROR(Note(KeyEvent("stand_in_key", label, key)));
    if (key.type() != type) return Stop("the token made a key of another type");
    return key;
  }

  absl::Status MakeKey() {
    const NewKey& wanted = *plan_.new_key;
    KeyToken& token = other_token_ != nullptr ? *other_token_ : *token_;
    ASSIGN_OR_RETURN(const std::vector<std::string> labels, token.ListKeyLabels());
    RETURN_IF_ERROR(Note({"labels",
                          {{"token", wanted.token.label},
                           {"wanted", wanted.label},
                           {"labels", JoinLabels(labels)}}}));
    if (std::count(labels.begin(), labels.end(), wanted.label) != 0) {
      return Stop("a key with that label is on the token already");
    }
    ASSIGN_OR_RETURN(const crypto::PublicKey key,
                     token.GenerateKeyPair(wanted.label, wanted.type, wanted.rsa_bits));
    ASSIGN_OR_RETURN(key_date_, stage_.recorder.Add(KeyEvent("key_generated", wanted.label, key)));
    if (key.type() != wanted.type ||
        (key.type() == crypto::KeyType::kRsa && key.bits() != wanted.rsa_bits)) {
      return Stop("the token made a key of another type or size");
    }
    RETURN_IF_ERROR(Attributes(token, wanted.label));
    RETURN_IF_ERROR(Possession(token, wanted.label, key));
    RETURN_IF_ERROR(KeyIsStrong(key));
    new_key_ = key;
    return Write("public-key.pem", key.ToPem());
  }

  // ROOT-12
  absl::Status Attributes(KeyToken& token, const std::string& label) {
    ASSIGN_OR_RETURN(const KeyFacts facts, token.ReadAttributes(label));
    RETURN_IF_ERROR(Note(AttributesEvent(label, facts)));
    if (const std::string wrong = WrongAttribute(facts); !wrong.empty()) {
      return Stop(base::Cat("the private key is not kept as it must be: ", wrong));
    }
    return absl::OkStatus();
  }

  // ROOT-13
  absl::Status Possession(KeyToken& token, const std::string& label, const crypto::PublicKey& key) {
    ASSIGN_OR_RETURN(const std::string challenge, token.GenerateRandom(kChallenge));
    const crypto::SignatureAlgorithm algorithm = x509::CertificateAlgorithm(key.type());
    // Text, so that it can be nothing that a CA signs.
    const std::string message =
        base::Cat("cairn ceremony possession v1\n", base::ToHex(challenge), "\n");
    ASSIGN_OR_RETURN(const std::string signature, token.Sign(label, algorithm, message));
    RETURN_IF_ERROR(Note({"possession",
                          {{"label", label},
                           {"challenge", base::ToHex(challenge)},
                           {"signature", base::ToBase64(signature)}}}));
    if (challenge.size() != kChallenge || !key.Verify(algorithm, message, signature)) {
      return Stop("the token does not prove that it has the private half of the key");
    }
    return absl::OkStatus();
  }

  // ROOT-15
  absl::Status KeyIsStrong(const crypto::PublicKey& key) {
    const bool is_web = plan_.pack == policy::Pack::kWebPki;
    RETURN_IF_ERROR(
        policy::CheckKey(key, policy::KeyUse::kCertificate, {.p521_certificates = !is_web}));
    return Note({"key_checked",
                 {{"public_key_sha256", Hash(key.spki_der())},
                  {"type", std::string(crypto::NameOf(key.type()))},
                  {"bits", base::Cat(key.bits())}}});
  }

  absl::Status MakeSigned() {
    const crypto::PublicKey& subject = plan_.act == Act::kCrl ? *signing_key_
                                       : new_key_.has_value() ? *new_key_
                                                              : *plan_.given_key;
    const crypto::PublicKey& signer = signing_key_.has_value() ? *signing_key_ : subject;
    const crypto::SignatureAlgorithm algorithm = AlgorithmOf(plan_, signer);
    const std::string tbs = ComposeToBeSigned(plan_, subject);
    // LINT-01, LINT-02, ROOT-10: before the key signs, over a signature of zeros.
    ASSIGN_OR_RETURN(const std::string lints,
                     Lint(ComposeSigned(plan_, tbs, signer, std::string(64, '\0')), subject));
    ASSIGN_OR_RETURN(const absl::Time now,
                     stage_.recorder.Add({"to_be_signed",
                                          {{"octets", base::Cat(tbs.size())},
                                           {"sha256", Hash(tbs)},
                                           {"lints", setting_.lints.value_or(lints)}}}));
    RETURN_IF_ERROR(InWindow(now));
    KeyToken& token = signing_key_.has_value() || other_token_ == nullptr ? *token_ : *other_token_;
    ASSIGN_OR_RETURN(
        const std::string signature,
        token.Sign(plan_.signer.has_value() ? plan_.signer->label : plan_.new_key->label, algorithm,
                   tbs));
    RETURN_IF_ERROR(Note({"signed", {{"signature", base::ToBase64(signature)}}}));
    const std::string der = ComposeSigned(plan_, tbs, signer, signature);
    if (!signer.Verify(algorithm, tbs, signature)) return Stop("the signature does not verify");
    RETURN_IF_ERROR(Lint(der, subject).status());
    RETURN_IF_ERROR(Judge(der, signer));
    made_ = der;
    RETURN_IF_ERROR(Note({plan_.act == Act::kCrl ? "crl" : "certificate",
                          {{"sha256", Hash(der)}, {"judged_by", "openssl"}}}));
    const bool is_crl = plan_.act == Act::kCrl;
    RETURN_IF_ERROR(Write(is_crl ? "crl.der" : "certificate.der", der));
    return Write(is_crl ? "crl.pem" : "certificate.pem",
                 base::ToPem(is_crl ? "X509 CRL" : "CERTIFICATE", der));
  }

  // Which lints looked.
  absl::StatusOr<std::string> Lint(const std::string& der, const crypto::PublicKey& subject) const {
    const std::vector<Finding> findings = CheckOutput(plan_, der, subject);
    if (HasErrors(findings)) {
      return Stop(
          base::Cat("not what the plan says, or not lawful:\n", FindingsText(plan_, findings)));
    }
    return Examine(plan_, der);
  }

  // OpenSSL must read it as we do, and find the signature right.
  absl::Status Judge(const std::string& der, const crypto::PublicKey& signer) const {
    namespace judge = crypto::judge;
    if (plan_.act == Act::kCrl) {
      RETURN_IF_ERROR(judge::ReadCrl(der).status());
      return judge::VerifyCrl(der, signer) ? absl::OkStatus()
                                           : Stop("OpenSSL does not verify the CRL");
    }
    RETURN_IF_ERROR(judge::ReadCertificate(der).status());
    if (!judge::VerifyCertificate(der, signer)) {
      return Stop("OpenSSL does not verify the certificate");
    }
    // A stand-in's signature has no chain to the signer's certificate.
    if (setting_.mode == Mode::kRehearsal && plan_.signer.has_value()) return absl::OkStatus();
    const std::string& root = plan_.signer.has_value() ? plan_.signer->certificate.der() : der;
    const x509::Certificate* const above =
        plan_.signer.has_value() ? &plan_.signer->certificate : nullptr;
    // A chain below an intermediate ends at it, which OpenSSL takes for no root.
    if (above != nullptr && above->tbs().issuer_der != above->tbs().subject_der) {
      return absl::OkStatus();
    }
    return judge::VerifyAuthority(der, {root}, plan_.window_begin);
  }

  // ROOT-26
  absl::Status DestroyKey() {
    const DestroyPlan& wanted = *plan_.destroy;
    if (setting_.mode == Mode::kRehearsal) {
      RETURN_IF_ERROR(StandIn(wanted.label, crypto::KeyType::kEcP256, 0).status());
    } else {
      ASSIGN_OR_RETURN(const crypto::PublicKey key, token_->FindPublicKey(wanted.label));
      RETURN_IF_ERROR(Note(KeyEvent("key_found", wanted.label, key)));
      if (crypto::Sha256(key.spki_der()) != wanted.spki_sha256) {
        return Stop("the key with that label is not the one that the plan names");
      }
    }
    ASSIGN_OR_RETURN(const absl::Time now,
                     stage_.recorder.Add({"destroying",
                                          {{"label", wanted.label},
                                           {"public_key_sha256", base::ToHex(wanted.spki_sha256)},
                                           {"reason", wanted.reason},
                                           {"other_copies", wanted.other_copies}}}));
    RETURN_IF_ERROR(InWindow(now));
    RETURN_IF_ERROR(token_->DestroyKeyPair(wanted.label));
    ASSIGN_OR_RETURN(const std::vector<std::string> labels, token_->ListKeyLabels());
    RETURN_IF_ERROR(
        Note({"destroyed", {{"token", plan_.token.label}, {"labels", JoinLabels(labels)}}}));
    if (std::count(labels.begin(), labels.end(), wanted.label) != 0) {
      return Stop("the token still has a key with that label");
    }
    return absl::OkStatus();
  }

  // ROOT-17, ROOT-18, ROOT-22
  absl::Status Disclose() {
    ASSIGN_OR_RETURN(const absl::Time now, stage_.recorder.Add({"disclosure", {}}));
    const crypto::PublicKey& key = new_key_.has_value() ? *new_key_ : *plan_.given_key;
    return Write("disclosure.json", DisclosureOf(plan_, key, made_, key_date_, now));
  }

  absl::Status Write(const std::string& name, const std::string& content) {
    RETURN_IF_ERROR(stage_.output.Write(name, content));
    return Note({"file", {{"name", name}, {"sha256", Hash(content)}}});
  }

  const Plan& plan_;
  const Setting& setting_;
  const Stage& stage_;
  std::unique_ptr<KeyToken> token_;
  std::unique_ptr<KeyToken> other_token_;         // of the new key; null: token_
  std::optional<crypto::PublicKey> signing_key_;  // nothing: the new key itself
  std::optional<crypto::PublicKey> new_key_;
  std::optional<absl::Time> key_date_;
  std::string made_;  // the certificate or CRL
};

}  // namespace

std::string_view NameOf(Mode mode) { return mode == Mode::kRun ? "run" : "rehearsal"; }

absl::Status Perform(const Plan& plan, const Setting& setting, const Stage& stage) {
  const absl::Status status = Ceremony(plan, setting, stage).Run();
  if (status.ok()) return status;
  // The reason for the end is worth a line, but its loss is not worth another error.
  (void)stage.recorder.Add(
      {"aborted", {{"reason", base::Escaped(errors::PayloadOf(status).detail(), 2000)}}});
  return status;
}

}  // namespace cairn::ceremony
