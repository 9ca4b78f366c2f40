#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/clock.h"
#include "base/status.h"
#include "server/api/authenticator.h"
#include "server/auth/crypto.h"
#include "server/auth/signature_v4.h"

namespace skerry::auth {

// An access key that the configuration names.
struct AccessKey {
  std::string id;
  std::string secret;
  std::string account = "000000000000";  // twelve digits
  // Temporary credentials: requests must carry this token, until `expires` (0: never).
  std::string session_token;
  std::chrono::seconds expires{0};
};

struct AuthenticatorOptions {
  // False: whoever sends a signature is taken at their word, and it is not checked.
  bool required = false;
  // The account is that of the access key (of one that is not configured: twelve digits made from
  // its id, or the id itself if it is twelve digits). False: all share account 000000000000.
  bool separate_accounts = false;
  std::string service = "dynamodb";  // required: the service that credentials are scoped to
  std::string region;                // required: likewise; empty: any
  std::vector<AccessKey> keys;
};

// Who signed a request, by Signature Version 4: in the header or presigned; payloads signed,
// unsigned (UNSIGNED-PAYLOAD) or in signed chunks (STREAMING-AWS4-HMAC-SHA256-PAYLOAD). Errors have
// the service's types and words. Clocks may be 15 minutes apart, as with DynamoDB.
//
// Thread-safe. The clock outlives it.
class SignatureAuthenticator final : public api::Authenticator {
 public:
  // Fails, naming the key, if two have one id, or one lacks its id, its secret or a right account.
  static Result<std::unique_ptr<SignatureAuthenticator>> Make(AuthenticatorOptions options,
                                                              const Clock& clock);

  api::Outcome<api::Identity> Authenticate(const HttpRequest& request) const override;

 private:
  SignatureAuthenticator(AuthenticatorOptions options, const Clock& clock);

  api::Outcome<api::Identity> Verify(const HttpRequest& request) const;
  std::optional<api::ApiError> CheckScope(const Signature& signature) const;
  std::optional<api::ApiError> CheckTime(const Signature& signature) const;
  api::Outcome<const AccessKey*> FindKey(const Signature& signature) const;
  Sha256Digest CachedSigningKey(const AccessKey& key, const Signature& signature) const;
  std::string AccountOf(std::string_view access_key_id) const;

  const AuthenticatorOptions options_;
  const Clock& clock_;
  absl::flat_hash_map<std::string_view, const AccessKey*> keys_;  // by id, of options_.keys

  mutable std::shared_mutex mutex_;  // guards signing_keys_
  // Four HMACs saved per request. A key lives for a day; the map is emptied when it grows.
  mutable absl::flat_hash_map<std::string, Sha256Digest> signing_keys_;
};

}  // namespace skerry::auth
