#pragma once

#include <string>

#include "base/http.h"
#include "server/api/error.h"

namespace skerry::api {

// Who sent a request.
struct Identity {
  std::string access_key_id;  // empty where none was asked for and none was sent
  std::string account;        // twelve digits
};

// Decides who sent a request, from its signature. Thread-safe; never blocks.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  virtual Outcome<Identity> Authenticate(const HttpRequest& request) const = 0;
};

}  // namespace skerry::api
