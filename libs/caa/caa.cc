#include "libs/caa/caa.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"

namespace cairn::caa {
namespace {

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsSpace(char c) { return c == ' ' || c == '\t'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT))
bool IsLabel(std::string_view text) {
  return !text.empty() && IsAlnum(text.front()) && IsAlnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsAlnum(c) || c == '-'; });
}

bool IsIssuerDomainName(std::string_view text) {
  while (true) {
    const size_t dot = text.find('.');
    if (!IsLabel(text.substr(0, dot))) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// %x21-3A / %x3C-7E: visible, but for the semicolon
bool IsParameterValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x21 && c <= 0x7e && c != ';'; });
}

// BR 4.2.2.1.2: a method has the label of IANA's registry, which RFC 8657 section 4
// asks for, and one after the section of BR 3.2.2.4 that it implements. Whoever
// writes either means the same mechanism.
struct MethodLabels {
  std::string_view method;
  std::string_view section;
};
constexpr MethodLabels kMethodLabels[] = {
    {"dns-01", "ca-tbr-7"},          {"http-01", "ca-tbr-19"},        {"tls-alpn-01", "ca-tbr-20"},
    {"dns-account-01", "ca-tbr-21"}, {"dns-persist-01", "ca-tbr-22"},
};

bool NamesMethod(std::string_view label, std::string_view method) {
  if (label == method) return true;
  return std::any_of(
      std::begin(kMethodLabels), std::end(kMethodLabels),
      [&](const MethodLabels& row) { return row.method == method && row.section == label; });
}

// [*(label ",") label], where a label is 1*(ALPHA / DIGIT / "-") (RFC 8657 section 4).
bool ListsMethod(std::string_view list, std::string_view method) {
  bool found = false;
  while (true) {
    const size_t comma = list.find(',');
    const std::string_view label = list.substr(0, comma);
    if (label.empty() ||
        !std::all_of(label.begin(), label.end(), [](char c) { return IsAlnum(c) || c == '-'; })) {
      return false;
    }
    found |= NamesMethod(label, method);
    if (comma == list.npos) return found;
    list.remove_prefix(comma + 1);
  }
}

constexpr std::string_view kRelevantSet = "RFC 8659 section 3";
constexpr std::string_view kRecordFormat = "RFC 8659 section 4.1";
constexpr std::string_view kIssue = "RFC 8659 section 4.2";
constexpr std::string_view kIssueWild = "RFC 8659 section 4.3";
constexpr std::string_view kCritical = "RFC 8659 section 4.5";
constexpr std::string_view kAccountUri = "RFC 8657 section 3";
constexpr std::string_view kValidationMethods = "RFC 8657 section 4";

// Why an issue or issuewild property does not authorise a request. Of several, the
// greatest closeness to doing so helps people most.
struct Obstacle {
  int closeness = 0;
  std::string why;
  std::string_view clause;
};

// What would have done, in words.
std::string Expected(std::span<const std::string> ours) {
  return ours.empty() ? "" : base::Cat("; expected ", ours.front());
}

std::optional<Obstacle> CheckParameters(const IssueValue& value, const Request& request) {
  bool account = false, methods = false;
  for (const IssueValue::Parameter& parameter : value.parameters) {
    if (parameter.tag == "accounturi") {
      // Several can't all be met, not even by being the same.
      if (std::exchange(account, true)) {
        return Obstacle{4, "names accounts twice, which no account satisfies", kAccountUri};
      }
      if (parameter.value.empty() ||
          std::find(request.account_uris.begin(), request.account_uris.end(), parameter.value) ==
              request.account_uris.end()) {
        return Obstacle{4, base::Cat("is for another account", Expected(request.account_uris)),
                        kAccountUri};
      }
    } else if (parameter.tag == "validationmethods") {
      if (std::exchange(methods, true)) {
        return Obstacle{5, "lists validation methods twice, which none satisfies",
                        kValidationMethods};
      }
      if (!ListsMethod(parameter.value, request.method)) {
        return Obstacle{5, base::Cat("does not list the validation method ", request.method),
                        kValidationMethods};
      }
    }
    // All other parameters are other CAs', or not yet known (RFC 8659 section 4.2).
  }
  return std::nullopt;
}

// Nothing where the property authorises the request.
std::optional<Obstacle> CheckProperty(const Record& record, const Request& request) {
  const std::string_view clause = record.tag == "issuewild" ? kIssueWild : kIssue;
  const auto value = ParseIssueValue(record.value);
  const std::string expected = Expected(request.identities);
  if (!value) {
    return Obstacle{3, base::Cat("is not in the grammar, so it lets nobody issue", expected),
                    clause};
  }
  if (value->issuer.empty()) return Obstacle{1, base::Cat("lets nobody issue", expected), clause};
  if (std::find(request.identities.begin(), request.identities.end(), value->issuer) ==
      request.identities.end()) {
    return Obstacle{2, base::Cat("names another issuer", expected), clause};
  }
  return CheckParameters(*value, request);
}

}  // namespace

