#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "libs/dns/resolver.h"

namespace cairn::dns {

// DNS in memory: names that it was not told of do not exist (NXDOMAIN, insecure).
// Records what was asked. Thread-safe.
class FakeResolver final : public Resolver {
 public:
  std::vector<Answer> ResolveAll(const base::Call& call,
                                 std::span<const Question> questions) override;

  void Set(const std::string& name, Type type, Answer answer);
  // A name with these addresses, each of its own family.
  void SetAddresses(const std::string& name, const std::vector<std::string>& addresses);
  // An RRset of CAA records "issue", "ca.test".
  void AddCaa(const std::string& name, const std::string& tag, const std::string& value,
              int flags = 0);
  // SERVFAIL, and answers that fail DNSSEC validation.
  void Fail(const std::string& name, Type type);
  void MakeBogus(const std::string& name, Type type);

  std::vector<Question> questions() const;
  void Forget();  // the questions so far

 private:
  Answer& At(const std::string& name, Type type);

  mutable std::mutex mutex_;
  std::map<Question, Answer> answers_;
  std::vector<Question> questions_;
};

}  // namespace cairn::dns
