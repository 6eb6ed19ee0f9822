// A RA that was taken over, and perspectives that lie, against the real signer.

#include <absl/time/clock.h>

#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "libs/evidence/receipt.h"
#include "libs/testing/status_matchers.h"
#include "tests/compromise/signer_world.h"

namespace cairn::compromise {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;
using evidence::v1::Attempt;
using evidence::v1::Evidence;
using evidence::v1::Receipt;
using evidence::v1::SignedReceipt;
using testing::MakeCsr;
using Request = ca::v1::SignCertificateRequest;

// What the signer must say to it, and do.
struct Attack {
  const char* what;
  Reason reason;
  // Makes the forgery of the genuine request for order `order_id`.
  std::function<void(SignerWorld&, uint64_t order_id, Request&)> forge;
};

// The refusal has its reason, one line in the audit log, and leaves no record.
void CheckRefused(SignerWorld& world, const Request& request, Reason reason) {
  const int records = world.Records();
  const int audited = world.Audited("signing_refused");
  const std::string line = base::Cat("\"issuance_id\":\"", base::ToHex(request.issuance_id()),
                                     "\",\"reason\":\"", errors::MappingOf(reason).name, "\"");
  const int of_this = world.Audited("signing_refused", line);
  CHECK_REASON(world.Sign(request), reason);
  CHECK(world.Records() == records);
  CHECK(world.Audited("signing_refused") == audited + 1);
  if (!request.issuance_id().empty()) CHECK(world.Audited("signing_refused", line) == of_this + 1);
}

// Each attack is refused, and the genuine request that it was made of is not: so
// it was the forgery that the signer saw, and nothing was used up by it.
void PlayAll(const std::vector<Attack>& attacks) {
  SignerWorld world;
  uint64_t order_id = 0;
  for (const Attack& attack : attacks) {
    INFO(attack.what);
    const Request genuine = world.Request(++order_id);
    Request forged = genuine;
    attack.forge(world, order_id, forged);
    CheckRefused(world, forged, attack.reason);
    const int records = world.Records();
    CHECK(world.IsCertificate(world.Sign(genuine), world.names, world.victim_key.public_key()));
    CHECK(world.Records() == records + 2);
  }
}

// Changes what each receipt of each attempt says and has `sign` sign it.
void ChangeAll(Evidence& evidence,
               const std::function<SignedReceipt(size_t perspective, Receipt receipt)>& sign) {
  for (Attempt& attempt : *evidence.mutable_attempts()) {
    for (int i = 0; i < attempt.receipts_size(); ++i) {
      Receipt receipt;
      REQUIRE(receipt.ParseFromString(attempt.receipts(i).receipt()));
      *attempt.mutable_receipts(i) = sign(static_cast<size_t>(i), receipt);
    }
  }
}

// As if the perspectives themselves had said so.
std::function<void(SignerWorld&, uint64_t, Request&)> Genuinely(
    const std::function<void(Receipt&)>& change) {
  return [change](SignerWorld& world, uint64_t, Request& request) {
    ChangeAll(*request.mutable_evidence(), [&](size_t perspective, Receipt receipt) {
      change(receipt);
      return world.perspectives.Sign(perspective, receipt);
    });
  };
}

// Receipts first..kRemotes of the first attempt, signed with a key of the RA's own.
std::function<void(SignerWorld&, uint64_t, Request&)> SignedByRa(std::set<int> which) {
  return [which](SignerWorld&, uint64_t, Request& request) {
    const PrivateKey own = PrivateKey::Generate(KeyType::kEcP256);
    for (const int i : which) {
      SignedReceipt& receipt =
          *request.mutable_evidence()->mutable_attempts(0)->mutable_receipts(i);
      receipt = *evidence::SignReceipt(own, *evidence::PeekReceipt(receipt));
    }
  };
}

void KeepOnly(Attempt& attempt, const std::set<int>& which) {
  Attempt kept;
  for (const int i : which) *kept.add_receipts() = attempt.receipts(i);
  attempt = kept;
}

// The victim's evidence for all names, as it was seen at these times.
void See(SignerWorld& world, Request& request, absl::Duration control_age,
         absl::Duration recheck_age) {
  request.mutable_evidence()->clear_attempts();
  for (const std::string& name : world.names) {
    *request.mutable_evidence()->add_attempts() =
        world.perspectives.Attempt(world.victim, name, absl::Now() - control_age);
    *request.mutable_evidence()->add_attempts() = world.perspectives.Attempt(
        world.victim, name, absl::Now() - recheck_age, /*control=*/false);
  }
}

// Two attempts in place of the first: what was seen, once as `one` changes it and
// once as `other` does.
void Split(SignerWorld& world, Request& request, const std::function<void(Receipt&)>& one,
           const std::function<void(Receipt&)>& other) {
  const Attempt seen = request.evidence().attempts(0);
  Attempt& first = *request.mutable_evidence()->mutable_attempts(0);
  Attempt& second = *request.mutable_evidence()->add_attempts();
  for (int i = 0; i < seen.receipts_size(); ++i) {
    Receipt receipt = *evidence::PeekReceipt(seen.receipts(i));
    one(receipt);
    *first.mutable_receipts(i) = world.perspectives.Sign(static_cast<size_t>(i), receipt);
    receipt = *evidence::PeekReceipt(seen.receipts(i));
    other(receipt);
    *second.add_receipts() = world.perspectives.Sign(static_cast<size_t>(i), receipt);
  }
}

void SetJws(Request& request, const std::string& jws) {
  request.mutable_evidence()->set_finalize_jws(jws);
}

std::string CsrPayload(const std::string& csr) {
  return base::Cat(R"({"csr":")", base::ToBase64Url(csr), R"("})");
}

// The genuine JWS with another member of that name.
void SetMember(Request& request, std::string_view member, const std::string& value) {
  std::string jws = request.evidence().finalize_jws();
  const std::string start = base::Cat("\"", member, "\":\"");
  const size_t from = jws.find(start) + start.size();
  jws.replace(from, jws.find('"', from) - from, value);
  REQUIRE(jws != request.evidence().finalize_jws());
  SetJws(request, jws);
}

TEST_CASE("an RA that was taken over can't make up what perspectives saw",
          "[VAL-18][MPIC-08][MPIC-11]") {
  PlayAll({
      {"all receipts signed with a key of its own", Reason::kEvidenceForged,
       SignedByRa({0, 1, 2, 3, 4, 5, 6})},
      {"the primary's receipt signed with a key of its own", Reason::kEvidenceForged,
       SignedByRa({0})},
      {"one more receipt forged than may be absent", Reason::kEvidenceForged,
       SignedByRa({1, 2, 3})},
      {"genuine receipts edited to be about another name", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t id, Request& request) {
         request = w.Request(w.victim, id,
                             MakeCsr(w.victim_key, std::vector<std::string>{"a.test"}), {"b.test"});
         for (SignedReceipt& r :
              *request.mutable_evidence()->mutable_attempts(0)->mutable_receipts()) {
           std::string& bytes = *r.mutable_receipt();
           bytes.replace(bytes.find("b.test"), 6, "a.test");
         }
       }},
      {"receipts without signatures", Reason::kEvidenceForged,
       [](SignerWorld&, uint64_t, Request& request) {
         for (SignedReceipt& r :
              *request.mutable_evidence()->mutable_attempts(0)->mutable_receipts()) {
           r.clear_signature();
         }
       }},
      {"one perspective's key for the receipts of all", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t, Request& request) {
         ChangeAll(*request.mutable_evidence(),
                   [&](size_t, Receipt receipt) { return w.perspectives.Sign(1, receipt); });
       }},
      {"one perspective's receipt seven times", Reason::kEvidenceMismatch,
       [](SignerWorld&, uint64_t, Request& request) {
         Attempt& attempt = *request.mutable_evidence()->mutable_attempts(0);
         for (int i = 1; i < attempt.receipts_size(); ++i) {
           *attempt.mutable_receipts(i) = attempt.receipts(0);
         }
       }},
      {"perspectives that nobody knows in place of remotes", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t, Request& request) {
         ChangeAll(*request.mutable_evidence(), [&](size_t perspective, Receipt receipt) {
           if (perspective == 0) return w.perspectives.Sign(0, receipt);
           receipt.set_perspective_id(base::Cat("mine-", perspective));
           return *evidence::SignReceipt(w.mallory_key, receipt);
         });
       }},
      {"a remote's receipt as the primary's", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t, Request& request) {
         ChangeAll(*request.mutable_evidence(), [&](size_t perspective, Receipt receipt) {
           return w.perspectives.Sign(perspective == 0 ? 1 : perspective, receipt);
         });
       }},
      {"another region than the perspective's", Reason::kEvidenceMismatch,
       Genuinely([](Receipt& r) { r.set_rir(Receipt::RIR_LACNIC); })},
      {"a name that nobody looked at", Reason::kEvidenceMismatch,
       [](SignerWorld&, uint64_t, Request& request) {
         request.mutable_evidence()->mutable_attempts()->RemoveLast();
       }},
      {"no evidence at all", Reason::kEvidenceInsufficient,
       [](SignerWorld&, uint64_t, Request& request) {
         request.mutable_evidence()->clear_attempts();
       }},
      {"more attempts than names need", Reason::kEvidenceForged,
       [](SignerWorld&, uint64_t, Request& request) {
         for (int i = 0; i < 400; ++i) {
           *request.mutable_evidence()->add_attempts() = request.evidence().attempts(0);
         }
       }},
      {"more receipts than there can be perspectives", Reason::kEvidenceInsufficient,
       [](SignerWorld&, uint64_t, Request& request) {
         Attempt& attempt = *request.mutable_evidence()->mutable_attempts(0);
         for (int i = 0; i < 64; ++i) attempt.add_receipts();
       }},
  });
}

