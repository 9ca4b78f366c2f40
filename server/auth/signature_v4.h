#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "server/api/error.h"
#include "server/auth/crypto.h"

// Signature Version 4 as a request carries it, in its Authorization header or in its query
// (presigned), and the signature's own arithmetic. Nothing here knows keys or clocks.

namespace skerry::auth {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kTerminator = "aws4_request";

struct Signature {
  bool presigned = false;
  std::string algorithm;
  std::string access_key_id;
  std::string scope_date;  // YYYYMMDD
  std::string region;
  std::string service;
  std::string terminator;
  std::vector<std::string> signed_headers;  // lower case, as sent
  std::string signature;
  std::string date;  // YYYYMMDDTHHMMSSZ, as sent
  std::chrono::seconds time{0};
  std::optional<std::chrono::seconds> expires_in;  // presigned only
  std::string security_token;

  std::string Scope() const { return scope_date + "/" + region + "/" + service + "/" + terminator; }
};

// False if the request carries no signature at all.
bool HasSignature(const HttpRequest& request);

// What the request says of its signature. Errors (IncompleteSignature, InvalidSignature) have the
// service's words. `request` carries a signature.
api::Outcome<Signature> ParseSignature(const HttpRequest& request);

// The access key id, whatever else may be wrong with the signature; empty if there is none.
std::string AccessKeyIdOf(const HttpRequest& request);

Sha256Digest SigningKey(std::string_view secret, std::string_view date, std::string_view region,
                        std::string_view service);
std::string StringToSign(const Signature& signature, std::string_view canonical_request);

// Checks the signatures of the chunks of an aws-chunked body (STREAMING-AWS4-HMAC-SHA256-PAYLOAD),
// each of which covers the one before, the first that of the request.
bool VerifyChunks(std::string_view body, const Signature& signature, const Sha256Digest& key);

// "20130524T000000Z" to seconds since the Unix epoch and back.
std::optional<std::chrono::seconds> ParseBasicTime(std::string_view text);
std::string FormatBasicTime(std::chrono::seconds time);

}  // namespace skerry::auth
