#pragma once

#include <string>
#include <string_view>

namespace skerry::dynamodb {

// Base64 as the service takes and gives binaries: RFC 4648, the standard alphabet, padded, and
// strict: no white space, no other alphabet, no bits set that are thrown away.

void AppendBase64(std::string_view bytes, std::string* out);

// Appends the bytes; empty if it did, else the service's message and `out` as it was.
std::string DecodeBase64(std::string_view text, std::string* out);

}  // namespace skerry::dynamodb
