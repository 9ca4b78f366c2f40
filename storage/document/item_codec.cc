#include "storage/document/item_codec.h"

#include <charconv>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

namespace skerry::document {
namespace {

using format::Tag;

void AppendBytes(std::string_view bytes, std::string* out) {
  AppendVarint(out, bytes.size());
  out->append(bytes);
}

void AppendNumber(const Number& number, std::string* out) {
  char text[Number::kMaxTextBytes];
  size_t n = number.Print(text);
  if (n <= format::kMaxPlainNumber) {
    out->push_back(static_cast<char>(n));
    out->append(text, n);
    return;
  }
  n = Number::FromParts(number.negative(), number.coefficient(), 0).Print(text);
  out->push_back(static_cast<char>(n | format::kWideNumber));
  const auto exponent = static_cast<uint16_t>(number.exponent());
  out->push_back(static_cast<char>(exponent));
  out->push_back(static_cast<char>(exponent >> 8));
  out->append(text, n);
}

class Encoder {
 public:
  explicit Encoder(std::string* out) : out_(out) {}

  void Map(const AttributeMap& map, int depth) {
    AppendVarint(out_, map.size());
    for (const auto& [name, value] : map) {
      AppendBytes(name, out_);
      Value(value, depth);
    }
  }

  void Value(const AttributeValue& value, int depth) {
    switch (value.type()) {
      case Type::kString:
        PutTag(format::kString);
        return AppendBytes(value.string(), out_);
      case Type::kNumber:
        PutTag(format::kNumber);
        return AppendNumber(value.number(), out_);
      case Type::kBinary:
        PutTag(format::kBinary);
        return AppendBytes(value.binary(), out_);
      case Type::kBool:
        return PutTag(value.boolean() ? format::kTrue : format::kFalse);
      case Type::kNull:
        return PutTag(format::kNull);
      default:
        SKERRY_CHECK_MSG(depth < kMaxEncodedDepth, "value nested too deeply to be encoded");
        return Container(value, depth + 1);
    }
  }

 private:
  void PutTag(Tag tag) { out_->push_back(static_cast<char>(tag)); }

  // Bodies are written behind one byte kept for their length; a longer length is made room for.
  void Container(const AttributeValue& value, int depth) {
    switch (value.type()) {
      case Type::kStringSet:
        PutTag(format::kStringSet);
        break;
      case Type::kNumberSet:
        PutTag(format::kNumberSet);
        break;
      case Type::kBinarySet:
        PutTag(format::kBinarySet);
        break;
      case Type::kList:
        PutTag(format::kList);
        break;
      default:
        PutTag(format::kMap);
        break;
    }
    const size_t length_at = out_->size();
    out_->push_back(0);
    Body(value, depth);
    const size_t length = out_->size() - length_at - 1;
    if (length < 0x80) {
      (*out_)[length_at] = static_cast<char>(length);
      return;
    }
    std::string varint;
    AppendVarint(&varint, length);
    out_->replace(length_at, 1, varint);
  }

  void Body(const AttributeValue& value, int depth) {
    switch (value.type()) {
      case Type::kStringSet:
        return Strings(value.string_set());
      case Type::kBinarySet:
        return Strings(value.binary_set());
      case Type::kNumberSet:
        AppendVarint(out_, value.number_set().size());
        for (const Number& number : value.number_set()) AppendNumber(number, out_);
        return;
      case Type::kList:
        AppendVarint(out_, value.list().size());
        for (const AttributeValue& element : value.list()) Value(element, depth);
        return;
      default:
        return Map(value.map(), depth);
    }
  }

  void Strings(const std::vector<std::string>& values) {
    AppendVarint(out_, values.size());
    for (const std::string& s : values) AppendBytes(s, out_);
  }

  std::string* const out_;
};

bool IsDigits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

// The body of a wide number: exponent and digits. Only what AppendNumber writes.
bool ParseWide(int exponent, std::string_view digits, Number* number) {
  if (!IsDigits(digits.substr(!digits.empty() && digits[0] == '-' ? 1 : 0))) return false;
  Number coefficient;
  if (!Number::ParseCanonical(digits, &coefficient) || coefficient.is_zero() ||
      coefficient.exponent() != 0) {
    return false;
  }
  const Number parsed =
      Number::FromParts(coefficient.negative(), coefficient.coefficient(), exponent);
  if (parsed.magnitude() > Number::kMaxMagnitude || parsed.magnitude() < Number::kMinMagnitude) {
    return false;
  }
  char text[Number::kMaxTextBytes];
  if (parsed.Print(text) <= format::kMaxPlainNumber) return false;
  *number = parsed;
  return true;
}

}  // namespace

void EncodeItem(const Item& item, std::string* out) { Encoder(out).Map(item, 0); }
void EncodeValue(const AttributeValue& value, std::string* out) { Encoder(out).Value(value, 0); }

uint64_t ValueReader::ReadLongVarint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 35 && at_ != end_; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at_++);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (byte == 0 && shift > 0) break;  // over-long
      return value;
    }
  }
  Fail();
  return 0;
}

std::string_view ValueReader::ReadWideNumber() {
  const auto header = static_cast<uint8_t>(*at_);
  const size_t n = header & ~format::kWideNumber;
  if ((header & format::kWideNumber) == 0 || static_cast<size_t>(end_ - at_) < 3 + n) {
    Fail();
    return {};
  }
  const auto exponent = static_cast<int16_t>(
      static_cast<uint8_t>(at_[1]) | static_cast<uint16_t>(static_cast<uint8_t>(at_[2])) << 8);
  Number number;
  if (!ParseWide(exponent, {at_ + 3, n}, &number)) {
    Fail();
    return {};
  }
  at_ += 3 + n;
  return {text_, number.Print(text_)};
}

