#pragma once

#include <absl/time/time.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/ct/log_list.h"
#include "libs/ct/test_chain.h"
#include "libs/http/client/api_client.h"
#include "libs/service/host.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"
#include "protos/publisher/v1/publisher.pb.h"
#include "services/publisher/api/grpc_publisher.h"
#include "tests/harness/process/process.h"

namespace cairn::publisher {

// The real publisher between a caller and real logs, each a process of its own, with
// mutual TLS on one side and HTTPS on the other.
class World {
 public:
  struct Options {
    std::string stagger = "300ms";
    std::string submission_timeout = "3s";
    std::string first_back_off = "30s";
    bool tls = true;  // between publisher and logs
  };

  // Six logs: "oak1" and "oak2" of Alpha and "elm" of Beta are of RFC 6962; "fir" of
  // Beta, "ash1" of Gamma and "ash2" of Delta are of static-ct. "old" is retired.
  World() : World(Options()) {}
  explicit World(const Options& options);

  // POST /admin/...: "oak1/slow/200".
  void Admin(const std::string& path);
  ct::LogList list() const;

  v1::GetSctsRequest Request(int days = 6);
  absl::StatusOr<v1::GetSctsResponse> Get(int days = 6, absl::Duration within = absl::Seconds(20));
  // The client of a caller with this role.
  GrpcPublisher& As(const std::string& role);
  // The text of the publisher's metrics.
  std::string Metrics();

  const base::SystemClock clock;
  const testing::TempDir folder;
  testing::TestCa ca;
  testing::TestChain chain;
  std::unique_ptr<harness::Process> logs;
  std::unique_ptr<harness::Process> publisher;

 private:
  std::string Tls(const std::string& role);
  std::unique_ptr<harness::Process> StartLogs(bool tls);
  std::unique_ptr<harness::Process> StartPublisher(const Options& options);

  std::vector<std::unique_ptr<service::Host>> hosts_;
  std::map<std::string, std::unique_ptr<GrpcPublisher>> clients_;
  std::unique_ptr<http::ApiClient> web_;
};

}  // namespace cairn::publisher
