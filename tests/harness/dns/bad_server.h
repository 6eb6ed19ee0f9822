#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace cairn::harness {

// A DNS server that does what a well-behaved one won't, for "bad." on port 53 of
// an address of the test's own network (DnsTree). What it does with a question
// depends on the label before "bad", "late" in "x.late.bad":
//
//   good             answers
//   silent           does not
//   late             answers after three seconds
//   wrong-id, wrong-question, other-source
//                    forged answers that are not to the question, or not from here
//   cut, cut-silent, cut-drip
//                    truncated over UDP; over TCP it closes the connection, says
//                    nothing, sends one octet every 100 ms
//   authentic        answers, with the bit that says that it was validated
//   huge, many       a TXT RRset of 60 kB; of 150 records
//   loop, loop-a     aliases in a circle of one, of two
//   chain-N          an alias of chain-(N-1); chain-0 has an address
//   nx-records       NXDOMAIN, with the forged address
//   poison           the true address, and in all sections records of other names
//   garbage, pointer-loop, short-rdata, odd-rdata, lying-count
//                    messages that break the format
//   up, sideways     a referral to the root, to itself
//   flood            a referral to 100 name servers without addresses
//   rcode-N          response code N
//
// Everything false that it says points to kForged. Thread-safe.
class BadServer {
 public:
  static constexpr char kForged[] = "203.0.113.66";

  explicit BadServer(const std::string& address);
  ~BadServer();
  BadServer(const BadServer&) = delete;
  BadServer& operator=(const BadServer&) = delete;

  // Questions so far over UDP and TCP, retries included: all, and those with `label`.
  int Asked() const;
  int Asked(const std::string& label) const;
  // Whether a question came whose letters were not all of one case.
  bool SawMixedCase() const;

 private:
  struct Later;
  struct Drip;

  void Run();
  void OnUdp();
  void OnTcp();
  void SendDue();
  // Reply to `query`; empty: none.
  std::string Reply(std::string_view query, bool tcp, std::string& manner);

  int udp_ = -1, tcp_ = -1, other_ = -1, stop_read_ = -1, stop_write_ = -1;
  std::vector<Later> later_;
  std::vector<Drip> drips_;
  mutable std::mutex mutex_;
  std::map<std::string, int> asked_;
  bool mixed_case_ = false;
  std::jthread thread_;
};

}  // namespace cairn::harness
