#include "libs/dns/fake_resolver.h"

#include <utility>

namespace cairn::dns {

std::vector<Answer> FakeResolver::ResolveAll(const base::Call&,
                                             std::span<const Question> questions) {
  std::lock_guard lock(mutex_);
  std::vector<Answer> answers;
  for (const Question& question : questions) {
    questions_.push_back(question);
    const auto found = answers_.find(question);
    if (found != answers_.end()) {
      answers.push_back(found->second);
      continue;
    }
    // A name that has records of another type exists.
    const auto same_name = answers_.lower_bound({question.name, Type{0}});
    const bool exists = same_name != answers_.end() && same_name->first.name == question.name;
    answers.push_back({.rcode = exists ? kNoError : kNameError, .dnssec = Dnssec::kInsecure});
  }
  return answers;
}

void FakeResolver::Set(const std::string& name, Type type, Answer answer) {
  std::lock_guard lock(mutex_);
  answers_[{name, type}] = std::move(answer);
}

void FakeResolver::SetAddresses(const std::string& name,
                                const std::vector<std::string>& addresses) {
  std::lock_guard lock(mutex_);
  answers_.erase({name, Type::kA});
  answers_.erase({name, Type::kAaaa});
  for (const std::string& text : addresses) {
    const auto address = base::IpAddress::Parse(text).value();
    At(name, address.is_v6() ? Type::kAaaa : Type::kA).records.emplace_back(address.bytes());
  }
}

void FakeResolver::AddCaa(const std::string& name, const std::string& tag, const std::string& value,
                          int flags) {
  std::lock_guard lock(mutex_);
  std::string rdata(1, static_cast<char>(flags));
  rdata += static_cast<char>(tag.size());
  At(name, Type::kCaa).records.push_back(rdata + tag + value);
}

void FakeResolver::Fail(const std::string& name, Type type) {
  Set(name, type, {.rcode = kServerFailure});
}

void FakeResolver::MakeBogus(const std::string& name, Type type) {
  Set(name, type, {.rcode = kServerFailure, .dnssec = Dnssec::kBogus});
}

std::vector<Question> FakeResolver::questions() const {
  std::lock_guard lock(mutex_);
  return questions_;
}

void FakeResolver::Forget() {
  std::lock_guard lock(mutex_);
  questions_.clear();
}

Answer& FakeResolver::At(const std::string& name, Type type) {
  const auto [at, added] = answers_.try_emplace(
      Question{name, type},
      Answer{.rcode = kNoError, .dnssec = Dnssec::kInsecure, .ttl = absl::Minutes(5)});
  return at->second;
}

}  // namespace cairn::dns
