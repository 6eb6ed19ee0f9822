#include "tests/load/acme_client.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/src.hpp>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"

namespace cairn::load {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::beast::http::verb;

namespace {

constexpr int kTries = 5;
constexpr std::chrono::seconds kLongestOrder{60};

asio::awaitable<void> Sleep(const asio::any_io_executor& executor, SteadyClock::duration time) {
  asio::steady_timer timer(executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

// "/acme/..." of "https://host:port/acme/...".
std::string TargetOf(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t slash = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
  return slash == std::string::npos ? "/" : url.substr(slash);
}

json::object ParseObject(const std::string& text) {
  boost::system::error_code code;
  json::value value = json::parse(text, code);
  return !code && value.is_object() ? std::move(value.get_object()) : json::object();
}

std::string Text(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string().c_str()) : "";
}

std::chrono::seconds RetryAfter(const HttpResponse& response) {
  constexpr int kLongest = 5;
  int seconds = 1;
  std::from_chars(response.retry_after.data(),
                  response.retry_after.data() + response.retry_after.size(), seconds);
  return std::chrono::seconds(std::clamp(seconds, 1, kLongest));
}

}  // namespace

void Pace::Saw(SteadyClock::duration taken) {
  expected_ += std::min((taken - expected_) / 8, expected_ / 4);
}

SteadyClock::duration Pace::Wait(SteadyClock::duration elapsed, int polls) const {
  SteadyClock::duration wait = polls == 0 ? expected_ * 9 / 10 - elapsed : elapsed / 10;
  return std::clamp<SteadyClock::duration>(wait, kShortest, std::chrono::seconds(1));
}

std::optional<Directory> Directory::Parse(const std::string& text) {
  const json::object object = ParseObject(text);
  Directory directory{.new_nonce = Text(object, "newNonce"),
                      .new_account = Text(object, "newAccount"),
                      .new_order = Text(object, "newOrder")};
  if (directory.new_nonce.empty() || directory.new_account.empty() || directory.new_order.empty()) {
    return std::nullopt;
  }
  return directory;
}

bool HoldsNames(std::string_view pem, const std::vector<std::string>& names) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  const size_t begin = pem.find(kBegin);
  const size_t end = pem.find("-----END CERTIFICATE-----");
  if (begin == pem.npos || end == pem.npos || end < begin) return false;
  std::string text(pem.substr(begin + kBegin.size(), end - begin - kBegin.size()));
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  const std::optional<std::string> der = base::FromBase64(text);
  return der && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
           return der->find(name) != std::string::npos;
         });
}

void AcmeClient::Fail(Step step, std::string_view what) {
  shared_.statistics.Failed(base::Cat(NameOf(step), ": ", base::Escaped(what, 400)));
}

asio::awaitable<bool> AcmeClient::FetchNonce() {
  const auto start = SteadyClock::now();
  const HttpResponse response =
      co_await connection_.Send(verb::head, TargetOf(shared_.directory.new_nonce), "");
  nonce_ = response.nonce;
  if (!nonce_.empty()) {
    shared_.statistics.Took(Step::kNewNonce, SteadyClock::now() - start);
    co_return true;
  }
  if (response.status == 503 || response.status == 429) {
    shared_.statistics.Refused();
  } else {
    Fail(Step::kNewNonce, base::Cat(response.status, " ", response.body));
  }
  co_return false;
}

