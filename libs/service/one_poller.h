#pragma once

#include <memory>

namespace cairn::service {

// Makes one of gRPC's polling threads sleep for as long as this object lives.
//
// The callback API of gRPC 1.51 has at least two threads that poll the same
// sockets. On a small machine they hand events to each other, which costs context
// switches (docs/adr/0004 has the figures, and what they do not show). The thread
// that stays must not be blocked: no callback of ours does work of its own.
//
// At most one object at a time in a process: gRPC may have only two such threads.
class OnePoller {
 public:
  OnePoller();
  ~OnePoller();
  OnePoller(const OnePoller&) = delete;
  OnePoller& operator=(const OnePoller&) = delete;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace cairn::service
