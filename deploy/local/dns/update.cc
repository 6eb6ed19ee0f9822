#include "deploy/local/dns/update.h"

#include <ldns/ldns.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "deploy/local/dns/wire.h"

namespace cairn::local_dns {
namespace {

constexpr size_t kMaxData = 4096;

struct PacketFree {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, PacketFree>;

// A record as the sections of an update carry it.
struct Record {
  std::string name;
  uint16_t type;
  uint16_t klass;
  uint32_t ttl;
  std::string rdata;
};

std::string LowerName(const ldns_rdf* name) {
  const std::unique_ptr<ldns_rdf, void (*)(ldns_rdf*)> copy(ldns_rdf_clone(name),
                                                            ldns_rdf_deep_free);
  ldns_dname2canonical(copy.get());
  return std::string(reinterpret_cast<const char*>(ldns_rdf_data(copy.get())),
                     ldns_rdf_size(copy.get()));
}

Record Decode(const ldns_rr& rr) {
  Record record{.name = LowerName(ldns_rr_owner(&rr)),
                .type = static_cast<uint16_t>(ldns_rr_get_type(&rr)),
                .klass = static_cast<uint16_t>(ldns_rr_get_class(&rr)),
                .ttl = ldns_rr_ttl(&rr),
                .rdata = ""};
  for (size_t i = 0; i < ldns_rr_rd_count(&rr); ++i) {
    const ldns_rdf* field = ldns_rr_rdf(&rr, i);
    // Alias targets are names to look up again: in lower case.
    if (record.type == kTypeCname && ldns_rdf_get_type(field) == LDNS_RDF_TYPE_DNAME) {
      record.rdata += LowerName(field);
    } else {
      record.rdata.append(reinterpret_cast<const char*>(ldns_rdf_data(field)),
                          ldns_rdf_size(field));
    }
  }
  return record;
}

std::vector<Record> Decode(const ldns_rr_list* list) {
  std::vector<Record> records;
  for (size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    records.push_back(Decode(*ldns_rr_list_rr(list, i)));
  }
  return records;
}

bool IsMeta(uint16_t type) { return type == kTypeOpt || (type >= 249 && type <= kTypeAny); }

// Whether the packet's TSIG record is ours, fresh and right (RFC 8945 section 5.2).
bool IsSigned(ldns_pkt& packet, const TsigKey& key, absl::Time now, std::string_view message) {
  const ldns_rr* tsig = ldns_pkt_tsig(&packet);
  if (tsig == nullptr || ldns_rr_rd_count(tsig) < 7) return false;
  if (LowerName(ldns_rr_owner(tsig)) != WireName(key.name)) return false;
  if (LowerName(ldns_rr_rdf(tsig, 0)) != WireName("hmac-sha256.")) return false;
  const ldns_rdf* signed_at = ldns_rr_rdf(tsig, 1);
  if (ldns_rdf_size(signed_at) != 6) return false;
  int64_t seconds = 0;
  for (size_t i = 0; i < 6; ++i) seconds = (seconds << 8) | ldns_rdf_data(signed_at)[i];
  if (absl::AbsDuration(now - absl::FromUnixSeconds(seconds)) > absl::Minutes(5)) return false;
  return ldns_pkt_tsig_verify(&packet, reinterpret_cast<const uint8_t*>(message.data()),
                              message.size(), key.name.c_str(), key.secret.c_str(), nullptr);
}

// RFC 2136 section 3.2.
uint8_t CheckPrerequisites(const Zone& zone, const std::vector<Record>& records) {
  for (const Record& record : records) {
    if (record.ttl != 0) return kFormatError;
    if (!zone.Contains(record.name)) return kNotZone;
    const bool any_type = record.type == kTypeAny;
    const bool there =
        any_type ? zone.HasAny(record.name) : zone.FindSet(record.name, record.type) != nullptr;
    switch (record.klass) {
      case kClassAny:
        if (!record.rdata.empty()) return kFormatError;
        if (!there) return any_type ? kNameError : kNoSuchSet;
        break;
      case kClassNone:
        if (!record.rdata.empty()) return kFormatError;
        if (there) return any_type ? kNameExists : kSetExists;
        break;
      case kClassIn: {
        // The set must be exactly those of its name and type that are listed.
        const RecordSet* set = zone.FindSet(record.name, record.type);
        if (set == nullptr) return kNoSuchSet;
        size_t listed = 0;
        bool found = false;
        for (const Record& other : records) {
          if (other.klass == kClassIn && other.name == record.name && other.type == record.type) {
            ++listed;
          }
        }
        for (const std::string& rdata : set->rdata) found |= rdata == record.rdata;
        if (!found || listed != set->rdata.size()) return kNoSuchSet;
        break;
      }
      default:
        return kFormatError;
    }
  }
  return kNoError;
}

// RFC 2136 section 3.4.1: all of it is looked at before any of it is done.
uint8_t CheckChanges(const Zone& zone, const std::vector<Record>& records) {
  if (!zone.HasRoomFor(records.size())) return kRefused;
  for (const Record& record : records) {
    if (!zone.Contains(record.name)) return kNotZone;
    if (record.rdata.size() > kMaxData) return kRefused;
    switch (record.klass) {
      case kClassIn:
        if (IsMeta(record.type) || record.rdata.empty()) return kFormatError;
        break;
      case kClassAny:
        if (record.ttl != 0 || !record.rdata.empty()) return kFormatError;
        if (IsMeta(record.type) && record.type != kTypeAny) return kFormatError;
        break;
      case kClassNone:
        if (record.ttl != 0 || IsMeta(record.type)) return kFormatError;
        break;
      default:
        return kFormatError;
    }
  }
  return kNoError;
}

// RFC 2136 section 3.4.2. The zone's own SOA and NS stay as they are.
void Change(Zone& zone, std::vector<Record> records) {
  for (Record& record : records) {
    if (record.name == zone.apex() && (record.type == kTypeSoa || record.type == kTypeNs)) continue;
    if (record.klass == kClassIn) {
      zone.Add(record.name, record.type, record.ttl, std::move(record.rdata));
    } else if (record.klass == kClassNone) {
      zone.Remove(record.name, record.type, record.rdata);
    } else if (record.type == kTypeAny) {
      zone.RemoveName(record.name);
    } else {
      zone.RemoveSet(record.name, record.type);
    }
  }
}

uint8_t Carry(Zone& zone, const ldns_pkt& packet, const Question& question) {
  if (question.type != kTypeSoa || question.klass != kClassIn) return kFormatError;
  if (question.name != zone.apex()) return kNotAuthorised;
  // The sections are called question, answer and authority elsewhere.
  const uint8_t met = CheckPrerequisites(zone, Decode(ldns_pkt_answer(&packet)));
  if (met != kNoError) return met;
  std::vector<Record> changes = Decode(ldns_pkt_authority(&packet));
  const uint8_t lawful = CheckChanges(zone, changes);
  if (lawful == kNoError) Change(zone, std::move(changes));
  return lawful;
}

// The answer with a TSIG record that covers the request's one.
std::string Signed(const std::string& answer, const TsigKey& key, const ldns_rdf* request_mac) {
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, reinterpret_cast<const uint8_t*>(answer.data()), answer.size()) !=
      LDNS_STATUS_OK) {
    return answer;
  }
  const Packet packet(raw);
  uint8_t* wire = nullptr;
  size_t size = 0;
  if (ldns_pkt_tsig_sign(packet.get(), key.name.c_str(), key.secret.c_str(), 300, "hmac-sha256.",
                         request_mac) != LDNS_STATUS_OK ||
      ldns_pkt2wire(&wire, packet.get(), &size) != LDNS_STATUS_OK) {
    return answer;
  }
  const std::unique_ptr<uint8_t, void (*)(void*)> owned(wire, std::free);
  return std::string(reinterpret_cast<const char*>(wire), size);
}

}  // namespace

std::string AnswerUpdate(Zone& zone, const TsigKey& key, absl::Time now, std::string_view message) {
  const std::optional<Question> question = ParseQuestion(message);
  if (!question) return AnswerHeader(message, kFormatError);
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, reinterpret_cast<const uint8_t*>(message.data()), message.size()) !=
      LDNS_STATUS_OK) {
    return AnswerHeader(message, kFormatError);
  }
  const Packet packet(raw);
  if (!IsSigned(*packet, key, now, message)) return AnswerHeader(message, kNotAuthorised);

  const uint8_t rcode = Carry(zone, *packet, *question);
  std::string answer = AnswerHeader(message, rcode);
  answer.append(message.substr(kHeaderSize, question->end - kHeaderSize));
  answer[5] = 1;
  return Signed(answer, key, ldns_rr_rdf(ldns_pkt_tsig(packet.get()), 3));
}

}  // namespace cairn::local_dns
