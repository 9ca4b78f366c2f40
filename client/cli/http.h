#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace skerry::cli {

struct Endpoint {
  std::string host;
  std::string port;
};
// "host:port", "[v6]:port", with or without "http://".
Result<Endpoint> ParseEndpoint(const std::string& text);

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// One request on a connection of its own, for which it blocks. kUnavailable if nobody listens
// there, kDeadlineExceeded if no byte comes for `seconds`, kCorruption if what comes is not HTTP or
// ends too early; in the last two the request may have been done.
Result<HttpAnswer> CallHttp(const Endpoint& endpoint, const std::string& method,
                            const std::string& path, const std::string& body, int seconds);

}  // namespace skerry::cli
