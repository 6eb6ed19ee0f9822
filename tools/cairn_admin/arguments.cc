#include "tools/cairn_admin/arguments.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "libs/acme/identifier.h"
#include "libs/acme/urls.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::admin {
namespace {

constexpr size_t kShown = 300;

absl::Status Wrong(std::string_view what) { return errors::Make(errors::Reason::kMalformed, what); }

// The rest of a URL after `path`, if it has that path.
std::optional<std::string_view> After(std::string_view url, std::string_view path) {
  const size_t at = url.find(path);
  if (at == std::string_view::npos) return std::nullopt;
  return url.substr(at + path.size());
}

std::optional<std::string> ParseSerial(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  return base::FromHex(base::ToLower(text));
}

absl::Status ParseUrl(std::string_view url, sa::v1::FindValidationsRequest& request) {
  if (const auto rest = After(url, acme::kAuthorizationPath)) {
    if (const auto path = acme::ParseAuthorizationPath(*rest)) {
      request.mutable_authorization()->set_order_id(path->order_id);
      request.mutable_authorization()->set_position(path->position);
      return absl::OkStatus();
    }
  } else if (const auto rest = After(url, acme::kChallengePath)) {
    if (const auto path = acme::ParseChallengePath(*rest)) {
      request.mutable_authorization()->set_order_id(path->order_id);
      request.mutable_authorization()->set_position(path->position);
      return absl::OkStatus();
    }
  } else if (auto rest = After(url, acme::kOrderPath)) {
    if (rest->ends_with(acme::kFinalizeSuffix)) rest->remove_suffix(acme::kFinalizeSuffix.size());
    if (const auto id = acme::ParseOrderId(*rest)) {
      request.set_order_id(*id);
      return absl::OkStatus();
    }
  } else if (const auto rest = After(url, acme::kCertificatePath)) {
    if (auto serial = ParseSerial(*rest)) {
      request.set_serial(*std::move(serial));
      return absl::OkStatus();
    }
  }
  return Wrong(
      base::Cat("this is not the URL of an authorization, a challenge, an order or a "
                "certificate: ",
                base::Escaped(url, kShown)));
}

absl::StatusOr<int> ParseNumber(std::string_view text, int most, std::string_view option) {
  int number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || number < 1 ||
      number > most) {
    return Wrong(base::Cat(option, " must be a whole number from 1 to ", most));
  }
  return number;
}

absl::StatusOr<absl::Duration> ParseSince(std::string_view text) {
  const std::string_view units = "smhd";
  const size_t unit = text.empty() ? std::string_view::npos : units.find(text.back());
  if (unit == std::string_view::npos) return Wrong("--since must be like 90m, 24h or 7d");
  ASSIGN_OR_RETURN(const int number,
                   ParseNumber(text.substr(0, text.size() - 1), 10'000'000, "--since"));
  const absl::Duration one[] = {absl::Seconds(1), absl::Minutes(1), absl::Hours(1),
                                absl::Hours(24)};
  const absl::Duration since = number * one[unit];
  if (since > absl::Hours(24 * 90)) return Wrong("--since must be at most 90d");
  return since;
}

absl::Status SetOption(const std::string& option, const std::string& value, Arguments& arguments) {
  const std::map<std::string_view, std::string*> texts = {
      {"--sa", &arguments.address},   {"--name", &arguments.tls_name},
      {"--ca", &arguments.ca_path},   {"--cert", &arguments.certificate_path},
      {"--key", &arguments.key_path},
  };
  if (const auto text = texts.find(option); text != texts.end()) {
    *text->second = value;
    return absl::OkStatus();
  }
  if (option == "--since") {
    ASSIGN_OR_RETURN(arguments.since, ParseSince(value));
    return absl::OkStatus();
  }
  if (option == "--limit") {
    ASSIGN_OR_RETURN(const int limit, ParseNumber(value, 100, option));
    arguments.request.set_limit(static_cast<uint32_t>(limit));
    return absl::OkStatus();
  }
  if (option == "--perspective-key") {
    const size_t equals = value.find('=');
    if (equals == std::string::npos) return Wrong("--perspective-key must be ID=FILE");
    arguments.perspective_key_paths[value.substr(0, equals)] = value.substr(equals + 1);
    return absl::OkStatus();
  }
  return Wrong(base::Cat("there is no option ", base::Escaped(option, kShown)));
}

}  // namespace

