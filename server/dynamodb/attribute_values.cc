#include "server/dynamodb/attribute_values.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "server/dynamodb/base64.h"

namespace skerry::dynamodb {
namespace {

using document::AttributeMap;
using document::AttributeValue;
using document::Number;
using document::Type;
using Entry = AttributeMap::Entry;

constexpr size_t kMaxNameBytes = 65535;
constexpr size_t kLikelyEntries = 8;

std::optional<Type> TypeOf(std::string_view name) {
  switch (name.size()) {
    case 1:
      switch (name[0]) {
        case 'S':
          return Type::kString;
        case 'N':
          return Type::kNumber;
        case 'B':
          return Type::kBinary;
        case 'M':
          return Type::kMap;
        case 'L':
          return Type::kList;
        default:
          return std::nullopt;
      }
    case 2:
      if (name[1] != 'S') return std::nullopt;
      if (name[0] == 'S') return Type::kStringSet;
      if (name[0] == 'N') return Type::kNumberSet;
      if (name[0] == 'B') return Type::kBinarySet;
      return std::nullopt;
    default:
      if (name == "BOOL") return Type::kBool;
      if (name == "NULL") return Type::kNull;
      return std::nullopt;
  }
}

// Decodes one value tree. Recursion is bounded by the levels allowed, since what lies deeper is
// passed over without any.
class ValueDecoder {
 public:
  ValueDecoder(Decoder& decoder, int max_containers)
      : decoder_(decoder), reader_(decoder.reader()), max_containers_(max_containers) {}

  bool failed() const { return fault_.has_value(); }
  std::string TakeFault() { return *std::move(fault_); }

  // Stands at a value that is not null.
  void Value(int depth, AttributeValue* out) {
    uint32_t types = 0;
    if (!decoder_.BeginStructure()) return;
    std::string_view name;
    while (reader_.NextKey(&name)) {
      const std::optional<Type> type = TypeOf(name);
      if (!type) {
        reader_.Skip();
        continue;
      }
      if (decoder_.TakeNull()) continue;
      types |= 1U << static_cast<unsigned>(*type);
      *out = OfType(*type, depth);
    }
    if (types == 0) Fault(messages::kEmptyValue);
    if (std::popcount(types) > 1) Fault(messages::kSeveralTypes);
  }

  // The entries of an item or of a map value, from behind its brace.
  AttributeMap Map(int depth) {
    AttributeMap::Entries entries;
    std::string_view key;
    while (reader_.NextKey(&key)) {
      if (entries.empty()) entries.reserve(kLikelyEntries);
      Entry& entry = entries.emplace_back(key, AttributeValue());
      CheckName(entry.first);
      if (decoder_.TakeNull()) {
        Fault(messages::NullValueOf(entry.first));
      } else {
        Value(depth, &entry.second);
      }
      if (failed()) entries.clear();  // nobody will see them
    }
    return AttributeMap::FromEntries(std::move(entries));
  }

  void Fault(std::string_view message) {
    if (!fault_) fault_ = std::string(message);
  }

 private:
  AttributeValue OfType(Type type, int depth) {
    switch (type) {
      case Type::kString:
        return AttributeValue::S(std::string(decoder_.TakeString()));
      case Type::kNumber:
        return AttributeValue::N(TakeNumber());
      case Type::kBinary:
        return AttributeValue::B(TakeBinary());
      case Type::kBool:
        return AttributeValue::Bool(decoder_.TakeBool());
      case Type::kNull:
        if (!decoder_.TakeBool()) Fault(messages::kNullMustBeTrue);
        return AttributeValue::OfNull();
      case Type::kStringSet:
        return StringSet();
      case Type::kNumberSet:
        return NumberSet();
      case Type::kBinarySet:
        return BinarySet();
      case Type::kList:
      case Type::kMap:
        return Container(type, depth + 1);
    }
    return {};
  }

  AttributeValue Container(Type type, int depth) {
    if (type == Type::kList ? !decoder_.BeginList() : !decoder_.BeginMap()) return {};
    if (depth > max_containers_) {
      Fault(messages::kTooDeep);
      LeaveContainer(type);
      return {};
    }
    if (type == Type::kMap) return AttributeValue::M(Map(depth));
    document::List list;
    while (reader_.NextElement()) {
      if (decoder_.TakeNull()) {
        Fault(messages::kNullValue);
        continue;
      }
      Value(depth, &list.emplace_back());
      if (failed()) list.clear();
    }
    return AttributeValue::L(std::move(list));
  }

  // The rest of a list or map that was begun.
  void LeaveContainer(Type type) {
    std::string_view key;
    while (type == Type::kList ? reader_.NextElement() : reader_.NextKey(&key)) reader_.Skip();
  }

