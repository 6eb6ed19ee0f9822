#include "libs/service/gather.h"

#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/errors/errors.h"
#include "libs/errors/grpc_status.h"
#include "libs/service/echo.grpc.pb.h"
#include "libs/service/peer.h"
#include "libs/testing/status_matchers.h"

namespace cairn::service {
namespace {

using echo::SayRequest;
using echo::SayResponse;
using errors::Reason;

// Answers at once, or when it is told to.
class Answerer final : public echo::Echo::CallbackService {
 public:
  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, const SayRequest* request,
                                SayResponse* response) override {
    auto* reactor = context->DefaultReactor();
    response->set_text(request->text());
    if (request->fail_with() != 0) {
      reactor->Finish(
          errors::ToGrpc(errors::Make(static_cast<Reason>(request->fail_with()), "as asked")));
    } else if (request->wait()) {
      std::lock_guard lock(mutex_);
      waiting_.push_back(reactor);
      wake_.notify_all();
    } else {
      reactor->Finish(grpc::Status::OK);
    }
    return reactor;
  }

  void AwaitWaiting(size_t count) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return waiting_.size() >= count; });
  }
  void AnswerWaiting() {
    std::lock_guard lock(mutex_);
    for (auto* reactor : waiting_) reactor->Finish(grpc::Status::OK);
    waiting_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<grpc::ServerUnaryReactor*> waiting_;
};

// What came late. Shared, as it must outlive the calls.
class LateResults {
 public:
  void Add(size_t index, const absl::Status& status) {
    std::lock_guard lock(mutex_);
    results_.emplace_back(index, errors::ReasonOf(status), status.ok());
    wake_.notify_all();
  }
  struct Result {
    Result(size_t i, Reason r, bool o) : index(i), reason(r), ok(o) {}
    size_t index;
    Reason reason;
    bool ok;
  };
  std::vector<Result> Await(size_t count) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return results_.size() >= count; });
    return results_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Result> results_;
};

class Stack {
 public:
  Stack() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&answerer);
    server_ = builder.BuildAndStart();
    for (int i = 0; i < 3; ++i) {
      peers.push_back(std::make_shared<Peer>(server_->InProcessChannel({}), clock_,
                                             absl::Seconds(20), nullptr));
    }
  }
  ~Stack() {
    answerer.AnswerWaiting();
    for (const auto& peer : peers) {
      while (peer->in_flight() != 0) absl::SleepFor(absl::Milliseconds(1));
    }
    server_->Shutdown();
  }

  // One call for each request, each to its own peer.
  std::vector<GatherCall<SayResponse>> Calls(const std::vector<SayRequest>& requests) {
    std::vector<GatherCall<SayResponse>> calls;
    for (size_t i = 0; i < requests.size(); ++i) {
      auto stub = std::shared_ptr<echo::Echo::Stub>(echo::Echo::NewStub(peers[i]->channel()));
      auto request = std::make_shared<SayRequest>(requests[i]);
      calls.push_back({.peer = peers[i],
                       .start = [stub, request](grpc::ClientContext* context, SayResponse* response,
                                                std::function<void(grpc::Status)> done) {
                         stub->async()->Say(context, request.get(), response, std::move(done));
                       }});
    }
    return calls;
  }

  Answerer answerer;
  std::vector<std::shared_ptr<Peer>> peers;

 private:
  base::SystemClock clock_;
  std::unique_ptr<grpc::Server> server_;
};

SayRequest Saying(const std::string& text) {
  SayRequest request;
  request.set_text(text);
  return request;
}
SayRequest Waiting() {
  SayRequest request;
  request.set_wait(true);
  return request;
}
SayRequest Failing(Reason reason) {
  SayRequest request;
  request.set_fail_with(static_cast<int>(reason));
  return request;
}

base::Call CallWithin(absl::Duration limit) { return {.deadline = absl::Now() + limit}; }

GatherOptions<SayResponse> Keeping(const std::shared_ptr<LateResults>& late) {
  return {.method = "Echo/Say", .late = [late](size_t index, absl::StatusOr<SayResponse> result) {
            late->Add(index, result.status());
          }};
}

