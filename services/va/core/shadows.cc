#include "services/va/core/shadows.h"

namespace cairn::va {

Shadows::Shadows(const std::vector<AskedPerspective>& asked, log::Logger& log,
                 metrics::Registry& registry)
    : log_(log) {
  for (size_t i = 0; i < asked.size(); ++i) {
    if (!asked[i].shadow) continue;
    const auto counter = [&](const char* outcome) {
      return registry.Counter("cairn_va_shadow_answers_total",
                              "What shadow perspectives said, beside the outcome without them.",
                              {{"perspective", asked[i].site.id}, {"outcome", outcome}});
    };
    counters_.insert({i, {counter("agrees"), counter("disagrees"), counter("unreachable")}});
  }
}

void Shadows::Compare(const Attempt& attempt, size_t perspective) const {
  const Counters& counters = counters_.at(perspective);
  for (size_t i = 0; i < attempt.outcomes.size(); ++i) {
    const View& view = attempt.views[perspective][i];
    if (view.state != View::State::kSeen) {
      counters.unreachable.Add();
      continue;
    }
    if (!attempt.outcomes[i].has_value()) continue;
    const bool yes = view.Both() == evidence::Vote::Answer::kYes;
    if (yes == *attempt.outcomes[i]) {
      counters.agrees.Add();
      continue;
    }
    counters.disagrees.Add();
    const v1::Subject& subject = attempt.request->subjects(static_cast<int>(i));
    log_.Warn("shadow_disagrees", {{"perspective", attempt.asked[perspective].site.id},
                                   {"identifier", subject.identifier().value()},
                                   {"method", subject.method()},
                                   {"shadow_valid", yes},
                                   {"problem", !view.control_ok ? view.control_problem.detail()
                                                                : view.caa_problem.detail()},
                                   log::Trace(attempt.call)});
  }
}

}  // namespace cairn::va
