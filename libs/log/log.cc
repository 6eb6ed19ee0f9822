#include "libs/log/log.h"

#include <utility>

#include "libs/log/json.h"

namespace cairn::log {
namespace {

std::string_view NameOf(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "error";
}

}  // namespace

std::optional<Level> ParseLevel(std::string_view text) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError}) {
    if (text == NameOf(level)) return level;
  }
  return std::nullopt;
}

void Field::AppendTo(std::string& out) const {
  AppendJsonString(name_, out);
  out += ':';
  if (const auto* text = std::get_if<std::string_view>(&value_)) {
    AppendJsonString(*text, out);
  } else if (const auto* number = std::get_if<int64_t>(&value_)) {
    out += std::to_string(*number);
  } else if (const auto* count = std::get_if<uint64_t>(&value_)) {
    out += std::to_string(*count);
  } else if (const auto* ratio = std::get_if<double>(&value_)) {
    AppendJsonDouble(*ratio, out);
  } else {
    out += std::get<bool>(value_) ? "true" : "false";
  }
}

Logger::Logger(std::string service, Level level, const base::Clock& clock, LineSink& sink)
    : service_(std::move(service)), level_(level), clock_(clock), sink_(sink) {}

void Logger::Write(Level level, Event event, std::initializer_list<Field> fields) {
  std::string line;
  line.reserve(256);
  line += "{\"time\":";
  AppendJsonTime(clock_.Now(), line);
  line += ",\"level\":";
  AppendJsonString(NameOf(level), line);
  line += ",\"service\":";
  AppendJsonString(service_, line);
  line += ",\"event\":";
  AppendJsonString(event.name(), line);
  for (const Field& field : fields) {
    line += ',';
    field.AppendTo(line);
  }
  line += "}\n";
  if (!sink_.Write(line).ok()) ++lost_;
}

}  // namespace cairn::log