  void CheckName(std::string_view name) {
    if (name.empty()) Fault(messages::kEmptyName);
    if (name.size() > kMaxNameBytes) Fault(messages::kNameTooLong);
  }

  Number TakeNumber() {
    Result<Number> number = Number::Parse(decoder_.TakeString());
    if (number.ok()) return *number;
    if (reader_.ok()) Fault(number.status().message());
    return {};
  }

  std::string TakeBinary() {
    switch (reader_.Peek()) {
      case JsonReader::Kind::kNumber:
      case JsonReader::Kind::kTrue:
      case JsonReader::Kind::kFalse:
        decoder_.SerializationFault(std::string(messages::kOnlyBase64));
        return {};
      default:
        break;
    }
    std::string bytes;
    std::string fault = DecodeBase64(decoder_.TakeString(), &bytes);
    if (!fault.empty()) decoder_.SerializationFault(std::move(fault));
    return bytes;
  }

  AttributeValue StringSet() {
    std::vector<std::string> values;
    bool any = false;
    if (!decoder_.BeginList()) return {};
    while (reader_.NextElement()) {
      any = true;
      if (decoder_.TakeNull()) {
        Fault(messages::kNullInStringSet);
      } else {
        values.emplace_back(decoder_.TakeString());
      }
    }
    if (!any) Fault(messages::kEmptyStringSet);
    if (!reader_.ok() || failed()) return {};
    if (IsSortedSet(values)) return AttributeValue::SS(std::move(values));
    std::vector<std::string> sorted = values;
    if (!SortSet(&sorted)) Fault(messages::DuplicateStrings(values));
    return AttributeValue::SS(std::move(sorted));
  }

  AttributeValue NumberSet() {
    std::vector<Number> values;
    bool any = false;
    if (!decoder_.BeginList()) return {};
    while (reader_.NextElement()) {
      any = true;
      if (decoder_.TakeNull()) {
        Fault(messages::kNotANumber);
      } else {
        values.push_back(TakeNumber());
      }
    }
    if (!any) Fault(messages::kEmptyNumberSet);
    if (!reader_.ok() || failed()) return {};
    if (!SortSet(&values)) Fault(messages::kDuplicateNumbers);
    return AttributeValue::NS(std::move(values));
  }

  AttributeValue BinarySet() {
    std::vector<std::string> values;
    bool any = false;
    if (!decoder_.BeginList()) return {};
    while (reader_.NextElement()) {
      any = true;
      if (decoder_.TakeNull()) {
        Fault(messages::kNullValue);
      } else {
        values.push_back(TakeBinary());
      }
    }
    if (!any) Fault(messages::kEmptyBinarySet);
    if (!reader_.ok() || failed()) return {};
    if (!SortSet(&values)) Fault(messages::kDuplicateBinaries);
    return AttributeValue::BS(std::move(values));
  }

  template <typename T>
  static bool IsSortedSet(const std::vector<T>& values) {
    return std::adjacent_find(values.begin(), values.end(),
                              [](const T& a, const T& b) { return !(a < b); }) == values.end();
  }

  // False if there are duplicates.
  template <typename T>
  static bool SortSet(std::vector<T>* values) {
    std::sort(values->begin(), values->end());
    return IsSortedSet(*values);
  }

  Decoder& decoder_;
  JsonReader& reader_;
  const int max_containers_;
  std::optional<std::string> fault_;
};

}  // namespace

void DecodeItem(Decoder& decoder, AttributeMap* out) {
  ValueDecoder values(decoder, kMaxContainersInItem);
  if (!decoder.BeginMap()) return;
  *out = values.Map(0);
  if (values.failed()) decoder.ValueFault(values.TakeFault());
}

void DecodeExpressionValues(Decoder& decoder, AttributeMap* out) {
  if (!decoder.BeginMap()) return;
  AttributeMap::Entries entries;
  std::string_view key;
  while (decoder.reader().NextKey(&key)) {
    Entry& entry = entries.emplace_back(key, AttributeValue());
    ValueDecoder values(decoder, kMaxContainersInValue);
    if (decoder.TakeNull()) {
      values.Fault(messages::kNullValue);
    } else {
      values.Value(0, &entry.second);
    }
    if (values.failed()) {
      decoder.ValueFault(messages::InvalidExpressionValue(values.TakeFault(), entry.first));
    }
  }
  *out = AttributeMap::FromEntries(std::move(entries));
}

void DecodeValue(Decoder& decoder, AttributeValue* out) {
  ValueDecoder values(decoder, kMaxContainersInValue);
  values.Value(0, out);
  if (values.failed()) decoder.ValueFault(values.TakeFault());
}

}  // namespace skerry::dynamodb
