#include "tools/ceremony/facts.h"

#include <array>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"

namespace cairn::ceremony {
namespace {

constexpr std::string_view kSeparator = ", ";

struct Attribute {
  const char* name;
  bool KeyFacts::*value;
  bool wanted;
};
constexpr std::array<Attribute, 12> kAttributes = {{
    {"token", &KeyFacts::token, true},
    {"private", &KeyFacts::private_object, true},
    {"sensitive", &KeyFacts::sensitive, true},
    {"always_sensitive", &KeyFacts::always_sensitive, true},
    {"extractable", &KeyFacts::extractable, false},
    {"never_extractable", &KeyFacts::never_extractable, true},
    {"local", &KeyFacts::local, true},
    {"sign", &KeyFacts::sign, true},
    {"decrypt", &KeyFacts::decrypt, false},
    {"unwrap", &KeyFacts::unwrap, false},
    {"derive", &KeyFacts::derive, false},
    {"modifiable", &KeyFacts::modifiable, false},
}};

}  // namespace

Event TokenEvent(const TokenName& name, const TokenFacts& facts) {
  return {"token",
          {{"label", facts.label},
           {"module", name.module},
           {"validation", name.validation},
           {"manufacturer", facts.manufacturer},
           {"model", facts.model},
           {"serial", facts.serial},
           {"hardware_version", facts.hardware_version},
           {"firmware_version", facts.firmware_version},
           {"library", facts.library},
           {"library_version", facts.library_version},
           {"hardware", facts.hardware ? "true" : "false"}}};
}

TokenFacts TokenFactsOf(const Line& line) {
  return {.label = line.Fact("label"),
          .manufacturer = line.Fact("manufacturer"),
          .model = line.Fact("model"),
          .serial = line.Fact("serial"),
          .hardware_version = line.Fact("hardware_version"),
          .firmware_version = line.Fact("firmware_version"),
          .library = line.Fact("library"),
          .library_version = line.Fact("library_version"),
          .hardware = line.Fact("hardware") == "true"};
}

Event KeyEvent(std::string_view event, const std::string& label, const crypto::PublicKey& key) {
  return {std::string(event),
          {{"label", label},
           {"type", std::string(crypto::NameOf(key.type()))},
           {"bits", base::Cat(key.bits())},
           {"public_key", base::ToBase64(key.spki_der())},
           {"public_key_sha256", base::ToHex(crypto::Sha256(key.spki_der()))}}};
}

absl::StatusOr<crypto::PublicKey> KeyOf(const Line& line) {
  return crypto::PublicKey::FromSpkiDer(base::FromBase64(line.Fact("public_key")).value_or(""));
}

Event AttributesEvent(const std::string& label, const KeyFacts& facts) {
  Event event{"key_attributes", {{"label", label}, {"id", base::ToHex(facts.id)}}};
  for (const Attribute& attribute : kAttributes) {
    event.facts.emplace_back(attribute.name, facts.*attribute.value ? "true" : "false");
  }
  return event;
}

KeyFacts KeyFactsOf(const Line& line) {
  KeyFacts facts;
  facts.id = base::FromHex(line.Fact("id")).value_or("");
  for (const Attribute& attribute : kAttributes) {
    facts.*attribute.value = line.Fact(attribute.name) == "true";
  }
  return facts;
}

std::string WrongAttribute(const KeyFacts& facts) {
  for (const Attribute& attribute : kAttributes) {
    if (facts.*attribute.value != attribute.wanted) {
      return base::Cat(attribute.name, attribute.wanted ? " is not true" : " is not false");
    }
  }
  return "";
}

std::string JoinLabels(const std::vector<std::string>& labels) {
  std::string joined;
  for (const std::string& label : labels) {
    joined += base::Cat(joined.empty() ? "" : kSeparator, label);
  }
  return joined;
}

std::vector<std::string> SplitLabels(std::string_view joined) {
  std::vector<std::string> labels;
  while (!joined.empty()) {
    const size_t end = joined.find(kSeparator);
    labels.emplace_back(joined.substr(0, end));
    if (end == std::string_view::npos) break;
    joined.remove_prefix(end + kSeparator.size());
  }
  return labels;
}

}  // namespace cairn::ceremony
