#include "libs/service/one_poller.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace cairn::service {

// A call that cannot succeed: its callback is what we are after, as it runs on
// one of the threads that poll.
struct OnePoller::State {
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateChannel("ipv4:127.0.0.1:1", grpc::InsecureChannelCredentials());
  grpc::GenericStub stub{channel};
  grpc::ClientContext context;
  grpc::Slice octet{"x"};
  grpc::ByteBuffer request{&octet, 1};
  grpc::ByteBuffer response;
  const std::thread::id caller = std::this_thread::get_id();

  std::mutex mutex;
  std::condition_variable wake;
  bool released = false;
  bool ended = false;
};

OnePoller::OnePoller() : state_(std::make_unique<State>()) {
  // In the past: the call ends without an attempt to connect.
  state_->context.set_deadline(std::chrono::system_clock::now() - std::chrono::seconds(1));
  State* const state = state_.get();
  state->stub.UnaryCall(&state->context, "/none/None", grpc::StubOptions(), &state->request,
                        &state->response, [state](const grpc::Status&) {
                          std::unique_lock lock(state->mutex);
                          if (std::this_thread::get_id() != state->caller) {
                            state->wake.wait(lock, [state] { return state->released; });
                          }
                          state->ended = true;
                          state->wake.notify_all();
                        });
}

OnePoller::~OnePoller() {
  std::unique_lock lock(state_->mutex);
  state_->released = true;
  state_->wake.notify_all();
  state_->wake.wait(lock, [this] { return state_->ended; });
}

}  // namespace cairn::service
