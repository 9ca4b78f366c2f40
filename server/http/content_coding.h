#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "server/http/request_parser.h"

namespace skerry::http {

// Undoes gzip or deflate (zlib's format, or bare deflate as some clients send it). Fails with
// kResourceExhausted once more than `bytes_max` come out, before they are kept, and with
// kInvalidArgument if `coded` is no whole stream of that coding.
Result<std::string> Inflate(ContentCoding coding, std::string_view coded, uint64_t bytes_max);

// gzip at its fastest level.
std::string Gzip(std::string_view plain);

}  // namespace skerry::http
