#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/dns/resolver.h"

namespace cairn::va::testing {

// The CAA side of DNS as a vector describes it: answers as a resolver gives them,
// with CNAME, DNAME and wildcards followed (RFC 1034, 4592, 6672).
class CaaZone {
 public:
  // One line: `www.example.com CNAME cdn.example.net`. kMalformed.
  absl::Status Add(std::string_view line);

  dns::Answer Answer(std::string_view name) const;
  std::set<std::string> names() const;

 private:
  struct Node {
    std::vector<std::string> records;  // RDATA
    std::string cname, dname;
    dns::Answer failure{.rcode = dns::kNoError};
  };

  bool Exists(std::string_view name) const;
  const Node* Find(std::string_view name) const;
  std::string Redirected(std::string_view name) const;

  std::map<std::string, Node, std::less<>> nodes_;
};

// One question and what must come of it. The format is in libs/caa/testdata/vectors/README.md.
struct CaaVector {
  std::string where;  // file and line
  std::string what;   // the case's sentence
  std::set<std::string> rules;
  std::vector<std::string> issuers, base_urls;
  std::string account, method;
  CaaZone zone;

  std::string name;
  bool wildcard = false;
  std::string verdict;   // "permit", "forbid" or "error"
  std::string found_at;  // "": nowhere; with "error" the name whose lookup failed
  std::string clause;
};

// kMalformed, with the line, for the first thing that is not in the format.
absl::StatusOr<std::vector<CaaVector>> ParseCaaVectors(const std::string& file,
                                                       std::string_view text);

}  // namespace cairn::va::testing
