#pragma once

#include <memory>

namespace cairn::service {

// Makes one of gRPC's polling threads sleep for as long as this object lives.
//
// The callback API of gRPC 1.51 has at least two threads that poll the same
// sockets. On a small machine they hand every event to each other: five context
// switches for each call, and with them most of a call's CPU time
// (docs/adr/0004). One thread less is enough for tens of thousands of calls a
// second, as none of our callbacks does work of its own.
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