void ValueReader::SkipValue() {
  switch (ReadTag()) {
    case format::kNumber:
      ReadNumber();
      break;
    case format::kFalse:
    case format::kTrue:
    case format::kNull:
      break;
    default:  // bytes, or a body behind its length
      ReadBytes();
      break;
  }
}

// Builds the tree, and checks that no other bytes encode it: order of names and members, canonical
// numbers and lengths, bodies as long as they say.
class ItemDecoder {
 public:
  explicit ItemDecoder(std::string_view encoded) : reader_(encoded) {}

  bool Map(AttributeMap* map, int depth) {
    const uint64_t count = reader_.ReadMemberCount(2);
    map->reserve(count);
    std::string_view last;
    for (uint64_t i = 0; i < count; ++i) {
      const std::string_view name = reader_.ReadName();
      if (!reader_.ok() || (i > 0 && name <= last)) return false;
      if (!Value(&map->Set(std::string(name), AttributeValue()), depth)) return false;
      last = name;
    }
    return reader_.ok();
  }

  bool Value(AttributeValue* value, int depth) {
    const uint8_t tag = reader_.ReadTag();
    switch (tag) {
      case format::kString:
        *value = AttributeValue::S(std::string(reader_.ReadBytes()));
        return reader_.ok();
      case format::kBinary:
        *value = AttributeValue::B(std::string(reader_.ReadBytes()));
        return reader_.ok();
      case format::kNumber: {
        Number number;
        if (!ReadNumber(&number)) return false;
        *value = AttributeValue::N(number);
        return true;
      }
      case format::kFalse:
      case format::kTrue:
        *value = AttributeValue::Bool(tag == format::kTrue);
        return true;
      case format::kNull:
        *value = AttributeValue::OfNull();
        return reader_.ok();
      default:
        return depth < kMaxEncodedDepth && Container(tag, value, depth + 1);
    }
  }

  bool done() const { return reader_.ok() && reader_.done(); }

 private:
  bool Container(uint8_t tag, AttributeValue* value, int depth) {
    const uint64_t length = reader_.ReadVarint();
    if (length > static_cast<uint64_t>(reader_.end_ - reader_.at_)) return false;
    const char* const body_end = reader_.at_ + length;
    return Body(tag, value, depth) && reader_.at_ == body_end;
  }

  bool Body(uint8_t tag, AttributeValue* value, int depth) {
    switch (tag) {
      case format::kStringSet: {
        std::vector<std::string> values;
        if (!Strings(&values)) return false;
        *value = AttributeValue::SS(std::move(values));
        return true;
      }
      case format::kBinarySet: {
        std::vector<std::string> values;
        if (!Strings(&values)) return false;
        *value = AttributeValue::BS(std::move(values));
        return true;
      }
      case format::kNumberSet: {
        std::vector<Number> values;
        if (!Numbers(&values)) return false;
        *value = AttributeValue::NS(std::move(values));
        return true;
      }
      case format::kList: {
        const uint64_t count = reader_.ReadMemberCount(1);
        *value = AttributeValue::L(List(count));
        for (AttributeValue& element : value->list()) {
          if (!Value(&element, depth)) return false;
        }
        return reader_.ok();
      }
      default:
        *value = AttributeValue::M({});
        return Map(&value->map(), depth);
    }
  }

  bool Strings(std::vector<std::string>* values) {
    const uint64_t count = reader_.ReadMemberCount(1);
    values->reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      const std::string_view bytes = reader_.ReadBytes();
      if (!reader_.ok() || (i > 0 && bytes <= values->back())) return false;
      values->emplace_back(bytes);
    }
    return reader_.ok();
  }

  bool Numbers(std::vector<Number>* values) {
    const uint64_t count = reader_.ReadMemberCount(1);
    values->reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      Number number;
      if (!ReadNumber(&number) || (i > 0 && number <= values->back())) return false;
      values->push_back(number);
    }
    return reader_.ok();
  }

  bool ReadNumber(Number* number) {
    const std::string_view text = reader_.ReadNumber();
    return reader_.ok() && Number::ParseCanonical(text, number) &&
           (text.size() <= format::kMaxPlainNumber || text.data() == reader_.text_);
  }

  ValueReader reader_;
};

Result<Item> DecodeItem(std::string_view encoded) {
  Item item;
  ItemDecoder decoder(encoded);
  if (!decoder.Map(&item, 0) || !decoder.done()) return Corruption("damaged item");
  return item;
}

Result<AttributeValue> DecodeValue(std::string_view encoded) {
  AttributeValue value;
  ItemDecoder decoder(encoded);
  if (!decoder.Value(&value, 0) || !decoder.done()) return Corruption("damaged value");
  return value;
}

bool FindAttribute(std::string_view encoded_item, std::string_view name, ValueReader* value) {
  ValueReader reader(encoded_item);
  const uint64_t count = reader.ReadCount();
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    const std::string_view next = reader.ReadName();
    if (!reader.ok() || next > name) return false;
    if (next == name) {
      *value = ValueReader(reader.rest());
      return true;
    }
    reader.SkipValue();
  }
  return false;
}

}  // namespace skerry::document
