#include "server/dynamodb/decoder.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "server/dynamodb/table_name.h"

namespace skerry::dynamodb {
namespace {

using Kind = JsonReader::Kind;

// As many as are told to a client, whatever a request holds.
constexpr size_t kMaxViolations = 10;
constexpr std::string_view kNamePattern = "[a-zA-Z0-9_.-]+";

const Member* Find(Shape shape, std::string_view name) {
  for (const Member& member : shape) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

// Lengths are counted in characters, as UTF-16 counts them.
size_t CharacterCount(std::string_view utf8) {
  size_t n = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    n += (byte & 0xc0) != 0x80;
    n += byte >= 0xf0;
  }
  return n;
}

// What a scalar is called when it stands where another type belongs.
std::string_view TokenName(Kind kind, std::string_view number) {
  switch (kind) {
    case Kind::kString:
      return "STRING_VALUE";
    case Kind::kNumber:
      return number.find_first_of(".eE") == std::string_view::npos ? "NUMBER_VALUE"
                                                                   : "DECIMAL_VALUE";
    case Kind::kTrue:
      return "TRUE_VALUE";
    case Kind::kFalse:
      return "FALSE_VALUE";
    default:
      return "NULL_VALUE";
  }
}

}  // namespace

Decoder::Decoder(std::string_view json, const Dialect& dialect, const NameRules& rules)
    : dialect_(dialect), rules_(rules), reader_(json) {
  path_.reserve(8);
}

void Decoder::Decode(Shape shape, void* object) {
  if (BeginStructure()) DecodeStructure(shape, object);
  if (!serialization_fault_ && !reader_.Finish()) {
    SerializationFault(messages::MalformedJson(reader_.position()));
  }
}

std::optional<api::ApiError> Decoder::Fault() {
  if (serialization_fault_) {
    return api::ApiError{api::ErrorType::kSerialization, *std::move(serialization_fault_), {}};
  }
  if (!violations_.empty()) {
    std::sort(violations_.begin(), violations_.end(), [](const Violation& a, const Violation& b) {
      return std::tie(a.rank, a.number) < std::tie(b.rank, b.number);
    });
    std::vector<std::string> clauses;
    for (Violation& violation : violations_) clauses.push_back(std::move(violation.clause));
    return api::ValidationException(messages::Violations(clauses));
  }
  if (name_fault_) return std::move(name_fault_);
  if (value_fault_) return api::ValidationException(*std::move(value_fault_));
  if (refused_) return api::ValidationException(messages::MemberNotBuiltYet(*refused_));
  return std::nullopt;
}

bool Decoder::BeginObject(std::string_view scalar_fault) {
  switch (reader_.Peek()) {
    case Kind::kObject:
      reader_.BeginObject();
      return true;
    case Kind::kArray:
      SerializationFault(std::string(messages::kStartOfList));
      return false;
    case Kind::kInvalid:
      return false;
    default:
      SerializationFault(std::string(scalar_fault));
      return false;
  }
}

bool Decoder::BeginList() {
  switch (reader_.Peek()) {
    case Kind::kArray:
      reader_.BeginArray();
      return true;
    case Kind::kObject:
      SerializationFault(std::string(messages::kStartOfStructure));
      return false;
    case Kind::kInvalid:
      return false;
    default:
      SerializationFault(std::string(messages::kUnexpectedField));
      return false;
  }
}

std::string_view Decoder::TakeString() {
  const Kind kind = reader_.Peek();
  switch (kind) {
    case Kind::kString:
      return reader_.TakeString();
    case Kind::kObject:
      SerializationFault(std::string(messages::kStartOfStructure));
      return {};
    case Kind::kArray:
      SerializationFault(std::string(messages::kStartOfList));
      return {};
    case Kind::kInvalid:
      return {};
    default:
      const std::string_view number = kind == Kind::kNumber ? reader_.TakeNumber() : "";
      SerializationFault(messages::CannotBeConverted(TokenName(kind, number), "String"));
      return {};
  }
}

bool Decoder::TakeBool() {
  const Kind kind = reader_.Peek();
  switch (kind) {
    case Kind::kTrue:
    case Kind::kFalse:
      reader_.TakeLiteral();
      return kind == Kind::kTrue;
    case Kind::kObject:
      SerializationFault(std::string(messages::kStartOfStructure));
      return false;
    case Kind::kArray:
      SerializationFault(std::string(messages::kStartOfList));
      return false;
    case Kind::kNumber:
      SerializationFault(
          messages::CannotBeConverted(TokenName(kind, reader_.TakeNumber()), "Boolean"));
      return false;
    case Kind::kInvalid:
      return false;
    default:
      SerializationFault(std::string(messages::kUnexpectedToken));
      return false;
  }
}

int64_t Decoder::TakeInteger(std::string_view type, int64_t min, int64_t max) {
  const Kind kind = reader_.Peek();
  switch (kind) {
    case Kind::kNumber: {
      const std::string_view text = reader_.TakeNumber();
      // Decimals lose what stands behind the point, as the service does.
      double real = 0;
      int64_t whole = 0;
      const char* end = text.data() + text.size();
      const auto integer = std::from_chars(text.data(), end, whole);
      if (integer.ec != std::errc()) break;  // "-0.5" has whole digits too: only range fails
      if (integer.ptr != end) {
        const auto parsed = std::from_chars(text.data(), end, real);
        if (parsed.ec != std::errc() || !(real > -9.2e18 && real < 9.2e18)) break;
        whole = static_cast<int64_t>(real);
      }
      if (whole < min || whole > max) break;
      return whole;
    }
    case Kind::kObject:
      SerializationFault(std::string(messages::kStartOfStructure));
      return 0;
    case Kind::kArray:
      SerializationFault(std::string(messages::kStartOfList));
      return 0;
    case Kind::kInvalid:
      return 0;
    default:
      break;
  }
  SerializationFault(messages::CannotBeConverted(TokenName(kind, ""), type));
  return 0;
}

bool Decoder::TakeNull() {
  if (reader_.Peek() != Kind::kNull) return false;
  reader_.TakeLiteral();
  return true;
}

void Decoder::DecodeStructure(Shape shape, void* object) {
  uint64_t present = 0;
  std::string_view key;
  while (reader_.NextKey(&key)) {
    const Member* member = Find(shape, key);
    if (member == nullptr) {  // unknown members are passed over, as the service does
      reader_.Skip();
      continue;
    }
    const auto index = static_cast<uint32_t>(member - shape.data());
    if (TakeNull()) continue;  // null is absence
    present |= uint64_t{1} << index;
    Push(member->name, index);
    member->decode(*this, object, *member);
    Pop();
  }
  if (!reader_.ok()) return;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i].presence != Presence::kRequired || (present >> i & 1) != 0) continue;
    Push(shape[i].name, static_cast<uint32_t>(i));
    Violated(messages::NotNull(Path()));
    Pop();
  }
}

