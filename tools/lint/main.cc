// Judges certificates, CRLs and OCSP responses in files: lint --help

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/lint/lint.h"
#include "tools/lint/arguments.h"
#include "tools/lint/objects.h"
#include "tools/lint/show.h"

namespace cairn::lint_tool {
namespace {

// What the options name, read once for all files.
struct Given {
  std::optional<std::string> issuer_der;
  std::optional<std::string> precertificate_der;
  std::optional<policy::PublicSuffixes> public_suffixes;
  std::optional<policy::KeyBlocklist> key_blocklist;
  lint::AllowList allowed;
};

absl::StatusOr<std::optional<std::string>> First(const std::optional<std::string>& path) {
  if (!path.has_value()) return std::optional<std::string>();
  ASSIGN_OR_RETURN(const std::vector<std::string> objects, ReadObjects(*path));
  return std::optional<std::string>(objects.front());
}

absl::StatusOr<Given> ReadGiven(const Arguments& arguments) {
  Given given;
  ASSIGN_OR_RETURN(given.issuer_der, First(arguments.issuer));
  ASSIGN_OR_RETURN(given.precertificate_der, First(arguments.precertificate));
  if (arguments.public_suffixes.has_value()) {
    ASSIGN_OR_RETURN(const std::string text, ReadWhole(*arguments.public_suffixes));
    ASSIGN_OR_RETURN(given.public_suffixes, policy::PublicSuffixes::Parse(text));
  }
  if (arguments.key_blocklist.has_value()) {
    ASSIGN_OR_RETURN(given.key_blocklist, policy::KeyBlocklist::FromFile(*arguments.key_blocklist));
  }
  ASSIGN_OR_RETURN(given.allowed, lint::AllowList::Create(arguments.allowed, {}));
  return given;
}

lint::Subject SubjectOf(const std::string& der, const Arguments& arguments, const Given& given,
                        absl::Time now) {
  lint::Subject subject{.der = der, .pack = arguments.pack, .kind = arguments.kind};
  subject.now = arguments.at.value_or(lint::BeginOf(der).value_or(now));
  if (given.issuer_der.has_value()) subject.issuer_der = *given.issuer_der;
  if (given.precertificate_der.has_value()) {
    subject.precertificate_der = *given.precertificate_der;
  }
  if (given.public_suffixes.has_value()) subject.public_suffixes = &*given.public_suffixes;
  if (given.key_blocklist.has_value()) subject.key_blocklist = &*given.key_blocklist;
  return subject;
}

// Whether there is more than notices and warnings that were allowed.
bool IsBad(const lint::Report& report, const lint::AllowList& allowed) {
  for (const lint::Finding& finding : report.findings) {
    const lint::Severity severity = finding.lint->severity;
    if (severity == lint::Severity::kError) return true;
    if (severity == lint::Severity::kWarning && !allowed.AllowsWarning(finding.lint->name)) {
      return true;
    }
  }
  return false;
}

int Complain(const absl::Status& status) {
  std::fprintf(stderr, "lint: %s\n", errors::PayloadOf(status).detail().c_str());
  return 2;
}

int Print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 2;
}

int Judge(const Arguments& arguments, const Given& given, absl::Time now) {
  int exit_code = 0;
  for (const std::string& file : arguments.files) {
    const absl::StatusOr<std::vector<std::string>> objects = ReadObjects(file);
    if (!objects.ok()) {
      // The other files are judged all the same.
      exit_code = Complain(objects.status());
      continue;
    }
    for (size_t i = 0; i < objects->size(); ++i) {
      const lint::Subject subject = SubjectOf((*objects)[i], arguments, given, now);
      const Judged judged{.file = file,
                          .number = i + 1,
                          .at = subject.now,
                          .pack = subject.pack,
                          .report = lint::Run(subject)};
      if (exit_code == 0 && IsBad(judged.report, given.allowed)) exit_code = 1;
      if (Print(arguments.json ? Json(judged) : Table(judged)) != 0) return 2;
    }
  }
  return exit_code;
}

int Main(int argc, char** argv) {
  const absl::Time now = base::SystemClock().Now();
  const absl::StatusOr<Arguments> arguments =
      Arguments::Parse(std::vector<std::string>(argv + 1, argv + argc), now);
  if (!arguments.ok()) {
    std::fputs("lint --help tells how to use it\n", stderr);
    return Complain(arguments.status());
  }
  if (arguments->help) return Print(Usage());
  if (arguments->list) return Print(arguments->json ? ListJson() : ListTable());
  const absl::StatusOr<Given> given = ReadGiven(*arguments);
  if (!given.ok()) return Complain(given.status());
  return Judge(*arguments, *given, now);
}

}  // namespace
}  // namespace cairn::lint_tool

int main(int argc, char** argv) { return cairn::lint_tool::Main(argc, argv); }
