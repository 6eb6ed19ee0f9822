#include "libs/caa/caa.h"

#include <algorithm>

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

// The labels of BR 4.2.2.1.2 and RFC 8657 section 4 for one and the same method.
bool NamesMethod(std::string_view label, std::string_view method) {
  if (label == method) return true;
  return (method == "http-01" && label == "ca-tbr-19") ||
         (method == "dns-01" && label == "ca-tbr-7") ||
         (method == "tls-alpn-01" && label == "ca-tbr-20");
}

bool ListsMethod(std::string_view list, std::string_view method) {
  while (true) {
    const size_t comma = list.find(',');
    if (NamesMethod(list.substr(0, comma), method)) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
}

// Whether one issue or issuewild property authorises the request; if not, `why`.
bool Authorises(const Record& record, const Request& request, std::string& why) {
  const auto value = ParseIssueValue(record.value);
  if (!value) {
    why = "a property is malformed";
    return false;
  }
  if (std::find(request.identities.begin(), request.identities.end(), value->issuer) ==
      request.identities.end()) {
    why = "the records name other issuers only";
    return false;
  }
  int account_uris = 0;
  for (const IssueValue::Parameter& parameter : value->parameters) {
    // More than one accounturi can't all be met (RFC 8657 section 3).
    if (parameter.tag == "accounturi" &&
        (parameter.value != request.account_uri || ++account_uris > 1)) {
      why = "the property that names this CA is for another account";
      return false;
    }
    if (parameter.tag == "validationmethods" && !ListsMethod(parameter.value, request.method)) {
      why = "the property that names this CA does not allow this validation method";
      return false;
    }
  }
  return true;
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

std::optional<IssueValue> ParseIssueValue(std::string_view value) {
  IssueValue out;
  const size_t semicolon = value.find(';');
  const std::string_view issuer = Trim(value.substr(0, semicolon));
  if (!issuer.empty() && !IsIssuerDomainName(issuer)) return std::nullopt;
  out.issuer = base::ToLower(issuer);
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

Decision Evaluate(std::span<const std::string> rdata, const Request& request) {
  std::vector<Record> issue, issue_wild;
  for (const std::string& one : rdata) {
    auto record = ParseRecord(one);
    // Nobody knows what its author wanted to forbid, so it forbids.
    if (!record) return {.why = "a CAA record is malformed"};
    if (record->tag == "issue") {
      issue.push_back(*std::move(record));
    } else if (record->tag == "issuewild") {
      issue_wild.push_back(*std::move(record));
    } else if (record->tag != "iodef" && record->critical()) {
      return {.why = base::Cat("a critical CAA record has the unknown property ",
                               base::Escaped(record->tag, 40))};
    }
  }
  // RFC 8659 section 4.3: issuewild, where there is any, replaces issue for
  // wildcards, and says nothing about other names.
  const bool wild = request.wildcard && !issue_wild.empty();
  const std::vector<Record>& properties = wild ? issue_wild : issue;
  if (properties.empty()) return {.permits = true};
  std::string why, last;
  for (const Record& property : properties) {
    if (Authorises(property, request, last)) return {.permits = true};
    // The reason that is closest to permission helps most.
    if (why.empty() || last.starts_with("the property that names this CA")) why = last;
  }
  return {.why = std::move(why)};
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
