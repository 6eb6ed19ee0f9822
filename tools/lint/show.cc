#include "tools/lint/show.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "libs/log/json.h"

namespace cairn::lint_tool {
namespace {

using lint::Lint;

std::string Padded(std::string_view text, size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size() + 2), ' ');
  return out;
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string DayText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone());
}

bool HasBegin(const Lint& lint) { return lint.since != absl::InfinitePast(); }
bool HasEnd(const Lint& lint) { return lint.until != absl::InfiniteFuture(); }

std::vector<std::string> KindsOf(const Lint& lint) {
  std::vector<std::string> kinds;
  for (const lint::Kind kind : lint::AllKinds()) {
    if (lint.LooksAt(kind)) kinds.emplace_back(lint::NameOf(kind));
  }
  return kinds;
}

void Member(std::string_view name, std::string_view text, std::string& out) {
  if (out.back() != '{') out += ',';
  log::AppendJsonString(name, out);
  out += ':';
  log::AppendJsonString(text, out);
}

void Member(std::string_view name, int64_t number, std::string& out) {
  if (out.back() != '{') out += ',';
  log::AppendJsonString(name, out);
  out += base::Cat(":", number);
}

// The beginning of the object of a lint: what is always the same.
std::string LintMembers(const Lint& lint) {
  std::string out = "{";
  Member("lint", lint.name, out);
  Member("severity", NameOf(lint.severity), out);
  Member("requirement", lint.requirement, out);
  Member("clause", lint.clause, out);
  return out;
}

}  // namespace

std::string Table(const Judged& judged) {
  const lint::Report& report = judged.report;
  std::string out = base::Cat(judged.file, "[", judged.number, "]: ", NameOf(report.kind), ", ",
                              NameOf(judged.pack), " rules of ", TimeText(judged.at), ": ",
                              report.findings.size(), " findings, ", report.passed, " passed, ",
                              report.skipped.size(), " skipped\n");
  for (const lint::Finding& finding : report.findings) {
    const Lint& lint = *finding.lint;
    out += base::Cat("  ", Padded(NameOf(lint.severity), 9), Padded(lint.name, 52),
                     Padded(lint.requirement, 9), lint.clause, "\n             ",
                     base::Escaped(finding.detail, 400), "\n");
  }
  return out;
}

std::string Json(const Judged& judged) {
  const lint::Report& report = judged.report;
  std::string out = "{";
  Member("file", judged.file, out);
  Member("number", static_cast<int64_t>(judged.number), out);
  Member("kind", NameOf(report.kind), out);
  Member("policy", NameOf(judged.pack), out);
  Member("at", TimeText(judged.at), out);
  Member("version", lint::Version(), out);
  Member("digest", report.Digest(), out);
  Member("passed", report.passed, out);
  out += ",\"findings\":[";
  for (const lint::Finding& finding : report.findings) {
    if (out.back() != '[') out += ',';
    out += LintMembers(*finding.lint);
    Member("detail", finding.detail, out);
    out += '}';
  }
  out += "],\"skipped\":[";
  for (const Lint* lint : report.skipped) {
    if (out.back() != '[') out += ',';
    log::AppendJsonString(lint->name, out);
  }
  return out + "]}\n";
}

std::string ListTable() {
  std::string out;
  for (const Lint* lint : lint::Registry()) {
    std::string kinds;
    for (const std::string& kind : KindsOf(*lint))
      kinds += base::Cat(kinds.empty() ? "" : " ", kind);
    out += base::Cat(
        Padded(lint->name, 60), Padded(NameOf(lint->severity), 9), Padded(lint->requirement, 9),
        lint->clause, lint->web_only ? "; webpki only" : "",
        HasBegin(*lint) ? base::Cat("; from ", DayText(lint->since)) : "",
        HasEnd(*lint) ? base::Cat("; until ", DayText(lint->until)) : "", "\n    ", kinds, "\n");
  }
  return out + base::Cat(lint::Registry().size(), " lints, ", lint::Version(), "\n");
}

std::string ListJson() {
  std::string out;
  for (const Lint* lint : lint::Registry()) {
    out += LintMembers(*lint);
    Member("policy", lint->web_only ? "webpki" : "any", out);
    if (HasBegin(*lint)) Member("from", TimeText(lint->since), out);
    if (HasEnd(*lint)) Member("until", TimeText(lint->until), out);
    out += ",\"kinds\":[";
    for (const std::string& kind : KindsOf(*lint)) {
      if (out.back() != '[') out += ',';
      log::AppendJsonString(kind, out);
    }
    out += "]}\n";
  }
  return out;
}

}  // namespace cairn::lint_tool
