#include "storage/document/item_size.h"

#include "base/check.h"
#include "storage/document/item_codec.h"

namespace skerry::document {
namespace {

constexpr size_t kContainerBytes = 3;  // of a list or map
constexpr size_t kMemberBytes = 1;     // of each value in it

// One byte for every two decimal digits, counted in pairs from the point as in base 100, one for
// the exponent, one for a minus sign. `high` and `low` are the powers of ten of the first and the
// last significant digit.
size_t NumberBytes(int high, int low, bool negative) {
  return static_cast<size_t>((high >> 1) - (low >> 1) + 1) + 1 + (negative ? 1 : 0);
}

size_t NumberSize(const Number& number) {
  if (number.is_zero()) return 1;
  return NumberBytes(number.magnitude(), number.exponent(), number.negative());
}

// The same from a number's canonical text.
size_t NumberTextSize(std::string_view text) {
  const size_t first = text.find_first_of("123456789");
  if (first == std::string_view::npos) return 1;
  const size_t last = text.find_last_of("123456789");
  size_t point = text.find('.');
  if (point == std::string_view::npos) point = text.size();
  const auto power = [&](size_t at) {
    return static_cast<int>(point) - static_cast<int>(at) - (at < point ? 1 : 0);
  };
  return NumberBytes(power(first), power(last), text[0] == '-');
}

size_t StringsSize(const std::vector<std::string>& values) {
  size_t total = 0;
  for (const std::string& value : values) total += value.size();
  return total;
}

size_t EntriesSize(const AttributeMap& map, size_t bytes_each) {
  size_t total = 0;
  for (const auto& [name, value] : map) total += bytes_each + name.size() + ValueSize(value);
  return total;
}

size_t ReadValueSize(ValueReader* reader);

size_t ReadEntriesSize(ValueReader* reader, uint64_t count, size_t bytes_each) {
  size_t total = 0;
  for (uint64_t i = 0; i < count && reader->ok(); ++i) {
    total += bytes_each + reader->ReadName().size();
    total += ReadValueSize(reader);
  }
  return total;
}

// Recursion is bounded by the bytes' own depth: they come from EncodeItem.
size_t ReadValueSize(ValueReader* reader) {
  const ValueReader::Token token = reader->ReadValue();
  size_t total = 0;
  switch (token.type) {
    case Type::kString:
    case Type::kBinary:
      return token.bytes.size();
    case Type::kNumber:
      return NumberTextSize(token.bytes);
    case Type::kBool:
    case Type::kNull:
      return 1;
    case Type::kStringSet:
    case Type::kBinarySet:
      for (uint64_t i = 0; i < token.count && reader->ok(); ++i) {
        total += reader->ReadSetMember(token.type).size();
      }
      return total;
    case Type::kNumberSet:
      for (uint64_t i = 0; i < token.count && reader->ok(); ++i) {
        total += NumberTextSize(reader->ReadSetMember(token.type));
      }
      return total;
    case Type::kList:
      total = kContainerBytes;
      for (uint64_t i = 0; i < token.count && reader->ok(); ++i) {
        total += kMemberBytes + ReadValueSize(reader);
      }
      return total;
    case Type::kMap:
      return kContainerBytes + ReadEntriesSize(reader, token.count, kMemberBytes);
  }
  return total;
}

}  // namespace

size_t ValueSize(const AttributeValue& value) {
  size_t total = 0;
  switch (value.type()) {
    case Type::kString:
      return value.string().size();
    case Type::kBinary:
      return value.binary().size();
    case Type::kNumber:
      return NumberSize(value.number());
    case Type::kBool:
    case Type::kNull:
      return 1;
    case Type::kStringSet:
      return StringsSize(value.string_set());
    case Type::kBinarySet:
      return StringsSize(value.binary_set());
    case Type::kNumberSet:
      for (const Number& number : value.number_set()) total += NumberSize(number);
      return total;
    case Type::kList:
      total = kContainerBytes;
      for (const AttributeValue& element : value.list()) total += kMemberBytes + ValueSize(element);
      return total;
    case Type::kMap:
      return kContainerBytes + EntriesSize(value.map(), kMemberBytes);
  }
  return total;
}

size_t ItemSize(const Item& item) { return EntriesSize(item, 0); }

size_t EncodedItemSize(std::string_view encoded) {
  ValueReader reader(encoded);
  const uint64_t count = reader.ReadCount();
  return ReadEntriesSize(&reader, count, 0);
}

}  // namespace skerry::document
