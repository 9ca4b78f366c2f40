#include "server/auth/authenticator.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/bytes.h"
#include "fmt/format.h"
#include "server/auth/canonical_request.h"

namespace skerry::auth {
namespace {

using api::ApiError;
using api::ErrorType;

constexpr std::string_view kSharedAccount = "000000000000";
constexpr std::chrono::seconds kClockSkewMax = std::chrono::minutes(15);
constexpr size_t kSigningKeysMax = 1024;
constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
constexpr std::string_view kSignedChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

// The service's answer to a signature that is wrong, with what it should have covered.
constexpr std::string_view kMismatch =
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details.";

ApiError Error(ErrorType type, std::string message) { return {type, std::move(message), {}}; }

ApiError UnknownToken() {
  return Error(ErrorType::kUnrecognizedClient,
               "The security token included in the request is invalid.");
}

bool IsAccount(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "15 min." as the service writes it.
std::string SpanText(std::chrono::seconds span) {
  return span.count() % 60 == 0 ? fmt::format("{} min.", span.count() / 60)
                                : fmt::format("{} sec.", span.count());
}

}  // namespace

Result<std::unique_ptr<SignatureAuthenticator>> SignatureAuthenticator::Make(
    AuthenticatorOptions options, const Clock& clock) {
  absl::flat_hash_map<std::string_view, bool> seen;
  for (const AccessKey& key : options.keys) {
    if (key.id.empty() || key.id.find_first_of("/, =") != std::string::npos) {
      return InvalidArgument("access key '" + key.id + "': not an access key id");
    }
    if (key.secret.empty()) return InvalidArgument("access key '" + key.id + "': no secret");
    if (!IsAccount(key.account)) {
      return InvalidArgument("access key '" + key.id + "': account '" + key.account +
                             "' is not twelve digits");
    }
    if (!seen.emplace(key.id, true).second) {
      return InvalidArgument("access key '" + key.id + "' is there twice");
    }
  }
  if (options.required && options.keys.empty()) {
    return InvalidArgument("authentication is required, but no access keys are configured");
  }
  return std::unique_ptr<SignatureAuthenticator>(
      new SignatureAuthenticator(std::move(options), clock));
}

SignatureAuthenticator::SignatureAuthenticator(AuthenticatorOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {
  for (const AccessKey& key : options_.keys) keys_.emplace(key.id, &key);
}

api::Outcome<api::Identity> SignatureAuthenticator::Authenticate(const HttpRequest& request) const {
  if (options_.required) return Verify(request);
  if (!HasSignature(request)) {
    // DynamoDB Local's words: whom this mode stands in for.
    return Error(ErrorType::kMissingAuthenticationToken,
                 "Request must contain either a valid (registered) AWS access key ID or X.509 "
                 "certificate.");
  }
  api::Identity identity{.access_key_id = AccessKeyIdOf(request), .account = {}};
  identity.account = AccountOf(identity.access_key_id);
  return identity;
}

std::string SignatureAuthenticator::AccountOf(std::string_view access_key_id) const {
  if (!options_.separate_accounts) return std::string(kSharedAccount);
  const auto configured = keys_.find(access_key_id);
  if (configured != keys_.end()) return configured->second->account;
  if (IsAccount(access_key_id)) return std::string(access_key_id);
  const uint64_t hash = LoadBig64(reinterpret_cast<const char*>(Sha256(access_key_id).data()));
  return fmt::format("{:012}", hash % 1'000'000'000'000);
}

api::Outcome<api::Identity> SignatureAuthenticator::Verify(const HttpRequest& request) const {
  if (!HasSignature(request)) {
    return Error(ErrorType::kMissingAuthenticationToken, "Request is missing Authentication Token");
  }
  api::Outcome<Signature> signature = ParseSignature(request);
  if (!signature.ok()) return std::move(signature.error());
  const std::vector<std::string>& names = signature->signed_headers;
  const auto is_signed = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!is_signed("host")) {
    return Error(ErrorType::kInvalidSignature,
                 "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  // Else the signature of one operation could be sent with another.
  if (request.HasHeader("X-Amz-Target") && !is_signed("x-amz-target")) {
    return Error(ErrorType::kInvalidSignature,
                 "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (auto error = CheckScope(*signature)) return *std::move(error);
  if (auto error = CheckTime(*signature)) return *std::move(error);
  api::Outcome<const AccessKey*> key = FindKey(*signature);
  if (!key.ok()) return std::move(key.error());

  const std::string_view declared = request.Header("X-Amz-Content-Sha256");
  const bool literal = declared == kUnsignedPayload || declared == kSignedChunks;
  const std::string payload_hash = literal ? std::string(declared) : HexSha256(request.raw_body);
  const std::string canonical = CanonicalRequest(request, names, payload_hash);
  const std::string to_sign = StringToSign(*signature, canonical);
  const Sha256Digest signing_key = CachedSigningKey(**key, *signature);
  if (!SameSecret(Hex(HmacSha256(AsBytes(signing_key), to_sign)), signature->signature)) {
    return Error(
        ErrorType::kInvalidSignature,
        fmt::format("{}\n\nThe Canonical String for this request should have been\n'{}'\n\nThe "
                    "String-to-Sign should have been\n'{}'\n",
                    kMismatch, canonical, to_sign));
  }
  if (declared == kSignedChunks && !VerifyChunks(request.raw_body, *signature, signing_key)) {
    return Error(ErrorType::kInvalidSignature, std::string(kMismatch));
  }
  return api::Identity{.access_key_id = (*key)->id, .account = AccountOf((*key)->id)};
}

std::optional<ApiError> SignatureAuthenticator::CheckScope(const Signature& signature) const {
  std::string faults;
  if (!options_.region.empty() && signature.region != options_.region) {
    faults +=
        fmt::format("Credential should be scoped to a valid region, not '{}'. ", signature.region);
  }
  if (signature.service != options_.service) {
    faults +=
        fmt::format("Credential should be scoped to correct service: '{}'. ", options_.service);
  }
  if (signature.terminator != kTerminator) {
    faults += fmt::format("Credential should be scoped with a valid terminator: '{}', not '{}'. ",
                          kTerminator, signature.terminator);
  }
  if (!faults.empty()) return Error(ErrorType::kInvalidSignature, std::move(faults));
  const std::string_view day = std::string_view(signature.date).substr(0, 8);
  if (signature.scope_date != day) {
    return Error(ErrorType::kInvalidSignature,
                 fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                             "version of date from HTTP: '{}' != '{}', from '{}'.",
                             signature.scope_date, day, signature.date));
  }
  return std::nullopt;
}

std::optional<ApiError> SignatureAuthenticator::CheckTime(const Signature& signature) const {
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.WallTime());
  const std::chrono::seconds life = signature.expires_in.value_or(kClockSkewMax);
  if (signature.time < now - life) {
    return Error(
        ErrorType::kInvalidSignature,
        fmt::format("Signature expired: {} is now earlier than {} ({} - {})", signature.date,
                    FormatBasicTime(now - life), FormatBasicTime(now), SpanText(life)));
  }
  if (signature.time > now + kClockSkewMax) {
    return Error(ErrorType::kInvalidSignature,
                 fmt::format("Signature not yet current: {} is still later than {} ({} + {})",
                             signature.date, FormatBasicTime(now + kClockSkewMax),
                             FormatBasicTime(now), SpanText(kClockSkewMax)));
  }
  return std::nullopt;
}

api::Outcome<const AccessKey*> SignatureAuthenticator::FindKey(const Signature& signature) const {
  const auto found = keys_.find(signature.access_key_id);
  if (found == keys_.end()) return UnknownToken();
  const AccessKey& key = *found->second;
  if (!SameSecret(key.session_token, signature.security_token)) return UnknownToken();
  if (key.expires.count() > 0 && clock_.WallTime() >= key.expires) {
    return Error(ErrorType::kExpiredToken, "The security token included in the request is expired");
  }
  return &key;
}

Sha256Digest SignatureAuthenticator::CachedSigningKey(const AccessKey& key,
                                                      const Signature& signature) const {
  const std::string name = fmt::format("{}/{}/{}", key.id, signature.scope_date, signature.region);
  {
    std::shared_lock lock(mutex_);
    const auto found = signing_keys_.find(name);
    if (found != signing_keys_.end()) return found->second;
  }
  const Sha256Digest made =
      SigningKey(key.secret, signature.scope_date, signature.region, signature.service);
  std::unique_lock lock(mutex_);
  if (signing_keys_.size() >= kSigningKeysMax) signing_keys_.clear();
  signing_keys_.emplace(name, made);
  return made;
}

}  // namespace skerry::auth
