#include "services/wfe/edge.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::wfe {
namespace {

constexpr std::string_view kResources[] = {
    "directory", "new_nonce",     "new_account", "new_order",   "account", "order",
    "finalize",  "authorization", "challenge",   "certificate", "other"};

}  // namespace

class Edge::Entrance final : public http::Handler {
 public:
  Entrance(Edge& edge, size_t listener) : edge_(edge), listener_(listener) {}

  void Handle(http::Request request, std::function<void(http::Response)> reply) override {
    edge_.Handle(listener_, std::move(request), std::move(reply));
  }

  http::Response Refuse(int status) override {
    const bool large = status == 413 || status == 431;
    http::Response response = edge_.front_end_.Refuse(
        listener_,
        errors::Make(large ? errors::Reason::kPayloadTooLarge : errors::Reason::kMalformed,
                     large ? "the request is too large" : "this is not a valid HTTP request"));
    response.status = status;
    return response;
  }

 private:
  Edge& edge_;
  const size_t listener_;
};

Edge::Edge(service::Host& host, std::vector<http::Server::Options> listeners,
           absl::Duration request_timeout, const base::WorkerPool::Options& pool,
           FrontEnd& front_end)
    : host_(host),
      listeners_(std::move(listeners)),
      request_timeout_(request_timeout),
      pool_(host.MakePool("requests", pool)),
      begin_limit_(std::max<size_t>(1, pool.queue / 8)),
      front_end_(front_end) {
  for (const std::string_view resource : kResources) {
    const std::string name(resource);
    Counted counted;
    counted.seconds = host_.metrics().Histogram("cairn_wfe_request_seconds",
                                                "Time from a request's arrival to its answer",
                                                {{"resource", name}});
    for (int digit = 2; digit <= 5; ++digit) {
      counted.by_class.emplace(
          digit,
          host_.metrics().Counter("cairn_wfe_requests_total", "Requests by HTTP status",
                                  {{"resource", name}, {"outcome", base::Cat(digit, "xx")}}));
    }
    counted_.emplace(name, std::move(counted));
  }
}

Edge::~Edge() = default;

absl::Status Edge::Start() {
  for (const http::Server::Options& listener : listeners_) {
    entrances_.push_back(std::make_unique<Entrance>(*this, servers_.size()));
    ASSIGN_OR_RETURN(auto server,
                     http::Server::Listen(listener, *entrances_.back(), host_.clock()));
    servers_.push_back(std::move(server));
  }
  for (size_t i = 0; i < servers_.size(); ++i) {
    servers_[i]->Start();
    host_.ListeningField(i == 0 ? "acme" : "acme_http", servers_[i]->address());
  }
  return absl::OkStatus();
}

void Edge::Stop() {
  for (const auto& server : servers_) server->Stop();
}

void Edge::Handle(size_t listener, http::Request request,
                  std::function<void(http::Response)> reply) {
  const absl::Time began = host_.clock().Now();
  const std::string_view resource = FrontEnd::ResourceName(request.target);
  // Shared, so that the reply can still be given when the pool refuses the work.
  auto shared_reply = std::make_shared<std::function<void(http::Response)>>(std::move(reply));
  // A new order brings half a dozen further requests. While many wait, it is kinder
  // to refuse it at once than to let everybody's orders run out of time.
  const bool begins = resource == "new_order" || resource == "new_account";
  const bool taken =
      !(begins && pool_.queued() >= begin_limit_) &&
      pool_.TryRun([this, listener, began, resource, request = std::move(request), shared_reply] {
        base::Call call;
        call.deadline = began + request_timeout_;
        call.trace = base::Trace::Start(host_.random());
        http::Response response =
            host_.clock().Now() > call.deadline
                ? front_end_.Refuse(listener,
                                    errors::Make(errors::Reason::kDeadlineExceeded, "too late"))
                : front_end_.Handle(call, listener, request);
        if (response.status >= 500) {
          host_.log().Warn("request_failed", {{"trace_id", call.trace.trace_id},
                                              {"resource", resource},
                                              {"status", response.status}});
        } else {
          host_.log().Debug("request",
                            {{"trace_id", call.trace.trace_id},
                             {"resource", resource},
                             {"status", response.status},
                             {"user_agent", base::Escaped(request.Header("User-Agent"), 200)}});
        }
        Count(resource, response, began);
        (*shared_reply)(std::move(response));
      });
  if (taken) return;
  http::Response response = front_end_.Refuse(
      listener, errors::Make(errors::Reason::kOverloaded, "the CA is busy: try again later",
                             absl::Seconds(2)));
  Count(resource, response, began);
  (*shared_reply)(std::move(response));
}

void Edge::Count(std::string_view resource, const http::Response& response, absl::Time began) {
  const auto found = counted_.find(resource);
  if (found == counted_.end()) return;
  found->second.seconds.Observe(host_.clock().Now() - began);
  const auto counter = found->second.by_class.find(response.status / 100);
  if (counter != found->second.by_class.end()) counter->second.Add();
}

}  // namespace cairn::wfe
