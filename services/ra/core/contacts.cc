#include "services/ra/core/contacts.h"

#include <algorithm>
#include <string_view>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ra {
namespace {

using errors::Make;
using errors::Reason;

constexpr size_t kMaxContacts = 10;
constexpr size_t kMaxTotal = 1000;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A dot-atom of RFC 5322 section 3.2.3, less "%" and "?" and "&", which RFC 6068
// gives a meaning in mailto URIs. At most 64 octets (RFC 5321 section 4.5.3.1.1).
bool IsLocalPart(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlphanumeric(c) ||
           std::string_view("!#$'*+-/=^_`{|}~.").find(c) != std::string_view::npos;
  });
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '-'; });
}

// At least two labels, and the last isn't a number, as in an address.
bool IsDomain(std::string_view text) {
  if (text.size() > 253) return false;
  int labels = 0;
  std::string_view last;
  while (true) {
    const size_t dot = text.find('.');
    last = text.substr(0, dot);
    if (!IsLabel(last)) return false;
    ++labels;
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
  }
  return labels >= 2 &&
         !std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// RFC 2606 section 3: reserved for documentation, so nobody reads mail there.
bool IsExampleDomain(std::string_view domain) {
  const std::string name = base::ToLower(domain);
  for (const std::string_view reserved : {"example.com", "example.net", "example.org"}) {
    if (name == reserved || std::string_view(name).ends_with(base::Cat(".", reserved))) return true;
  }
  return false;
}

absl::Status CheckContact(std::string_view contact) {
  const size_t colon = contact.find(':');
  if (colon == std::string_view::npos) {
    return Make(Reason::kInvalidContact, "a contact is a URI such as mailto:admin@domain");
  }
  if (base::ToLower(contact.substr(0, colon)) != "mailto") {
    return Make(Reason::kUnsupportedContact, "only contacts of the scheme mailto are supported");
  }
  const std::string_view address = contact.substr(colon + 1);
  const size_t at = address.rfind('@');
  if (at == std::string_view::npos || !IsLocalPart(address.substr(0, at)) ||
      !IsDomain(address.substr(at + 1))) {
    return Make(Reason::kInvalidContact,
                base::Cat("not one plain e-mail address: ", base::Escaped(address, 80)));
  }
  if (IsExampleDomain(address.substr(at + 1))) {
    return Make(Reason::kInvalidContact, base::Cat("mail to a domain of examples reaches nobody: ",
                                                   base::Escaped(address, 80)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckContacts(const std::vector<std::string>& contacts) {
  if (contacts.size() > kMaxContacts) {
    return Make(Reason::kMalformed,
                base::Cat("an account may have at most ", kMaxContacts, " contacts"));
  }
  size_t total = 0;
  for (const std::string& contact : contacts) {
    RETURN_IF_ERROR(CheckContact(contact));
    total += contact.size();
  }
  if (total > kMaxTotal) {
    return Make(Reason::kMalformed,
                base::Cat("the contacts have more than ", kMaxTotal, " characters together"));
  }
  return absl::OkStatus();
}

}  // namespace cairn::ra