TEST_CASE("an RA that was taken over can't leave out who said no", "[MPIC-03][MPIC-11]") {
  PlayAll({
      {"without the primary", Reason::kEvidenceInsufficient,
       [](SignerWorld&, uint64_t, Request& request) {
         KeepOnly(*request.mutable_evidence()->mutable_attempts(0), {1, 2, 3, 4, 5, 6});
       }},
      {"with three remotes of six", Reason::kEvidenceInsufficient,
       [](SignerWorld&, uint64_t, Request& request) {
         KeepOnly(*request.mutable_evidence()->mutable_attempts(0), {0, 1, 2, 3});
       }},
      {"an attempt without receipts", Reason::kEvidenceInsufficient,
       [](SignerWorld&, uint64_t, Request& request) {
         KeepOnly(*request.mutable_evidence()->mutable_attempts(0), {});
       }},
      {"corroborations of two attempts, each too few", Reason::kEvidenceInsufficient,
       [](SignerWorld& w, uint64_t, Request& request) {
         Evidence& evidence = *request.mutable_evidence();
         *evidence.add_attempts() =
             w.perspectives.Attempt(w.victim, w.names[0], absl::Now() - absl::Minutes(20));
         KeepOnly(*evidence.mutable_attempts(0), {0, 1, 2, 3});
         KeepOnly(*evidence.mutable_attempts(2), {0, 4, 5, 6});
       }},
      {"receipts of two attempts in one", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         const Attempt other =
             w.perspectives.Attempt(w.victim, w.names[0], absl::Now() - absl::Minutes(20));
         Attempt& attempt = *request.mutable_evidence()->mutable_attempts(0);
         for (const int i : {4, 5, 6}) *attempt.mutable_receipts(i) = other.receipts(i);
       }},
      {"receipts about two names in one attempt", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         ChangeAll(*request.mutable_evidence(), [&](size_t perspective, Receipt receipt) {
           if (perspective > 3) receipt.mutable_identifier()->set_value("evil.test");
           return w.perspectives.Sign(perspective, receipt);
         });
       }},
      {"receipts about a wildcard and a plain name in one attempt", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         ChangeAll(*request.mutable_evidence(), [&](size_t perspective, Receipt receipt) {
           receipt.set_wildcard(perspective > 3);
           return w.perspectives.Sign(perspective, receipt);
         });
       }},
      {"receipts about two challenges in one attempt", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         ChangeAll(*request.mutable_evidence(), [&](size_t perspective, Receipt receipt) {
           if (perspective > 3) receipt.mutable_control()->set_token(std::string(16, 't'));
           return w.perspectives.Sign(perspective, receipt);
         });
       }},
      {"receipts about no attempt", Reason::kEvidenceMismatch,
       Genuinely([](Receipt& r) { r.clear_attempt_id(); })},
      {"receipts about no challenge", Reason::kEvidenceMismatch,
       Genuinely([](Receipt& r) { r.mutable_control()->clear_token(); })},
      {"receipts that say nothing", Reason::kEvidenceMismatch, Genuinely([](Receipt& r) {
         r.clear_control();
         r.clear_caa();
       })},
      {"CAA only", Reason::kEvidenceInsufficient, Genuinely([](Receipt& r) { r.clear_control(); })},
      {"control only", Reason::kEvidenceInsufficient, Genuinely([](Receipt& r) { r.clear_caa(); })},
      {"control of one name and CAA of another", Reason::kEvidenceInsufficient,
       [](SignerWorld& w, uint64_t, Request& request) {
         *request.mutable_evidence()->mutable_attempts(1) = w.perspectives.Attempt(
             w.victim, w.names[1], absl::Now() - absl::Minutes(5), /*control=*/false);
       }},
      {"CAA of one name and control of another", Reason::kEvidenceInsufficient,
       [](SignerWorld& w, uint64_t, Request& request) {
         Attempt& attempt = *request.mutable_evidence()->mutable_attempts(1);
         for (size_t i = 0; i <= SignerWorld::kRemotes; ++i) {
           Receipt receipt = *evidence::PeekReceipt(attempt.receipts(static_cast<int>(i)));
           receipt.clear_caa();
           *attempt.mutable_receipts(static_cast<int>(i)) = w.perspectives.Sign(i, receipt);
         }
       }},
      {"control of a name for its wildcard", Reason::kEvidenceInsufficient,
       [](SignerWorld& w, uint64_t id, Request& request) {
         const std::vector<std::string> names = {"a.example.test"};
         request = w.Request(
             w.victim, id,
             MakeCsr(w.victim_key, std::vector<std::string>{"*.a.example.test", "a.example.test"}),
             names);
         Attempt wildcard;
         for (size_t i = 0; i <= SignerWorld::kRemotes; ++i) {
           Receipt receipt = w.perspectives.Receipt(i, w.victim, names[0], absl::Now(), false);
           receipt.set_wildcard(true);
           *wildcard.add_receipts() = w.perspectives.Sign(i, receipt);
         }
         *request.mutable_evidence()->add_attempts() = wildcard;
       }},
      {"control of what has the same text but is an address", Reason::kEvidenceInsufficient,
       [](SignerWorld& w, uint64_t, Request& request) {
         Split(
             w, request, [](Receipt& caa) { caa.clear_control(); },
             [](Receipt& control) {
               control.clear_caa();
               control.mutable_identifier()->set_type(core::v1::Identifier::TYPE_IP);
             });
       }},
      {"CAA of what has the same text but is an address", Reason::kEvidenceInsufficient,
       [](SignerWorld& w, uint64_t, Request& request) {
         Split(
             w, request, [](Receipt& control) { control.clear_caa(); },
             [](Receipt& caa) {
               caa.clear_control();
               caa.mutable_identifier()->set_type(core::v1::Identifier::TYPE_IP);
             });
       }},
      {"CAA of the wildcard for the name itself", Reason::kEvidenceInsufficient,
       [](SignerWorld& w, uint64_t id, Request& request) {
         const std::vector<std::string> names = {"*.a.example.test", "a.example.test"};
         request = w.Request(w.victim, id, MakeCsr(w.victim_key, names), {names[1]});
         Split(
             w, request, [](Receipt& control) { control.clear_caa(); },
             [](Receipt& wildcard) {
               wildcard.set_wildcard(true);
               wildcard.mutable_control()->set_method("dns-01");
               wildcard.mutable_caa()->set_method("dns-01");
             });
       }},
      {"control of a name of another kind", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         ChangeAll(*request.mutable_evidence(), [&](size_t perspective, Receipt receipt) {
           if (perspective > 3) {
             receipt.mutable_identifier()->set_type(core::v1::Identifier::TYPE_IP);
           }
           return w.perspectives.Sign(perspective, receipt);
         });
       }},
      {"receipts about two methods in one attempt", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         ChangeAll(*request.mutable_evidence(), [&](size_t perspective, Receipt receipt) {
           if (perspective > 3) receipt.mutable_control()->set_method("dns-01");
           return w.perspectives.Sign(perspective, receipt);
         });
       }},
      {"control and CAA looks in one attempt", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         ChangeAll(*request.mutable_evidence(), [&](size_t perspective, Receipt receipt) {
           if (perspective > 3) receipt.clear_control();
           return w.perspectives.Sign(perspective, receipt);
         });
       }},
      {"CAA about another CA", Reason::kEvidenceMismatch,
       Genuinely([](Receipt& r) { r.mutable_caa()->set_identities(0, "other.test"); })},
      {"CAA about another CA as well", Reason::kEvidenceMismatch,
       Genuinely([](Receipt& r) { r.mutable_caa()->add_identities("other.test"); })},
      {"CAA about another method", Reason::kEvidenceInsufficient,
       Genuinely([](Receipt& r) { r.mutable_caa()->set_method("dns-01"); })},
      {"CAA about two methods", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         ChangeAll(*request.mutable_evidence(), [&](size_t perspective, Receipt receipt) {
           if (perspective > 3) receipt.mutable_caa()->set_method("dns-01");
           return w.perspectives.Sign(perspective, receipt);
         });
       }},
      {"a method that this CA doesn't take", Reason::kEvidenceMismatch, Genuinely([](Receipt& r) {
         r.mutable_control()->set_method("tls-alpn-01");
         r.mutable_caa()->set_method("tls-alpn-01");
       })},
  });
}

