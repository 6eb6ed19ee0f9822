#include "tools/ceremony/verify.h"

#include <map>
#include <optional>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/judge.h"
#include "libs/errors/errors.h"
#include "libs/x509/crl.h"
#include "tools/ceremony/approvals.h"
#include "tools/ceremony/compose.h"
#include "tools/ceremony/facts.h"
#include "tools/ceremony/folder.h"
#include "tools/ceremony/perform.h"
#include "tools/ceremony/read_plan.h"
#include "tools/ceremony/replay.h"
#include "tools/ceremony/rules.h"
#include "tools/ceremony/statement.h"
#include "tools/ceremony/text.h"

namespace cairn::ceremony {
namespace {

using Files = std::map<std::string, std::string>;

std::string DetailOf(const absl::Status& status) {
  return status.ok() ? "" : errors::PayloadOf(status).detail();
}

std::string Hex(std::string_view octets) { return base::ToHex(crypto::Sha256(octets)); }

class Verification {
 public:
  Verification(const std::string& folder, const Files& files, const std::set<Accept>& accept)
      : folder_(folder), files_(files), accept_(accept) {
    for (const auto& [name, content] : files_) {
      if (name.starts_with("made/")) made_[name.substr(5)] = content;
      if (name.starts_with("approvals/")) approvals_.push_back(content);
    }
  }

  VerifyReport Run() {
    Transcript();
    Plan();
    if (!plan_.has_value()) return std::move(report_);
    Kind();
    Approvals();
    Steps();
    // Of an unlawful plan nothing can be composed.
    if (plan_->Signs() && is_lawful_) Signed();
    Attestations();
    NothingElse();
    return std::move(report_);
  }

 private:
  void Add(bool ok, std::string_view what, std::string detail, bool is_attestation = false) {
    report_.checks.push_back({ok, std::string(what), std::move(detail), is_attestation});
  }

  std::string File(const std::string& name) const {
    const auto found = files_.find(name);
    return found == files_.end() ? "" : found->second;
  }

  void Transcript() {
    ReadTranscript read = ParseTranscript(File(kTranscriptFile));
    lines_ = std::move(read.lines);
    const bool ends = !lines_.empty() && lines_.back().event.name == "end";
    std::string detail = read.problem;
    if (detail.empty() && !ends) {
      const bool is_aborted = !lines_.empty() && lines_.back().event.name == "aborted";
      detail = is_aborted ? base::Cat("the ceremony was aborted: ", lines_.back().Fact("reason"))
                          : base::Cat("it ends early, after line ", lines_.size());
    }
    Add(detail.empty(), "the transcript's chain",
        detail.empty() ? base::Cat(lines_.size(), " lines, head ", base::ToHex(HeadOf(lines_)))
                       : detail);
    const Line first = lines_.empty() ? Line() : lines_.front();
    is_rehearsal_ = first.Fact("mode") == NameOf(Mode::kRehearsal);
    setting_ = {.mode = is_rehearsal_ ? Mode::kRehearsal : Mode::kRun,
                .approvals = approvals_,
                .program = first.Fact("program"),
                .program_sha256 = first.Fact("program_sha256")};
    for (const Line& line : lines_) {
      if (line.event.name == "to_be_signed") setting_.lints = line.Fact("lints");
    }
  }

  void Plan() {
    absl::StatusOr<ceremony::Plan> plan = ReadPlan(base::Cat(folder_, "/", kPlanFile));
    if (!plan.ok()) return Add(false, "the plan", DetailOf(plan.status()));
    plan_ = *std::move(plan);
    const std::vector<Finding> findings = CheckPlan(*plan_);
    is_lawful_ = !HasErrors(findings);
    Add(true, "the plan can be read", base::Cat("SHA-256 ", base::ToHex(plan_->sha256)));
    Add(is_lawful_, "the plan keeps the rules",
        findings.empty() ? "no findings" : FindingsText(*plan_, findings));
    const std::string said = lines_.empty() ? "" : lines_.front().Fact("plan_sha256");
    Add(said == base::ToHex(plan_->sha256), "the transcript is of this plan", said);
  }

  // What must not pass for a ceremony of a real CA.
  void Kind() {
    Add(!is_rehearsal_ || accept_.contains(Accept::kRehearsal), "a ceremony, not a rehearsal",
        is_rehearsal_ ? "a rehearsal on throw-away keys" : "");
    Add(!plan_->local_stack || accept_.contains(Accept::kLocalStack),
        "a CA's ceremony, not a local stack's",
        plan_->local_stack ? "keys of a local stack: no one may trust them" : "");
  }

  void Approvals() {
    if (is_rehearsal_) return;
    const absl::Status status = CheckApprovals(*plan_, approvals_);
    Add(status.ok(), "the approvals",
        status.ok() ? base::Cat(approvals_.size(), " operators approved, ", plan_->required, " of ",
                                plan_->operators.size(), " must")
                    : DetailOf(status));
  }

  // Every step once more, on the answers that the transcript has.
  void Steps() {
    Replay replay(lines_, made_);
    absl::Status status = Perform(*plan_, setting_, {replay, replay, replay});
    if (status.ok()) status = replay.Finish();
    Add(status.ok(), "every step and every file, done again",
        status.ok() ? base::Cat(lines_.size(), " lines, ", made_.size(), " files")
                    : DetailOf(status));
  }

  // The key that the certificate is for, from the transcript or the plan.
  std::optional<crypto::PublicKey> KeyFrom(std::string_view event) const {
    for (const Line& line : lines_) {
      if (line.event.name != event) continue;
      absl::StatusOr<crypto::PublicKey> key = KeyOf(line);
      if (key.ok()) return *std::move(key);
    }
    return std::nullopt;
  }