asio::awaitable<std::optional<HttpResponse>> AcmeClient::Post(Step step, const std::string& url,
                                                              std::string_view payload) {
  const std::string key_member = step == Step::kNewAccount
                                     ? base::Cat("\"jwk\":", account_.key.jwk())
                                     : base::Cat("\"kid\":\"", account_.url, "\"");
  const std::string target = TargetOf(url);
  for (int attempt = 1;; ++attempt) {
    if (nonce_.empty()) {
      const bool fetched = co_await FetchNonce();
      if (!fetched) co_return std::nullopt;
    }
    std::string body = account_.key.Sign(key_member, url, nonce_, payload);
    nonce_.clear();
    const auto start = SteadyClock::now();
    HttpResponse response = co_await connection_.Send(verb::post, target, std::move(body));
    nonce_ = response.nonce;
    if (response.status >= 200 && response.status < 300) {
      shared_.statistics.Took(step, SteadyClock::now() - start);
      co_return response;
    }
    const bool bad_nonce =
        response.status == 400 && response.body.find(":badNonce\"") != std::string::npos;
    const bool busy = response.status == 503 || response.status == 429;
    if (bad_nonce && attempt < kTries) {
      shared_.statistics.BadNonce();
    } else if (busy && step != Step::kNewOrder && attempt < kTries) {
      // Work was spent on the order by now: a client comes back, as asked.
      shared_.statistics.Retried();
      co_await Sleep(shared_.executor, RetryAfter(response));
    } else {
      if (busy) {
        shared_.statistics.Refused();
      } else {
        Fail(step, base::Cat(response.status, " ", response.body));
      }
      co_return std::nullopt;
    }
  }
}

asio::awaitable<bool> AcmeClient::Register() {
  const std::optional<HttpResponse> response = co_await Post(
      Step::kNewAccount, shared_.directory.new_account, R"({"termsOfServiceAgreed":true})");
  if (!response) co_return false;
  account_.url = response->location;
  if (account_.url.empty()) Fail(Step::kNewAccount, "no Location");
  co_return !account_.url.empty();
}

bool AcmeClient::ReadOrder(Order& order, const std::string& body) {
  const json::object object = ParseObject(body);
  order.status = Text(object, "status");
  order.finalize = Text(object, "finalize");
  order.certificate = Text(object, "certificate");
  const json::value* authorizations = object.if_contains("authorizations");
  if (authorizations != nullptr && authorizations->is_array()) {
    order.authorizations.clear();
    for (const json::value& url : authorizations->get_array()) {
      if (url.is_string()) order.authorizations.emplace_back(url.get_string().c_str());
    }
  }
  return !order.status.empty() && !order.finalize.empty();
}

asio::awaitable<bool> AcmeClient::Authorize(Order& order, const std::string& url) {
  const std::optional<HttpResponse> response = co_await Post(Step::kAuthorization, url, "");
  if (!response) co_return false;
  const json::object authorization = ParseObject(response->body);
  if (Text(authorization, "status") == "valid") co_return true;
  std::string token, challenge_url;
  const json::value* challenges = authorization.if_contains("challenges");
  if (challenges != nullptr && challenges->is_array()) {
    for (const json::value& challenge : challenges->get_array()) {
      if (!challenge.is_object() || Text(challenge.get_object(), "type") != "http-01") continue;
      token = Text(challenge.get_object(), "token");
      challenge_url = Text(challenge.get_object(), "url");
    }
  }
  if (token.empty() || challenge_url.empty()) {
    Fail(Step::kAuthorization, base::Cat("no http-01 challenge: ", response->body));
    co_return false;
  }
  shared_.responder.Add(token, base::Cat(token, ".", account_.key.thumbprint()));
  order.tokens.push_back(token);
  if (order.challenged == SteadyClock::time_point()) order.challenged = SteadyClock::now();
  const std::optional<HttpResponse> answer = co_await Post(Step::kChallenge, challenge_url, "{}");
  if (!answer) co_return false;
  // The order need not be asked for what this answer says already.
  if (Text(ParseObject(answer->body), "status") != "valid") order.all_known_valid = false;
  co_return true;
}

