#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"

namespace skerry::auth {

// The form of a request that a signature covers (AWS, "Create a signed AWS API request": the
// canonical request). `signed_headers` are lower-case names; they are written in order of name. A
// header that the request lacks counts as empty. `payload_hash` goes in as it is.
std::string CanonicalRequest(const HttpRequest& request,
                             const std::vector<std::string>& signed_headers,
                             std::string_view payload_hash);

// What follows are its parts.

// Path without empty, "." and ".." segments, each byte but unreserved ones and '/' percent-encoded:
// what is encoded already is encoded again, as every service but S3 has it.
std::string CanonicalUri(std::string_view path);
// Parameters sorted by encoded name, then value, without X-Amz-Signature.
std::string CanonicalQuery(std::string_view query);
// All values of the header, trimmed, runs of spaces made one, joined by commas.
std::string CanonicalHeaderValue(const HttpRequest& request, std::string_view name);

// Undoes percent-encoding; '+' stays. What is no encoding stays too.
std::string PercentDecode(std::string_view text);
// The query parameter's decoded value; false if there is none of that (exact) name.
bool QueryParameter(std::string_view target, std::string_view name, std::string* value);

}  // namespace skerry::auth
