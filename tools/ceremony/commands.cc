#include "tools/ceremony/commands.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#include "libs/acme/json.h"
#include "libs/base/clock.h"
#include "libs/base/encoding.h"
#include "libs/base/random.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/values.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "libs/service/version.h"
#include "tools/ceremony/approvals.h"
#include "tools/ceremony/describe.h"
#include "tools/ceremony/folder.h"
#include "tools/ceremony/perform.h"
#include "tools/ceremony/read_plan.h"
#include "tools/ceremony/rules.h"
#include "tools/ceremony/statement.h"
#include "tools/ceremony/text.h"
#include "tools/ceremony/tokens.h"
#include "tools/ceremony/verify.h"

namespace cairn::ceremony {
namespace {

using errors::Reason;

constexpr char kSoftHsm[] = "/usr/lib/softhsm/libsofthsm2.so";

void Print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

Outcome Fail(const absl::Status& status) {
  std::fprintf(stderr, "ceremony: %s\n", errors::PayloadOf(status).detail().c_str());
  switch (errors::ReasonOf(status)) {
    case Reason::kMalformed:
    case Reason::kUnauthorized:
    case Reason::kBadPublicKey:
    case Reason::kBadCsr:
      return Outcome::kRefused;
    default:
      return Outcome::kFailed;
  }
}

Outcome Usage(const absl::Status& status) {
  std::fprintf(stderr, "ceremony: %s\n", errors::PayloadOf(status).detail().c_str());
  return Outcome::kUsage;
}

// A plan that keeps the rules; its warnings are printed.
absl::StatusOr<Plan> LawfulPlan(const std::string& path) {
  ASSIGN_OR_RETURN(Plan plan, ReadPlan(path));
  const std::vector<Finding> findings = CheckPlan(plan);
  const std::string text = FindingsText(plan, findings);
  if (HasErrors(findings)) return errors::Make(Reason::kMalformed, text);
  std::fputs(text.c_str(), stderr);
  return plan;
}

// The SHA-256 of this program's own file, in hexadecimal (ROOT-27).
absl::StatusOr<std::string> OwnHash() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file || content.str().empty()) {
    return errors::Make(Reason::kInternal, "the program can't read its own file");
  }
  return base::ToHex(crypto::Sha256(content.str()));
}

// ---- plan ----

Outcome RunPlan(const Arguments& arguments) {
  const absl::StatusOr<Plan> plan = ReadPlan(arguments.word());
  if (!plan.ok()) return Fail(plan.status());
  const std::vector<Finding> findings = CheckPlan(*plan);
  const std::string text = FindingsText(*plan, findings);
  if (HasErrors(findings)) {
    std::fputs(text.c_str(), stderr);
    return Outcome::kRefused;
  }
  const std::vector<Row> rows = DescribePlan(*plan);
  if (arguments.Has("json")) {
    Print(base::Cat("{\"plan_sha256\": \"", base::ToHex(plan->sha256), "\",\n\"rows\": ",
                    RowsJson(rows), ",\n\"warnings\": ", acme::JsonString(text), "}\n"));
    return Outcome::kDone;
  }
  Print(base::Cat(RowsText(rows), "\nfindings\n", text.empty() ? "  none\n" : text, "\n",
                  ScriptOf(*plan)));
  return Outcome::kDone;
}

// ---- serial, public-key ----

absl::StatusOr<std::string> DrawSerial(const Arguments& arguments) {
  // 159 bits and no more: BR 7.1.2.1 asks for 64 random ones, and for less than 2^159.
  base::SystemRandom random;
  std::string octets = random.Bytes(20);
  if (arguments.Has("module")) {
    // Both sources must fail before the number can be foreseen.
    ASSIGN_OR_RETURN(const std::string module, arguments.Required("module"));
    ASSIGN_OR_RETURN(const std::string label, arguments.Required("token"));
    ASSIGN_OR_RETURN(const std::string pin, arguments.Required("pin"));
    base::SystemClock clock;
    RealTokens tokens({{label, pin}}, clock);
    ASSIGN_OR_RETURN(const std::unique_ptr<KeyToken> token,
                     tokens.Open({.module = module, .label = label}));
    ASSIGN_OR_RETURN(const std::string more, token->GenerateRandom(octets.size()));
    for (size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<char>(octets[i] ^ more[i]);
  }
  octets[0] = static_cast<char>(octets[0] & 0x7f);
  // One in 128: the number must have its full length.
  if (octets[0] == '\0') octets[0] = '\x40';
  return base::ToHex(octets);
}

Outcome RunSerial(const Arguments& arguments) {
  const absl::StatusOr<std::string> serial = DrawSerial(arguments);
  if (!serial.ok()) return Fail(serial.status());
  Print(*serial + "\n");
  return Outcome::kDone;
}

absl::StatusOr<crypto::PrivateKey> KeyOption(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::string path, arguments.Required("key"));
  return crypto::PrivateKey::FromPemFile(path);
}

