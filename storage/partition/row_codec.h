#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/strong.h"

namespace skerry::partition {

// Values of rows (FORMAT.md): a format byte, for an item the timestamp of its last write and the
// log index of that write, then the encoded attributes.
void EncodeRow(std::string_view row_key, uint64_t hlc, LogIndex index, std::string_view attributes,
               std::string* out);

// The encoded attributes. Any bytes may be given.
Result<std::string_view> DecodeRow(std::string_view row_key, std::string_view value);

}  // namespace skerry::partition
