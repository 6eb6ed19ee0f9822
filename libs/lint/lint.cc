#include "libs/lint/lint.h"

#include <algorithm>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "libs/lint/view.h"

namespace cairn::lint {
namespace {

// Goes up when what a lint checks changes, though its row stays the same.
constexpr int kRevision = 2;

bool IsInForce(const Lint& lint, const View& view) {
  const absl::Time now = view.subject->now;
  return lint.LooksAt(view.kind) && (!lint.web_only || view.IsWeb()) && now >= lint.since &&
         now < lint.until;
}

absl::Status BadList(std::string_view what, std::string_view name) {
  return errors::Make(errors::Reason::kMalformed,
                      base::Cat("allowed lints: ", what, " ", base::Escaped(name, 80)));
}

}  // namespace

std::string_view NameOf(Severity severity) {
  switch (severity) {
    case Severity::kNotice:
      return "notice";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "";
}

const Lint* FindLint(std::string_view name) {
  for (const Lint* lint : Registry()) {
    if (lint->name == name) return lint;
  }
  return nullptr;
}

const std::string& Version() {
  static const auto* const kVersion = [] {
    std::string rows;
    for (const Lint* lint : Registry()) {
      rows +=
          base::Cat(lint->name, " ", lint->requirement, " ", NameOf(lint->severity), " ",
                    lint->kinds, " ", lint->needs, " ", lint->web_only ? 1 : 0, " ",
                    absl::ToUnixSeconds(lint->since), " ", absl::ToUnixSeconds(lint->until), "\n");
    }
    const std::string digest = base::ToHex(crypto::Sha256(rows)).substr(0, 16);
    return new std::string(base::Cat("cairn-lint/", kRevision, "/", digest));
  }();
  return *kVersion;
}

Report Run(const Subject& subject) {
  const View view = View::Of(subject);
  Report report{.kind = view.kind};
  for (const Lint* lint : Registry()) {
    if (!IsInForce(*lint, view)) continue;
    // Of what can't be read, the first lint says so; the others have no view.
    if (!view.problem.empty() && lint != Registry().front()) continue;
    if (!view.Has(lint->needs)) {
      report.skipped.push_back(lint);
      continue;
    }
    std::string detail = lint->check(view);
    if (detail.empty()) {
      ++report.passed;
    } else {
      report.findings.push_back({lint, std::move(detail)});
    }
  }
  return report;
}

std::optional<absl::Time> BeginOf(std::string_view der) {
  const Subject subject{.der = der};
  const View view = View::Of(subject);
  if (view.kind == Kind::kOcspResponse) return view.ocsp.produced_at.time;
  const bool is_crl = view.kind == Kind::kCrl || view.kind == Kind::kCaCrl;
  return is_crl ? view.this_update.time : view.not_before.time;
}

std::string Report::Digest() const {
  std::string text = base::Cat(Version(), "\n", NameOf(kind), " ", passed, "\n");
  for (const Finding& finding : findings) {
    text += base::Cat(finding.lint->name, " ", finding.detail, "\n");
  }
  for (const Lint* lint : skipped) text += base::Cat("skipped ", lint->name, "\n");
  return base::ToHex(crypto::Sha256(text));
}

absl::StatusOr<AllowList> AllowList::Create(const std::vector<std::string>& warnings,
                                            const std::vector<std::string>& skipped) {
  AllowList list;
  for (const std::string& name : warnings) {
    const Lint* lint = FindLint(name);
    if (lint == nullptr) return BadList("there is no lint", name);
    if (lint->severity == Severity::kError) return BadList("an error can't be allowed:", name);
    list.warnings_.insert(name);
  }
  for (const std::string& name : skipped) {
    if (FindLint(name) == nullptr) return BadList("there is no lint", name);
    list.skipped_.insert(name);
  }
  return list;
}

absl::Status MaySign(const Report& report, const AllowList& allowed) {
  std::string why;
  for (const Finding& finding : report.findings) {
    const Severity severity = finding.lint->severity;
    if (severity == Severity::kNotice) continue;
    if (severity == Severity::kWarning && allowed.AllowsWarning(finding.lint->name)) continue;
    why += base::Cat(why.empty() ? "" : "; ", finding.lint->name, ": ", finding.detail);
  }
  for (const Lint* lint : report.skipped) {
    if (lint->severity == Severity::kNotice || allowed.AllowsSkipping(lint->name)) continue;
    why += base::Cat(why.empty() ? "" : "; ", lint->name, ": could not run");
  }
  // Nothing found because nothing ran is no clean bill.
  if (why.empty() && report.passed == 0) why = "no lint ran";
  if (why.empty()) return absl::OkStatus();
  return errors::Make(errors::Reason::kInternal, base::Cat("the lints forbid to sign: ", why));
}

}  // namespace cairn::lint
