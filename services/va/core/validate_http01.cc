#include "services/va/core/validate_http01.h"

#include <absl/status/statusor.h>

#include <set>
#include <string>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/va/core/destination.h"
#include "services/va/core/key_authorization.h"

namespace cairn::va {
namespace {

using errors::Reason;

constexpr int kMaxRedirects = 10;
// How much more than the key authorization is read: white space after it, and
// enough of a wrong answer to show.
constexpr size_t kBodyMargin = 128;
constexpr size_t kMaxExcerpt = 64;
constexpr size_t kMaxUrlShown = 200;

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

// What RFC 8555 section 8.3 has the server ignore at the end.
std::string_view TrimEnd(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n\v\f").find(text.back()) != text.npos) {
    text.remove_suffix(1);
  }
  return text;
}

// "http://a.test/x [192.0.2.1:80] (redirect 2)": which hop a problem is about, the last.
std::string Where(const evidence::v1::Control& control) {
  const int redirects = control.hops_size() - 1;
  const evidence::v1::Hop& hop = control.hops(redirects);
  return base::Cat(base::Escaped(hop.url(), kMaxUrlShown), DialledNote(hop),
                   redirects > 0 ? base::Cat(" (redirect ", redirects, ")") : "");
}

// Where a redirect leads, unless it is not followed.
absl::StatusOr<Url> NextUrl(const Url& url, const std::string& location,
                            const evidence::v1::Control& control,
                            const std::set<std::string>& seen) {
  UrlError error;
  const auto next = FollowLocation(url, location, error);
  // A redirect leads to a name whose owner the owner of this one chose; to an
  // address only where an address is validated.
  const bool strays = next && next->ip && !url.ip;
  if (!next || strays) {
    return errors::Make(
        Reason::kConnection,
        base::Cat("Redirected from ", Where(control), " to \"",
                  base::Escaped(location, kMaxUrlShown),
                  "\", which is not followed: ", strays ? "its host is an IP address" : error.why));
  }
  if (seen.contains(next->ToText())) {
    return errors::Make(Reason::kConnection,
                        base::Cat("Redirected in a circle, from ", Where(control)));
  }
  return *next;
}

// Whether a response that is no redirect holds the key authorization.
absl::Status CheckFinal(const http::GetResponse& response, const evidence::v1::Control& control,
                        std::string_view key_authorization) {
  const std::string expected =
      base::Cat("Expected \"", key_authorization, "\" from ", Where(control));
  if (response.status < 200 || response.status > 299) {
    return errors::Make(
        Reason::kUnauthorized,
        base::Cat(expected, " with HTTP status 200; found: HTTP status ", response.status));
  }
  if (response.whole && TrimEnd(response.body) == key_authorization) return absl::OkStatus();
  // An excerpt of the same length would hide what is wrong.
  std::string_view found = response.body;
  const bool begins_well = found.starts_with(key_authorization);
  if (begins_well) found.remove_prefix(key_authorization.size());
  const bool other_key = !begins_well && found.starts_with(key_authorization.substr(
                                             0, key_authorization.find('.') + 1));
  return errors::Make(
      Reason::kIncorrectResponse,
      base::Cat(expected, begins_well ? "; found it with more behind it: \"" : "; found: \"",
                base::Escaped(found, kMaxExcerpt), "\"",
                other_key ? ", which ends in another key's thumbprint" : ""));
}

}  // namespace

std::vector<dns::Question> ValidateHttp01::FirstQuestions(const v1::Subject& subject) const {
  return AddressQuestions(subject);
}

absl::Status ValidateHttp01::Look(const base::Call& call, dns::Resolver& resolver,
                                  const v1::Subject& subject,
                                  evidence::v1::Control& control) const {
  // BR 3.2.2.4.19: nothing about the names below.
  if (subject.wildcard()) {
    return errors::Make(Reason::kMalformed, "http-01 can't validate a wildcard");
  }
  const std::string key_authorization = KeyAuthorization(subject);
  Url url{.host = subject.identifier().value(),
          .target = base::Cat("/.well-known/acme-challenge/", base::ToBase64Url(subject.token()))};
  // No lookup, no name: the address itself (RFC 8738 section 5).
  if (subject.identifier().type() == core::v1::Identifier::TYPE_IP) {
    url.ip = base::IpAddress::Parse(url.host);
    if (!url.ip) return errors::Make(Reason::kMalformed, "the identifier is no IP address");
  }

  std::set<std::string> seen;
  for (int redirects = 0;; ++redirects) {
    evidence::v1::Hop& hop = *control.add_hops();
    hop.set_url(url.ToText());
    seen.insert(hop.url());
    const std::optional<uint16_t> port = PortOf(url);
    if (!port) {
      return errors::Make(Reason::kConnection,
                          base::Cat("Redirected to a port that is not authorised: ", Where(control),
                                    "; only 80 and 443 are"));
    }
    Destination destination;
    const absl::Status found =
        FindDestination(call, resolver, addresses_, url.host, url.ip, destination);
    Describe(destination, hop);
    if (!found.ok()) {
      return errors::Make(errors::ReasonOf(found), base::Cat("Fetching ", Where(control), ": ",
                                                             errors::PayloadOf(found).detail()));
    }
    const http::GetOutcome outcome =
        DialInTurn(destination, *port, hop, [&](const base::IpAddress& address) {
          return web_.Get(call, {.address = address,
                                 .port = *port,
                                 .https = url.https,
                                 .server_name = url.ip ? "" : url.host,
                                 .host = url.HostField(),
                                 .target = url.target,
                                 .body_limit = key_authorization.size() + kBodyMargin});
        });
    if (!outcome.status.ok()) {
      const std::string_view why(outcome.status.message().data(), outcome.status.message().size());
      return errors::Make(errors::ReasonOf(outcome.status),
                          base::Cat("Fetching ", Where(control), ": ", base::Escaped(why, 200)));
    }
    const http::GetResponse& response = outcome.response;
    hop.set_http_status(response.status);
    if (IsRedirect(response.status)) {
      if (redirects == kMaxRedirects) {
        return errors::Make(
            Reason::kConnection,
            base::Cat("More than ", kMaxRedirects, " redirects, last from ", Where(control)));
      }
      ASSIGN_OR_RETURN(url, NextUrl(url, response.location, control, seen));
      continue;
    }
    return CheckFinal(response, control, key_authorization);
  }
}

std::optional<uint16_t> ValidateHttp01::PortOf(const Url& url) const {
  if (!url.port) return url.https ? options_.https_port : options_.http_port;
  // 80 and 443 in a URL mean what the options say, as they do without being named.
  if (*url.port == 80) return options_.http_port;
  if (*url.port == 443) return options_.https_port;
  if (*url.port == options_.http_port || *url.port == options_.https_port) return *url.port;
  return std::nullopt;
}

}  // namespace cairn::va
