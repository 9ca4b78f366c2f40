#include "server/auth/signature_v4.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "fmt/format.h"
#include "server/auth/canonical_request.h"

namespace skerry::auth {
namespace {

using api::ApiError;
using api::ErrorType;

ApiError Incomplete(std::string message) {
  return {ErrorType::kIncompleteSignature, std::move(message), {}};
}
ApiError Invalid(std::string message) {
  return {ErrorType::kInvalidSignature, std::move(message), {}};
}

std::string_view Trim(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string ToLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return out;
}

// The parameters as text, before any of them is understood.
struct RawSignature {
  std::string algorithm;
  std::string credential;
  std::string signature;
  std::string signed_headers;
  std::string date;
};

std::string_view DateHeader(const HttpRequest& request) {
  const std::string_view date = request.Header("X-Amz-Date");
  return date.empty() ? request.Header("Date") : date;
}

// "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...".
api::Outcome<RawSignature> ParseHeader(const HttpRequest& request) {
  const std::string_view header = request.Header("Authorization");
  RawSignature raw;
  raw.date = DateHeader(request);
  const size_t space = header.find(' ');
  if (space != std::string_view::npos) {
    raw.algorithm = header.substr(0, space);
    for (std::string_view part : Split(header.substr(space + 1), ',')) {
      part = Trim(part);
      if (part.empty()) continue;
      const size_t equals = part.find('=');
      if (equals == std::string_view::npos) {
        return Incomplete(fmt::format(
            "'{}' not a valid key=value pair (missing equal-sign) in Authorization header: '{}'.",
            part, header));
      }
      const std::string_view name = part.substr(0, equals);
      const std::string_view value = part.substr(equals + 1);
      if (name == "Credential") raw.credential = value;
      if (name == "Signature") raw.signature = value;
      if (name == "SignedHeaders") raw.signed_headers = value;
    }
  }
  std::string missing;
  if (raw.credential.empty()) missing += "Authorization header requires 'Credential' parameter. ";
  if (raw.signature.empty()) missing += "Authorization header requires 'Signature' parameter. ";
  if (raw.signed_headers.empty()) {
    missing += "Authorization header requires 'SignedHeaders' parameter. ";
  }
  if (raw.date.empty()) {
    missing +=
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!missing.empty()) return Incomplete(missing + "Authorization=" + std::string(header));
  return raw;
}

api::Outcome<RawSignature> ParseQuery(const HttpRequest& request) {
  RawSignature raw;
  std::string missing;
  const auto take = [&](std::string_view name, std::string* value) {
    if (QueryParameter(request.target, name, value) && !value->empty()) return;
    missing += fmt::format("AWS query-string parameters must include '{}'. ", name);
  };
  take("X-Amz-Algorithm", &raw.algorithm);
  take("X-Amz-Credential", &raw.credential);
  take("X-Amz-Signature", &raw.signature);
  take("X-Amz-SignedHeaders", &raw.signed_headers);
  take("X-Amz-Date", &raw.date);
  if (!missing.empty()) {
    return Incomplete(missing + "Re-examine the query-string parameters.");
  }
  return raw;
}

api::Outcome<Signature> Understand(RawSignature raw) {
  Signature signature;
  if (raw.algorithm != kAlgorithm) {
    return Incomplete(fmt::format("Unsupported AWS 'algorithm': '{}'. ", raw.algorithm));
  }
  const std::vector<std::string_view> scope = Split(raw.credential, '/');
  if (scope.size() != 5) {
    return Incomplete(
        fmt::format("Credential must have exactly 5 slash-delimited elements, e.g. "
                    "keyid/date/region/service/term, got '{}'",
                    raw.credential));
  }
  const std::optional<std::chrono::seconds> time = ParseBasicTime(raw.date);
  if (!time) {
    return Incomplete(
        fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'. See "
                    "http://en.wikipedia.org/wiki/ISO_8601",
                    raw.date));
  }
  signature.algorithm = std::move(raw.algorithm);
  signature.access_key_id = scope[0];
  signature.scope_date = scope[1];
  signature.region = scope[2];
  signature.service = scope[3];
  signature.terminator = scope[4];
  for (std::string_view name : Split(raw.signed_headers, ';')) {
    signature.signed_headers.push_back(ToLower(name));
  }
  signature.signature = std::move(raw.signature);
  signature.date = std::move(raw.date);
  signature.time = *time;
  return signature;
}

api::Outcome<std::chrono::seconds> ParseExpires(std::string_view text) {
  int64_t seconds = 0;
  for (char c : text) {
    if (c < '0' || c > '9' || seconds > 604800) {
      seconds = -1;
      break;
    }
    seconds = seconds * 10 + (c - '0');
  }
  // A week at most (AWS, "Create a signed AWS API request", X-Amz-Expires).
  if (text.empty() || seconds < 0 || seconds > 604800) {
    return Invalid("X-Amz-Expires must be a number of seconds from 0 to 604800");
  }
  return std::chrono::seconds(seconds);
}

bool TakeDigits(std::string_view* text, size_t count, unsigned* out) {
  if (text->size() < count) return false;
  *out = 0;
  for (size_t i = 0; i < count; ++i) {
    const char c = (*text)[i];
    if (c < '0' || c > '9') return false;
    *out = *out * 10 + static_cast<unsigned>(c - '0');
  }
  text->remove_prefix(count);
  return true;
}

// One chunk of an aws-chunked body: "size-in-hex;chunk-signature=...\r\n" bytes "\r\n".
struct Chunk {
  std::string_view signature;
  std::string_view bytes;
};

bool TakeChunk(std::string_view* body, Chunk* chunk) {
  constexpr std::string_view kExtension = ";chunk-signature=";
  const size_t line_end = body->find("\r\n");
  if (line_end == std::string_view::npos) return false;
  const std::string_view line = body->substr(0, line_end);
  const size_t extension = line.find(kExtension);
  if (extension == 0 || extension == std::string_view::npos || extension > 8) return false;
  size_t size = 0;
  for (char c : line.substr(0, extension)) {
    const bool digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!digit && (lower < 'a' || lower > 'f')) return false;
    size = size * 16 + static_cast<size_t>(digit ? c - '0' : lower - 'a' + 10);
  }
  body->remove_prefix(line_end + 2);
  if (body->size() < size + 2 || body->substr(size, 2) != "\r\n") return false;
  *chunk = {line.substr(extension + kExtension.size()), body->substr(0, size)};
  body->remove_prefix(size + 2);
  return true;
}

}  // namespace