  // The certificate or CRL on its own, whatever the steps say: its signed octets
  // composed anew, and its signature checked by us and by OpenSSL.
  void Signed() {
    std::optional<crypto::PublicKey> subject =
        plan_->new_key.has_value() ? KeyFrom("key_generated") : plan_->given_key;
    std::optional<crypto::PublicKey> signer = subject;
    if (plan_->signer.has_value()) {
      signer = is_rehearsal_ ? KeyFrom("stand_in_key")
                             : std::optional(plan_->signer->certificate.public_key());
    }
    if (plan_->act == Act::kCrl) subject = signer;
    if (!subject.has_value() || !signer.has_value()) {
      return Add(false, "what was signed", "the transcript lacks a key");
    }
    if (plan_->act == Act::kCrl) {
      SignedCrl(*signer);
    } else {
      SignedCertificate(*subject, *signer);
    }
  }

  void SignedCertificate(const crypto::PublicKey& subject, const crypto::PublicKey& signer) {
    const std::string der = File("made/certificate.der");
    const absl::StatusOr<x509::Certificate> read = x509::Certificate::Parse(der);
    if (!read.ok()) return Add(false, "the certificate", DetailOf(read.status()));
    Add(read->tbs_der() == ComposeToBeSigned(*plan_, subject),
        "the certificate is that of the plan, octet by octet", base::Cat("SHA-256 ", Hex(der)));
    Add(read->VerifySignature(signer), "the certificate's signature", "");
    Add(crypto::judge::ReadCertificate(der).ok() && crypto::judge::VerifyCertificate(der, signer),
        "OpenSSL reads and verifies the certificate", "");
  }

  void SignedCrl(const crypto::PublicKey& signer) {
    const std::string der = File("made/crl.der");
    const absl::StatusOr<x509::Crl> read = x509::Crl::Parse(der);
    if (!read.ok()) return Add(false, "the CRL", DetailOf(read.status()));
    Add(read->tbs_der() == ComposeToBeSigned(*plan_, signer),
        "the CRL is that of the plan, octet by octet", base::Cat("SHA-256 ", Hex(der)));
    Add(read->VerifySignature(signer), "the CRL's signature", "");
    Add(crypto::judge::ReadCrl(der).ok() && crypto::judge::VerifyCrl(der, signer),
        "OpenSSL reads and verifies the CRL", "");
  }

  // The attestation in the file of that name by that person; what is wrong, or nothing.
  std::string Attestation(const std::string& file, const Person& person) const {
    if (!files_.contains(file)) return "is missing";
    const absl::StatusOr<Statement> statement = Statement::FromFile(File(file));
    if (!statement.ok()) return DetailOf(statement.status());
    if (statement->kind != Statement::Kind::kAttestation) return "is an approval";
    if (statement->plan_sha256 != plan_->sha256) return "is about another plan";
    if (statement->transcript_sha256 != HeadOf(lines_)) return "is about another transcript";
    return statement->IsBy(person) ? "" : "is not signed with the key of that person";
  }

  void Attestations() {
    if (is_rehearsal_) return;
    size_t operators = 0;
    for (size_t i = 0; i < plan_->operators.size(); ++i) {
      const std::string file = base::Cat("attestations/operator-", i + 1, ".json");
      if (!files_.contains(file)) continue;
      const std::string wrong = Attestation(file, plan_->operators[i]);
      Add(wrong.empty(), base::Cat("the attestation of ", plan_->operators[i].name), wrong, true);
      if (wrong.empty()) ++operators;
    }
    Add(operators >= plan_->required, "enough operators attest the transcript",
        base::Cat(operators, " of ", plan_->operators.size(), ", ", plan_->required, " must"),
        true);
    for (size_t i = 0; i < plan_->witnesses.size(); ++i) {
      const std::string wrong =
          Attestation(base::Cat("attestations/witness-", i + 1, ".json"), plan_->witnesses[i]);
      Add(wrong.empty(), base::Cat("the attestation of the witness ", plan_->witnesses[i].name),
          wrong, true);
    }
  }

  // A file more could be taken for one that the ceremony made.
  void NothingElse() {
    std::set<std::string> known = {kPlanFile, kTranscriptFile};
    for (const InputFile& input : plan_->inputs) known.insert("plan/" + input.name);
    for (size_t i = 0; i < plan_->operators.size(); ++i) {
      known.insert(base::Cat("attestations/operator-", i + 1, ".json"));
    }
    for (size_t i = 0; i < plan_->witnesses.size(); ++i) {
      known.insert(base::Cat("attestations/witness-", i + 1, ".json"));
    }
    std::string unknown;
    for (const auto& [name, content] : files_) {
      // Those of made/ and approvals/ were each accounted for above.
      if (known.contains(name) || name.starts_with("made/") ||
          (name.starts_with("approvals/") && !is_rehearsal_)) {
        continue;
      }
      unknown += base::Cat(unknown.empty() ? "" : ", ", name);
    }
    Add(unknown.empty(), "nothing else in the folder", unknown);
  }

  const std::string& folder_;
  const Files& files_;
  const std::set<Accept>& accept_;
  Files made_;
  std::vector<std::string> approvals_;
  std::vector<Line> lines_;
  bool is_rehearsal_ = false;
  bool is_lawful_ = false;
  Setting setting_;
  std::optional<ceremony::Plan> plan_;
  VerifyReport report_;
};

}  // namespace

bool VerifyReport::ok() const {
  for (const Check& check : checks) {
    if (!check.ok) return false;
  }
  return !checks.empty();
}

absl::StatusOr<VerifyReport> Verify(const std::string& folder, const std::set<Accept>& accept) {
  ASSIGN_OR_RETURN(const Files files, ReadFolder(folder));
  return Verification(folder, files, accept).Run();
}

}  // namespace cairn::ceremony
