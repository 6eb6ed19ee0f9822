#pragma once

#include <map>

#include "libs/dns/resolver.h"

namespace cairn::dns {

// What one perspective has looked up in one attempt: each question goes out
// once. Made for an attempt and thrown away with it, so that nothing of one
// attempt serves another (BR 3.2.2.9). Not thread-safe.
class Prefetch final : public Resolver {
 public:
  explicit Prefetch(Resolver& resolver) : resolver_(resolver) {}

  // Answers from memory what was asked before; asks all the rest at the same time.
  std::vector<Answer> ResolveAll(const base::Call& call,
                                 std::span<const Question> questions) override;

 private:
  Resolver& resolver_;
  std::map<Question, Answer> answers_;
};

}  // namespace cairn::dns