asio::awaitable<bool> AcmeClient::PollWhile(Order& order, std::string_view status, Pace& pace,
                                            SteadyClock::time_point since) {
  for (int polls = 0; order.status == status; ++polls) {
    const auto elapsed = SteadyClock::now() - since;
    if (elapsed > kLongestOrder) {
      Fail(Step::kPollOrder, base::Cat("an order stays ", status));
      co_return false;
    }
    co_await Sleep(shared_.executor, pace.Wait(elapsed, polls));
    const std::optional<HttpResponse> response = co_await Post(Step::kPollOrder, order.url, "");
    if (!response) co_return false;
    if (!ReadOrder(order, response->body) || order.status == "invalid") {
      std::string why = response->body;
      const std::optional<HttpResponse> authorization =
          co_await Post(Step::kAuthorization, order.authorizations.front(), "");
      if (authorization) why += " " + authorization->body;
      Fail(Step::kPollOrder, why);
      co_return false;
    }
  }
  pace.Saw(SteadyClock::now() - since);
  co_return true;
}

asio::awaitable<bool> AcmeClient::Download(Order& order) {
  if (order.status != "valid" || order.certificate.empty()) {
    Fail(Step::kFinalize, base::Cat("an order is ", order.status, " after finalize"));
    co_return false;
  }
  const std::optional<HttpResponse> response =
      co_await Post(Step::kCertificate, order.certificate, "");
  if (!response) co_return false;
  const bool right = HoldsNames(response->body, order.names);
  if (!right) Fail(Step::kCertificate, base::Cat("without the names: ", response->body));
  co_return right;
}

asio::awaitable<bool> AcmeClient::Run(Order& order) {
  std::string identifiers;
  for (const std::string& name : order.names) {
    identifiers +=
        base::Cat(identifiers.empty() ? "" : ",", R"({"type":"dns","value":")", name, R"("})");
  }
  const std::string new_order = base::Cat(R"({"identifiers":[)", identifiers, "]}");
  const std::optional<HttpResponse> created =
      co_await Post(Step::kNewOrder, shared_.directory.new_order, new_order);
  if (!created) co_return false;
  order.url = created->location;
  if (!ReadOrder(order, created->body) || order.authorizations.empty() || order.url.empty()) {
    Fail(Step::kNewOrder, base::Cat("not an order: ", created->body));
    co_return false;
  }

  for (const std::string& url : std::vector<std::string>(order.authorizations)) {
    const bool authorized = co_await Authorize(order, url);
    if (!authorized) co_return false;
  }
  if (order.all_known_valid) order.status = "ready";
  const bool ready = co_await PollWhile(order, "pending", shared_.ready, order.challenged);
  if (!ready) co_return false;
  shared_.statistics.Took(Step::kChallengeToReady, SteadyClock::now() - order.challenged);

  const std::string csr = base::ToBase64Url(shared_.csrs.Make(order.names));
  const std::string finalize = base::Cat(R"({"csr":")", csr, R"("})");
  const auto finalized = SteadyClock::now();
  const std::optional<HttpResponse> accepted =
      co_await Post(Step::kFinalize, order.finalize, finalize);
  if (!accepted) co_return false;
  if (!ReadOrder(order, accepted->body)) {
    Fail(Step::kFinalize, base::Cat("not an order: ", accepted->body));
    co_return false;
  }
  const bool valid = co_await PollWhile(order, "processing", shared_.valid, finalized);
  if (!valid) co_return false;
  shared_.statistics.Took(Step::kFinalizeToValid, SteadyClock::now() - finalized);
  const bool downloaded = co_await Download(order);
  co_return downloaded;
}

asio::awaitable<void> AcmeClient::Issue(int names) {
  Order order;
  for (int i = 0; i < names; ++i) {
    order.names.push_back(
        base::Cat("l", base::ToHex(shared_.random.Bytes(8)), ".", shared_.suffix));
  }
  const auto start = SteadyClock::now();
  const bool issued = co_await Run(order);
  for (const std::string& token : order.tokens) shared_.responder.Remove(token);
  if (issued) {
    shared_.statistics.Took(Step::kWhole, SteadyClock::now() - start);
    shared_.statistics.CertificateIssued();
  }
}

}  // namespace cairn::load
