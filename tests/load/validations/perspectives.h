#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/service/host.h"
#include "libs/service/peer.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"
#include "tests/harness/process/process.h"

namespace cairn::load {

// A primary and remote perspectives, the real binary each, that look at the
// subscribers of this process. Ends this process if they don't start.
class Perspectives {
 public:
  // What the processes have used, the primary first.
  struct Usage {
    std::vector<double> cpu_seconds;
    std::vector<double> megabytes;  // proportional set size
    std::vector<int> threads;
  };

  Perspectives(const std::string& va, int remotes, const std::string& dns_address,
               uint16_t web_port);

  Usage Used() const;
  // Of the RA to the primary.
  const std::shared_ptr<service::Peer>& primary() const { return primary_; }
  const service::Host& host() const { return *host_; }

 private:
  std::string Tls(const std::string& role);
  std::string Config(const std::string& id, const std::string& dns_address, uint16_t web_port);
  std::unique_ptr<harness::Process> Start(const std::string& va, const std::string& name,
                                          const std::string& role, const std::string& config);

  const testing::TempDir folder_;
  const testing::TestCa ca_;
  std::vector<std::unique_ptr<harness::Process>> processes_;
  std::unique_ptr<service::Host> host_;
  std::shared_ptr<service::Peer> primary_;
};

}  // namespace cairn::load
