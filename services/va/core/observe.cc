#include "services/va/core/observe.h"

#include <utility>
#include <vector>

#include "libs/base/ip_address.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/dns/prefetch.h"
#include "libs/dns/recorder.h"
#include "libs/errors/errors.h"
#include "libs/evidence/dns_answers.h"
#include "libs/evidence/receipt.h"
#include "libs/policy/validation_methods.h"

namespace cairn::va {
namespace {

using core::v1::Identifier;
using errors::Reason;

constexpr int kMaxSubjects = 100;
constexpr size_t kTokenSize = 16;
constexpr size_t kAttemptIdSize = 16;
constexpr size_t kThumbprintSize = 32;
constexpr size_t kMaxName = 253;

absl::Status Malformed(std::string_view detail) { return errors::Make(Reason::kMalformed, detail); }

}  // namespace

absl::Status CheckSubject(const v1::Subject& subject) {
  const std::string& name = subject.identifier().value();
  switch (subject.identifier().type()) {
    case Identifier::TYPE_DNS:
      if (name.empty() || name.size() > kMaxName) return Malformed("no DNS name");
      break;
    case Identifier::TYPE_IP:
      if (!base::IpAddress::Parse(name)) return Malformed("no IP address");
      break;
    default:
      return Malformed("an identifier of an unknown type");
  }
  const policy::ValidationMethod* method = policy::FindValidationMethod(subject.method());
  if (method == nullptr) return Malformed("an unknown validation method");
  if (!method->CanProve(subject.identifier().type() == Identifier::TYPE_IP, subject.wildcard())) {
    return Malformed(base::Cat(method->name, " can't prove such a name"));
  }
  const size_t token_size = method->has_token && !subject.caa_only() ? kTokenSize : 0;
  if (subject.token().size() != token_size) {
    return Malformed(base::Cat("the token should have ", token_size, " octets"));
  }
  if (subject.account_thumbprint().size() != kThumbprintSize) {
    return Malformed("a thumbprint has 32 octets");
  }
  if (subject.account_uri().empty()) return Malformed("no account URI");
  return absl::OkStatus();
}

Observe::Observe(Options options, const crypto::PrivateKey& key, dns::Resolver& resolver,
                 Validators validators, const CheckCaa& check_caa, const base::Clock& clock)
    : options_(std::move(options)),
      key_(key),
      resolver_(resolver),
      validators_(std::move(validators)),
      check_caa_(check_caa),
      clock_(clock) {}

absl::StatusOr<v1::ObserveResponse> Observe::Run(const base::Call& call,
                                                 const v1::ObserveRequest& request) const {
  if (request.subjects_size() == 0 || request.subjects_size() > kMaxSubjects) {
    return Malformed("no subjects, or too many");
  }
  if (request.attempt_id().size() != kAttemptIdSize)
    return Malformed("an attempt id has 16 octets");
  for (const v1::Subject& subject : request.subjects()) {
    RETURN_IF_ERROR(CheckSubject(subject));
    if (!validators_.contains(subject.method())) {
      return Malformed(base::Cat("this perspective does not look at ", subject.method()));
    }
  }

  const base::Call bounded = call.Within(clock_, options_.timeout);
  // Everything that will be asked anyway goes out in one go: one wait, not one
  // for the addresses and one for CAA of each name.
  dns::Prefetch attempt(resolver_);
  std::vector<dns::Question> questions;
  for (const v1::Subject& subject : request.subjects()) {
    if (subject.identifier().type() != Identifier::TYPE_DNS) continue;
    const auto add = [&](std::vector<dns::Question> more) {
      questions.insert(questions.end(), std::make_move_iterator(more.begin()),
                       std::make_move_iterator(more.end()));
    };
    if (!subject.caa_only()) {
      add(validators_.find(subject.method())->second->FirstQuestions(subject));
    }
    add(CheckCaa::Questions(subject.identifier().value()));
  }
  attempt.ResolveAll(bounded, questions);

  v1::ObserveResponse response;
  for (const v1::Subject& subject : request.subjects()) {
    ASSIGN_OR_RETURN(*response.add_receipts(),
                     evidence::SignReceipt(key_, Look(bounded, attempt, subject, request)));
  }
  return response;
}

evidence::v1::Receipt Observe::Look(const base::Call& call, dns::Resolver& resolver,
                                    const v1::Subject& subject,
                                    const v1::ObserveRequest& request) const {
  evidence::v1::Receipt receipt;
  receipt.set_version(1);
  receipt.set_perspective_id(options_.perspective_id);
  receipt.set_rir(options_.rir);
  receipt.set_account_uri(subject.account_uri());
  receipt.set_account_thumbprint(subject.account_thumbprint());
  *receipt.mutable_identifier() = subject.identifier();
  receipt.set_wildcard(subject.wildcard());
  receipt.set_attempt_id(request.attempt_id());
  // Ages count from when data was obtained (BR 4.2.1): from before we looked.
  receipt.set_observed_at(absl::ToUnixSeconds(clock_.Now()));
  receipt.set_software_version(options_.software_version);
  dns::Recorder recorder(resolver);
  if (subject.identifier().type() == Identifier::TYPE_DNS) {
    *receipt.mutable_caa() = check_caa_.Run(call, recorder, subject);
  }
  if (!subject.caa_only()) {
    *receipt.mutable_control() =
        validators_.find(subject.method())->second->Run(call, recorder, subject);
  }
  receipt.set_resolver(options_.resolver);
  evidence::AddDnsAnswers(recorder.answers(), receipt);
  return receipt;
}

}  // namespace cairn::va
