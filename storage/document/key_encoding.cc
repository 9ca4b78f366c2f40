#include "storage/document/key_encoding.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/check.h"

namespace skerry::document {
namespace {

// First byte of a number. They never change.
constexpr uint8_t kNegative = 0x01;
constexpr uint8_t kZero = 0x02;
constexpr uint8_t kPositive = 0x03;

constexpr int kExponentBias = 65;  // makes the least exponent of base 100 zero
constexpr size_t kMaxPairs = 20;   // base-100 digits of 38 decimal ones, if they begin in mid-pair
constexpr uint8_t kTerminator = 0x00;

// Behind a 00 in a string: 00 FF is a zero byte, 00 01 the end.
constexpr char kEscapedZero = '\xff';
constexpr char kEnd = '\x01';

void AppendNumber(const Number& number, std::string* out) {
  if (number.is_zero()) {
    out->push_back(kZero);
    return;
  }
  const uint8_t mask = number.negative() ? 0xff : 0x00;
  const int high = number.magnitude() >> 1;
  char bytes[kMaxPairs + 3];
  const int pairs = high - (number.exponent() >> 1) + 1;
  bytes[0] = static_cast<char>(number.negative() ? kNegative : kPositive);
  bytes[1] = static_cast<char>(static_cast<uint8_t>(high + kExponentBias) ^ mask);
  unsigned __int128 rest = number.coefficient();
  const auto put = [&](int i, unsigned pair) {
    bytes[2 + i] = static_cast<char>(static_cast<uint8_t>(pair + 1) ^ mask);
  };
  int last = pairs;
  if ((number.exponent() & 1) != 0) {  // the last digit stands in the upper half of its pair
    put(--last, static_cast<unsigned>(rest % 10) * 10);
    rest /= 10;
  }
  while (last > 0) {
    put(--last, static_cast<unsigned>(rest % 100));
    rest /= 100;
  }
  bytes[2 + pairs] = static_cast<char>(kTerminator ^ mask);
  out->append(bytes, 3 + pairs);
}

void AppendEscaped(std::string_view bytes, std::string* out) {
  for (size_t zero = bytes.find('\0'); zero != std::string_view::npos; zero = bytes.find('\0')) {
    out->append(bytes.substr(0, zero + 1));
    out->push_back(kEscapedZero);
    bytes.remove_prefix(zero + 1);
  }
  out->append(bytes);
}

void AppendString(std::string_view bytes, std::string* out) {
  AppendEscaped(bytes, out);
  out->push_back('\0');
  out->push_back(kEnd);
}

bool TakeString(std::string_view* in, std::string* bytes) {
  std::string_view rest = *in;
  while (true) {
    const size_t zero = rest.find('\0');
    if (zero == std::string_view::npos || zero + 1 == rest.size()) return false;
    bytes->append(rest.substr(0, zero));
    const char mark = rest[zero + 1];
    rest.remove_prefix(zero + 2);
    if (mark == kEnd) {
      *in = rest;
      return true;
    }
    if (mark != kEscapedZero) return false;
    bytes->push_back('\0');
  }
}

// Takes what looks like a number and accepts it if encoding it again gives the same bytes.
bool TakeNumber(std::string_view* in, Number* number) {
  if (in->empty()) return false;
  const auto sign = static_cast<uint8_t>(in->front());
  if (sign == kZero) {
    in->remove_prefix(1);
    *number = Number();
    return true;
  }
  const uint8_t mask = sign == kNegative ? 0xff : 0x00;
  const size_t end = in->find(static_cast<char>(kTerminator ^ mask), 2);
  if (end == std::string_view::npos || end - 2 > kMaxPairs) return false;
  std::string numeral(sign == kNegative ? "-" : "");
  for (size_t i = 2; i < end; ++i) {
    const int pair = (static_cast<uint8_t>((*in)[i]) ^ mask) - 1;
    if (pair > 99) return false;
    numeral.push_back(static_cast<char>('0' + pair / 10));
    numeral.push_back(static_cast<char>('0' + pair % 10));
  }
  const int high = (static_cast<uint8_t>((*in)[1]) ^ mask) - kExponentBias;
  numeral += "e" + std::to_string((high - static_cast<int>(end - 3)) * 2);
  Result<Number> parsed = Number::Parse(numeral);
  if (!parsed.ok()) return false;
  std::string again;
  AppendNumber(*parsed, &again);
  if (again != in->substr(0, end + 1)) return false;
  in->remove_prefix(end + 1);
  *number = *parsed;
  return true;
}

}  // namespace

void AppendKeyValue(const AttributeValue& value, std::string* out) {
  switch (value.type()) {
    case Type::kString:
      return AppendString(value.string(), out);
    case Type::kBinary:
      return AppendString(value.binary(), out);
    case Type::kNumber:
      return AppendNumber(value.number(), out);
    default:
      SKERRY_CHECK_MSG(false, "not a key type");
  }
}

Result<AttributeValue> TakeKeyValue(Type type, std::string_view* in) {
  if (type == Type::kNumber) {
    Number number;
    if (!TakeNumber(in, &number)) return Corruption("damaged number in a key");
    return AttributeValue::N(number);
  }
  SKERRY_CHECK_MSG(type == Type::kString || type == Type::kBinary, "not a key type");
  std::string bytes;
  if (!TakeString(in, &bytes)) return Corruption("damaged string or binary in a key");
  return type == Type::kString ? AttributeValue::S(std::move(bytes))
                               : AttributeValue::B(std::move(bytes));
}

void AppendKeyPrefix(const AttributeValue& prefix, std::string* out) {
  SKERRY_CHECK_MSG(prefix.is(Type::kString) || prefix.is(Type::kBinary),
                   "not a type with prefixes");
  AppendEscaped(prefix.is(Type::kString) ? prefix.string() : prefix.binary(), out);
}

std::string PrefixSuccessor(std::string_view bytes) {
  while (!bytes.empty() && bytes.back() == '\xff') bytes.remove_suffix(1);
  std::string successor(bytes);
  if (!successor.empty()) successor.back() = static_cast<char>(successor.back() + 1);
  return successor;
}

uint64_t PartitionHash(const AttributeValue& partition_key) {
  std::string encoded;
  AppendKeyValue(partition_key, &encoded);
  return XXH3_64bits(encoded.data(), encoded.size());
}

}  // namespace skerry::document