const char kHelp[] =
    R"(usage: cairn-admin explain-validation WHAT --sa ADDRESS --name NAME --ca FILE --cert FILE
                                      --key FILE [OPTION...]

Shows what each perspective saw when the CA validated a name: whether the owner
authorised the account, what CAA said, and each DNS answer used. Perspectives that
differ from the others are shown in full, of those that agree the first.

WHAT is one of
  a name             example.com, *.example.com, 192.0.2.1: the newest validations
  a URL              of an authorization, a challenge, an order or a certificate,
                     as the ACME client has it
  16 hex digits      an order's id
  32 hex digits      a certificate's serial number, as the CA stored it

  --since 24h        how old the orders may be that a search by name looks at: a
                     number and s, m, h or d; at most 90d. A longer time costs the
                     database more: it reads every authorization of that time
  --limit 10         how many validations to show, at most 100
  --all              every perspective in full
  --json             one JSON object a line for each validation, with all receipts
  --perspective-key ID=FILE
                     the public key (PEM) of a perspective, as in the signer's
                     configuration; repeatable. Its receipts' signatures are then
                     verified, those of others are shown as "not verified"
  --sa ADDRESS       host:port of the SA
  --name NAME        the name in its certificate: sa.cairn.internal
  --ca FILE          the internal CA's certificate
  --cert FILE        a client certificate for the name admin.<internal domain>
  --key FILE         its key

Exit code: 0 something was found; 1 an error; 3 nothing was found.
)";

absl::Status ParseWhat(std::string_view text, sa::v1::FindValidationsRequest& request) {
  if (text.find('/') != std::string_view::npos) return ParseUrl(text, request);
  if (const auto id = acme::ParseOrderId(base::ToLower(text))) {
    request.set_order_id(*id);
    return absl::OkStatus();
  }
  if (auto serial = ParseSerial(text)) {
    request.set_serial(*std::move(serial));
    return absl::OkStatus();
  }
  absl::StatusOr<acme::RequestedName> name = acme::ParseIdentifier("ip", text);
  if (!name.ok()) {
    if (text.ends_with('.')) text.remove_suffix(1);
    name = acme::ParseIdentifier("dns", text);
  }
  if (!name.ok()) {
    return Wrong(base::Cat("\"", base::Escaped(text, kShown),
                           "\" is no name that can be validated, no URL, no order id and no "
                           "serial: ",
                           errors::PayloadOf(name.status()).detail()));
  }
  *request.mutable_name()->mutable_identifier() = name->identifier;
  request.mutable_name()->set_wildcard(name->wildcard);
  return absl::OkStatus();
}

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words, absl::Time now) {
  Arguments arguments;
  arguments.request.set_limit(10);
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--json") {
      arguments.json = true;
    } else if (word == "--all") {
      arguments.all = true;
    } else if (word.starts_with("--")) {
      if (i + 1 == words.size())
        return Wrong(base::Cat(base::Escaped(word, kShown), " needs a value"));
      RETURN_IF_ERROR(SetOption(word, words[++i], arguments));
    } else if (arguments.what.empty()) {
      arguments.what = word;
    } else {
      return Wrong("only one thing can be explained at a time");
    }
  }
  if (arguments.what.empty()) return Wrong("what is to be explained? a name, a URL, or an id");
  RETURN_IF_ERROR(ParseWhat(arguments.what, arguments.request));
  arguments.request.set_made_since(absl::ToUnixSeconds(now - arguments.since));
  for (const auto& [option, value] :
       {std::pair("--sa", &arguments.address), std::pair("--name", &arguments.tls_name),
        std::pair("--ca", &arguments.ca_path), std::pair("--cert", &arguments.certificate_path),
        std::pair("--key", &arguments.key_path)}) {
    if (value->empty()) return Wrong(base::Cat(option, " is missing"));
  }
  return arguments;
}

}  // namespace cairn::admin