TEST_CASE("all answers come, each with its index, errors with their reasons") {
  Stack stack;
  std::set<std::string> seen;
  const bool complete = Gather<SayResponse>(
      CallWithin(absl::Seconds(10)), stack.Calls({Saying("a"), Failing(Reason::kCaa), Saying("c")}),
      {.method = "Echo/Say"}, [&](size_t index, absl::StatusOr<SayResponse> result) {
        seen.insert(std::to_string(index) +
                    (result.ok() ? result->text() : testing::ReasonName(result.status())));
        return false;
      });
  CHECK(complete);
  CHECK(seen == std::set<std::string>{"0a", "1caa", "2c"});
}

TEST_CASE("a decision ends the wait and cancels the rest, which comes to the late handler") {
  Stack stack;
  auto late = std::make_shared<LateResults>();
  int seen = 0;
  const bool complete = Gather<SayResponse>(
      CallWithin(absl::Seconds(10)), stack.Calls({Waiting(), Saying("b"), Waiting()}),
      Keeping(late), [&](size_t index, const absl::StatusOr<SayResponse>&) {
        ++seen;
        CHECK(index == 1);
        return true;
      });
  CHECK(complete);
  CHECK(seen == 1);
  for (const auto& result : late->Await(2)) {
    CHECK_FALSE(result.ok);
    CHECK(result.index != 1);
  }
}

TEST_CASE("calls may go on after the decision, and their answers come late") {
  Stack stack;
  auto late = std::make_shared<LateResults>();
  GatherOptions<SayResponse> options = Keeping(late);
  options.cancel_rest = false;
  CHECK(Gather<SayResponse>(CallWithin(absl::Seconds(10)),
                            stack.Calls({Waiting(), Saying("b"), Waiting()}), std::move(options),
                            [](size_t, const absl::StatusOr<SayResponse>&) { return true; }));
  stack.answerer.AwaitWaiting(2);
  stack.answerer.AnswerWaiting();
  for (const auto& result : late->Await(2)) CHECK(result.ok);
}

TEST_CASE("at the deadline the wait ends without a decision") {
  Stack stack;
  int answered = 0;
  const bool complete = Gather<SayResponse>(
      CallWithin(absl::Milliseconds(200)), stack.Calls({Waiting(), Saying("b")}),
      {.method = "Echo/Say"}, [&](size_t, const absl::StatusOr<SayResponse>& result) {
        answered += result.ok();
        return false;
      });
  CHECK(answered == 1);
  // The waiting call may end by its own, slightly earlier deadline: then all have
  // answered, one of them with an error.
  if (!complete) CHECK(stack.peers[1]->in_flight() == 0);
}

TEST_CASE("a peer that can't be reached is one result among others") {
  Stack stack;
  base::SystemClock clock;
  auto calls = stack.Calls({Saying("a"), Saying("b")});
  calls[1].peer = std::make_shared<Peer>(
      grpc::CreateChannel("ipv4:127.0.0.1:1", grpc::InsecureChannelCredentials()), clock,
      absl::Seconds(5), nullptr);
  auto stub = std::shared_ptr<echo::Echo::Stub>(echo::Echo::NewStub(calls[1].peer->channel()));
  auto request = std::make_shared<SayRequest>();
  calls[1].start = [stub, request](grpc::ClientContext* context, SayResponse* response,
                                   std::function<void(grpc::Status)> done) {
    stub->async()->Say(context, request.get(), response, std::move(done));
  };
  const auto unreachable = calls[1].peer;
  std::vector<std::string> seen(2);
  CHECK(Gather<SayResponse>(CallWithin(absl::Seconds(10)), std::move(calls), {.method = "Echo/Say"},
                            [&](size_t index, const absl::StatusOr<SayResponse>& result) {
                              seen[index] = testing::ReasonName(result.status());
                              return false;
                            }));
  CHECK(seen == std::vector<std::string>{"ok", "unavailable"});
  while (unreachable->in_flight() != 0) absl::SleepFor(absl::Milliseconds(1));
}

TEST_CASE("no calls are a complete answer") {
  CHECK(Gather<SayResponse>(CallWithin(absl::Seconds(1)), {}, {.method = "Echo/Say"},
                            [](size_t, const absl::StatusOr<SayResponse>&) { return false; }));
}

}  // namespace
}  // namespace cairn::service
