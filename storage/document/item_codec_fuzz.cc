#include <cstdint>
#include <string>

#include "base/check.h"
#include "storage/document/item_codec.h"
#include "storage/document/item_size.h"

// Bytes that stand where an item should be: refused, or exactly those that encode it.

namespace {

using skerry::Result;
using skerry::document::Item;
using skerry::document::Type;
using skerry::document::ValueReader;

// Reads as a writer of JSON does; must end, and stay inside the bytes, whatever they are.
void Walk(ValueReader* reader, int depth) {
  const ValueReader::Token token = reader->ReadValue();
  if (depth > 100) return;
  for (uint64_t i = 0; i < token.count && reader->ok(); ++i) {
    switch (token.type) {
      case Type::kMap:
        reader->ReadName();
        Walk(reader, depth + 1);
        break;
      case Type::kList:
        Walk(reader, depth + 1);
        break;
      default:
        reader->ReadSetMember(token.type);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  ValueReader reader(input);
  const uint64_t count = reader.ReadCount();
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    reader.ReadName();
    Walk(&reader, 0);
  }
  ValueReader found({});
  FindAttribute(input, "pk", &found);

  Result<Item> item = skerry::document::DecodeItem(input);
  if (!item.ok()) return 0;
  std::string again;
  EncodeItem(*item, &again);
  SKERRY_CHECK(again == input);
  SKERRY_CHECK(skerry::document::EncodedItemSize(input) == ItemSize(*item));
  SKERRY_CHECK(reader.ok() && reader.done());
  return 0;
}
