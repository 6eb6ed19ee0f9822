#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::ceremony {

// A command line after the name of the command: "--name value", "--switch", and one
// word without dashes at most.
class Arguments {
 public:
  struct Spec {
    std::vector<std::string_view> values;    // options that take a value, once
    std::vector<std::string_view> lists;     // those that may be repeated
    std::vector<std::string_view> switches;  // those without a value
    bool word = false;                       // whether there is a word, and must be
  };

  // kMalformed says what is wrong with the command line.
  static absl::StatusOr<Arguments> Parse(const Spec& spec, const std::vector<std::string>& words);

  const std::string& word() const { return word_; }
  bool Has(std::string_view name) const { return values_.find(name) != values_.end(); }
  // The value of an option; nothing if it is not there.
  std::optional<std::string> Value(std::string_view name) const;
  // As Value; kMalformed if it is not there.
  absl::StatusOr<std::string> Required(std::string_view name) const;
  std::vector<std::string> List(std::string_view name) const;

 private:
  std::string word_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace cairn::ceremony