Outcome RunPublicKey(const Arguments& arguments) {
  if (!arguments.Has("key")) return Usage(arguments.Required("key").status());
  const absl::StatusOr<crypto::PrivateKey> key = KeyOption(arguments);
  if (!key.ok()) return Fail(key.status());
  Print(base::ToBase64(key->public_key().spki_der()) + "\n");
  return Outcome::kDone;
}

// ---- approve ----

absl::Status Approve(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Plan plan, LawfulPlan(arguments.word()));
  ASSIGN_OR_RETURN(const std::string out, arguments.Required("out"));
  ASSIGN_OR_RETURN(const crypto::PrivateKey key, KeyOption(arguments));
  const Person* const person = FindByKey(plan.operators, key.public_key());
  if (person == nullptr) {
    return errors::Make(Reason::kUnauthorized, "the key is of no operator of this plan");
  }
  Statement approval{
      .kind = Statement::Kind::kApproval, .name = person->name, .plan_sha256 = plan.sha256};
  RETURN_IF_ERROR(approval.Sign(key));
  RETURN_IF_ERROR(WriteNewFile(out, approval.ToFile()));
  Print(base::Cat(person->name, " approves \"", plan.title, "\", SHA-256\n\n",
                  SpokenHash(plan.sha256), "\n"));
  return absl::OkStatus();
}

Outcome RunApprove(const Arguments& arguments) {
  for (const char* option : {"key", "out"}) {
    if (!arguments.Has(option)) return Usage(arguments.Required(option).status());
  }
  const absl::Status status = Approve(arguments);
  return status.ok() ? Outcome::kDone : Fail(status);
}

// ---- rehearse, run ----

// Shows each line as it is written.
class Shown final : public Recorder {
 public:
  explicit Shown(FileRecorder& file) : file_(file) {}
  absl::StatusOr<absl::Time> Add(const Event& event) override {
    ASSIGN_OR_RETURN(const absl::Time time, file_.Add(event));
    std::string text = base::Cat(InstantText(time), "  ", event.name);
    for (const auto& [name, value] : event.facts) {
      // What is longer is for machines.
      if (value.size() <= 64 && name != "format") text += base::Cat("  ", name, "=", value);
    }
    Print(text + "\n");
    std::fflush(stdout);
    return time;
  }

 private:
  FileRecorder& file_;
};

absl::Status PerformInto(const std::string& folder, const Plan& plan, Setting setting,
                         TokenOpener& tokens, const base::Clock& clock) {
  setting.program = base::Cat("ceremony ", service::kVersion);
  ASSIGN_OR_RETURN(setting.program_sha256, OwnHash());
  ASSIGN_OR_RETURN(const std::unique_ptr<FolderWriter> output,
                   FolderWriter::Create(folder, plan, setting.approvals));
  ASSIGN_OR_RETURN(const std::unique_ptr<FileRecorder> file,
                   FileRecorder::Create(base::Cat(folder, "/", kTranscriptFile), clock));
  Shown recorder(*file);
  RETURN_IF_ERROR(Perform(plan, setting, {recorder, tokens, *output}));
  Print(base::Cat("\ndone: ", folder, "\n"));
  if (setting.mode == Mode::kRehearsal) return absl::OkStatus();
  Print(base::Cat("\nhead of the transcript, to be read aloud and signed with `ceremony attest ",
                  folder, " --key FILE`:\n\n", SpokenHash(file->head_sha256()), "\n"));
  return absl::OkStatus();
}

