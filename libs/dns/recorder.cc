#include "libs/dns/recorder.h"

namespace cairn::dns {

std::vector<Answer> Recorder::ResolveAll(const base::Call& call,
                                         std::span<const Question> questions) {
  std::vector<Answer> answers = resolver_.ResolveAll(call, questions);
  for (size_t i = 0; i < questions.size(); ++i) {
    answers_.insert_or_assign(questions[i], answers[i]);
  }
  return answers;
}

}  // namespace cairn::dns
