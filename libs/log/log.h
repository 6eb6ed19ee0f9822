#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/log/line_sink.h"

namespace cairn::log {

enum class Level { kDebug, kInfo, kWarn, kError };

// "debug", "info", "warn" or "error".
std::optional<Level> ParseLevel(std::string_view text);

// What happened, in snake_case: "sa_retry". Only constants compile, so that
// events can be counted and no value hides in a sentence.
class Event {
 public:
  consteval Event(const char* name) : name_(name) {}  // NOLINT: implicit, for brevity at each call
  std::string_view name() const { return name_; }

 private:
  std::string_view name_;
};

// A named value. Refers to its text, which must live until the call returns.
class Field {
 public:
  Field(std::string_view name, std::string_view text) : name_(name), value_(text) {}
  Field(std::string_view name, const std::string& text)
      : name_(name), value_(std::string_view(text)) {}
  Field(std::string_view name, const char* text) : name_(name), value_(std::string_view(text)) {}
  Field(std::string_view name, bool value) : name_(name), value_(value) {}
  Field(std::string_view name, double value) : name_(name), value_(value) {}
  template <std::signed_integral Integer>
  Field(std::string_view name, Integer value) : name_(name), value_(int64_t{value}) {}
  template <std::unsigned_integral Integer>
  Field(std::string_view name, Integer value) : name_(name), value_(uint64_t{value}) {}
  // The status's message (its reason is the caller's to name).
  Field(std::string_view name, const absl::Status& status)
      : name_(name), value_(std::string_view(status.message().data(), status.message().size())) {}

  void AppendTo(std::string& out) const;

 private:
  std::string_view name_;
  std::variant<std::string_view, int64_t, uint64_t, double, bool> value_;
};

// The request that a line is about: "trace_id".
inline Field Trace(const base::Call& call) { return {"trace_id", call.trace.trace_id}; }

// Writes {"time":...,"level":...,"service":...,"event":...,<fields>}, one line
// each. Thread-safe. A line below the level costs a comparison. A line that can't
// be written is lost and counted: the log never stops the work (the audit does).
//
// Never give it a secret.
class Logger {
 public:
  // `service` is copied; `clock` and `sink` must outlive the logger.
  Logger(std::string service, Level level, const base::Clock& clock, LineSink& sink);

  void Debug(Event event, std::initializer_list<Field> fields = {}) {
    if (Enabled(Level::kDebug)) Write(Level::kDebug, event, fields);
  }
  void Info(Event event, std::initializer_list<Field> fields = {}) {
    if (Enabled(Level::kInfo)) Write(Level::kInfo, event, fields);
  }
  void Warn(Event event, std::initializer_list<Field> fields = {}) {
    if (Enabled(Level::kWarn)) Write(Level::kWarn, event, fields);
  }
  void Error(Event event, std::initializer_list<Field> fields = {}) {
    if (Enabled(Level::kError)) Write(Level::kError, event, fields);
  }

  bool Enabled(Level level) const { return level >= level_; }
  // Lines that could not be written.
  uint64_t lost() const { return lost_; }

 private:
  void Write(Level level, Event event, std::initializer_list<Field> fields);

  const std::string service_;
  const Level level_;
  const base::Clock& clock_;
  LineSink& sink_;
  std::atomic<uint64_t> lost_ = 0;
};

}  // namespace cairn::log
