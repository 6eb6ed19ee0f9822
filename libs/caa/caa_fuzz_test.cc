#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/caa/caa.h"

// The input is an RRset: each record after its length in one octet.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  std::vector<std::string> records;
  bool malformed = false;
  for (size_t at = 0; at < size;) {
    const size_t length = std::min<size_t>(data[at], size - at - 1);
    records.emplace_back(reinterpret_cast<const char*>(data) + at + 1, length);
    malformed |= !caa::ParseRecord(records.back());
    const std::string text = caa::ToText(records.back());
    for (const char c : text) INVARIANT(c >= 0x20 && c < 0x7f, "the text goes to logs");
    at += 1 + length;
  }
  const std::vector<std::string> identities = {"ca.test"};
  const std::vector<std::string> accounts = {"https://ca.test/a", "https://old.ca.test/a"};
  for (const bool wildcard : {false, true}) {
    const caa::Decision decision = caa::Evaluate(records, {.identities = identities,
                                                           .wildcard = wildcard,
                                                           .account_uris = accounts,
                                                           .method = "http-01"});
    INVARIANT(!(malformed && decision.permits), "what can't be read forbids");
    INVARIANT(decision.permits == decision.why.empty(), "a refusal has a reason");
    INVARIANT(!decision.clause.empty(), "a rule decides");
    INVARIANT(!decision.record || *decision.record < records.size(), "a record of this set");
    INVARIANT(decision.permits || decision.record, "what forbids is a record");
  }
  caa::Digest(records);
  INVARIANT(caa::ReportUrls(records).size() <= records.size(), "one URL a record");
  return 0;
}
