#include "services/ra/late_answer.h"

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <string>

#include "services/ra/impatience.h"

namespace cairn::ra {
namespace {

using Answer = LateAnswer<std::string>;

// A call with a text as its response.
struct Call {
  std::shared_ptr<Answer> answer = std::make_shared<Answer>(&response, [this] { ++replies; });
  std::string response;
  int replies = 0;
};

TEST_CASE("an end that comes while it is waited for is the answer") {
  Call call;
  call.answer->Wait("not yet");
  CHECK(call.replies == 0);
  call.answer->End("the end");
  CHECK(call.replies == 1);
  CHECK(call.response == "the end");
  SECTION("and nothing after it counts") {
    call.answer->End("another");
    call.answer->GiveUp();
    call.answer.reset();
    CHECK(call.replies == 1);
    CHECK(call.response == "the end");
  }
}

TEST_CASE("an end that comes before it is waited for is kept until then") {
  Call call;
  call.answer->End("the end");
  call.answer->GiveUp();
  CHECK(call.replies == 0);
  call.answer->Wait("not yet");
  CHECK(call.replies == 1);
  CHECK(call.response == "the end");
}

TEST_CASE("what is not waited for any longer is answered with what is known") {
  Call call;
  call.answer->Wait("not yet");
  SECTION("when its time is over") { call.answer->GiveUp(); }
  SECTION("when nobody is left who could tell the end") { call.answer.reset(); }
  CHECK(call.replies == 1);
  CHECK(call.response == "not yet");
}

TEST_CASE("a call that was refused meanwhile is not answered again") {
  Call call;
  call.answer.reset();
  CHECK(call.replies == 0);
}

// Tells when it gives up.
class Waits final : public Impatience::Waiting {
 public:
  void GiveUp() override { given_up_.set_value(); }
  std::future<void> given_up() { return given_up_.get_future(); }

 private:
  std::promise<void> given_up_;
};

TEST_CASE("those that wait give up when their time comes, the earliest first") {
  Impatience impatience;
  const auto late = std::make_shared<Waits>();
  const auto early = std::make_shared<Waits>();
  auto late_given_up = late->given_up();
  auto early_given_up = early->given_up();
  impatience.After(absl::Hours(1), late);
  impatience.After(absl::Milliseconds(30), early);
  early_given_up.get();
  CHECK(late_given_up.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  impatience.Stop();
  late_given_up.get();
  SECTION("and at once from then on") {
    const auto after = std::make_shared<Waits>();
    auto given_up = after->given_up();
    impatience.After(absl::Hours(1), after);
    given_up.get();
    impatience.Stop();
  }
}

TEST_CASE("who has left before the time is over is not called") {
  Impatience impatience;
  impatience.After(absl::Milliseconds(1), std::make_shared<Waits>());
  const auto next = std::make_shared<Waits>();
  auto given_up = next->given_up();
  impatience.After(absl::Milliseconds(2), next);
  given_up.get();
}

}  // namespace
}  // namespace cairn::ra
