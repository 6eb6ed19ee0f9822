#include "libs/config/load.h"

#include <google/protobuf/descriptor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// After so many, more would not help anyone.
constexpr size_t kMaxErrors = 100;

struct Place {
  int line = 0;
  int column = 0;
};

class ErrorList {
 public:
  explicit ErrorList(std::string_view name) : name_(name) {}

  void Add(Place place, std::string_view what) {
    if (++count_ > kMaxErrors) return;
    text_ += base::Cat(text_.empty() ? "" : "\n", name_, ":", place.line + 1, ":", place.column + 1,
                       ": ", what);
  }

  bool empty() const { return count_ == 0; }

  absl::Status ToStatus() const {
    if (count_ == 0) return absl::OkStatus();
    if (count_ <= kMaxErrors) return errors::Make(errors::Reason::kMalformed, text_);
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat(text_, "\n", name_, ": and ", count_ - kMaxErrors, " more"));
  }

 private:
  const std::string name_;
  std::string text_;
  size_t count_ = 0;
};

// What YAML says before anyone guesses a type.
struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  Place place;
  bool quoted = false;
  std::string text;
  // Of a map: key, value, key, value.
  std::vector<std::unique_ptr<Node>> children;
};

// Builds Nodes from the parser's events and refuses what a configuration file
// has no use for.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(ErrorList& errors) : errors_(errors) {}

  const Node* root() const { return root_.get(); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseAnchor(mark, anchor);
    Add(MakeNode(Node::Kind::kNull, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    errors_.Add(PlaceOf(mark), "aliases (*name) are not allowed");
    Add(MakeNode(Node::Kind::kNull, mark));
    refused_ = true;
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    auto node = MakeNode(Node::Kind::kScalar, mark);
    node->quoted = tag == "!";
    node->text = value;
    Add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Node::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

  // Whether the tree is incomplete because of something that was refused.
  bool refused() const { return refused_; }

 private:
  static Place PlaceOf(const YAML::Mark& mark) { return {mark.line, mark.column}; }

  static std::unique_ptr<Node> MakeNode(Node::Kind kind, const YAML::Mark& mark) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->place = PlaceOf(mark);
    return node;
  }

  void RefuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) errors_.Add(PlaceOf(mark), "anchors (&name) are not allowed");
  }

  // yaml-cpp gives "?" to plain values, "!" to quoted ones, and nothing or "?"
  // to sequences and maps.
  void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      errors_.Add(PlaceOf(mark), "tags (!name) are not allowed");
    }
  }

  void Open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    ++depth_;
    if (depth_ > kMaxDepth) {
      if (!refused_) errors_.Add(PlaceOf(mark), "nested too deeply");
      refused_ = true;
      return;
    }
    auto node = MakeNode(kind, mark);
    Node* opened = node.get();
    Add(std::move(node));
    open_.push_back(opened);
  }

  void Close() {
    if (depth_ <= kMaxDepth) open_.pop_back();
    --depth_;
  }

  void Add(std::unique_ptr<Node> node) {
    if (depth_ > kMaxDepth) return;
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back()->children.push_back(std::move(node));
    }
  }

  ErrorList& errors_;
  std::unique_ptr<Node> root_;
  std::vector<Node*> open_;
  int depth_ = 0;
  bool refused_ = false;
};

std::string Quoted(std::string_view text) { return base::Cat("\"", base::Escaped(text, 80), "\""); }

template <typename Integer>
bool ParseInteger(const Node& node, Integer* value) {
  if (node.quoted || node.text.empty()) return false;
  const char* const end = node.text.data() + node.text.size();
  const auto result = std::from_chars(node.text.data(), end, *value);
  return result.ec == std::errc() && result.ptr == end;
}

// Writes one YAML tree into one message.
class Reader {
 public:
  Reader(ErrorList& errors, Places& places) : errors_(errors), places_(places) {}