TEST_CASE("an RA that was taken over can't use old receipts", "[CAA-05][VAL-07][VAL-08]") {
  PlayAll({
      {"CAA seen a minute more than 8 hours ago", Reason::kEvidenceStale,
       [](SignerWorld& w, uint64_t, Request& request) {
         See(w, request, absl::Hours(24), absl::Hours(8) + absl::Minutes(1));
       }},
      {"control seen 400 days ago, CAA just now", Reason::kEvidenceStale,
       [](SignerWorld& w, uint64_t, Request& request) {
         See(w, request, absl::Hours(24 * 400), absl::Minutes(1));
       }},
      {"control with the CAA of that time, no recheck", Reason::kEvidenceStale,
       [](SignerWorld& w, uint64_t, Request& request) {
         See(w, request, absl::Hours(24), absl::Hours(24));
       }},
      {"receipts of an hour that is yet to come", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         See(w, request, -absl::Hours(1), -absl::Hours(1));
       }},
      {"old receipts whose time was edited", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t, Request& request) {
         See(w, request, absl::Hours(24 * 400), absl::Hours(24 * 400));
         ChangeAll(*request.mutable_evidence(), [](size_t, Receipt receipt) {
           receipt.set_observed_at(absl::ToUnixSeconds(absl::Now()));
           SignedReceipt edited;
           edited.set_receipt(receipt.SerializeAsString());
           return edited;
         });
       }},
  });
  // The other side of each limit.
  SignerWorld world;
  Request request = world.Request(1);
  See(world, request, absl::Hours(24 * 50), absl::Hours(8) - absl::Minutes(1));
  CHECK(world.IsCertificate(world.Sign(request), world.names, world.victim_key.public_key()));
}

