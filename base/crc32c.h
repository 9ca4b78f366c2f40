#pragma once

#include <cstdint>
#include <string_view>

namespace skerry {

// CRC-32C (Castagnoli polynomial; RFC 3720, appendix B.4) of `data`, going on from `crc`, the value
// of the bytes before it: Crc32c(b, Crc32c(a)) == Crc32c(a + b).
uint32_t Crc32c(std::string_view data, uint32_t crc = 0);

}  // namespace skerry