absl::Status Rehearse(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Plan plan, LawfulPlan(arguments.word()));
  ASSIGN_OR_RETURN(const std::string out, arguments.Required("out"));
  base::SystemClock clock;
  ASSIGN_OR_RETURN(
      const std::unique_ptr<ThrowAwayTokens> tokens,
      ThrowAwayTokens::Create(arguments.Value("module").value_or(kSoftHsm), plan, clock));
  return PerformInto(out, plan, {.mode = Mode::kRehearsal}, *tokens, clock);
}

Outcome RunRehearse(const Arguments& arguments) {
  if (!arguments.Has("out")) return Usage(arguments.Required("out").status());
  const absl::Status status = Rehearse(arguments);
  return status.ok() ? Outcome::kDone : Fail(status);
}

absl::Status RunCeremony(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Plan plan, LawfulPlan(arguments.word()));
  ASSIGN_OR_RETURN(const std::string out, arguments.Required("out"));
  Setting setting{.mode = Mode::kRun};
  for (const std::string& path : arguments.List("approval")) {
    ASSIGN_OR_RETURN(std::string text, config::ReadFile(path));
    setting.approvals.push_back(std::move(text));
  }
  // Before a folder is made or a token is asked; Perform checks it again, and notes it.
  RETURN_IF_ERROR(CheckApprovals(plan, setting.approvals));
  std::map<std::string, std::string> pins;
  ASSIGN_OR_RETURN(pins[plan.token.label], arguments.Required("pin"));
  if (plan.new_key.has_value() && plan.new_key->token != plan.token) {
    ASSIGN_OR_RETURN(pins[plan.new_key->token.label], arguments.Required("new-key-pin"));
  }
  base::SystemClock clock;
  RealTokens tokens(std::move(pins), clock);
  return PerformInto(out, plan, std::move(setting), tokens, clock);
}

Outcome RunRun(const Arguments& arguments) {
  for (const char* option : {"out", "pin"}) {
    if (!arguments.Has(option)) return Usage(arguments.Required(option).status());
  }
  const absl::Status status = RunCeremony(arguments);
  return status.ok() ? Outcome::kDone : Fail(status);
}

// ---- attest ----

absl::Status Attest(const Arguments& arguments) {
  const std::string& folder = arguments.word();
  ASSIGN_OR_RETURN(const crypto::PrivateKey key, KeyOption(arguments));
  // Nobody signs a record that is wrong, whatever it was said to be for.
  ASSIGN_OR_RETURN(const VerifyReport report, Verify(folder, {Accept::kLocalStack}));
  for (const Check& check : report.checks) {
    if (check.ok || check.is_attestation) continue;
    return errors::Make(Reason::kMalformed, base::Cat(check.what, ": ", check.detail));
  }
  ASSIGN_OR_RETURN(const Plan plan, ReadPlan(base::Cat(folder, "/", kPlanFile)));
  ASSIGN_OR_RETURN(const std::string text,
                   config::ReadFile(base::Cat(folder, "/", kTranscriptFile)));
  const std::string head = HeadOf(ParseTranscript(text).lines);
  for (const auto& [people, role] :
       {std::pair(&plan.operators, "operator"), std::pair(&plan.witnesses, "witness")}) {
    const Person* const person = FindByKey(*people, key.public_key());
    if (person == nullptr) continue;
    Statement attestation{.kind = Statement::Kind::kAttestation,
                          .name = person->name,
                          .plan_sha256 = plan.sha256,
                          .transcript_sha256 = head};
    RETURN_IF_ERROR(attestation.Sign(key));
    const auto number = static_cast<size_t>(person - people->data()) + 1;
    RETURN_IF_ERROR(WriteNewFile(base::Cat(folder, "/attestations/", role, "-", number, ".json"),
                                 attestation.ToFile()));
    Print(base::Cat(person->name, " attests the transcript with the head\n\n", SpokenHash(head),
                    "\n"));
    return absl::OkStatus();
  }
  return errors::Make(Reason::kUnauthorized, "the key is of nobody in this plan");
}

