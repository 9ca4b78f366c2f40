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

// Undoes the framing of a payload that was signed in chunks (AWS, "Signature calculations: transfer
// payload in multiple chunks"): each "size-in-hex;extensions CRLF bytes CRLF", the last of size 0;
// trailers after it are dropped. Signatures are the authenticator's to check. Fails with
// kInvalidArgument.
Result<std::string> DecodeAwsChunked(std::string_view framed);

// gzip at its fastest level.
std::string Gzip(std::string_view plain);

}  // namespace skerry::http
