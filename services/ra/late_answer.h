#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include "services/ra/impatience.h"

namespace cairn::ra {

// One call's answer, which waits for the end of the work that the call began: the end,
// or what is known before it if that is not waited for. Thread-safe.
//
// The work holds it too, so that it is answered as soon as nobody is left who
// could tell the end.
template <typename Response>
class LateAnswer final : public Impatience::Waiting {
 public:
  // `response` is the call's; `reply` sends it, on whichever thread answers.
  LateAnswer(Response* response, std::function<void()> reply)
      : response_(response), reply_(std::move(reply)) {}
  ~LateAnswer() override { GiveUp(); }
  LateAnswer(const LateAnswer&) = delete;
  LateAnswer& operator=(const LateAnswer&) = delete;

  // The work's. Answers, if Wait was called.
  void End(Response end) {
    std::lock_guard lock(mutex_);
    if (state_ == State::kAnswered) return;
    *response_ = std::move(end);
    ended_ = true;
    if (state_ == State::kWaits) Answer();
  }

  // The call's, once: from now on it is answered as soon as it can be, with `now` until
  // there is an end. Before, the work may have ended, and the call is not touched.
  void Wait(Response now) {
    std::lock_guard lock(mutex_);
    state_ = State::kWaits;
    if (ended_) return Answer();
    *response_ = std::move(now);
  }

  // Answers, if Wait was called.
  void GiveUp() override {
    std::lock_guard lock(mutex_);
    if (state_ == State::kWaits) Answer();
  }

 private:
  enum class State { kBegins, kWaits, kAnswered };

  void Answer() {
    state_ = State::kAnswered;
    reply_();
  }

  std::mutex mutex_;
  State state_ = State::kBegins;
  bool ended_ = false;
  Response* const response_;
  const std::function<void()> reply_;
};

}  // namespace cairn::ra
