#include "libs/dns/prefetch.h"

#include <utility>

namespace cairn::dns {

std::vector<Answer> Prefetch::ResolveAll(const base::Call& call,
                                         std::span<const Question> questions) {
  std::vector<Question> missing;
  for (const Question& question : questions) {
    if (answers_.try_emplace(question).second) missing.push_back(question);
  }
  if (!missing.empty()) {
    std::vector<Answer> found = resolver_.ResolveAll(call, missing);
    for (size_t i = 0; i < missing.size(); ++i) answers_[missing[i]] = std::move(found[i]);
  }
  std::vector<Answer> answers;
  answers.reserve(questions.size());
  for (const Question& question : questions) answers.push_back(answers_[question]);
  return answers;
}

}  // namespace cairn::dns