TEST_CASE("an RA that was taken over can't swap the CSR", "[ACME-043][ACME-109]") {
  PlayAll({
      {"another CSR in the subscriber's JWS", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t, Request& request) {
         SetMember(request, "payload",
                   base::ToBase64Url(CsrPayload(MakeCsr(w.mallory_key, w.names))));
       }},
      {"another header in the subscriber's JWS", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t id, Request& request) {
         SetMember(request, "protected",
                   base::ToBase64Url(base::Cat(R"({"alg":"ES256","kid":")", w.victim.account_uri(),
                                               R"(","nonce":"AAAA","url":")",
                                               w.victim.FinalizeUrl(id + 1000), R"("})")));
       }},
      {"a JWS that says it needs no signature", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t id, Request& request) {
         SetMember(request, "protected",
                   base::ToBase64Url(base::Cat(R"({"alg":"none","kid":")", w.victim.account_uri(),
                                               R"(","nonce":"AAAA","url":")",
                                               w.victim.FinalizeUrl(id), R"("})")));
         SetMember(request, "signature", "");
       }},
      {"its own CSR in a JWS of its own account", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t id, Request& request) {
         SetJws(request, w.mallory.FinalizeJws(id, MakeCsr(w.mallory_key, w.names)));
       }},
      {"no JWS", Reason::kEvidenceForged,
       [](SignerWorld&, uint64_t, Request& request) { SetJws(request, ""); }},
      {"a JWS without a CSR", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t id, Request& request) {
         SetJws(request, w.victim.Jws(w.victim.account_uri(), w.victim.FinalizeUrl(id), "{}"));
       }},
      {"a JWS for a staging CA", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         SetJws(request, w.victim.Jws(w.victim.account_uri(),
                                      "https://staging.test/acme/order/0000000000000001/finalize",
                                      CsrPayload(MakeCsr(w.victim_key, w.names))));
       }},
      {"a JWS of an account of a staging CA", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t id, Request& request) {
         std::string uri = w.victim.account_uri();
         uri.replace(uri.find("acme.test"), 9, "staging.test");
         SetJws(request, w.victim.Jws(uri, w.victim.FinalizeUrl(id),
                                      CsrPayload(MakeCsr(w.victim_key, w.names))));
       }},
      {"a JWS for a CA whose name begins as ours", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         SetJws(request, w.victim.Jws(w.victim.account_uri(),
                                      "https://acme.test.evil/acme/order/0000000000000001/finalize",
                                      CsrPayload(MakeCsr(w.victim_key, w.names))));
       }},
      {"a JWS that was made for something else", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         SetJws(request, w.victim.Jws(w.victim.account_uri(), "https://acme.test/acme/new-order",
                                      CsrPayload(MakeCsr(w.victim_key, w.names))));
       }},
  });
}

