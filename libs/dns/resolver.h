#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/ip_address.h"

namespace cairn::dns {

enum class Type : uint16_t { kA = 1, kTxt = 16, kAaaa = 28, kCaa = 257 };
std::string_view NameOf(Type type);

// What validation says of an answer (RFC 4035 section 4.3), the weakest first.
enum class Dnssec {
  kUnchecked,      // this resolver does not validate
  kIndeterminate,  // it could not find out, or has no trust anchor for the name
  kInsecure,       // proven to be unsigned
  kSecure,
  kBogus,
};
// "secure", ...: as in receipts.
std::string_view NameOf(Dnssec dnssec);

// Response codes (RFC 1035 section 4.1.1) that code here knows by name.
enum : int { kNoError = 0, kServerFailure = 2, kNameError = 3 };

struct Question {
  std::string name;  // without trailing dot, lower case
  Type type = Type::kA;

  friend auto operator<=>(const Question&, const Question&) = default;
};

struct Answer {
  int rcode = kServerFailure;
  // RDATA of the records of the type asked for, at the end of the chain of aliases.
  std::vector<std::string> records;
  std::vector<std::string> aliases;  // CNAME targets in order, as text
  Dnssec dnssec = Dnssec::kUnchecked;
  absl::Duration ttl;
  std::string why;  // what is known about a failure; printable, at most 200 octets
  // The code of RFC 8914 that goes with `why`, where one does.
  std::optional<int> extended_error;
};

// Looks names up. Thread-safe.
class Resolver {
 public:
  virtual ~Resolver() = default;

  // One answer for each question, in their order, looked up at the same time.
  // Blocks until all are there, at the latest until call.deadline: what is not
  // answered by then is a kServerFailure that says so.
  virtual std::vector<Answer> ResolveAll(const base::Call& call,
                                         std::span<const Question> questions) = 0;

  Answer Resolve(const base::Call& call, const Question& question);
};

// "signature expired from 192.0.2.3 (EDE 7: Signature Expired)": `why` and
// `extended_error` for people; empty where both are absent.
std::string Explain(const Answer& answer);

// OK where `answer` says what is there, be it nothing: NOERROR or NXDOMAIN, not
// bogus. All else is no answer, and so kDns (BR 4.2.2.2.5, RFC 8659 section 3).
absl::Status Check(const Question& question, const Answer& answer);

// The addresses of an answer to an A or AAAA question; RDATA of another size is left out.
std::vector<base::IpAddress> Addresses(const Answer& answer);

}  // namespace cairn::dns
