#include "services/va/core/caa_vectors.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::va::testing {
namespace {

constexpr int kMaxAliases = 8;

absl::Status Bad(std::string_view what) { return errors::Make(errors::Reason::kMalformed, what); }

std::vector<std::string> Words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(std::move(word));
  return words;
}

std::optional<int> Number(std::string_view text, int highest) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number >= 0 && number <= highest ? std::optional(number) : std::nullopt;
}

// What stands between quotes in a zone file (RFC 1035 section 5.1).
std::optional<std::string> Unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string out;
  while (!text.empty()) {
    if (text.front() == '"') return std::nullopt;
    if (text.front() != '\\') {
      out += text.front();
      text.remove_prefix(1);
    } else if (text.size() >= 2 && (text[1] == '"' || text[1] == '\\')) {
      out += text[1];
      text.remove_prefix(2);
    } else {
      const auto octet = text.size() < 4 ? std::nullopt : Number(text.substr(1, 3), 255);
      if (!octet) return std::nullopt;
      out += static_cast<char>(*octet);
      text.remove_prefix(4);
    }
  }
  return out;
}

// `0 issue "ca.example"`, or RFC 3597's `\# 3 000578` for what has no such form.
std::optional<std::string> ParseRdata(std::string_view text) {
  const std::vector<std::string> words = Words(text);
  if (words.size() < 3) return std::nullopt;
  if (words[0] == "\\#") {
    const auto size = Number(words[1], 65535);
    const auto rdata = base::FromHex(words[2]);
    return size && rdata && words.size() == 3 && rdata->size() == static_cast<size_t>(*size)
               ? rdata
               : std::nullopt;
  }
  const auto flags = Number(words[0], 255);
  const size_t quote = text.find('"');
  if (!flags || words[1].size() > 255 || words[1].find('"') != std::string::npos ||
      quote == text.npos) {
    return std::nullopt;
  }
  const auto value = Unquote(text.substr(quote));
  if (!value) return std::nullopt;
  std::string rdata(1, static_cast<char>(*flags));
  rdata += static_cast<char>(words[1].size());
  return rdata + words[1] + *value;
}

// What a resolver says of a name whose lookup fails.
std::optional<dns::Answer> Failure(std::string_view type) {
  if (type == "SERVFAIL") return dns::Answer{.rcode = dns::kServerFailure};
  if (type == "TIMEOUT") return dns::Answer{.rcode = dns::kServerFailure, .why = "timed out"};
  if (type == "BOGUS") {
    return dns::Answer{.rcode = dns::kServerFailure, .dnssec = dns::Dnssec::kBogus};
  }
  if (type == "FORMERR") return dns::Answer{.rcode = 1};
  if (type == "NOTIMP") return dns::Answer{.rcode = 4};
  if (type == "REFUSED") return dns::Answer{.rcode = 5};
  if (type == "NOTAUTH") return dns::Answer{.rcode = 9};
  return std::nullopt;
}

std::string_view Parent(std::string_view name) {
  const size_t dot = name.find('.');
  return dot == name.npos ? std::string_view() : name.substr(dot + 1);
}

}  // namespace

absl::Status CaaZone::Add(std::string_view line) {
  const std::vector<std::string> words = Words(line);
  if (words.size() < 2) return Bad("a line of a zone has a name and a type");
  if (words[0] != base::ToLower(words[0])) return Bad("names are in lower case");
  Node& node = nodes_[words[0]];
  const std::string& type = words[1];
  if (type == "CAA") {
    const auto rdata = ParseRdata(line.substr(line.find(" CAA ") + 5));
    if (!rdata) return Bad("this is no CAA record");
    node.records.push_back(*rdata);
  } else if (type == "CNAME" || type == "DNAME") {
    std::string& target = type == "CNAME" ? node.cname : node.dname;
    if (words.size() != 3 || !target.empty()) return Bad("an alias has one target");
    target = words[2];
  } else if (const auto failure = Failure(type); failure && words.size() == 2) {
    node.failure = *failure;
  } else if (type != "EXISTS" || words.size() != 2) {
    return Bad("this type is not known");
  }
  if (!node.cname.empty() && !node.records.empty()) return Bad("an alias has no other records");
  return absl::OkStatus();
}

bool CaaZone::Exists(std::string_view name) const {
  const std::string below = base::Cat(".", name);
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
    return node.first == name || node.first.ends_with(below);
  });
}

// The name's own node, or the wildcard's that stands for it (RFC 4592 section 3.3).
const CaaZone::Node* CaaZone::Find(std::string_view name) const {
  if (const auto found = nodes_.find(name); found != nodes_.end()) return &found->second;
  if (Exists(name)) return nullptr;
  std::string_view encloser = Parent(name);
  while (!encloser.empty() && !Exists(encloser)) encloser = Parent(encloser);
  const auto wildcard = nodes_.find(base::Cat("*.", encloser));
  return wildcard == nodes_.end() ? nullptr : &wildcard->second;
}

// Where a DNAME above the name leads it (RFC 6672 section 2.2); "": there is none.
std::string CaaZone::Redirected(std::string_view name) const {
  for (std::string_view owner = Parent(name); !owner.empty(); owner = Parent(owner)) {
    const auto found = nodes_.find(owner);
    if (found == nodes_.end() || found->second.dname.empty()) continue;
    return base::Cat(name.substr(0, name.size() - owner.size()), found->second.dname);
  }
  return "";
}

