#include "libs/dns/unbound_settings.h"

#include <sys/resource.h>

#include <algorithm>

#include "libs/base/strings.h"

namespace cairn::dns {
namespace {

// Sockets for questions that wait for their answer: each has a port of its own,
// which whoever forges an answer must guess (RFC 5452). The rest waits for one.
// Libunbound makes room for all of them when it starts, 900 octets for each.
size_t OutgoingPorts(size_t max_lookups) {
  constexpr size_t kMost = 8192, kLeast = 256;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return kLeast;
  return std::clamp<size_t>(std::min<size_t>(files.rlim_cur, max_lookups) / 2, kLeast, kMost);
}

// Where no name server on the Internet is. A delegation is what anybody can
// make, and must not lead a look into the network that it is made from.
constexpr const char* kPrivateRanges[] = {
    "0.0.0.0/8",     "10.0.0.0/8",     "100.64.0.0/10", "169.254.0.0/16",
    "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",   "::/128",
    "::ffff:0:0/96", "fc00::/7",       "fe80::/10",     "ff00::/8",
};

}  // namespace

std::vector<std::pair<std::string, std::string>> UnboundSettings(
    const UnboundResolver::Options& options) {
  const std::string cache = base::Cat(options.cache_bytes);
  const std::string negative_ttl = base::Cat(absl::ToInt64Seconds(options.max_negative_ttl));
  std::vector<std::pair<std::string, std::string>> settings = {
      // Caches.
      {"rrset-cache-size:", cache},
      {"msg-cache-size:", cache},
      {"key-cache-size:", cache},
      {"neg-cache-size:", cache},
      {"rrset-cache-slabs:", "1"},
      {"msg-cache-slabs:", "1"},
      {"key-cache-slabs:", "1"},
      {"infra-cache-slabs:", "1"},
      {"cache-max-ttl:", base::Cat(absl::ToInt64Seconds(options.max_cache_ttl))},
      {"cache-max-negative-ttl:", negative_ttl},
      {"val-bogus-ttl:", negative_ttl},
      {"serve-expired:", "no"},
      {"aggressive-nsec:", "no"},  // it would answer one question with another's proof
      // A server that was down may be up again when its owner tries again.
      {"infra-host-ttl:", "60"},
      {"infra-cache-max-rtt:", "8000"},

      // Transport.
      {"edns-buffer-size:", "1232"},  // RFC 9715: no fragments, TCP instead
      {"outgoing-range:", base::Cat(OutgoingPorts(options.max_lookups))},
      // Libunbound's 10 could all be held by servers that send an octet a second.
      {"outgoing-num-tcp:", "256"},
      {"tcp-auth-query-timeout:", "3000"},
      {"num-queries-per-thread:", base::Cat(options.max_lookups)},
      {"unwanted-reply-threshold:", "1000000"},  // then it is an attack, and the cache is dropped

      // DNSSEC. Only NSEC3 and the times differ from libunbound's defaults.
      {"val-permissive-mode:", "no"},
      {"val-override-date:", "0"},
      {"ignore-cd-flag:", "no"},
      {"val-clean-additional:", "yes"},
      {"harden-glue:", "yes"},
      {"harden-dnssec-stripped:", "yes"},
      {"harden-below-nxdomain:", "yes"},
      {"harden-large-queries:", "yes"},
      {"harden-short-bufsize:", "yes"},
      {"qname-minimisation:", "yes"},
      // An expired signature is expired (RFC 4035 section 5.3.1): libunbound would
      // let it pass for an hour to a day.
      {"val-sig-skew-min:", "0"},
      {"val-sig-skew-max:", "0"},
      // RFC 9276 section 3.2: above, a proof proves nothing, and its answer is insecure.
      {"val-nsec3-keysize-iterations:", "1024 50 2048 50 4096 50"},
      // So that there is a reason to give for what failed.
      {"val-log-level:", "2"},
      {"val-log-squelch:", "no"},
      {"log-servfail:", "yes"},
  };
  const bool forwards = !options.forward.empty();
  const bool closed = forwards || options.query_private_servers;
  settings.emplace_back("do-not-query-localhost:", closed ? "no" : "yes");
  if (!closed) {
    for (const char* range : kPrivateRanges) {
      settings.emplace_back("do-not-query-address:", range);
    }
  }
  // Upper and lower case of a question are 20 to 60 bits more to guess. A server
  // that does not repeat them is asked again, without, and must then say the same
  // twice. A forwarder we trust anyway.
  settings.emplace_back("use-caps-for-id:", forwards ? "no" : "yes");
  settings.emplace_back("module-config:",
                        options.trust_anchor_file.empty() ? "iterator" : "validator iterator");
  if (!options.root_hints_file.empty()) {
    settings.emplace_back("root-hints:", options.root_hints_file);
  }
  return settings;
}

std::string UnboundAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (colon == address.npos) return host;
  return base::Cat(host, "@", address.substr(colon + 1));
}

}  // namespace cairn::dns
