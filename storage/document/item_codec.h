#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "storage/document/attribute_value.h"

// The compact form in which items are stored, replicated and handed to the fronts (FORMAT.md):
// attributes in the order of their names, values tagged and length-prefixed, so that an answer is
// written straight from it. Each item has one encoding: equal items are equal bytes.

namespace skerry::document {

// Bytes of one encoded item. Empty means "no item".
using EncodedItem = std::string;

// Levels of lists and maps that the codec follows. The service's own limit of 32 is checked by
// whoever takes a value in; deeper than this is a broken invariant for the encoder and Corruption
// for the decoder.
inline constexpr int kMaxEncodedDepth = 64;

// Append to *out.
void EncodeItem(const Item& item, std::string* out);
void EncodeValue(const AttributeValue& value, std::string* out);
// Any bytes may be given; what the functions above did not write is Corruption. Bounded recursion.
Result<Item> DecodeItem(std::string_view encoded);
Result<AttributeValue> DecodeValue(std::string_view encoded);

// A pull reader over an encoded value or item, for writers that need no tree (JSON). Any bytes may
// be given: it never reads outside them, a failure is sticky and seen in ok(), and what follows a
// failure is empty. It checks what it needs to be safe; DecodeItem checks everything. Views point
// into the bytes, but for a number of very large or small magnitude, whose text lies in the reader
// until its next call.
class ValueReader {
 public:
  explicit ValueReader(std::string_view encoded)
      : at_(encoded.data()), end_(encoded.data() + encoded.size()) {}
  // The text of a number does not come along.
  ValueReader(const ValueReader& other) : at_(other.at_), end_(other.end_), ok_(other.ok_) {}
  ValueReader& operator=(const ValueReader& other) {
    at_ = other.at_;
    end_ = other.end_;
    ok_ = other.ok_;
    return *this;
  }

  // An encoded item and an encoded map value have the same form: a count, then name and value in
  // turn. (ReadValue has taken a map value's count already.)
  uint64_t ReadCount();
  std::string_view ReadName();

  struct Token {
    Type type = Type::kNull;
    // kString, kBinary: the bytes; kNumber: the number's text as the service prints it.
    std::string_view bytes;
    bool boolean = false;
    uint64_t count = 0;  // sets, lists and maps: members that follow (maps: name, then value)
  };
  Token ReadValue();
  std::string_view ReadSetMember(Type set_type);  // likewise: bytes, or a number's text
  void SkipValue();

  bool ok() const { return ok_; }
  bool done() const { return at_ == end_; }
  std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }

 private:
  friend class ItemDecoder;

  uint64_t ReadVarint();
  uint64_t ReadLongVarint();
  std::string_view ReadBytes();
  std::string_view ReadNumber();
  std::string_view ReadWideNumber();
  uint8_t ReadTag();
  uint64_t ReadMemberCount(uint64_t bytes_each);
  void Fail() {
    ok_ = false;
    at_ = end_;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
  char text_[Number::kMaxTextBytes];
};

// Places *value on one top-level attribute, found without decoding the rest. False if it is not
// there (or the bytes are damaged before it).
bool FindAttribute(std::string_view encoded_item, std::string_view name, ValueReader* value);

// The numbers of FORMAT.md. They never change.
namespace format {

enum Tag : uint8_t {
  kString = 1,
  kNumber = 2,
  kBinary = 3,
  kFalse = 4,
  kTrue = 5,
  kNull = 6,
  kStringSet = 7,
  kNumberSet = 8,
  kBinarySet = 9,
  kList = 10,
  kMap = 11,
};

// A number's text up to this length is stored as it is printed.
inline constexpr size_t kMaxPlainNumber = 48;
// Set in the length byte of a number stored as exponent and digits.
inline constexpr uint8_t kWideNumber = 0x80;

// By tag; [0] is unused.
inline constexpr Type kTypes[] = {
    Type::kNull, Type::kString,    Type::kNumber,    Type::kBinary,    Type::kBool, Type::kBool,
    Type::kNull, Type::kStringSet, Type::kNumberSet, Type::kBinarySet, Type::kList, Type::kMap};

}  // namespace format

inline uint64_t ValueReader::ReadVarint() {
  if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) return static_cast<uint8_t>(*at_++);
  return ReadLongVarint();
}

inline std::string_view ValueReader::ReadBytes() {
  const uint64_t n = ReadVarint();
  if (n > static_cast<uint64_t>(end_ - at_)) [[unlikely]] {
    Fail();
    return {};
  }
  const char* const begin = at_;
  at_ += n;
  return {begin, n};
}

inline std::string_view ValueReader::ReadNumber() {
  if (at_ == end_) [[unlikely]] {
    Fail();
    return {};
  }
  const uint8_t n = static_cast<uint8_t>(*at_);
  if (n >= end_ - at_ || n > format::kMaxPlainNumber) [[unlikely]] {
    return ReadWideNumber();
  }
  const char* const begin = at_ + 1;
  at_ += 1 + n;
  return {begin, n};
}

inline uint8_t ValueReader::ReadTag() {
  if (at_ == end_ || static_cast<uint8_t>(*at_ - 1) >= format::kMap) [[unlikely]] {
    Fail();
    return format::kNull;
  }
  return static_cast<uint8_t>(*at_++);
}

// A count that the bytes left can hold, so that its reader may reserve memory for it.
inline uint64_t ValueReader::ReadMemberCount(uint64_t bytes_each) {
  const uint64_t count = ReadVarint();
  if (count > static_cast<uint64_t>(end_ - at_) / bytes_each) [[unlikely]] {
    Fail();
    return 0;
  }
  return count;
}

inline uint64_t ValueReader::ReadCount() { return ReadMemberCount(2); }
inline std::string_view ValueReader::ReadName() { return ReadBytes(); }

inline std::string_view ValueReader::ReadSetMember(Type set_type) {
  return set_type == Type::kNumberSet ? ReadNumber() : ReadBytes();
}

inline ValueReader::Token ValueReader::ReadValue() {
  const uint8_t tag = ReadTag();
  Token token{.type = format::kTypes[tag]};
  switch (tag) {
    case format::kString:
    case format::kBinary:
      token.bytes = ReadBytes();
      break;
    case format::kNumber:
      token.bytes = ReadNumber();
      break;
    case format::kTrue:
      token.boolean = true;
      break;
    case format::kStringSet:
    case format::kNumberSet:
    case format::kBinarySet:
    case format::kList:
      ReadVarint();  // the body's length, which only SkipValue needs
      token.count = ReadMemberCount(1);
      break;
    case format::kMap:
      ReadVarint();
      token.count = ReadMemberCount(2);
      break;
    default:
      break;
  }
  return token;
}

}  // namespace skerry::document
