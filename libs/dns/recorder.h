#pragma once

#include <map>

#include "libs/dns/resolver.h"

namespace cairn::dns {

// Passes questions on, and keeps every answer: what a receipt is to say of the
// lookups that one look at one name used (BR 4.2.2.2.7). Not thread-safe.
class Recorder final : public Resolver {
 public:
  explicit Recorder(Resolver& resolver) : resolver_(resolver) {}

  std::vector<Answer> ResolveAll(const base::Call& call,
                                 std::span<const Question> questions) override;

  // The last answer to each question.
  const std::map<Question, Answer>& answers() const { return answers_; }

 private:
  Resolver& resolver_;
  std::map<Question, Answer> answers_;
};

}  // namespace cairn::dns
