#include "libs/evidence/verifier.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "libs/acme/json.h"
#include "libs/acme/jwk.h"
#include "libs/acme/jws.h"
#include "libs/acme/urls.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "libs/evidence/receipt.h"
#include "libs/policy/validation_methods.h"

namespace cairn::evidence {
namespace {

using errors::Reason;

// The clocks of perspectives and signer may differ by this much.
constexpr absl::Duration kSkew = absl::Minutes(5);

// 100 names, each with a recheck or two, is the most that an order can need.
constexpr int kMaxAttempts = 400;
constexpr int kMaxReceipts = 64;

// A question that is put to all perspectives, and its answers with their ages.
struct Question {
  std::vector<Vote> votes;    // as they count
  std::vector<Vote> ageless;  // as they would count if nothing were too old
  absl::Time oldest = absl::InfiniteFuture();

  void Count(size_t perspective, bool yes, absl::Time observed, absl::Duration max_age,
             absl::Time now) {
    if (!yes) return;
    ageless[perspective].answer = Vote::Answer::kYes;
    if (now - observed > max_age) return;
    votes[perspective].answer = Vote::Answer::kYes;
    oldest = std::min(oldest, observed);
  }
};

absl::Status NotReached(const Question& question, const policy::Limits& limits,
                        std::string_view what, const std::string& name, int forged) {
  const bool stale = Decide(limits, question.ageless) == Verdict::kReached;
  return errors::Make(stale        ? Reason::kEvidenceStale
                      : forged > 0 ? Reason::kEvidenceForged
                                   : Reason::kEvidenceInsufficient,
                      base::Cat(what, " of ", base::Escaped(name, 260), ": ",
                                ToText(question.votes), " remote perspectives corroborate",
                                forged > 0 ? base::Cat(", ", forged, " receipts are forged") : "",
                                stale ? ", as the others' receipts are too old" : ""));
}

absl::Status Mismatch(std::string_view what, const v1::Receipt& receipt) {
  return errors::Make(
      Reason::kEvidenceMismatch,
      base::Cat("a receipt of ", base::Escaped(receipt.perspective_id(), 64), " ", what));
}

bool SameElements(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

// What the requester hands over about the account and the request, verified.
absl::StatusOr<Proof> VerifyRequest(const v1::Evidence& evidence,
                                    const std::vector<std::string>& base_urls,
                                    std::string& thumbprint, std::set<std::string>& uris) {
  const auto forged = [](std::string_view what) {
    return errors::Make(Reason::kEvidenceForged, what);
  };
  const auto jwk = acme::Jwk::Parse(evidence.account().jwk());
  if (!jwk.ok()) return forged("the account's key is not a JWK");
  const auto jws = acme::Jws::Parse(evidence.finalize_jws());
  if (!jws.ok()) return forged("the finalize request is not a JWS");
  if (!jws->VerifySignature(jwk->key()).ok()) {
    return forged("the finalize request is not signed by the account's key");
  }
  thumbprint = jwk->thumbprint();
  const auto id = acme::AccountId::Derive(thumbprint, evidence.account().salt());
  if (!id.ok()) return forged("the account's salt is not 16 octets");

  Proof proof{.account_uri = acme::AccountUrl(base_urls.front(), *id), .account_key = jwk->key()};
  for (const std::string& base_url : base_urls) {
    uris.insert(acme::AccountUrl(base_url, *id));
    if (const auto order_id = acme::ParseFinalizeUrl(base_url, jws->url())) {
      // The same order under another of our base URLs is still the same order.
      proof.finalize_url = acme::FinalizeUrl(base_urls.front(), *order_id);
    }
  }
  if (!uris.contains(std::string(jws->kid().value_or("")))) {
    return errors::Make(Reason::kEvidenceMismatch,
                        "the account's URI is not that of this key at this CA");
  }
  if (proof.finalize_url.empty()) {
    return errors::Make(Reason::kEvidenceMismatch,
                        "the request was not made to a finalize URL of this CA");
  }
  proof.request_digest = crypto::Sha256(jws->signing_input());

  const auto payload = acme::Json::Parse(jws->payload());
  const auto csr = payload.ok() ? payload->GetString("csr") : std::nullopt;
  const auto csr_der = csr ? base::FromBase64Url(*csr) : std::nullopt;
  if (!csr_der) return forged("the finalize request carries no CSR");
  proof.csr_der = *csr_der;
  return proof;
}

}  // namespace

// One attempt, all of whose receipts are genuine and about the same thing.
struct Verifier::Opened {
  core::v1::Identifier identifier;
  bool wildcard = false;
  std::string control_method;  // "": this attempt is about CAA only
  std::string caa_method;
  Question control;
  Question caa;
  int forged = 0;  // receipts that none of our perspectives signed
};

Verifier::Verifier(Options options) : options_(std::move(options)) {
  for (size_t i = 0; i < options_.perspectives.size(); ++i) {
    index_[options_.perspectives[i].id] = i;
  }
}

absl::StatusOr<Verifier> Verifier::Create(Options options) {
  const auto bad = [](std::string_view what) { return errors::Make(Reason::kMalformed, what); };
  std::set<std::string> ids, keys;
  int primaries = 0;
  for (const Perspective& perspective : options.perspectives) {
    if (!ids.insert(perspective.id).second) {
      return bad(base::Cat("two perspectives have the id \"", perspective.id, "\""));
    }
    if (!keys.insert(perspective.key.spki_der()).second) {
      return bad(base::Cat("perspective \"", perspective.id, "\" has another one's key"));
    }
    if (perspective.key.type() != crypto::KeyType::kEcP256) {
      return bad(base::Cat("the key of perspective \"", perspective.id, "\" is not P-256"));
    }
    if (perspective.rir == v1::Receipt::RIR_UNSPECIFIED) {
      return bad(base::Cat("perspective \"", perspective.id, "\" has no RIR"));
    }
    primaries += perspective.primary ? 1 : 0;
  }
  if (primaries != 1) return bad("there must be exactly one primary perspective");
  if (options.base_urls.empty()) return bad("there is no base URL");
  if (options.caa_identities.empty()) return bad("there is no CAA identity");
  if (options.methods.empty()) return bad("there is no method that may prove control");
  for (const std::string& method : options.methods) {
    if (policy::FindValidationMethod(method) == nullptr) {
      return bad(base::Cat("\"", method, "\" is no validation method"));
    }
  }
  return Verifier(std::move(options));
}

absl::StatusOr<Verifier::Opened> Verifier::OpenAttempt(const v1::Attempt& attempt,
                                                       const std::set<std::string>& uris,
                                                       const std::string& thumbprint,
                                                       absl::Time now) const {
  if (attempt.receipts_size() == 0 || attempt.receipts_size() > kMaxReceipts) {
    return errors::Make(Reason::kEvidenceInsufficient, "an attempt has no receipts, or too many");
  }
  const policy::Limits limits = policy::LimitsAt(options_.pack, now);
  Opened opened;
  for (const Perspective& perspective : options_.perspectives) {
    // Whoever sends no receipt has not corroborated.
    const Vote absent{
        .primary = perspective.primary, .rir = perspective.rir, .answer = Vote::Answer::kNo};
    for (Question* question : {&opened.control, &opened.caa}) {
      question->votes.push_back(absent);
      question->ageless.push_back(absent);
    }
  }

  std::set<std::string> seen;
  std::optional<v1::Receipt> first;
  for (const v1::SignedReceipt& signed_receipt : attempt.receipts()) {
    // What no perspective of ours signed says nothing: it counts as one that did
    // not corroborate. Refusing everything instead would let a single perspective
    // that was taken over, or one that has left since, stall an issuance.
    const auto claimed = PeekReceipt(signed_receipt);
    const auto found = claimed.ok() ? index_.find(claimed->perspective_id()) : index_.end();
    if (found == index_.end()) {
      ++opened.forged;
      continue;
    }
    const Perspective& perspective = options_.perspectives[found->second];
    const auto genuine = OpenReceipt(perspective.key, signed_receipt);
    if (!genuine.ok()) {
      ++opened.forged;
      continue;
    }
    const v1::Receipt& receipt = *genuine;

    if (!seen.insert(receipt.perspective_id()).second) return Mismatch("comes twice", receipt);
    if (receipt.rir() != perspective.rir) return Mismatch("names another RIR", receipt);
    if (!uris.contains(receipt.account_uri())) {
      return Mismatch("is about another account", receipt);
    }
    if (receipt.account_thumbprint() != thumbprint) {
      return Mismatch("is about another account key", receipt);
    }
    const absl::Time observed = absl::FromUnixSeconds(receipt.observed_at());
    if (observed > now + kSkew) return Mismatch("is of the future", receipt);
    if (receipt.attempt_id().size() != 16) return Mismatch("has no attempt id", receipt);
    if (!receipt.has_caa() && !receipt.has_control()) return Mismatch("says nothing", receipt);

    if (!first) {
      first = receipt;
      opened.identifier = receipt.identifier();
      opened.wildcard = receipt.wildcard();
      opened.control_method = receipt.control().method();
    }
    if (receipt.attempt_id() != first->attempt_id()) {
      return Mismatch("is of another attempt", receipt);
    }
    if (receipt.identifier().type() != first->identifier().type() ||
        receipt.identifier().value() != first->identifier().value() ||
        receipt.wildcard() != first->wildcard()) {
      return Mismatch("is about another name", receipt);
    }
    if (receipt.has_control() != first->has_control() ||
        receipt.control().method() != first->control().method() ||
        receipt.control().token() != first->control().token()) {
      return Mismatch("is about another challenge", receipt);
    }
    if (receipt.has_control()) {
      if (std::find(options_.methods.begin(), options_.methods.end(), receipt.control().method()) ==
          options_.methods.end()) {
        return Mismatch("is about a method that proves nothing here", receipt);
      }
      const policy::ValidationMethod& method =
          *policy::FindValidationMethod(receipt.control().method());
      if (!method.CanProve(receipt.identifier().type() == core::v1::Identifier::TYPE_IP,
                           receipt.wildcard())) {
        return Mismatch("is about a name that its method can't prove", receipt);
      }
      if (receipt.control().token().size() != (method.has_token ? 16 : 0)) {
        return Mismatch(method.has_token ? "has no token" : "has a token", receipt);
      }
      const absl::Duration ttl = absl::Seconds(receipt.control().lookup().ttl_seconds());
      const absl::Duration max_age =
          std::min(limits.max_control_age, policy::MaxAgeOfProof(method, ttl));
      opened.control.Count(found->second, receipt.control().corroborated(), observed, max_age, now);
    }
    if (receipt.has_caa()) {
      if (!SameElements({receipt.caa().identities().begin(), receipt.caa().identities().end()},
                        options_.caa_identities)) {
        return Mismatch("looked for another CA in CAA", receipt);
      }
      if (opened.caa_method.empty()) opened.caa_method = receipt.caa().method();
      if (receipt.caa().method() != opened.caa_method) {
        return Mismatch("asked CAA about another method", receipt);
      }
      opened.caa.Count(found->second, receipt.caa().permits(), observed, limits.max_caa_age, now);
    }
  }
  return opened;
}

absl::StatusOr<Proof> Verifier::Verify(const v1::Evidence& evidence, absl::Time now) const {
  if (evidence.attempts_size() > kMaxAttempts) {
    return errors::Make(Reason::kEvidenceForged, "there are more attempts than names need");
  }
  std::string thumbprint;
  std::set<std::string> uris;  // of the account, under each base URL (RFC 8657 section 3.1)
  ASSIGN_OR_RETURN(Proof proof, VerifyRequest(evidence, options_.base_urls, thumbprint, uris));

  // A quorum lies within one attempt (BR 3.2.2.9), but control and CAA may come
  // from two: the CAA recheck before issuance is an attempt of its own.
  std::vector<Opened> attempts;
  for (const v1::Attempt& attempt : evidence.attempts()) {
    ASSIGN_OR_RETURN(Opened opened, OpenAttempt(attempt, uris, thumbprint, now));
    proof.forged_receipts += opened.forged;
    if (opened.identifier.value().empty()) {
      return errors::Make(Reason::kEvidenceForged, "no receipt of an attempt is genuine");
    }
    attempts.push_back(std::move(opened));
  }

  const policy::Limits limits = policy::LimitsAt(options_.pack, now);
  std::set<std::tuple<int, std::string, bool>> done;
  for (const Opened& subject : attempts) {
    const std::string& name = subject.identifier.value();
    if (!done.insert({subject.identifier.type(), name, subject.wildcard}).second) continue;
    const Opened* control = nullptr;
    const Opened* caa = nullptr;
    absl::Status missing =
        errors::Make(Reason::kEvidenceInsufficient, base::Cat("nothing proves control of ", name));
    for (const Opened& attempt : attempts) {
      if (attempt.identifier.value() != name || attempt.wildcard != subject.wildcard ||
          attempt.identifier.type() != subject.identifier.type() ||
          attempt.control_method.empty()) {
        continue;
      }
      if (Decide(limits, attempt.control.votes) == Verdict::kReached) {
        control = &attempt;
        break;
      }
      missing = NotReached(attempt.control, limits, "control", name, attempt.forged);
    }
    if (control == nullptr) return missing;
    ProvenName proven{.identifier = subject.identifier,
                      .wildcard = subject.wildcard,
                      .method = control->control_method,
                      .control_observed = control->control.oldest};
    // CAA is about DNS names only (BR 4.2.2.1).
    if (subject.identifier.type() == core::v1::Identifier::TYPE_IP) {
      proof.names.push_back(std::move(proven));
      continue;
    }

    missing = errors::Make(Reason::kEvidenceInsufficient,
                           base::Cat("nothing shows that CAA of ", name, " permits"));
    for (const Opened& attempt : attempts) {
      if (attempt.identifier.value() != name || attempt.wildcard != subject.wildcard ||
          attempt.identifier.type() != subject.identifier.type() ||
          attempt.caa_method != control->control_method) {
        continue;
      }
      if (Decide(limits, attempt.caa.votes) == Verdict::kReached) {
        caa = &attempt;
        break;
      }
      missing = NotReached(attempt.caa, limits, "CAA", name, attempt.forged);
    }
    if (caa == nullptr) return missing;

    proven.caa_observed = caa->caa.oldest;
    proof.names.push_back(std::move(proven));
  }
  if (proof.names.empty()) {
    return errors::Make(Reason::kEvidenceInsufficient, "there is no evidence about any name");
  }
  return proof;
}

}  // namespace cairn::evidence
