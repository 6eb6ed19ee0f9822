#include "libs/caa/caa.h"

#include <catch2/catch.hpp>
#include <optional>
#include <utility>

#include "libs/base/encoding.h"

namespace cairn::caa {
namespace {

const std::vector<std::string> kIdentities = {"ca.cairn.test", "cairn.test"};
const std::string kAccount = "https://ca.test/acme/account/a";
const std::vector<std::string> kAccounts = {kAccount, "https://old.ca.test/acme/account/a"};

std::string Rdata(int flags, const std::string& tag, const std::string& value) {
  std::string out(1, static_cast<char>(flags));
  out += static_cast<char>(tag.size());
  return out + tag + value;
}
std::string Issue(const std::string& value) { return Rdata(0, "issue", value); }
std::string Wild(const std::string& value) { return Rdata(0, "issuewild", value); }

Decision Ask(const std::vector<std::string>& records, bool wildcard = false,
             std::string_view method = "http-01") {
  return Evaluate(records, {.identities = kIdentities,
                            .wildcard = wildcard,
                            .account_uris = kAccounts,
                            .method = method});
}

TEST_CASE("issue properties are alternatives, and any of them is a restriction",
          "[CAA-08][CAA-09][CAA-13]") {
  struct Row {
    const char* why;
    std::vector<std::string> records;
    bool permits;
  };
  for (const Row& row : {
           Row{"an empty set", {}, true},
           Row{"our name", {Issue("ca.cairn.test")}, true},
           Row{"our other name", {Issue("cairn.test")}, true},
           Row{"another CA", {Issue("other.test")}, false},
           Row{"our parent", {Issue("test")}, false},
           Row{"another CA and we", {Issue("other.test"), Issue("ca.cairn.test")}, true},
           Row{"nobody", {Issue(";")}, false},
           Row{"nobody, empty", {Issue("")}, false},
           Row{"nobody, and we", {Issue(";"), Issue("ca.cairn.test")}, true},
           Row{"iodef only", {Rdata(0, "iodef", "mailto:a@b.test")}, true},
           Row{"critical iodef", {Rdata(128, "iodef", "mailto:a@b.test")}, true},
           Row{"unknown tag", {Rdata(0, "tbs", "Unknown")}, true},
       }) {
    INFO(row.why);
    CHECK(Ask(row.records).permits == row.permits);
    CHECK(Ask(row.records).why.empty() == row.permits);
  }
}

TEST_CASE("a value that is not in the grammar authorises nobody", "[CAA-10]") {
  for (const char* value :
       {"%%%%%", "ca1.test; x", "ca.cairn.test; =a", "ca.cairn.test; a=b;", "ca.cairn.test;;a=b",
        "-ca.test", "ca..test", "ca.cairn.test.", "ca.cairn.test a=b", "ca.cairn.test; a=b c",
        "ca.cairn.test; a_b=c", "ca.cairn.test\n", "ca.c\xc3\xa4irn.test", ";x"}) {
    INFO(value);
    CHECK_FALSE(ParseIssueValue(value));
    CHECK_FALSE(Ask({Issue(value)}).permits);
  }
  CHECK_FALSE(Ask({Issue(std::string("ca.cairn.test\0", 14))}).permits);
}

TEST_CASE("issuer names compare without case and surrounding space", "[CAA-11]") {
  for (const char* value : {"  CA.Cairn.Test ", "\tca.cairn.test\t", "ca.cairn.test;",
                            " ca.cairn.test ; ", "ca.cairn.test ; a = b ; c="}) {
    INFO(value);
    CHECK(Ask({Issue(value)}).permits);
  }
}

TEST_CASE("issuewild decides for wildcards only", "[CAA-12]") {
  struct Row {
    std::vector<std::string> records;
    bool plain, wildcard;
  };
  const std::string us = "ca.cairn.test", other = "other.test";
  for (const Row& row :
       {Row{{Issue(us)}, true, true}, Row{{Wild(us)}, true, true}, Row{{Wild(other)}, true, false},
        Row{{Issue(us), Wild(other)}, true, false}, Row{{Issue(other), Wild(us)}, false, true},
        Row{{Issue(other), Wild(";")}, false, false}}) {
    CHECK(Ask(row.records).permits == row.plain);
    CHECK(Ask(row.records, true).permits == row.wildcard);
  }
}

TEST_CASE("an unknown property forbids exactly when it is critical", "[CAA-14][CAA-16]") {
  const std::string issue = Issue("ca.cairn.test");
  CHECK_FALSE(Ask({issue, Rdata(128, "tbs", "x")}).permits);
  CHECK_FALSE(Ask({issue, Rdata(129, "tbs", "x")}).permits);
  CHECK(Ask({issue, Rdata(1, "tbs", "x")}).permits);
  CHECK(Ask({issue, Rdata(64, "tbs", "x")}).permits);
  for (const char* tag : {"contactemail", "contactphone", "issuemail", "issuevmc"}) {
    INFO(tag);
    CHECK_FALSE(Ask({issue, Rdata(128, tag, "x")}).permits);
    CHECK(Ask({issue, Rdata(0, tag, "x")}).permits);
  }
  CHECK(Ask({Rdata(128, "issue", "ca.cairn.test")}).permits);
}

TEST_CASE("tags have no case, and malformed RDATA forbids", "[CAA-15]") {
  CHECK(Ask({Rdata(0, "ISSUE", "ca.cairn.test")}).permits);
  CHECK_FALSE(Ask({Rdata(0, "IsSuE", "other.test")}).permits);
  for (const std::string& rdata :
       {std::string(), std::string("\0", 1), std::string("\0\0", 2), std::string("\0\0x", 3),
        std::string("\0\5issu", 6), std::string("\0\xffissue", 7), Rdata(0, "is-sue", "x"),
        Rdata(0, "iss\xc3\xbc", "x"), Rdata(0, std::string("a\0", 2), "x")}) {
    INFO(base::ToHex(rdata));
    CHECK_FALSE(ParseRecord(rdata));
    CHECK_FALSE(Ask({rdata}).permits);
    CHECK_FALSE(Ask({Issue("ca.cairn.test"), rdata}).permits);
  }
  CHECK(ParseRecord(Rdata(0, std::string(255, 'a'), ""))->tag.size() == 255);
}

TEST_CASE("a CA is named in lower case, without a trailing dot", "[VAL-58][CAA-11]") {
  for (const char* name : {"ca.test", "xn--bcher-kva.test", "a-b.c.test"}) {
    INFO(name);
    CHECK(IsIdentity(name));
  }
  for (const std::string& name :
       {std::string(), std::string("test"), std::string("CA.test"), std::string("ca.test."),
        std::string(".ca.test"), std::string("ca..test"), std::string("-ca.test"),
        std::string("ca.test; a=b"), std::string("*.ca.test"), std::string("ca_1.test"),
        "ca." + std::string(251, 'x')}) {
    INFO(name);
    CHECK_FALSE(IsIdentity(name));
  }
}

TEST_CASE("a property for another account does not authorise", "[CAA-22][CAA-27]") {
  const std::string& ours = kAccount;
  CHECK(Ask({Issue("ca.cairn.test; accounturi=" + ours)}).permits);
  CHECK(Ask({Issue("ca.cairn.test; policy=ev; AccountURI=" + ours)}).permits);
  CHECK_FALSE(Ask({Issue("ca.cairn.test; accounturi=" + ours + "b")}).permits);
  CHECK_FALSE(Ask({Issue("ca.cairn.test; accounturi=")}).permits);
  CHECK_FALSE(Ask({Issue("ca.cairn.test; accounturi=" + ours + "; accounturi=" + ours)}).permits);
  CHECK(Ask({Issue("ca.cairn.test; accounturi=x"), Issue("cairn.test")}).permits);
}

TEST_CASE("validationmethods must list the method", "[CAA-24][CAA-25]") {
  CHECK(Ask({Issue("ca.cairn.test; validationmethods=dns-01,http-01")}).permits);
  CHECK(Ask({Issue("ca.cairn.test; validationmethods=ca-tbr-19")}).permits);
  CHECK_FALSE(Ask({Issue("ca.cairn.test; validationmethods=dns-01")}).permits);
  CHECK_FALSE(Ask({Issue("ca.cairn.test; validationmethods=ca-tbr-7")}).permits);
  CHECK_FALSE(Ask({Issue("ca.cairn.test; validationmethods=HTTP-01")}).permits);
  CHECK_FALSE(Ask({Issue("ca.cairn.test; validationmethods=")}).permits);
  CHECK(Ask({Issue("ca.cairn.test; validationmethods=dns-01")}, true, "dns-01").permits);
}

TEST_CASE("an account is known by every URI that it ever had here, and by no empty one",
          "[CAA-23]") {
  CHECK(Ask({Issue("ca.cairn.test; accounturi=" + kAccounts[1])}).permits);
  const std::vector<std::string> nothing = {""};
  CHECK_FALSE(Evaluate(std::vector{Issue("ca.cairn.test; accounturi=")},
                       {.identities = kIdentities, .account_uris = nothing, .method = "http-01"})
                  .permits);
}

TEST_CASE("two lists of methods, and lists that are not in the grammar, authorise nobody",
          "[CAA-24]") {
  for (const char* parameters :
       {"validationmethods=http-01; validationmethods=http-01", "validationmethods=http-01,",
        "validationmethods=,http-01", "validationmethods=dns-01,,http-01",
        "validationmethods=http-01,dns_01", "validationmethods=http-01;validationmethods="}) {
    INFO(parameters);
    CHECK_FALSE(Ask({Issue(std::string("ca.cairn.test; ") + parameters)}).permits);
  }
  const std::vector<std::string> accounts = {kAccount};
  CHECK_FALSE(Evaluate(std::vector{Issue("ca.cairn.test; validationmethods=")},
                       {.identities = kIdentities, .account_uris = accounts, .method = ""})
                  .permits);
}

TEST_CASE("each method has two labels, and none of another", "[CAA-25]") {
  const std::vector<std::pair<std::string, std::string>> labels = {{"http-01", "ca-tbr-19"},
                                                                   {"dns-01", "ca-tbr-7"},
                                                                   {"tls-alpn-01", "ca-tbr-20"},
                                                                   {"dns-account-01", "ca-tbr-21"},
                                                                   {"dns-persist-01", "ca-tbr-22"}};
  for (const auto& [method, unused] : labels) {
    for (const auto& [acme, section] : labels) {
      INFO(method << " " << acme);
      CHECK(Ask({Issue("cairn.test; validationmethods=" + acme)}, false, method).permits ==
            (method == acme));
      CHECK(Ask({Issue("cairn.test; validationmethods=" + section)}, false, method).permits ==
            (method == acme));
    }
  }
}

TEST_CASE("the decision names the record that made it, and the rule", "[CAA-31]") {
  const std::string iodef = Rdata(0, "iodef", "mailto:a@b.test");
  struct Row {
    const char* why;
    std::vector<std::string> records;
    std::optional<size_t> record;
    std::string_view clause;
  };
  for (const Row& row : {
           Row{"none", {iodef}, std::nullopt, "RFC 8659 section 3"},
           Row{"ours", {iodef, Issue("x.test"), Issue("cairn.test")}, 2, "RFC 8659 section 4.2"},
           Row{"others", {iodef, Issue(";"), Issue("x.test")}, 2, "RFC 8659 section 4.2"},
           Row{"nobody", {iodef, Issue(";")}, 1, "RFC 8659 section 4.2"},
           Row{"unreadable", {Issue("x.test"), Issue("%")}, 1, "RFC 8659 section 4.2"},
           Row{"account", {Issue("cairn.test; accounturi=x"), Issue("%")}, 0, "RFC 8657 section 3"},
           Row{"method",
               {Issue("cairn.test; accounturi=x"), Issue("cairn.test; validationmethods=x")},
               1,
               "RFC 8657 section 4"},
           Row{"critical", {Issue("cairn.test"), Rdata(128, "x", "")}, 1, "RFC 8659 section 4.5"},
           Row{"malformed", {Issue("cairn.test"), "x"}, 1, "RFC 8659 section 4.1"},
       }) {
    INFO(row.why);
    const Decision decision = Ask(row.records);
    CHECK(decision.record == row.record);
    CHECK(decision.clause == row.clause);
  }
}

TEST_CASE("reports are wanted at the values of iodef properties", "[CAA-32]") {
  CHECK(ReportUrls(std::vector{Rdata(0, "iodef", "mailto:a@b.test"), Issue("x"), std::string("x"),
                               Rdata(128, "IODEF", "ftp://b.test")}) ==
        std::vector<std::string>{"mailto:a@b.test", "ftp://b.test"});
}

TEST_CASE("the digest does not depend on the order of the records") {
  const std::string a = Issue("a.test"), b = Issue("b.test");
  CHECK(Digest(std::vector{a, b}) == Digest(std::vector{b, a}));
  CHECK(Digest(std::vector{a, b}) != Digest(std::vector{a + b}));
  CHECK(Digest(std::vector{a, b}) != Digest(std::vector{a, b, b}));
  // SHA-256 of nothing
  CHECK(base::ToHex(Digest({})).starts_with("e3b0c44298fc1c14"));
}

TEST_CASE("records read as in a zone file") {
  CHECK(ToText(Issue("a\"b\\c\n")) == R"(0 issue "a\"b\\c\010")");
  CHECK(ToText(std::string("\0\5x", 3)) == "\\# 3 000578");
}

}  // namespace
}  // namespace cairn::caa
