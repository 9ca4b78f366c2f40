#include "storage/expression/compare.h"

#include <algorithm>
#include <string_view>

namespace skerry::expression {
namespace {

using document::AttributeValue;
using document::Type;

std::strong_ordering OrderBytes(std::string_view a, std::string_view b) {
  // char_traits<char>::compare orders bytes as unsigned.
  const int order = a.compare(b);
  return order <=> 0;
}

// UTF-16 units of UTF-8 text: one per character, two where it takes four bytes.
size_t Utf16Length(std::string_view text) {
  size_t length = 0;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) ++length;
    if (byte >= 0xF0) ++length;
  }
  return length;
}

}  // namespace

std::optional<std::strong_ordering> Order(const AttributeValue& a, const AttributeValue& b) {
  if (a.type() != b.type()) return std::nullopt;
  switch (a.type()) {
    case Type::kString:
      return OrderBytes(a.string(), b.string());
    case Type::kNumber:
      return a.number() <=> b.number();
    case Type::kBinary:
      return OrderBytes(a.binary(), b.binary());
    default:
      return std::nullopt;
  }
}

bool BeginsWith(const AttributeValue& whole, const AttributeValue& prefix) {
  if (whole.type() != prefix.type()) return false;
  if (whole.is(Type::kString)) return whole.string().starts_with(prefix.string());
  return whole.is(Type::kBinary) && whole.binary().starts_with(prefix.binary());
}

bool Contains(const AttributeValue& whole, const AttributeValue& part) {
  auto in = [](const auto& sorted, const auto& value) {
    return std::binary_search(sorted.begin(), sorted.end(), value);
  };
  switch (whole.type()) {
    case Type::kString:
      return part.is(Type::kString) && whole.string().find(part.string()) != std::string::npos;
    case Type::kBinary:
      return part.is(Type::kBinary) && whole.binary().find(part.binary()) != std::string::npos;
    case Type::kStringSet:
      return part.is(Type::kString) && in(whole.string_set(), part.string());
    case Type::kNumberSet:
      return part.is(Type::kNumber) && in(whole.number_set(), part.number());
    case Type::kBinarySet:
      return part.is(Type::kBinary) && in(whole.binary_set(), part.binary());
    case Type::kList:
      return std::find(whole.list().begin(), whole.list().end(), part) != whole.list().end();
    default:
      return false;
  }
}

std::optional<size_t> SizeOf(const AttributeValue& value) {
  switch (value.type()) {
    case Type::kString:
      return Utf16Length(value.string());
    case Type::kBinary:
      return value.binary().size();
    case Type::kStringSet:
      return value.string_set().size();
    case Type::kNumberSet:
      return value.number_set().size();
    case Type::kBinarySet:
      return value.binary_set().size();
    case Type::kList:
      return value.list().size();
    case Type::kMap:
      return value.map().size();
    default:
      return std::nullopt;
  }
}

std::string_view LongTypeName(Type type) {
  switch (type) {
    case Type::kString:
      return "STRING";
    case Type::kNumber:
      return "NUMBER";
    case Type::kBinary:
      return "BINARY";
    case Type::kBool:
      return "BOOLEAN";
    case Type::kNull:
      return "NULL";
    case Type::kStringSet:
      return "STRING_SET";
    case Type::kNumberSet:
      return "NUMBER_SET";
    case Type::kBinarySet:
      return "BINARY_SET";
    case Type::kList:
      return "LIST";
    case Type::kMap:
      return "MAP";
  }
  return "";
}

}  // namespace skerry::expression
