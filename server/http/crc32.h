#pragma once

#include <cstdint>
#include <string_view>

namespace skerry::http {

// The CRC-32 of zlib, gzip and Ethernet (ISO 3309, reflected polynomial 0xEDB88320): what
// x-amz-crc32 carries. Thread-safe.
uint32_t Crc32(std::string_view bytes);

}  // namespace skerry::http