bool HasSignature(const HttpRequest& request) {
  std::string ignored;
  return request.HasHeader("Authorization") ||
         QueryParameter(request.target, "X-Amz-Algorithm", &ignored) ||
         QueryParameter(request.target, "X-Amz-Credential", &ignored) ||
         QueryParameter(request.target, "X-Amz-Signature", &ignored);
}

api::Outcome<Signature> ParseSignature(const HttpRequest& request) {
  std::string algorithm;
  const bool in_query = QueryParameter(request.target, "X-Amz-Algorithm", &algorithm);
  const bool in_header = request.HasHeader("Authorization");
  if (in_query && in_header) {
    return Invalid(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
        "header.");
  }
  api::Outcome<RawSignature> raw = in_header ? ParseHeader(request) : ParseQuery(request);
  if (!raw.ok()) return std::move(raw.error());
  api::Outcome<Signature> signature = Understand(*std::move(raw));
  if (!signature.ok() || in_header) {
    if (signature.ok()) signature->security_token = request.Header("X-Amz-Security-Token");
    return signature;
  }
  signature->presigned = true;
  QueryParameter(request.target, "X-Amz-Security-Token", &signature->security_token);
  if (std::string text; QueryParameter(request.target, "X-Amz-Expires", &text)) {
    api::Outcome<std::chrono::seconds> expires = ParseExpires(text);
    if (!expires.ok()) return std::move(expires.error());
    signature->expires_in = *expires;
  }
  return signature;
}

std::string AccessKeyIdOf(const HttpRequest& request) {
  std::string credential;
  const std::string_view header = request.Header("Authorization");
  constexpr std::string_view kCredential = "Credential=";
  if (const size_t at = header.find(kCredential); at != std::string_view::npos) {
    credential = header.substr(at + kCredential.size());
  } else {
    QueryParameter(request.target, "X-Amz-Credential", &credential);
  }
  credential.resize(std::min(credential.find_first_of("/, "), credential.size()));
  return credential;
}

Sha256Digest SigningKey(std::string_view secret, std::string_view date, std::string_view region,
                        std::string_view service) {
  Sha256Digest key = HmacSha256("AWS4" + std::string(secret), date);
  key = HmacSha256(AsBytes(key), region);
  key = HmacSha256(AsBytes(key), service);
  return HmacSha256(AsBytes(key), kTerminator);
}

std::string StringToSign(const Signature& signature, std::string_view canonical_request) {
  return fmt::format("{}\n{}\n{}\n{}", signature.algorithm, signature.date, signature.Scope(),
                     HexSha256(canonical_request));
}

bool VerifyChunks(std::string_view body, const Signature& signature, const Sha256Digest& key) {
  const std::string prefix =
      fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n", signature.date, signature.Scope());
  const std::string empty_hash = HexSha256("");
  std::string previous = signature.signature;
  while (true) {
    Chunk chunk;
    if (!TakeChunk(&body, &chunk)) return false;
    const std::string text =
        fmt::format("{}{}\n{}\n{}", prefix, previous, empty_hash, HexSha256(chunk.bytes));
    previous = Hex(HmacSha256(AsBytes(key), text));
    if (!SameSecret(previous, chunk.signature)) return false;
    if (chunk.bytes.empty()) return body.empty();
  }
}

std::optional<std::chrono::seconds> ParseBasicTime(std::string_view text) {
  unsigned year, month, day, hour, minute, second;
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  std::string_view date = text.substr(0, 8);
  std::string_view time = text.substr(9, 6);
  if (!TakeDigits(&date, 4, &year) || !TakeDigits(&date, 2, &month) ||
      !TakeDigits(&date, 2, &day) || !TakeDigits(&time, 2, &hour) ||
      !TakeDigits(&time, 2, &minute) || !TakeDigits(&time, 2, &second) || hour > 23 ||
      minute > 59 || second > 59) {
    return std::nullopt;
  }
  const std::chrono::year_month_day ymd{std::chrono::year(static_cast<int>(year)),
                                        std::chrono::month(month), std::chrono::day(day)};
  if (!ymd.ok()) return std::nullopt;
  return std::chrono::sys_days(ymd).time_since_epoch() + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

std::string FormatBasicTime(std::chrono::seconds time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day ymd{std::chrono::sys_days(days)};
  const int64_t second_of_day = (time - days).count();
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                     second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
}

}  // namespace skerry::auth