TEST_CASE("an RA that was taken over can't use what another account was authorised for",
          "[ACCT-18][VAL-18]") {
  PlayAll({
      {"the victim's receipts for its own account", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t id, Request& request) {
         SetJws(request, w.mallory.FinalizeJws(id, MakeCsr(w.mallory_key, w.names)));
         request.mutable_evidence()->mutable_account()->set_jwk(w.mallory.jwk());
         request.mutable_evidence()->mutable_account()->set_salt(w.mallory.salt());
       }},
      {"its own key under the victim's URI and salt", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t id, Request& request) {
         SetJws(request, w.mallory.Jws(w.victim.account_uri(), w.mallory.FinalizeUrl(id),
                                       CsrPayload(MakeCsr(w.mallory_key, w.names))));
         request.mutable_evidence()->mutable_account()->set_jwk(w.mallory.jwk());
       }},
      {"its own key and salt under the victim's URI", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t id, Request& request) {
         SetJws(request, w.mallory.Jws(w.victim.account_uri(), w.mallory.FinalizeUrl(id),
                                       CsrPayload(MakeCsr(w.mallory_key, w.names))));
         request.mutable_evidence()->mutable_account()->set_jwk(w.mallory.jwk());
         request.mutable_evidence()->mutable_account()->set_salt(w.mallory.salt());
       }},
      {"the victim's request under another account's salt", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         request.mutable_evidence()->mutable_account()->set_salt(w.mallory.salt());
       }},
      {"the victim's request with the attacker's key", Reason::kEvidenceForged,
       [](SignerWorld& w, uint64_t, Request& request) {
         request.mutable_evidence()->mutable_account()->set_jwk(w.mallory.jwk());
       }},
      {"a salt that lets the boundary of the hash move", Reason::kEvidenceForged,
       [](SignerWorld&, uint64_t, Request& request) {
         request.mutable_evidence()->mutable_account()->mutable_salt()->pop_back();
       }},
      {"no key", Reason::kEvidenceForged,
       [](SignerWorld&, uint64_t, Request& request) {
         request.mutable_evidence()->mutable_account()->clear_jwk();
       }},
      {"receipts about another account of the same key", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         Genuinely([&](Receipt& r) { r.set_account_uri(w.mallory.account_uri()); })(w, 0, request);
       }},
      {"receipts about another key of the same account", Reason::kEvidenceMismatch,
       [](SignerWorld& w, uint64_t, Request& request) {
         Genuinely([&](Receipt& r) { r.set_account_thumbprint(w.mallory.thumbprint()); })(w, 0,
                                                                                          request);
       }},
  });
}