Outcome RunAttest(const Arguments& arguments) {
  if (!arguments.Has("key")) return Usage(arguments.Required("key").status());
  const absl::Status status = Attest(arguments);
  return status.ok() ? Outcome::kDone : Fail(status);
}

// ---- verify ----

std::string ReportText(const VerifyReport& report) {
  std::string text;
  for (const Check& check : report.checks) {
    text += base::Cat(check.ok ? "ok    " : "FAIL  ", check.what, check.detail.empty() ? "" : ": ",
                      check.detail, "\n");
  }
  return base::Cat(text, "\n", report.ok() ? "all is right" : "NOT right", "\n");
}

std::string ReportJson(const VerifyReport& report) {
  std::string text;
  for (const Check& check : report.checks) {
    text += base::Cat(text.empty() ? "" : ",", "\n  {\"ok\": ", check.ok ? "true" : "false",
                      ", \"what\": ", acme::JsonString(check.what),
                      ", \"detail\": ", acme::JsonString(check.detail), "}");
  }
  return base::Cat("{\"ok\": ", report.ok() ? "true" : "false", ", \"checks\": [", text, "\n]}\n");
}

Outcome RunVerify(const Arguments& arguments) {
  std::set<Accept> accept;
  for (const std::string& word : arguments.List("accept")) {
    if (word == "rehearsal") {
      accept.insert(Accept::kRehearsal);
    } else if (word == "local-stack") {
      accept.insert(Accept::kLocalStack);
    } else {
      return Usage(errors::Make(Reason::kMalformed, "--accept takes rehearsal or local-stack"));
    }
  }
  const absl::StatusOr<VerifyReport> report = Verify(arguments.word(), accept);
  if (!report.ok()) return Fail(report.status());
  Print(arguments.Has("json") ? ReportJson(*report) : ReportText(*report));
  return report->ok() ? Outcome::kDone : Outcome::kRefused;
}

}  // namespace

const std::vector<Command>& Commands() {
  static const std::vector<Command>& commands = *new std::vector<Command>{
      {"public-key",
       "--key FILE",
       "Prints the public half of an operator's or witness's key (PEM: P-256, P-384 or\n"
       "Ed25519) as a plan wants it.",
       {.values = {"key"}},
       RunPublicKey},
      {"serial",
       "[--module FILE --token LABEL --pin FILE]",
       "Draws a serial number for a plan: 159 random bits from the kernel, mixed with\n"
       "as many from a token if one is given.",
       {.values = {"module", "token", "pin"}},
       RunSerial},
      {"plan",
       "PLAN [--json]",
       "Checks a plan against the rules, and shows all that it will make, its SHA-256 to\n"
       "be read aloud, and the script of the ceremony. Touches nothing.",
       {.switches = {"json"}, .word = true},
       RunPlan},
      {"approve",
       "PLAN --key FILE --out FILE",
       "Signs the plan's SHA-256 as an operator, whose key tells who.",
       {.values = {"key", "out"}, .word = true},
       RunApprove},
      {"rehearse",
       "PLAN --out FOLDER [--module FILE]",
       "Does all of it on throw-away SoftHSM tokens, with stand-ins for the keys that the\n"
       "plan expects to be there. Needs no approvals; runs at any time.",
       {.values = {"out", "module"}, .word = true},
       RunRehearse},
      {"run",
       "PLAN --approval FILE ... --pin FILE [--new-key-pin FILE] --out FOLDER",
       "The ceremony. Each PIN is in a file that only its owner may read, or comes through\n"
       "a descriptor (fd:N). FOLDER must not exist; all that is in it is public.",
       {.values = {"pin", "new-key-pin", "out"}, .lists = {"approval"}, .word = true},
       RunRun},
      {"attest",
       "FOLDER --key FILE",
       "Signs the head of the transcript as an operator or a witness, whose key tells who,\n"
       "once all else in the folder is verified.",
       {.values = {"key"}, .word = true},
       RunAttest},
      {"verify",
       "FOLDER [--accept rehearsal] [--accept local-stack] [--json]",
       "Checks everything from public parts alone, a line for each check.",
       {.lists = {"accept"}, .switches = {"json"}, .word = true},
       RunVerify},
  };
  return commands;
}

}  // namespace cairn::ceremony