  void ReadMessage(const Node& node, Message* message) {
    const Descriptor& type = *message->GetDescriptor();
    if (node.kind != Node::Kind::kMap) {
      errors_.Add(node.place, base::Cat(type.name(), " is a group of keys, one a line"));
      return;
    }
    std::set<std::string_view> seen;
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const Node& key = *node.children[i];
      const Node& value = *node.children[i + 1];
      if (key.kind != Node::Kind::kScalar) {
        errors_.Add(key.place, "a key must be a name");
        continue;
      }
      if (!seen.insert(key.text).second) {
        errors_.Add(key.place, base::Cat(Quoted(key.text), " is set twice"));
        continue;
      }
      const FieldDescriptor* field = type.FindFieldByName(key.text);
      if (field == nullptr) {
        errors_.Add(key.place, key.text == "<<" ? std::string("merge keys (<<) are not allowed")
                                                : base::Cat("unknown field ", Quoted(key.text),
                                                            " in ", type.name()));
        continue;
      }
      if (const auto* oneof = field->real_containing_oneof();
          oneof != nullptr && message->GetReflection()->HasOneof(*message, oneof)) {
        errors_.Add(key.place, base::Cat(Quoted(key.text),
                                         " excludes another key that is set: one "
                                         "of them only"));
        continue;
      }
      const size_t outer = path_.size();
      path_ += base::Cat(path_.empty() ? "" : ".", key.text);
      NotePlace(key.place);
      ReadField(key, value, *field, message);
      path_.resize(outer);
    }
  }

 private:
  void NotePlace(Place place) { places_.Add(path_, place.line + 1, place.column + 1); }

  void ReadField(const Node& key, const Node& value, const FieldDescriptor& field,
                 Message* message) {
    if (value.kind == Node::Kind::kNull) {
      errors_.Add(key.place, base::Cat(Quoted(field.name()),
                                       " has no value: leave the key out for its default"));
      return;
    }
    if (field.is_map()) {
      ReadMap(value, field, message);
    } else if (field.is_repeated()) {
      if (value.kind != Node::Kind::kSequence) {
        errors_.Add(value.place, base::Cat(Quoted(field.name()), " is a list (- one, - two)"));
        return;
      }
      for (size_t i = 0; i < value.children.size(); ++i) {
        const auto& element = value.children[i];
        const size_t outer = path_.size();
        path_ += base::Cat("[", i, "]");
        NotePlace(element->place);
        if (element->kind == Node::Kind::kNull) {
          errors_.Add(element->place,
                      base::Cat("an element of ", Quoted(field.name()), " has no value"));
        } else {
          ReadValue(*element, field, message);
        }
        path_.resize(outer);
      }
    } else {
      ReadValue(value, field, message);
    }
  }

  void ReadMap(const Node& node, const FieldDescriptor& field, Message* message) {
    if (node.kind != Node::Kind::kMap) {
      errors_.Add(node.place, base::Cat(Quoted(field.name()), " is a table (key: value)"));
      return;
    }
    const FieldDescriptor& key_field = *field.message_type()->FindFieldByNumber(1);
    const FieldDescriptor& value_field = *field.message_type()->FindFieldByNumber(2);
    std::set<std::string_view> seen;
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const Node& key = *node.children[i];
      const Node& value = *node.children[i + 1];
      if (key.kind != Node::Kind::kScalar) {
        errors_.Add(key.place, "a key must be a name");
        continue;
      }
      if (!seen.insert(key.text).second) {
        errors_.Add(key.place, base::Cat(Quoted(key.text), " is set twice"));
        continue;
      }
      Message* entry = message->GetReflection()->AddMessage(message, &field);
      ReadValue(key, key_field, entry);
      if (value.kind == Node::Kind::kNull) {
        errors_.Add(key.place, base::Cat(Quoted(key.text), " has no value"));
        continue;
      }
      ReadValue(value, value_field, entry);
    }
  }

  // One value: of a plain field, or one more of a repeated field.
  void ReadValue(const Node& node, const FieldDescriptor& field, Message* message) {
    const Reflection& reflection = *message->GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      ReadMessage(node, field.is_repeated() ? reflection.AddMessage(message, &field)
                                            : reflection.MutableMessage(message, &field));
      return;
    }
    if (node.kind != Node::Kind::kScalar) {
      errors_.Add(node.place, base::Cat(Quoted(field.name()), " takes a single value"));
      return;
    }
    const auto store = [&](auto set, auto add, auto value) {
      (reflection.*(field.is_repeated() ? add : set))(message, &field, value);
    };
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        if (int32_t value = 0; ReadInteger(node, &value)) {
          store(&Reflection::SetInt32, &Reflection::AddInt32, value);
        }
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        if (int64_t value = 0; ReadInteger(node, &value)) {
          store(&Reflection::SetInt64, &Reflection::AddInt64, value);
        }
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        if (uint32_t value = 0; ReadInteger(node, &value)) {
          store(&Reflection::SetUInt32, &Reflection::AddUInt32, value);
        }
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        if (uint64_t value = 0; ReadInteger(node, &value)) {
          store(&Reflection::SetUInt64, &Reflection::AddUInt64, value);
        }
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        if (double value = 0; ReadNumber(node, &value)) {
          store(&Reflection::SetDouble, &Reflection::AddDouble, value);
        }
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        if (float value = 0; ReadNumber(node, &value)) {
          store(&Reflection::SetFloat, &Reflection::AddFloat, value);
        }
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        if (node.quoted || (node.text != "true" && node.text != "false")) {
          errors_.Add(node.place, base::Cat(Quoted(node.text), " is neither true nor false"));
        } else {
          store(&Reflection::SetBool, &Reflection::AddBool, node.text == "true");
        }
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        if (const EnumValueDescriptor* value = ReadEnum(node, *field.enum_type())) {
          store(&Reflection::SetEnumValue, &Reflection::AddEnumValue, value->number());
        }
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
          errors_.Add(node.place,
                      base::Cat(Quoted(field.name()), " cannot be set in a configuration file"));
        } else if (field.is_repeated()) {
          reflection.AddString(message, &field, node.text);
        } else {
          reflection.SetString(message, &field, node.text);
        }
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;  // above
    }
  }

  template <typename Integer>
  bool ReadInteger(const Node& node, Integer* value) {
    if (ParseInteger(node, value)) return true;
    // The widest types tell a number that is out of range from no number at all.
    int64_t low = 0;
    uint64_t high = 0;
    const bool is_number = ParseInteger(node, &low) || ParseInteger(node, &high);
    errors_.Add(node.place, is_number ? base::Cat(node.text, " is not between ",
                                                  std::numeric_limits<Integer>::min(), " and ",
                                                  std::numeric_limits<Integer>::max())
                                      : base::Cat(Quoted(node.text), " is not a whole number"));
    return false;
  }

  template <typename Float>
  bool ReadNumber(const Node& node, Float* value) {
    const char* const end = node.text.data() + node.text.size();
    const auto result = std::from_chars(node.text.data(), end, *value);
    if (!node.quoted && result.ec == std::errc() && result.ptr == end && std::isfinite(*value)) {
      return true;
    }
    errors_.Add(node.place, base::Cat(Quoted(node.text), " is not a number"));
    return false;
  }

  // The zero value means "not set" in every enum of ours, so it has no name here.
  const EnumValueDescriptor* ReadEnum(const Node& node, const EnumDescriptor& type) {
    std::string prefix;
    for (const char c : type.name()) {
      if (c >= 'A' && c <= 'Z' && !prefix.empty()) prefix += '_';
      prefix += c;
    }
    prefix = base::ToLower(prefix) + "_";
    std::string choices;
    for (int i = 0; i < type.value_count(); ++i) {
      if (type.value(i)->number() == 0) continue;
      std::string name = base::ToLower(type.value(i)->name());
      if (name.starts_with(prefix)) name.erase(0, prefix.size());
      if (name == node.text) return type.value(i);
      choices += base::Cat(choices.empty() ? "" : ", ", name);
    }
    errors_.Add(node.place, base::Cat(Quoted(node.text), " is none of: ", choices));
    return nullptr;
  }

  ErrorList& errors_;
  Places& places_;
  std::string path_;  // of the field that is being read
};

}  // namespace

