#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/ct/log_list.h"
#include "libs/ct/test_log.h"
#include "services/publisher/api/publisher.h"

namespace cairn::publisher {

// A publisher in memory with three logs of three operators, which really sign:
// "oak" and "elm" of RFC 6962, "fir" of static-ct. Entries are merged at once
// unless the log drops them. Thread-safe.
class FakePublisher final : public Publisher {
 public:
  explicit FakePublisher(const base::Clock& clock);

  absl::StatusOr<v1::GetSctsResponse> GetScts(const base::Call& call,
                                              const v1::GetSctsRequest& request) override;
  absl::StatusOr<v1::SubmitCertificateResponse> SubmitCertificate(
      const base::Call& call, const v1::SubmitCertificateRequest& request) override;
  absl::StatusOr<v1::CheckInclusionResponse> CheckInclusion(
      const base::Call& call, const v1::CheckInclusionRequest& request) override;
  absl::StatusOr<v1::ListLogsResponse> ListLogs(const base::Call& call,
                                                const v1::ListLogsRequest& request) override;
  absl::StatusOr<v1::ReadLogResponse> ReadLog(const base::Call& call,
                                              const v1::ReadLogRequest& request) override;

  // The list of its logs, for those who verify.
  const ct::LogList& logs() const { return list_; }
  std::string log_list_json() const;

  // The next calls of any method answer these, one each, and do nothing.
  void FailNext(absl::Status status);
  // From now on SCTs have a wrong signature; they are given, but never merged.
  void Forge(bool forge);
  void Drop(bool drop);

  // Puts a certificate into a log, as anybody may.
  void Insert(const std::string& log, const std::string& certificate_der);

  std::vector<v1::GetSctsRequest> requests() const;
  std::vector<v1::SubmitCertificateRequest> submitted() const;

 private:
  absl::Status TakeFailure();
  v1::Sct Promise(size_t log, const ct::Entry& entry, const std::string& certificate);

  const base::Clock& clock_;
  std::vector<testing::TestLog> keys_;
  const ct::LogList list_;

  mutable std::mutex mutex_;
  std::deque<absl::Status> failures_;
  bool forge_ = false;
  bool drop_ = false;
  std::map<std::string, uint64_t> merged_;  // encoded SCTs and their places
  struct Entry {
    std::string certificate;
    bool precertificate;
  };
  std::map<std::string, std::vector<Entry>> entries_;  // by the log's name
  std::vector<v1::GetSctsRequest> requests_;
  std::vector<v1::SubmitCertificateRequest> submitted_;
};

}  // namespace cairn::publisher
