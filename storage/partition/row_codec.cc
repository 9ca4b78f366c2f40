#include "storage/partition/row_codec.h"

#include "base/bytes.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {
namespace {

constexpr char kFormat = 1;
constexpr size_t kItemHeader = 1 + 8 + 8;
constexpr size_t kIndexHeader = 1;

size_t HeaderSize(std::string_view row_key) {
  return static_cast<RowClass>(row_key.front()) == RowClass::kItem ? kItemHeader : kIndexHeader;
}

}  // namespace

void EncodeRow(std::string_view row_key, uint64_t hlc, LogIndex index, std::string_view attributes,
               std::string* out) {
  out->reserve(out->size() + kItemHeader + attributes.size());
  out->push_back(kFormat);
  if (HeaderSize(row_key) == kItemHeader) {
    AppendLittle64(out, hlc);
    AppendLittle64(out, index.value);
  }
  out->append(attributes);
}

Result<std::string_view> DecodeRow(std::string_view row_key, std::string_view value) {
  const size_t header = HeaderSize(row_key);
  if (value.size() <= header || value.front() != kFormat) {
    return Corruption("a stored row has an unknown form");
  }
  return value.substr(header);
}

}  // namespace skerry::partition
