#include "services/va/core/validate_http01.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/va/core/problem.h"

namespace cairn::va {
namespace {

using errors::Reason;

constexpr int kMaxRedirects = 10;
// How much more than the key authorization is read: white space after it, and
// enough of a wrong answer to show.
constexpr size_t kBodyMargin = 128;
constexpr size_t kMaxExcerpt = 64;
constexpr size_t kMaxUrlShown = 200;
constexpr int kMaxAddressesKept = 16;

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

// "http://a.test/x [192.0.2.1:80]": which hop a problem is about.
std::string Where(const evidence::v1::Hop& hop) {
  std::string where = base::Escaped(hop.url(), kMaxUrlShown);
  if (!hop.dialled().empty()) where += base::Cat(" [", hop.dialled(), "]");
  return where;
}

}  // namespace

std::vector<dns::Question> ValidateHttp01::FirstQuestions(const v1::Subject& subject) const {
  if (subject.identifier().type() != core::v1::Identifier::TYPE_DNS) return {};
  const std::string& name = subject.identifier().value();
  return {{name, dns::Type::kAaaa}, {name, dns::Type::kA}};
}

evidence::v1::Control ValidateHttp01::Run(const base::Call& call, dns::Resolver& resolver,
                                          const v1::Subject& subject) const {
  evidence::v1::Control control;
  control.set_method(subject.method());
  control.set_token(subject.token());
  const absl::Status status = Follow(call, resolver, subject, control);
  control.set_corroborated(status.ok());
  if (!status.ok()) *control.mutable_problem() = MakeProblem(status);
  return control;
}

absl::Status ValidateHttp01::Follow(const base::Call& call, dns::Resolver& resolver,
                                    const v1::Subject& subject,
                                    evidence::v1::Control& control) const {
  const std::string token = base::ToBase64Url(subject.token());
  const std::string key_authorization =
      base::Cat(token, ".", base::ToBase64Url(subject.account_thumbprint()));
  Url url{.host = subject.identifier().value(),
          .target = base::Cat("/.well-known/acme-challenge/", token)};
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
                          base::Cat("Redirected to a port that is not authorised: ", Where(hop)));
    }
    std::vector<base::IpAddress> to_dial;
    RETURN_IF_ERROR(FindAddresses(call, resolver, url, hop, to_dial));
    const http::GetOutcome outcome = Fetch(call, to_dial,
                                           {.port = *port,
                                            .https = url.https,
                                            .server_name = url.ip ? "" : url.host,
                                            .host = url.HostField(),
                                            .target = url.target,
                                            .body_limit = key_authorization.size() + kBodyMargin},
                                           hop);
    if (!outcome.status.ok()) {
      const std::string_view why(outcome.status.message().data(), outcome.status.message().size());
      return errors::Make(errors::ReasonOf(outcome.status),
                          base::Cat("Fetching ", Where(hop), ": ", base::Escaped(why, 200)));
    }
    const http::GetResponse& response = outcome.response;
    hop.set_http_status(response.status);
    if (IsRedirect(response.status)) {
      if (redirects == kMaxRedirects) {
        return errors::Make(Reason::kConnection, base::Cat("More than ", kMaxRedirects,
                                                           " redirects, last from ", Where(hop)));
      }
      UrlError error;
      const auto next = FollowLocation(url, response.location, error);
      // A redirect leads to a name whose owner the owner of this one chose; to an
      // address only where an address is validated.
      const bool strays = next && next->ip && !url.ip;
      if (!next || strays) {
        return errors::Make(
            Reason::kConnection,
            base::Cat("Redirected from ", Where(hop), " to \"",
                      base::Escaped(response.location, kMaxUrlShown), "\", which is not followed: ",
                      strays ? "its host is an IP address" : error.why));
      }
      if (seen.contains(next->ToText())) {
        return errors::Make(Reason::kConnection,
                            base::Cat("Redirected in a circle, from ", Where(hop)));
      }
      url = *next;
      continue;
    }
    if (response.status < 200 || response.status > 299) {
      return errors::Make(Reason::kUnauthorized, base::Cat("Invalid response from ", Where(hop),
                                                           ": HTTP status ", response.status));
    }
    if (!response.whole || TrimEnd(response.body) != key_authorization) {
      return errors::Make(
          Reason::kIncorrectResponse,
          base::Cat("The response from ", Where(hop), " is not the key authorization: \"",
                    base::Escaped(response.body, kMaxExcerpt), "\""));
    }
    return absl::OkStatus();
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

absl::Status ValidateHttp01::FindAddresses(const base::Call& call, dns::Resolver& resolver,
                                           const Url& url, evidence::v1::Hop& hop,
                                           std::vector<base::IpAddress>& to_dial) const {
  std::vector<base::IpAddress> found;
  if (url.ip) {
    found.push_back(*url.ip);
  } else {
    const std::vector<dns::Question> questions = {{url.host, dns::Type::kAaaa},
                                                  {url.host, dns::Type::kA}};
    const std::vector<dns::Answer> answers = resolver.ResolveAll(call, questions);
    absl::Status failure;
    const dns::Answer* weakest = nullptr;
    for (size_t i = 0; i < questions.size(); ++i) {
      const absl::Status status = dns::Check(questions[i], answers[i]);
      if (answers[i].dnssec == dns::Dnssec::kBogus) return status;
      if (!status.ok()) {
        failure = status;
        continue;
      }
      if (weakest == nullptr || answers[i].dnssec < weakest->dnssec) weakest = &answers[i];
      for (const base::IpAddress& address : dns::Addresses(answers[i])) found.push_back(address);
    }
    // One family's answer is enough if it has an address.
    if (found.empty() && !failure.ok()) return failure;
    hop.set_dnssec(std::string(dns::NameOf(weakest->dnssec)));
    for (const std::string& alias : weakest->aliases) hop.add_aliases(alias);
    if (found.empty()) {
      return errors::Make(Reason::kDns,
                          base::Cat("No A or AAAA records for ", url.host,
                                    weakest->rcode == dns::kNameError ? ": no such name" : ""));
    }
  }
  for (const base::IpAddress& address : found) {
    if (hop.addresses_size() < kMaxAddressesKept) hop.add_addresses(address.ToText());
    const bool have_family =
        std::any_of(to_dial.begin(), to_dial.end(),
                    [&](const base::IpAddress& other) { return other.is_v6() == address.is_v6(); });
    if (!have_family && addresses_.MayDial(address)) to_dial.push_back(address);
  }
  if (to_dial.empty()) {
    return errors::Make(
        Reason::kConnection,
        base::Cat(Where(hop), " is at ", found.front().ToText(), " (",
                  policy::SpecialPurposeOf(found.front()), "), which is never contacted"));
  }
  return absl::OkStatus();
}

http::GetOutcome ValidateHttp01::Fetch(const base::Call& call,
                                       const std::vector<base::IpAddress>& to_dial,
                                       http::GetRequest request, evidence::v1::Hop& hop) const {
  http::GetOutcome outcome;
  for (const base::IpAddress& address : to_dial) {
    if (!hop.dialled().empty()) hop.set_first_dialled(hop.dialled());
    hop.set_dialled(address.WithPort(request.port));
    request.address = address;
    outcome = web_.Get(call, request);
    if (outcome.connected) break;
  }
  return outcome;
}

}  // namespace cairn::va