std::optional<Record> ParseRecord(std::string_view rdata) {
  if (rdata.size() < 3) return std::nullopt;
  const size_t tag_size = static_cast<uint8_t>(rdata[1]);
  if (tag_size == 0 || tag_size > rdata.size() - 2) return std::nullopt;
  const std::string_view tag = rdata.substr(2, tag_size);
  if (!std::all_of(tag.begin(), tag.end(), IsAlnum)) return std::nullopt;
  return Record{.flags = static_cast<uint8_t>(rdata[0]),
                .tag = base::ToLower(tag),
                .value = std::string(rdata.substr(2 + tag_size))};
}

std::string IssuerOf(std::string_view value) {
  return base::ToLower(Trim(value.substr(0, value.find(';'))));
}

std::optional<IssueValue> ParseIssueValue(std::string_view value) {
  IssueValue out{.issuer = IssuerOf(value), .parameters = {}};
  if (!out.issuer.empty() && !IsIssuerDomainName(out.issuer)) return std::nullopt;
  const size_t semicolon = value.find(';');
  if (semicolon == value.npos) return out;
  std::string_view rest = Trim(value.substr(semicolon + 1));
  // Between two semicolons there is a parameter; after the first one need not be any.
  while (!rest.empty()) {
    const size_t end = rest.find(';');
    const std::string_view parameter = rest.substr(0, end);
    const size_t equals = parameter.find('=');
    if (equals == parameter.npos) return std::nullopt;
    const std::string_view tag = Trim(parameter.substr(0, equals));
    const std::string_view text = Trim(parameter.substr(equals + 1));
    if (!IsLabel(tag) || !IsParameterValue(text)) return std::nullopt;
    out.parameters.push_back({base::ToLower(tag), std::string(text)});
    if (end == rest.npos) break;
    rest = Trim(rest.substr(end + 1));
    if (rest.empty()) return std::nullopt;
  }
  return out;
}

bool IsIdentity(std::string_view name) {
  return name.size() <= 253 && name.find('.') != name.npos && IsIssuerDomainName(name) &&
         base::ToLower(name) == name;
}

std::vector<std::string> ReportUrls(std::span<const std::string> rdata) {
  std::vector<std::string> urls;
  for (const std::string& one : rdata) {
    auto record = ParseRecord(one);
    if (record && record->tag == "iodef") urls.push_back(std::move(record->value));
  }
  return urls;
}

Decision Evaluate(std::span<const std::string> rdata, const Request& request) {
  struct Property {
    Record record;
    size_t place;
  };
  std::vector<Property> issue, issue_wild;
  for (size_t i = 0; i < rdata.size(); ++i) {
    auto record = ParseRecord(rdata[i]);
    // Nobody knows what its author wanted to forbid, so it forbids.
    if (!record) return {.why = "is malformed", .clause = kRecordFormat, .record = i};
    if (record->tag == "issue") {
      issue.push_back({*std::move(record), i});
    } else if (record->tag == "issuewild") {
      issue_wild.push_back({*std::move(record), i});
    } else if (record->tag != "iodef" && record->critical()) {
      // Only what is done is understood: contactemail and its kin are not.
      return {.why = "is critical, and its property is not known here",
              .clause = kCritical,
              .record = i};
    }
  }
  // RFC 8659 section 4.3: issuewild, where there is any, replaces issue for
  // wildcards, and says nothing about other names.
  const bool wild = request.wildcard && !issue_wild.empty();
  const std::vector<Property>& properties = wild ? issue_wild : issue;
  if (properties.empty()) return {.permits = true, .clause = kRelevantSet};
  Decision refusal;
  int closest = 0;
  for (const Property& property : properties) {
    const auto obstacle = CheckProperty(property.record, request);
    if (!obstacle) {
      return {.permits = true, .clause = wild ? kIssueWild : kIssue, .record = property.place};
    }
    if (obstacle->closeness <= closest) continue;
    closest = obstacle->closeness;
    refusal = {.why = obstacle->why, .clause = obstacle->clause, .record = property.place};
  }
  return refusal;
}

std::string Digest(std::span<const std::string> rdata) {
  std::vector<std::string_view> sorted(rdata.begin(), rdata.end());
  std::sort(sorted.begin(), sorted.end());
  std::string input;
  for (const std::string_view one : sorted) {
    input += static_cast<char>(one.size() >> 8);
    input += static_cast<char>(one.size());
    input += one;
  }
  return crypto::Sha256(input);
}

std::string ToText(std::string_view rdata) {
  const auto record = ParseRecord(rdata);
  if (!record) return base::Cat("\\# ", rdata.size(), " ", base::ToHex(rdata));
  std::string value;
  for (const char c : record->value) {
    const auto octet = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      value += '\\';
      value += c;
    } else if (octet >= 0x20 && octet < 0x7f) {
      value += c;
    } else {
      value += '\\';
      value += static_cast<char>('0' + octet / 100);
      value += static_cast<char>('0' + octet / 10 % 10);
      value += static_cast<char>('0' + octet % 10);
    }
  }
  return base::Cat(int{record->flags}, " ", record->tag, " \"", value, "\"");
}

}  // namespace cairn::caa