TEST_CASE("an RA that was taken over can't get other names or weak keys",
          "[ACME-109][ACME-110][KEY-02][KEY-03][KEY-16][KEY-18]") {
  using Make = std::function<std::string(SignerWorld&)>;
  const auto csr = [](const char* what, Reason reason, const Make& make) {
    return Attack{what, reason, [make](SignerWorld& w, uint64_t id, Request& request) {
                    SetJws(request, w.victim.FinalizeJws(id, make(w)));
                  }};
  };
  const auto with_names = [](const std::vector<std::string>& names) {
    return [names](SignerWorld& w) { return MakeCsr(w.victim_key, names); };
  };
  const auto with_key = [](KeyType type, int rsa_bits = 2048) {
    return [=](SignerWorld& w) { return MakeCsr(PrivateKey::Generate(type, rsa_bits), w.names); };
  };
  PlayAll({
      csr("more names", Reason::kEvidenceMismatch,
          with_names({"a.example.test", "b.example.test", "evil.test"})),
      csr("fewer names", Reason::kEvidenceMismatch, with_names({"a.example.test"})),
      csr("a wildcard", Reason::kEvidenceMismatch,
          with_names({"*.a.example.test", "b.example.test"})),
      csr("a name below", Reason::kEvidenceMismatch,
          with_names({"x.a.example.test", "b.example.test"})),
      csr("a name above", Reason::kEvidenceMismatch, with_names({"example.test"})),
      csr("a name in the common name only", Reason::kEvidenceMismatch,
          [](SignerWorld& w) {
            testing::CsrParts parts;
            parts.names.dns = w.names;
            parts.common_name = "evil.test";
            return MakeCsr(w.victim_key, parts);
          }),
      csr("an address", Reason::kEvidenceMismatch,
          [](SignerWorld& w) {
            testing::CsrParts parts;
            parts.names = {w.names, {std::string("\xc0\x00\x02\x07", 4)}};
            return MakeCsr(w.victim_key, parts);
          }),
      csr("what is no CSR", Reason::kBadCsr, [](SignerWorld&) { return "no CSR"; }),
      csr("a CSR that its key did not sign", Reason::kBadCsr,
          [](SignerWorld& w) {
            std::string der = MakeCsr(w.victim_key, w.names);
            der.back() ^= 1;
            return der;
          }),
      csr("a small RSA key", Reason::kBadCsr, with_key(KeyType::kRsa, 1024)),
      csr("a key on a curve that is not offered", Reason::kBadCsr, with_key(KeyType::kEcP521)),
      csr("an Ed25519 key", Reason::kBadCsr, with_key(KeyType::kEd25519)),
      csr("the account's key", Reason::kBadCsr,
          [](SignerWorld& w) { return MakeCsr(w.victim.key(), w.names); }),
      csr("the issuer's key", Reason::kBadCsr,
          [](SignerWorld& w) { return MakeCsr(w.issuer.key(), w.names); }),
      {"a profile that doesn't exist", Reason::kInvalidProfile,
       [](SignerWorld&, uint64_t, Request& request) { request.set_profile("subordinate-ca"); }},
      {"no profile", Reason::kInvalidProfile,
       [](SignerWorld&, uint64_t, Request& request) { request.clear_profile(); }},
      {"no issuance id", Reason::kMalformed,
       [](SignerWorld&, uint64_t, Request& request) { request.clear_issuance_id(); }},
      {"an issuance id that is too long", Reason::kMalformed,
       [](SignerWorld&, uint64_t, Request& request) {
         request.mutable_issuance_id()->append("x");
       }},
  });
}

