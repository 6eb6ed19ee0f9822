#include "tests/harness/dns/dns_tree.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "tests/harness/dns/own_network.h"

namespace cairn::harness {
namespace {

constexpr char kRootServer[] = "192.0.2.1";
constexpr char kTldServer[] = "192.0.2.2";
constexpr char kZoneServer[] = "192.0.2.3";
constexpr char kSilentServer[] = "192.0.2.7";

using Denial = Zone::Denial;

// What a zone is, and what is then done to it.
struct Row {
  Zone zone;
  // Changes the signed file.
  std::function<std::string(const ZoneFile&)> damage;
  // What the parent says of it instead of its DS.
  std::function<std::string(const ZoneFile&)> ds;
};

std::string Lines(const std::string& more = "") {
  return base::Cat("www A ", DnsTree::kWww, "\n@ CAA 0 issue \"ca.test\"\n", more);
}

// A TXT RRset of about 4 kB: more than a UDP answer may have.
std::string BigTxt() {
  std::string lines;
  for (int i = 0; i < 20; ++i) {
    lines += base::Cat("big TXT \"", i, "-", std::string(200, 'x'), "\"\n");
  }
  return lines;
}

// The zones of kZoneServer.
std::vector<Row> Zones() {
  return {
      {{.name = "ecdsa.test.",
        .records = Lines(base::Cat(BigTxt(),
                                   "*.wild A 192.0.2.80\n"
                                   "moved DNAME ed25519.test.\n"
                                   "to-secure CNAME www.rsa.test.\n"
                                   "to-insecure CNAME www.plain.test.\n"
                                   "to-bogus CNAME www.broken.test.\n"
                                   "to-nothing CNAME none.rsa.test.\n"
                                   "txt TXT \"text\"\n"))}},
      {{.name = "ed25519.test.", .records = Lines(), .algorithm = "ED25519"}},
      {{.name = "rsa.test.", .records = Lines(), .algorithm = "RSASHA256"}},
      {{.name = "sha512.test.", .records = Lines(), .algorithm = "RSASHA512"}},
      {{.name = "nsec3.test.",
        .records = Lines("*.wild A 192.0.2.80\n"),
        .denial = Denial::kNsec3}},
      // Not signed, and the parent proves it: by opt-out, and by NSEC.
      {{.name = "plain.test.", .records = Lines(), .algorithm = ""}},
      {{.name = "plain.nsec.", .records = Lines(), .algorithm = ""}},
      // An address that the signature isn't over.
      {{.name = "broken.test.", .records = Lines()},
       [](const ZoneFile& file) { return Replaced(file.text, "A\t192.0.2.80", "A\t192.0.2.81"); }},
      {{.name = "unsigned-www.test.", .records = Lines()},
       [](const ZoneFile& file) { return WithoutSignatures(file.text, "www.unsigned-www.test."); }},
      // Half an hour ago: a tolerance of an hour, libunbound's default, would let it pass.
      {{.name = "expired.test.",
        .records = Lines(),
        .inception = -absl::Hours(48),
        .expiration = -absl::Minutes(30)}},
      {{.name = "future.test.",
        .records = Lines(),
        .inception = absl::Minutes(30),
        .expiration = absl::Hours(48)}},
      // A DS, and no signature: what an attacker in between makes of a signed zone.
      {{.name = "stripped.test.", .records = Lines(), .algorithm = ""},
       nullptr,
       [](const ZoneFile&) {
         return base::Cat("stripped.test. DS 12345 13 2 ", std::string(64, 'a'), "\n");
       }},
      {{.name = "wrong-ds.test.", .records = Lines()},
       nullptr,
       [](const ZoneFile&) {
         return base::Cat("wrong-ds.test. DS 12345 13 2 ", std::string(64, 'a'), "\n");
       }},
      {{.name = "sha1-ds.test.", .records = Lines()},
       nullptr,
       [](const ZoneFile& file) { return file.ds_sha1; }},
      {{.name = "rsasha1.test.", .records = Lines(), .algorithm = "RSASHA1"}},
      {{.name = "broken-rsasha1.test.", .records = Lines(), .algorithm = "RSASHA1"},
       [](const ZoneFile& file) { return Replaced(file.text, "A\t192.0.2.80", "A\t192.0.2.81"); }},
      // Only a DS of an algorithm that nobody knows: as if not signed (RFC 4035 section 5.2).
      {{.name = "unknown-algorithm.test.", .records = Lines(), .algorithm = ""},
       nullptr,
       [](const ZoneFile&) {
         return base::Cat("unknown-algorithm.test. DS 12345 200 2 ", std::string(64, 'a'), "\n");
       }},
      {{.name = "iterations.test.",
        .records = Lines(),
        .denial = Denial::kNsec3,
        .iterations = 500}},
      {{.name = "some-iterations.test.",
        .records = Lines(),
        .denial = Denial::kNsec3,
        .iterations = 50}},
      // The parent names a second server, which does not have the zone.
      {{.name = "half-lame.test.", .records = Lines()},
       nullptr,
       [](const ZoneFile& file) {
         return base::Cat(file.ds, "half-lame.test. NS ns2.half-lame.test.\nns2.half-lame.test. A ",
                          kTldServer, "\n");
       }},
  };
}

// Delegated to a server that refuses, to one that refers back, to this machine.
std::string LameDelegations() {
  return base::Cat("lame NS ns.lame\nns.lame A ", kZoneServer, "\n",
                   "referred NS ns.referred\nns.referred A ", kTldServer,
                   "\ninside NS ns.inside\nns.inside A 127.0.0.66\n");
}

std::string Delegation(const Zone& zone, const std::string& ds) {
  return base::Cat(zone.name, " NS ns.", zone.name, "\nns.", zone.name, " A ", zone.server, "\n",
                   ds);
}

// A key that could be the root's.
std::string OtherKey() {
  return Sign({.name = ".", .server = kRootServer, .algorithm = "RSASHA256"}).dnskey;
}

}  // namespace

DnsTree& DnsTree::Shared() {
  static DnsTree tree;
  return tree;
}

DnsTree::DnsTree() {
  EnterOwnNetwork();
  std::map<std::string, std::string> zone_files;
  std::map<std::string, std::string> delegations;  // by parent
  for (Row& row : Zones()) {
    row.zone.server = kZoneServer;
    const ZoneFile file = Sign(row.zone);
    zone_files[row.zone.name] = row.damage ? row.damage(file) : file.text;
    const std::string parent = row.zone.name.substr(row.zone.name.find('.') + 1);
    delegations[parent] += Delegation(row.zone, row.ds ? row.ds(file) : file.ds);
  }
  servers_.push_back(std::make_unique<NameServer>(kZoneServer, zone_files));

  const Zone test{.name = "test.",
                  .records = delegations["test."] + LameDelegations(),
                  .server = kTldServer,
                  .denial = Denial::kNsec3OptOut};
  const Zone nsec{.name = "nsec.",
                  .records = delegations["nsec."],
                  .server = kTldServer,
                  .algorithm = "RSASHA256"};
  const ZoneFile test_file = Sign(test), nsec_file = Sign(nsec);
  servers_.push_back(std::make_unique<NameServer>(
      kTldServer, std::map<std::string, std::string>{{test.name, test_file.text},
                                                     {nsec.name, nsec_file.text}}));

  const Zone root{
      .name = ".",
      .records = base::Cat(Delegation(test, test_file.ds), Delegation(nsec, nsec_file.ds),
                           Delegation({.name = "bad.", .server = kBadServer}, ""),
                           Delegation({.name = "silent.", .server = kSilentServer}, "")),
      .server = kRootServer,
      .algorithm = "RSASHA256"};
  const ZoneFile root_file = Sign(root);
  servers_.push_back(std::make_unique<NameServer>(
      kRootServer, std::map<std::string, std::string>{{root.name, root_file.text}}));

  folder_.Write("hints", base::Cat(". 3600 NS ns.\nns. 3600 A ", kRootServer, "\n"));
  const std::string other = OtherKey();
  folder_.Write("anchor", root_file.dnskey);
  folder_.Write("other", other);
  folder_.Write("both", other + root_file.dnskey);

  silent_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  inet_pton(AF_INET, kSilentServer, &address.sin_addr);
  INVARIANT(bind(silent_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
            "the network is ours");
}

DnsTree::~DnsTree() { close(silent_); }

}  // namespace cairn::harness
