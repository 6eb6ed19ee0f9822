#include "services/ra/core/contacts.h"

#include <catch2/catch.hpp>

#include "libs/testing/status_matchers.h"

namespace cairn::ra {
namespace {

using errors::Reason;

TEST_CASE("contacts that can be written to are taken", "[ACCT-08]") {
  const char* contact = GENERATE("mailto:admin@ca.test", "MAILTO:a.b+c@mail.ca.test",
                                 "mailto:o'neil@xn--bcher-kva.test");
  INFO(contact);
  CHECK_OK(CheckContacts({contact}));
}

TEST_CASE("contacts that can't be written to are refused", "[ACCT-08][ACCT-09]") {
  const auto [why, contact, reason] = GENERATE(table<const char*, const char*, Reason>({
      {"telephone", "tel:+15551234", Reason::kUnsupportedContact},
      {"web", "https://ca.test/", Reason::kUnsupportedContact},
      {"no scheme", "admin@ca.test", Reason::kInvalidContact},
      {"empty", "", Reason::kInvalidContact},
      {"no address", "mailto:", Reason::kInvalidContact},
      {"two addresses", "mailto:a@b.test,c@d.test", Reason::kInvalidContact},
      {"header fields", "mailto:a@b.test?subject=x", Reason::kInvalidContact},
      {"percent", "mailto:a%40b@c.test", Reason::kInvalidContact},
      {"not ASCII", "mailto:b\xc3\xbc@c.test", Reason::kInvalidContact},
      {"not ASCII domain", "mailto:a@b\xc3\xbc.test", Reason::kInvalidContact},
      {"quoted local part", "mailto:\"a b\"@c.test", Reason::kInvalidContact},
      {"address literal", "mailto:a@[192.0.2.1]", Reason::kInvalidContact},
      {"address", "mailto:a@192.0.2.1", Reason::kInvalidContact},
      {"one label", "mailto:root@localhost", Reason::kInvalidContact},
      {"empty label", "mailto:a@b..test", Reason::kInvalidContact},
      {"trailing dot", "mailto:a@b.test.", Reason::kInvalidContact},
      {"leading dot", "mailto:.a@b.test", Reason::kInvalidContact},
      {"space", "mailto:a @b.test", Reason::kInvalidContact},
      {"control character", "mailto:a\n@b.test", Reason::kInvalidContact},
      {"domain of examples", "mailto:a@example.com", Reason::kInvalidContact},
      {"below it", "mailto:a@mail.Example.ORG", Reason::kInvalidContact},
  }));
  INFO(why);
  CHECK_REASON(CheckContacts({contact}), reason);
}

TEST_CASE("contacts are limited in number and length", "[ACCT-09]") {
  const std::string contact = "mailto:admin@ca.test";
  CHECK_OK(CheckContacts(std::vector<std::string>(10, contact)));
  CHECK_REASON(CheckContacts(std::vector<std::string>(11, contact)), Reason::kMalformed);
  const std::string label(60, 'a');
  const std::string longer = "mailto:a@" + label + "." + label + "." + label + ".test";
  CHECK_OK(CheckContacts(std::vector<std::string>(5, longer)));
  CHECK_REASON(CheckContacts(std::vector<std::string>(6, longer)), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::ra
