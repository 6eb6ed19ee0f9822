#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/testing/temp_dir.h"
#include "tests/harness/dns/name_server.h"
#include "tests/harness/dns/zone.h"

namespace cairn::harness {

// A DNS of our own from the root down, on real name servers (NSD), in a network
// of the test's own: the root and "nsec." (RSASHA256, NSEC), "test." (ECDSA,
// NSEC3 with opt-out), and below them the zones that dns_tree.cc lists, each sound or
// broken in one way. "bad." is delegated, unsigned, to kBadServer, where nothing
// listens unless the test puts a BadServer there; "silent." to a socket that
// reads nothing.
//
// Starts about three processes and takes a second or two: one for a test binary.
class DnsTree {
 public:
  static constexpr char kBadServer[] = "192.0.2.66";
  // The A record of each "www" here.
  static constexpr char kWww[] = "192.0.2.80";

  static DnsTree& Shared();

  // For a resolver's options.
  std::string root_hints_file() const { return folder_.File("hints"); }
  // The root's key; a key that never signed anything; both.
  std::string anchor_file() const { return folder_.File("anchor"); }
  std::string other_anchor_file() const { return folder_.File("other"); }
  std::string both_anchors_file() const { return folder_.File("both"); }

 private:
  DnsTree();
  ~DnsTree();

  testing::TempDir folder_;
  std::vector<std::unique_ptr<NameServer>> servers_;
  int silent_ = -1;  // a socket bound to port 53 that nobody reads
};

}  // namespace cairn::harness
