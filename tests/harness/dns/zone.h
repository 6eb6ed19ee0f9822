#pragma once

#include <absl/time/time.h>

#include <string>

namespace cairn::harness {

// A zone of the DNS as text, for a name server, and how it is to be signed.
struct Zone {
  enum class Denial { kNsec, kNsec3, kNsec3OptOut };

  std::string name;  // "a.test."; "." is the root
  // Lines of a zone file below $ORIGIN name. SOA and apex NS come by themselves.
  std::string records;
  std::string server;  // address of its one name server, "ns" in the zone itself

  std::string algorithm = "ECDSAP256SHA256";  // as ldns names it; "": not signed
  Denial denial = Denial::kNsec;
  int iterations = 0;                          // of NSEC3
  absl::Duration inception = -absl::Hours(1);  // both from now on
  absl::Duration expiration = absl::Hours(24);
};

struct ZoneFile {
  std::string text;
  // In zone file form, with a SHA-256 digest or with a SHA-1 digest; what a parent
  // and what a trust anchor says of it. Empty where the zone is not signed.
  std::string ds, ds_sha1, dnskey;
};

// Makes a key and signs, with ldns-keygen and ldns-signzone. One key does all.
ZoneFile Sign(const Zone& zone);

// `text` with each `from` replaced. Ends the test if there is none.
std::string Replaced(std::string text, const std::string& from, const std::string& to);

// `zone_file` without the RRSIG records of `owner` ("www.a.test.").
std::string WithoutSignatures(const std::string& zone_file, const std::string& owner);

}  // namespace cairn::harness
