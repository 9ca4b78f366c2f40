#pragma once

#include <cstdint>
#include <string_view>

namespace skerry::dynamodb {

// CRC-32 as in gzip and Ethernet (reflected polynomial 0xEDB88320): what x-amz-crc32 holds. Not
// base/crc32c.h, which is another polynomial.
uint32_t Crc32(std::string_view bytes);

}  // namespace skerry::dynamodb
