#include "libs/dns/resolver.h"

#include <utility>

#include "libs/base/strings.h"
#include "libs/dns/extended_error.h"
#include "libs/errors/errors.h"

namespace cairn::dns {
namespace {

std::string NameOfCode(int rcode) {
  switch (rcode) {
    case 1:
      return "FORMERR";
    case kServerFailure:
      return "SERVFAIL";
    case 4:
      return "NOTIMP";
    case 5:
      return "REFUSED";
    default:
      return base::Cat("response code ", rcode);
  }
}

}  // namespace

std::string_view NameOf(Type type) {
  switch (type) {
    case Type::kA:
      return "A";
    case Type::kTxt:
      return "TXT";
    case Type::kAaaa:
      return "AAAA";
    case Type::kCaa:
      return "CAA";
  }
  return "unknown";
}

std::string_view NameOf(Dnssec dnssec) {
  switch (dnssec) {
    case Dnssec::kUnchecked:
      return "unchecked";
    case Dnssec::kIndeterminate:
      return "indeterminate";
    case Dnssec::kInsecure:
      return "insecure";
    case Dnssec::kSecure:
      return "secure";
    case Dnssec::kBogus:
      return "bogus";
  }
  return "unknown";
}

Answer Resolver::Resolve(const base::Call& call, const Question& question) {
  return std::move(ResolveAll(call, std::span(&question, 1)).front());
}

std::string Explain(const Answer& answer) {
  if (!answer.extended_error) return answer.why;
  const std::string_view name = NameOfExtendedError(*answer.extended_error);
  return base::Cat(answer.why, answer.why.empty() ? "(EDE " : " (EDE ", *answer.extended_error,
                   name.empty() ? "" : ": ", name, ")");
}

absl::Status Check(const Question& question, const Answer& answer) {
  const bool bogus = answer.dnssec == Dnssec::kBogus;
  if (!bogus && (answer.rcode == kNoError || answer.rcode == kNameError)) return absl::OkStatus();
  std::string detail = base::Cat(bogus ? "DNSSEC validation failed" : NameOfCode(answer.rcode),
                                 " looking up ", NameOf(question.type), " for ", question.name);
  if (const std::string why = Explain(answer); !why.empty()) detail += ": " + why;
  return errors::Make(errors::Reason::kDns, detail);
}

std::vector<base::IpAddress> Addresses(const Answer& answer) {
  std::vector<base::IpAddress> addresses;
  for (const std::string& record : answer.records) {
    if (const auto address = base::IpAddress::FromBytes(record)) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace cairn::dns
