#include "tools/lint/arguments.h"

#include <functional>
#include <map>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::lint_tool {
namespace {

absl::Status Bad(std::string_view what, std::string_view word) {
  return errors::Make(errors::Reason::kMalformed, base::Cat(what, base::Escaped(word, 80)));
}

using Setter = std::function<absl::Status(const std::string&)>;

Setter Into(std::optional<std::string>& target) {
  return [&target](const std::string& value) {
    target = value;
    return absl::OkStatus();
  };
}

// The options that have a value.
std::map<std::string, Setter, std::less<>> Setters(Arguments& out, absl::Time now) {
  std::map<std::string, Setter, std::less<>> setters;
  setters["--kind"] = [&out](const std::string& value) {
    out.kind = lint::KindFromName(value);
    return out.kind.has_value() ? absl::OkStatus() : Bad("there is no kind ", value);
  };
  setters["--policy"] = [&out](const std::string& value) {
    const auto pack = policy::PackFromName(value);
    if (!pack.has_value()) return Bad("a policy is private or webpki, not ", value);
    out.pack = *pack;
    return absl::OkStatus();
  };
  setters["--at"] = [&out, now](const std::string& value) {
    absl::Time time;
    std::string error;
    const bool is_time = absl::ParseTime(absl::RFC3339_full, value, &time, &error);
    if (!is_time && value != "now")
      return Bad("a time is now or 2027-03-15T00:00:00Z, not ", value);
    out.at = is_time ? time : now;
    return absl::OkStatus();
  };
  setters["--allow"] = [&out](const std::string& value) {
    out.allowed.push_back(value);
    return absl::OkStatus();
  };
  setters["--issuer"] = Into(out.issuer);
  setters["--precertificate"] = Into(out.precertificate);
  setters["--public_suffixes"] = Into(out.public_suffixes);
  setters["--key_blocklist"] = Into(out.key_blocklist);
  return setters;
}

}  // namespace

absl::StatusOr<Arguments> Arguments::Parse(const std::vector<std::string>& words, absl::Time now) {
  Arguments out;
  const auto setters = Setters(out, now);
  bool only_files = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (only_files || word == "-" || !word.starts_with("-")) {
      out.files.push_back(word);
      continue;
    }
    // --kind=root and --kind root are the same.
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (word == "--") {
      only_files = true;
    } else if (word == "--help" || word == "-h") {
      out.help = true;
    } else if (word == "--list") {
      out.list = true;
    } else if (word == "--json") {
      out.json = true;
    } else if (const auto setter = setters.find(name); setter == setters.end()) {
      return Bad("there is no option ", word);
    } else if (equals != std::string::npos) {
      RETURN_IF_ERROR(setter->second(word.substr(equals + 1)));
    } else if (i + 1 < words.size()) {
      RETURN_IF_ERROR(setter->second(words[++i]));
    } else {
      return Bad("a value is missing after ", word);
    }
  }
  if (!out.help && !out.list && out.files.empty()) return Bad("no file was named", "");
  // The setters hold references to `out`.
  return Arguments(out);
}

std::string Usage() {
  std::string kinds;
  for (const lint::Kind kind : lint::AllKinds()) {
    kinds += base::Cat(kinds.empty() ? "" : ", ", lint::NameOf(kind));
  }
  return base::Cat(
      R"(usage: lint [OPTION...] FILE...

Judges certificates, CRLs and OCSP responses by the Baseline Requirements, the
RFCs and the policies of the root programs. A FILE is DER, or PEM with any number
of objects; text between them is ignored. "-" is standard input.

  --kind KIND              what it is; else it is guessed. One of:
                           )",
      kinds, R"(
  --policy webpki|private  whose rules (default: webpki)
  --at TIME                judge by the rules of that time, "now" or RFC 3339
                           (default: when the object says that it began)
  --issuer FILE            the certificate that signs
  --precertificate FILE    the precertificate of a certificate
  --public_suffixes FILE   a public suffix list, for lints of domain names
  --key_blocklist FILE     SHA-256 of SubjectPublicKeyInfos that nobody may use
  --allow NAME             a warning to let pass; may be repeated
  --json                   one JSON object per line, for programs
  --list                   all lints, with their clauses and dates
  --help                   this text

Lints that need what no option gave are skipped, and counted. Exits 0 if nothing
was found but notices and allowed warnings, 1 if something was, 2 if the command
line is wrong or a file can't be read.
)");
}

}  // namespace cairn::lint_tool
