#pragma once

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "libs/ct/log_list.h"
#include "libs/ct/log_policy.h"
#include "libs/ct/test_chain.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "services/publisher/api/publisher.h"

// What the fake and the real publisher both keep, as long as their logs are well.
namespace cairn::publisher {

inline base::Call ContractCall() {
  base::Call call;
  call.deadline = absl::Now() + absl::Seconds(30);
  return call;
}

// A certificate of `days` from its precertificate to the proof that the logs have
// it. `logs` are those that the publisher asks. Returns the chain of the final one.
inline std::vector<std::string> CheckPublisherContract(Publisher& publisher,
                                                       testing::TestChain& chain,
                                                       const ct::LogList& logs, absl::Time now,
                                                       int days) {
  using Check = v1::CheckInclusionRequest;
  const absl::Time end = now + absl::Hours(24 * days) - absl::Seconds(1);
  const std::string precertificate = chain.Precertificate(now, end);
  v1::GetSctsRequest get;
  for (const std::string& der : chain.Above(precertificate)) get.add_chain(der);
  const auto got = publisher.GetScts(ContractCall(), get);
  REQUIRE_OK(got);
  std::vector<ct::SignedCertificateTimestamp> scts;
  std::vector<const ct::Log*> used;
  for (const v1::Sct& sct : got->scts()) {
    scts.push_back(ct::SignedCertificateTimestamp::Parse(sct.encoded()).value());
    used.push_back(logs.Find(scts.back().log_id));
    REQUIRE(used.back() != nullptr);
    CHECK(used.back()->description == sct.log());
    CHECK_OK(ct::VerifySct(scts.back(), used.back()->key, chain.EntryOf(precertificate)));
  }
  CHECK_OK(ct::CheckForIssuance({}, used, now, end));
  CHECK(got->log_list_version() == logs.version());

  const std::string der = chain.Final(precertificate, scts);
  v1::SubmitCertificateRequest submit;
  for (const std::string& one : chain.Above(der)) submit.add_chain(one);
  const auto submitted = publisher.SubmitCertificate(ContractCall(), submit);
  REQUIRE_OK(submitted);
  const auto final_sct = ct::SignedCertificateTimestamp::Parse(submitted->sct().encoded()).value();
  const ct::Log* taker = logs.Find(final_sct.log_id);
  REQUIRE(taker != nullptr);
  CHECK_OK(ct::VerifySct(final_sct, taker->key, ct::Entry::Certificate(der)));

  for (const auto& [sct, entry] : {std::pair{got->scts(0), Check::ENTRY_PRECERTIFICATE},
                                   {submitted->sct(), Check::ENTRY_CERTIFICATE}}) {
    Check check;
    check.set_sct(sct.encoded());
    check.set_entry(entry);
    *check.mutable_chain() = submit.chain();
    const auto checked = publisher.CheckInclusion(ContractCall(), check);
    REQUIRE_OK(checked);
    CHECK(checked->outcome() == v1::CheckInclusionResponse::OUTCOME_INCLUDED);
    CHECK(checked->log() == sct.log());
    CHECK(checked->leaf_index() < checked->tree_size());
    // An SCT of another kind of entry proves nothing.
    check.set_entry(entry == Check::ENTRY_CERTIFICATE ? Check::ENTRY_PRECERTIFICATE
                                                      : Check::ENTRY_CERTIFICATE);
    CHECK_REASON(publisher.CheckInclusion(ContractCall(), check), errors::Reason::kMalformed);
  }

  // Who reads the logs finds both.
  std::set<std::string> found;
  const auto listed = publisher.ListLogs(ContractCall(), {});
  REQUIRE_OK(listed);
  for (const v1::ListLogsResponse::Log& log : listed->logs()) {
    if (log.name() != got->scts(0).log() && log.name() != submitted->sct().log()) continue;
    v1::ReadLogRequest read;
    read.set_log_id(log.log_id());
    read.add_issuers(chain.issuer().certificate_der());
    const auto answer = publisher.ReadLog(ContractCall(), read);
    REQUIRE_OK(answer);
    CHECK(answer->next() == answer->tree_size());
    for (const auto& one : answer->found()) {
      found.insert(one.certificate());
      CHECK(one.precertificate() == (one.certificate() == precertificate));
      CHECK(one.serial() == x509::Certificate::Parse(der)->tbs().serial);
    }
    // Behind its end there is nothing, but how long it is.
    for (const uint64_t begin : {answer->next(), ~uint64_t{0}}) {
      read.set_begin(begin);
      const auto none = publisher.ReadLog(ContractCall(), read);
      REQUIRE_OK(none);
      CHECK(none->found_size() == 0);
      CHECK(none->tree_size() == answer->tree_size());
    }
  }
  CHECK(found == std::set<std::string>{precertificate, der});

  // Neither takes the place of the other.
  get.set_chain(0, der);
  CHECK_REASON(publisher.GetScts(ContractCall(), get), errors::Reason::kMalformed);
  submit.set_chain(0, precertificate);
  CHECK_REASON(publisher.SubmitCertificate(ContractCall(), submit), errors::Reason::kMalformed);
  submit.clear_chain();
  CHECK_REASON(publisher.SubmitCertificate(ContractCall(), submit), errors::Reason::kMalformed);
  return chain.Above(der);
}

}  // namespace cairn::publisher