void Decoder::SerializationFault(std::string message) {
  if (!serialization_fault_) serialization_fault_ = std::move(message);
  reader_.Stop();
}

void Decoder::ValueFault(std::string message) {
  const uint32_t rank = path_.empty() ? 0 : path_.front().rank;
  if (value_fault_ && value_fault_rank_ <= rank) return;
  value_fault_ = std::move(message);
  value_fault_rank_ = rank;
}

void Decoder::Refuse(std::string_view member) {
  if (!refused_) refused_ = std::string(member);
}

void Decoder::Violated(std::string clause) {
  if (violations_.size() == kMaxViolations) return;
  violations_.push_back({Rank(), violations_.size(), std::move(clause)});
}

void Decoder::CheckString(std::string_view value, const Constraint& constraint) {
  if (constraint.name_pattern && !IsNamePattern(value)) {
    Violated(messages::Pattern(value, Path(), kNamePattern));
  }
  if (!constraint.allowed.empty()) CheckAllowed(value, constraint.allowed);
  // Bytes are at least as many as characters.
  if (static_cast<int64_t>(value.size()) <= constraint.max && constraint.min <= 0) return;
  CheckLength(CharacterCount(value), value, constraint);
}

void Decoder::CheckLength(size_t length, std::string_view value, const Constraint& constraint) {
  const auto n = static_cast<int64_t>(length);
  if (n < constraint.min) Violated(messages::AtLeastLength(value, Path(), constraint.min));
  if (n > constraint.max) Violated(messages::AtMostLength(value, Path(), constraint.max));
}

void Decoder::CheckNumber(int64_t value, const Constraint& constraint) {
  if (value < constraint.min) {
    Violated(messages::AtLeast(std::to_string(value), Path(), constraint.min));
  }
  if (value > constraint.max) {
    Violated(messages::AtMost(std::to_string(value), Path(), constraint.max));
  }
}

void Decoder::CheckAllowed(std::string_view value, std::span<const std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  Violated(messages::OneOf(value, Path(), allowed));
}

void Decoder::ResolveTableName(std::string* name) {
  std::string sent = *name;
  std::optional<api::ApiError> fault = ResolveName(rules_, name);
  if (fault) {
    // An empty name violates the model already, which is said first.
    if (!name_fault_) name_fault_ = std::move(fault);
  } else if (*name != sent) {
    arns_.push_back({*name, std::move(sent)});
  }
}

std::string Decoder::Path() const {
  std::string path;
  for (const Segment& segment : path_) {
    if (!path.empty()) path.push_back('.');
    switch (segment.step) {
      case Step::kMember:
        path.append(messages::MemberPath(dialect_, segment.name));
        break;
      case Step::kElement:
        path.append(std::to_string(segment.rank + 1)).append(".member");
        break;
      case Step::kEntry:
        path.append(segment.name).append(".member");
        break;
    }
  }
  return path;
}

std::vector<uint32_t> Decoder::Rank() const {
  std::vector<uint32_t> rank;
  for (const Segment& segment : path_) rank.push_back(segment.rank);
  return rank;
}

}  // namespace skerry::dynamodb
