#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/ct/log_list.h"
#include "libs/ct/merkle_tree.h"
#include "libs/ct/test_log.h"
#include "libs/http/client/api_client.h"

namespace cairn::publisher {

// Logs in memory behind http::Api: they sign for real, and misbehave as told. The
// SCT of each submission is merged at once. Thread-safe.
class FakeLogs final : public http::Api {
 public:
  enum class Behaviour {
    kGood,
    kForged,     // a signature that is wrong
    kOther,      // the SCT of another certificate
    kFuture,     // an SCT from tomorrow
    kAncient,    // an SCT of last week
    kOtherLog,   // the SCT of another log
    kGarbage,    // no JSON
    kRetired,    // 403
    kFull,       // 503 with Retry-After: 60
    kFullLong,   // likewise with an hour
    kDown,       // no connection
    kSilent,     // never answers
    kHeld,       // nothing until Release(); then what it is set to by then, or kGood
    kDrop,       // an SCT, but the entry is never merged
    kNoIndex,    // without leaf index
    kWrongHead,  // a tree head with a wrong signature
    kWrongProof,
  };

  explicit FakeLogs(const base::Clock& clock) : clock_(clock) {}

  // A usable log, called "oak1" and so on.
  ct::Log& Add(const std::string& name, const std::string& operator_name,
               ct::LogKind kind = ct::LogKind::kRfc6962);
  void Set(const std::string& name, Behaviour behaviour);
  // Ends the waiting of all that are held, now and from now on.
  void Release() { release_.Cancel(); }
  // Has `action` called at each submission to the log, before it is handled.
  void OnAsked(const std::string& name, std::function<void()> action);
  // The list of all logs.
  std::shared_ptr<const ct::LogList> list() const;
  // Its JSON.
  std::string json() const;

  absl::StatusOr<http::ApiResponse> Send(const base::Call& call,
                                         const http::ApiRequest& request) override;

  // How often a log was asked for an SCT, and how many of its requests were
  // cancelled.
  int asked(const std::string& name) const;
  int cancelled(const std::string& name) const;
  std::vector<http::ApiRequest> requests() const;

 private:
  struct State {
    ct::Log listed;
    testing::TestLog key;
    Behaviour behaviour = Behaviour::kGood;
    ct::MerkleTree tree = {};
    std::map<std::string, uint64_t> places = {};  // by leaf hash
    // leaf_input, extra_data and TileLeaf of each entry.
    std::vector<std::array<std::string, 3>> entries = {};
    int asked = 0;
    int cancelled = 0;
    std::function<void()> on_asked = [] {};
  };

  // False if the request was cancelled before the release.
  bool WaitForRelease(const http::ApiRequest& request) const;
  http::ApiResponse AddChain(State& log, const std::string& body, bool precertificate);
  http::ApiResponse Head(State& log);
  http::ApiResponse Proof(State& log, const std::string& url);
  http::ApiResponse Entries(State& log, const std::string& url);
  http::ApiResponse TileOf(State& log, const std::string& path);

  const base::Clock& clock_;
  http::Cancellation release_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<State>> logs_;
  std::vector<http::ApiRequest> requests_;
};

}  // namespace cairn::publisher