void Places::Add(std::string_view field, int line, int column) {
  by_field_[std::string(field)] = base::Cat(line, ":", column);
}

std::string Places::PrefixOf(std::string_view message_line) const {
  std::string_view field = message_line.substr(0, message_line.find(": "));
  while (true) {
    if (const auto found = by_field_.find(field); found != by_field_.end()) {
      return base::Cat(name_, ":", found->second, ": ");
    }
    const size_t end = field.find_last_of(".[");
    if (end == std::string_view::npos) return name_ + ": ";
    field = field.substr(0, end);
  }
}

absl::Status Places::Locate(const absl::Status& status) const {
  if (status.ok()) return status;
  std::string located;
  std::string_view rest(status.message().data(), status.message().size());
  while (true) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    located += base::Cat(located.empty() ? "" : "\n", PrefixOf(line), line);
    if (line.size() == rest.size()) break;
    rest.remove_prefix(line.size() + 1);
  }
  return errors::Make(errors::ReasonOf(status), located);
}

absl::Status ParseYaml(std::string_view name, std::string_view text, Message* message,
                       Places* places) {
  Places unwanted;
  if (places == nullptr) places = &unwanted;
  places->SetName(name);
  ErrorList errors(name);
  if (text.size() > kMaxFileSize) {
    errors.Add({}, base::Cat("larger than ", kMaxFileSize, " octets"));
    return errors.ToStatus();
  }
  if (!base::IsUtf8(text) || text.find('\0') != std::string_view::npos) {
    errors.Add({}, "not UTF-8 text");
    return errors.ToStatus();
  }
  TreeBuilder tree(errors);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(tree) || tree.root() == nullptr) {
      errors.Add({}, "holds no configuration");
      return errors.ToStatus();
    }
    TreeBuilder more(errors);
    if (parser.HandleNextDocument(more)) {
      errors.Add(more.root() == nullptr ? Place{} : more.root()->place,
                 "a second document (---) is not allowed");
    }
  } catch (const YAML::Exception& e) {
    errors.Add({e.mark.line, e.mark.column}, e.msg);
    return errors.ToStatus();
  } catch (const std::exception& e) {
    errors.Add({}, e.what());
    return errors.ToStatus();
  }
  if (tree.refused()) return errors.ToStatus();
  Reader(errors, *places).ReadMessage(*tree.root(), message);
  return errors.ToStatus();
}

absl::Status LoadInto(const std::string& path, Message* message, Places* places) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileSize + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad() || (file.fail() && !file.eof())) {
    return errors::Make(errors::Reason::kNotFound,
                        base::Cat(path,
                                  ": cannot be read: does the file exist, and may this user "
                                  "read it?"));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  return ParseYaml(path, text, message, places);
}

}  // namespace cairn::config