dns::Answer CaaZone::Answer(std::string_view asked) const {
  dns::Answer answer{
      .rcode = dns::kNoError, .dnssec = dns::Dnssec::kInsecure, .ttl = absl::Minutes(5)};
  std::string name(asked);
  while (true) {
    std::string target = Redirected(name);
    const Node* node = target.empty() ? Find(name) : nullptr;
    if (node != nullptr && node->failure.rcode != dns::kNoError) {
      dns::Answer failure = node->failure;
      failure.aliases = std::move(answer.aliases);
      return failure;
    }
    if (node != nullptr && !node->cname.empty()) target = node->cname;
    if (target.empty()) {
      if (node != nullptr) answer.records = node->records;
      if (node == nullptr && !Exists(name)) answer.rcode = dns::kNameError;
      return answer;
    }
    answer.aliases.push_back(target);
    if (answer.aliases.size() > kMaxAliases) return {.why = "too many aliases"};
    name = std::move(target);
  }
}

std::set<std::string> CaaZone::names() const {
  std::set<std::string> names;
  for (const auto& [name, node] : nodes_) names.insert(name);
  return names;
}

namespace {

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  absl::Status Read(std::string_view line) {
    ++line_;
    if (line.empty() || line.front() == '#') return absl::OkStatus();
    if (line.find_first_not_of(' ') == line.npos) return Bad("a line of white space");
    if (line.starts_with("  ")) {
      if (!in_case_ || asked_) return Bad("this stands between a case and its questions");
      const std::vector<std::string> words = Words(line);
      if (IsSetting(words.front())) return Set(case_, words);
      return case_.zone.Add(line.substr(2));
    }
    const size_t space = line.find(' ');
    const std::string_view keyword = line.substr(0, space);
    const std::string_view rest = space == line.npos ? "" : line.substr(space + 1);
    if (rest.empty()) return Bad("a keyword has an argument");
    if (keyword == "case") return Begin(rest);
    if (keyword == "ask") return Ask(rest);
    if (in_case_) return Bad("settings of the file stand before its first case");
    return Set(defaults_, Words(line));
  }

  absl::StatusOr<std::vector<CaaVector>> Finish() {
    if (in_case_ && !asked_) return Bad("a case without a question");
    if (vectors_.empty()) return Bad("no vectors");
    return std::move(vectors_);
  }

  int line() const { return line_; }

 private:
  // `case CAA-02 CAA-04: sentence`
  absl::Status Begin(std::string_view rest) {
    if (in_case_ && !asked_) return Bad("a case without a question");
    const size_t colon = rest.find(": ");
    if (colon == rest.npos) return Bad("a case names its rules and says what it is");
    case_ = defaults_;
    case_.what = std::string(rest.substr(colon + 2));
    if (!sentences_.insert(case_.what).second) return Bad("two cases say the same");
    for (std::string& rule : Words(rest.substr(0, colon))) {
      if (!rule.starts_with("CAA-")) return Bad("this is no rule about CAA");
      case_.rules.insert(std::move(rule));
    }
    if (case_.rules.empty()) return Bad("a case names its rules");
    in_case_ = true;
    asked_ = false;
    return absl::OkStatus();
  }

  static bool IsSetting(std::string_view keyword) {
    return keyword == "issuers" || keyword == "bases" || keyword == "account" ||
           keyword == "method";
  }

  static absl::Status Set(CaaVector& target, const std::vector<std::string>& words) {
    const std::vector<std::string> values(words.begin() + 1, words.end());
    if (words[0] == "issuers" && !values.empty()) {
      target.issuers = values;
    } else if (words[0] == "bases" && !values.empty()) {
      target.base_urls = values;
    } else if (words[0] == "account" && values.size() == 1) {
      target.account = values[0];
    } else if (words[0] == "method" && values.size() == 1) {
      target.method = values[0];
    } else {
      return Bad("this is no setting");
    }
    return absl::OkStatus();
  }

  // `*.example.com -> forbid at example.com by RFC 8659 section 4.2`
  absl::Status Ask(std::string_view rest) {
    if (!in_case_) return Bad("a question belongs to a case");
    CaaVector vector = case_;
    vector.where = base::Cat(file_, ":", line_);
    const size_t arrow = rest.find(" -> ");
    const size_t by = rest.find(" by ");
    if (arrow == rest.npos || by == rest.npos || by < arrow) return Bad("no verdict, or no clause");
    vector.name = std::string(rest.substr(0, arrow));
    if (vector.name.starts_with("*.")) {
      vector.wildcard = true;
      vector.name.erase(0, 2);
    }
    if (vector.name.empty() || vector.name.find(' ') != std::string::npos) {
      return Bad("a question is about one name");
    }
    const std::vector<std::string> verdict = Words(rest.substr(arrow + 4, by - arrow - 4));
    if (verdict.size() != 1 && (verdict.size() != 3 || verdict[1] != "at")) {
      return Bad("a verdict is like: forbid at example.com");
    }
    vector.verdict = verdict[0];
    if (vector.verdict != "permit" && vector.verdict != "forbid" && vector.verdict != "error") {
      return Bad("a verdict is permit, forbid or error");
    }
    if (verdict.size() == 3) vector.found_at = verdict[2];
    if (vector.found_at.empty() && vector.verdict != "permit") return Bad("a refusal has a place");
    vector.clause = std::string(rest.substr(by + 4));
    asked_ = true;
    vectors_.push_back(std::move(vector));
    return absl::OkStatus();
  }

  const std::string file_;
  int line_ = 0;
  bool in_case_ = false, asked_ = false;
  CaaVector defaults_, case_;
  std::set<std::string> sentences_;
  std::vector<CaaVector> vectors_;
};

}  // namespace

absl::StatusOr<std::vector<CaaVector>> ParseCaaVectors(const std::string& file,
                                                       std::string_view text) {
  Reader reader(file);
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (const absl::Status status = reader.Read(text.substr(0, end)); !status.ok()) {
      return errors::Annotate(status, base::Cat(file, ":", reader.line()));
    }
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return reader.Finish();
}

}  // namespace cairn::va::testing