TEST_CASE("an RA that was taken over can't have a request served twice", "[ACME-115]") {
  SignerWorld world;
  const Request first = world.Request(1);
  const SignerWorld::Answer answer = world.Sign(first);
  REQUIRE(world.IsCertificate(answer, world.names, world.victim_key.public_key()));
  // What is remembered is on disk.
  if (GENERATE(false, true)) world.Restart();

  Request replay = first;
  replay.set_issuance_id(std::string(16, 'x'));
  CheckRefused(world, replay, Reason::kReplayed);

  // A second request that the subscriber himself made for the order: with the same
  // key, with another one, through another entrance, and for one of the names.
  SetJws(replay, world.victim.FinalizeJws(1, MakeCsr(world.victim_key, world.names)));
  CheckRefused(world, replay, Reason::kReplayed);
  SetJws(replay, world.victim.FinalizeJws(1, MakeCsr(world.mallory_key, world.names)));
  CheckRefused(world, replay, Reason::kReplayed);
  std::string url = world.victim.FinalizeUrl(1);
  url.replace(0, std::string(SignerWorld::kBase).size(), SignerWorld::kOldBase);
  SetJws(replay, world.victim.Jws(world.victim.account_uri(), url,
                                  CsrPayload(MakeCsr(world.mallory_key, world.names))));
  CheckRefused(world, replay, Reason::kReplayed);
  replay = world.Request(world.victim, 1, MakeCsr(world.mallory_key, {"a.example.test"}),
                         {"a.example.test"});
  replay.set_issuance_id(std::string(16, 'x'));
  CheckRefused(world, replay, Reason::kReplayed);

  // Another account's request with the same order's number.
  replay = world.Request(world.mallory, 1, MakeCsr(world.mallory_key, world.names), world.names);
  CheckRefused(world, replay, Reason::kReplayed);

  // The issuance id is no way to another request.
  replay = world.Request(2);
  replay.set_issuance_id(first.issuance_id());
  CheckRefused(world, replay, Reason::kReplayed);

  // And the same issuance gets what was signed, whatever stands beside its request.
  const int records = world.Records();
  Request again = first;
  again.mutable_evidence()->clear_attempts();
  again.set_profile("other");
  const SignerWorld::Answer same = world.Sign(again);
  REQUIRE_OK(same);
  CHECK(same->certificate() == answer->certificate());
  CHECK(world.Records() == records);
  // Unused, the second order is as good as before.
  CHECK(world.IsCertificate(world.Sign(world.Request(2)), world.names,
                            world.victim_key.public_key()));
}

std::vector<SignerWorld::Answer> SignTogether(SignerWorld& world,
                                              const std::vector<Request>& requests) {
  world.Records();  // connects
  std::vector<SignerWorld::Answer> answers(requests.size(), absl::UnknownError("no answer"));
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < requests.size(); ++i) {
      threads.emplace_back([&, i] { answers[i] = world.Sign(requests[i]); });
    }
  }
  return answers;
}

TEST_CASE("haste gets no second certificate", "[ACME-115]") {
  SignerWorld world;
  const int records = world.Records();
  std::vector<Request> requests(12, world.Request(1));
  SECTION("one issuance id gets one serial") {
    std::set<std::string> certificates;
    for (const SignerWorld::Answer& answer : SignTogether(world, requests)) {
      CHECK(world.IsCertificate(answer, world.names, world.victim_key.public_key()));
      if (answer.ok()) certificates.insert(answer->certificate());
    }
    CHECK(certificates.size() == 1);
  }
  SECTION("one finalize URL gets one certificate") {
    for (size_t i = 0; i < requests.size(); ++i) {
      requests[i].set_issuance_id(std::string(16, static_cast<char>('a' + i)));
      // Half of them are other requests for the same order.
      if (i % 2 == 0) SetJws(requests[i], world.Request(1).evidence().finalize_jws());
    }
    int signed_ones = 0;
    for (const SignerWorld::Answer& answer : SignTogether(world, requests)) {
      if (answer.ok()) {
        ++signed_ones;
      } else {
        CHECK_REASON(answer, Reason::kReplayed);
      }
    }
    CHECK(signed_ones == 1);
  }
  CHECK(world.Records() == records + 2);
  CHECK(world.Audited("certificate_signed") == 1);
}

