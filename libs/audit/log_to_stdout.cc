#include "libs/audit/log_to_stdout.h"

#include <absl/time/time.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <utility>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/log/json.h"

namespace cairn::audit {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The bound on nesting is the schema's own: no audit message contains itself.
void AppendFields(const Message& message, std::string& out);

// `index` is -1 for a field that isn't repeated.
void AppendValue(const Message& message, const FieldDescriptor& field, int index,
                 std::string& out) {
  const Reflection& reflection = *message.GetReflection();
  const auto get = [&](auto single, auto repeated) {
    return index < 0 ? (reflection.*single)(message, &field)
                     : (reflection.*repeated)(message, &field, index);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      out += std::to_string(get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      out += std::to_string(get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      out += std::to_string(get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      out += std::to_string(get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      log::AppendJsonDouble(get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble), out);
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
      log::AppendJsonDouble(get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat), out);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      out += get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      log::AppendJsonString(get(&Reflection::GetEnum, &Reflection::GetRepeatedEnum)->name(), out);
      break;
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string value = get(&Reflection::GetString, &Reflection::GetRepeatedString);
      log::AppendJsonString(
          field.type() == FieldDescriptor::TYPE_BYTES ? base::ToHex(value) : value, out);
      break;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      out += '{';
      AppendFields(index < 0 ? reflection.GetMessage(message, &field)
                             : reflection.GetRepeatedMessage(message, &field, index),
                   out);
      out += '}';
      break;
  }
}

void AppendFields(const Message& message, std::string& out) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (out.back() != '{') out += ',';
    log::AppendJsonString(field->name(), out);
    out += ':';
    if (!field->is_repeated()) {
      AppendValue(message, *field, -1, out);
      continue;
    }
    out += '[';
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      if (i > 0) out += ',';
      AppendValue(message, *field, i, out);
    }
    out += ']';
  }
}

}  // namespace

LogToStdout::LogToStdout(std::string service, const base::Clock& clock, log::LineSink& sink)
    : service_(std::move(service)), clock_(clock), sink_(sink) {}

absl::Status LogToStdout::Write(const v1::Event& event) {
  v1::Event complete = event;
  complete.set_at_ms(absl::ToUnixMillis(clock_.Now()));
  complete.set_service(service_);
  const auto* kind = complete.GetReflection()->GetOneofFieldDescriptor(
      complete, complete.GetDescriptor()->FindOneofByName("event"));
  std::string line = "{\"audit\":true,\"event\":";
  line.reserve(512);
  log::AppendJsonString(kind == nullptr ? "none" : kind->name(), line);
  AppendFields(complete, line);
  line += "}\n";
  return sink_.Write(line);
}

}  // namespace cairn::audit
