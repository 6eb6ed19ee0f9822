#pragma once

#include <absl/status/statusor.h>
#include <absl/time/clock.h>
#include <grpcpp/client_context.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/call.h"
#include "libs/errors/errors.h"
#include "libs/errors/grpc_status.h"
#include "libs/service/peer.h"

namespace cairn::service {

// One call of a fan-out.
template <typename Response>
struct GatherCall {
  std::shared_ptr<Peer> peer;
  // Starts the call with the callback API of the peer's stub:
  // stub->async()->Observe(context, request.get(), response, std::move(done)). It
  // must own what it needs, the request included (by shared_ptr): the call may go
  // on after Gather has returned.
  std::function<void(grpc::ClientContext* context, Response* response,
                     std::function<void(grpc::Status)> done)>
      start;
};

template <typename Response>
struct GatherOptions {
  // "Perspective/Observe", for metrics; a constant.
  std::string_view method;
  // Whether calls that are still running when Gather returns are cancelled; else
  // they go on until their own deadlines.
  bool cancel_rest = true;
  // What to do with an answer that comes after Gather has returned, cancelled ones
  // included. Runs on a thread of gRPC: it must not block, and must own what it
  // uses. Null: dropped.
  std::function<void(size_t index, absl::StatusOr<Response> result)> late;
};

namespace internal {

// Lives until the last of its calls has ended.
template <typename Response>
struct GatherState {
  struct Slot {
    std::shared_ptr<Peer> peer;
    grpc::ClientContext context;
    Response response;
    absl::Time began;
  };

  std::string method;
  std::function<void(size_t, absl::StatusOr<Response>)> late;
  std::vector<std::unique_ptr<Slot>> slots;

  std::mutex mutex;
  std::condition_variable wake;
  std::vector<std::pair<size_t, absl::StatusOr<Response>>> arrived;
  bool waiting = true;
};

}  // namespace internal

// Calls all peers at once and gives each result to `on_result`, in the order of
// arrival, on this thread: bool(size_t index, absl::StatusOr<Response> result), true
// when enough is known. Returns when `on_result` said so, when all have answered or
// at the deadline of `call`, whichever is first: true only for the first two. Each
// call has the deadline and trace that Peer::Invoke would give it.
template <typename Response, typename OnResult>
bool Gather(const base::Call& call, std::vector<GatherCall<Response>> calls,
            GatherOptions<Response> options, OnResult on_result) {
  using State = internal::GatherState<Response>;
  auto state = std::make_shared<State>();
  state->method = options.method;
  state->late = std::move(options.late);
  for (const GatherCall<Response>& one : calls) {
    auto slot = std::make_unique<typename State::Slot>();
    slot->peer = one.peer;
    slot->began = one.peer->Prepare(call, slot->context);
    state->slots.push_back(std::move(slot));
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    typename State::Slot& slot = *state->slots[i];
    // `start` is kept until the answer, as it owns the request.
    auto start = std::make_shared<decltype(calls[i].start)>(std::move(calls[i].start));
    (*start)(&slot.context, &slot.response, [state, start, i](const grpc::Status& grpc_status) {
      typename State::Slot& slot = *state->slots[i];
      const absl::Status status = errors::FromGrpc(grpc_status);
      absl::StatusOr<Response> result(status.ok()
                                          ? absl::StatusOr<Response>(std::move(slot.response))
                                          : absl::StatusOr<Response>(status));
      bool is_late = false;
      {
        std::lock_guard lock(state->mutex);
        is_late = !state->waiting;
        if (!is_late) state->arrived.emplace_back(i, std::move(result));
      }
      if (!is_late) {
        state->wake.notify_one();
      } else if (state->late) {
        state->late(i, std::move(result));
      }
      // Last: a host that stops waits for this before it destroys anything.
      slot.peer->Finish(state->method, status, slot.began);
    });
  }

  bool decided = false;
  size_t seen = 0;
  std::unique_lock lock(state->mutex);
  while (!decided && seen < state->slots.size()) {
    const auto ready = [&] { return !state->arrived.empty(); };
    if (call.deadline == absl::InfiniteFuture()) {
      state->wake.wait(lock, ready);
    } else if (!state->wake.wait_until(lock, absl::ToChronoTime(call.deadline), ready)) {
      break;
    }
    auto arrived = std::exchange(state->arrived, {});
    lock.unlock();
    for (auto& [index, result] : arrived) {
      ++seen;
      // What came in the same breath as the deciding result is late, too.
      if (!decided) {
        decided = on_result(index, std::move(result));
      } else if (state->late) {
        state->late(index, std::move(result));
      }
    }
    lock.lock();
  }
  state->waiting = false;
  auto rest = std::exchange(state->arrived, {});
  lock.unlock();
  if (state->late) {
    for (auto& [index, result] : rest) state->late(index, std::move(result));
  }
  const bool complete = decided || seen == state->slots.size();
  if (options.cancel_rest && seen + rest.size() < state->slots.size()) {
    // Cancelling a call that has ended does nothing.
    for (const auto& slot : state->slots) slot->context.TryCancel();
  }
  return complete;
}

}  // namespace cairn::service