TEST_CASE("no other service may ask the signer, whatever it brings", "[NSR-04]") {
  SignerWorld world;
  const Request request = world.Request(1);
  const int records = world.Records();
  const std::vector<std::string> roles = {"wfe",           "sa", "va", "ca", "remote-1.perspective",
                                          "ra.perspective"};
  for (const std::string& role : roles) {
    INFO(role);
    CHECK_FALSE(world.Sign(request, role).ok());
    CHECK(world.Audited("call_refused", base::Cat("\"", role, ".cairn.internal\"")) == 1);
  }
  CHECK(world.Records() == records);
  CHECK(world.IsCertificate(world.Sign(request), world.names, world.victim_key.public_key()));
}

// The attacker's own request for the victim's name, in which `liars` say what he
// wants and the others the truth.
Request Lie(SignerWorld& world, uint64_t order_id, const std::set<size_t>& liars, bool about_caa,
            bool omit_honest) {
  const std::vector<std::string> names = {"victim.test"};
  Request request =
      world.Request(world.mallory, order_id, MakeCsr(world.mallory_key, names), names);
  Attempt& attempt = *request.mutable_evidence()->mutable_attempts(0);
  Attempt told;
  for (size_t i = 0; i <= SignerWorld::kRemotes; ++i) {
    Receipt receipt =
        world.perspectives.Receipt(i, world.mallory, names[0], absl::Now() - absl::Minutes(10));
    if (!liars.contains(i)) {
      if (omit_honest) continue;
      if (about_caa) {
        receipt.mutable_caa()->set_permits(false);
      } else {
        receipt.mutable_control()->set_corroborated(false);
      }
    }
    *told.add_receipts() = world.perspectives.Sign(i, receipt);
  }
  attempt = told;
  return request;
}

TEST_CASE("perspectives that lie carry a validation only as a quorum with the primary",
          "[MPIC-01][MPIC-03][CAA-01]") {
  SignerWorld world;
  const bool about_caa = GENERATE(false, true);
  const bool omit_honest = GENERATE(false, true);
  uint64_t order_id = 0;
  for (const bool primary_lies : {false, true}) {
    for (size_t remotes = 0; remotes <= SignerWorld::kRemotes; ++remotes) {
      INFO(remotes << " remotes lie, the primary: " << primary_lies);
      std::set<size_t> liars;
      if (primary_lies) liars.insert(0);
      for (size_t i = 1; i <= remotes; ++i) liars.insert(i);
      const Request request = Lie(world, ++order_id, liars, about_caa, omit_honest);
      // The limit is real: beyond it the signer is deceived, as the rules have it.
      if (primary_lies && remotes >= SignerWorld::kRemotes - SignerWorld::kTolerated) {
        CHECK(world.IsCertificate(world.Sign(request), {"victim.test"},
                                  world.mallory_key.public_key()));
      } else {
        CheckRefused(world, request, Reason::kEvidenceInsufficient);
      }
    }
  }
}

TEST_CASE("remotes that lie can stall an issuance only as more than the quorum tolerates",
          "[MPIC-03]") {
  SignerWorld world;
  struct Row {
    const char* how;
    std::function<SignedReceipt(size_t, Receipt)> say;
    Reason reason;
  };
  const PrivateKey lost = PrivateKey::Generate(KeyType::kEcP256);
  const std::vector<Row> rows = {
      {"deny",
       [&](size_t i, Receipt receipt) {
         receipt.mutable_control()->set_corroborated(false);
         return world.perspectives.Sign(i, receipt);
       },
       Reason::kEvidenceInsufficient},
      {"sign with another key",
       [&](size_t, const Receipt& receipt) { return *evidence::SignReceipt(lost, receipt); },
       Reason::kEvidenceForged},
      {"send noise",
       [](size_t, const Receipt&) {
         SignedReceipt noise;
         noise.set_receipt("\xff\xff\xff");
         noise.set_signature("?");
         return noise;
       },
       Reason::kEvidenceForged},
  };
  uint64_t order_id = 0;
  for (const Row& row : rows) {
    for (int liars = 0; liars <= SignerWorld::kRemotes; ++liars) {
      INFO(liars << " remotes " << row.how);
      Request request = world.Request(++order_id);
      for (int i = 1; i <= liars; ++i) {
        SignedReceipt& slot = *request.mutable_evidence()->mutable_attempts(0)->mutable_receipts(i);
        slot = row.say(static_cast<size_t>(i), *evidence::PeekReceipt(slot));
      }
      if (liars <= SignerWorld::kTolerated) {
        CHECK(world.IsCertificate(world.Sign(request), world.names, world.victim_key.public_key()));
      } else {
        CheckRefused(world, request, row.reason);
      }
    }
  }
}

}  // namespace
}  // namespace cairn::compromise
