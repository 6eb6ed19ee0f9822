#include "services/ca/core/issuance_index.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "libs/crypto/digest.h"

namespace cairn::ca {
namespace {

constexpr char kIssuance = 'i';
constexpr char kFinalizeUrl = 'u';
constexpr char kRequest = 'r';
constexpr char kSerial = 's';

}  // namespace

IssuanceIndex::Key IssuanceIndex::KeyOf(char kind, std::string_view value) {
  const std::string digest = crypto::Sha256(base::Cat(std::string_view(&kind, 1), value));
  Key key;
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

void IssuanceIndex::Add(uint64_t index, const v1::JournalRecord& record) {
  if (record.has_intent()) {
    const v1::SigningIntent& intent = record.intent();
    // The first intent of each kind is the one that counts, for ever.
    Place& place = issuances_[KeyOf(kIssuance, intent.issuance_id())].Of(intent.signable());
    place.intent = std::min(place.intent, index);
    seen_.try_emplace(KeyOf(kFinalizeUrl, intent.finalize_url()), index);
    seen_.try_emplace(KeyOf(kRequest, intent.request_digest()), index);
    seen_.try_emplace(KeyOf(kSerial, intent.serial()), index);
  } else if (record.has_signed_()) {
    const v1::Signed& done = record.signed_();
    Place& place = issuances_[KeyOf(kIssuance, done.issuance_id())].Of(done.signable());
    place.signature = std::min(place.signature, index);
  }
}

IssuanceIndex::Step IssuanceIndex::StepOf(const Place& place) {
  Step step;
  if (place.intent != kNone) step.intent = place.intent;
  if (place.signature != kNone) step.signature = place.signature;
  return step;
}

IssuanceIndex::Issuance IssuanceIndex::Find(std::string_view issuance_id) const {
  const auto found = issuances_.find(KeyOf(kIssuance, issuance_id));
  if (found == issuances_.end()) return {};
  return {.precertificate = StepOf(found->second.precertificate),
          .certificate = StepOf(found->second.certificate)};
}

bool IssuanceIndex::HasFinalizeUrl(std::string_view url) const {
  return seen_.contains(KeyOf(kFinalizeUrl, url));
}
bool IssuanceIndex::HasRequest(std::string_view request_digest) const {
  return seen_.contains(KeyOf(kRequest, request_digest));
}
std::optional<uint64_t> IssuanceIndex::FindSerial(std::string_view serial) const {
  const auto found = seen_.find(KeyOf(kSerial, serial));
  if (found == seen_.end()) return std::nullopt;
  return found->second;
}

}  // namespace cairn::ca
