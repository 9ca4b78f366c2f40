#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tools/benching/driver/connection.h"

namespace skerry::benching {

// Unary gRPC calls over HTTP/2 (RFC 9113) without TLS. Answers' headers are not read: a call that
// failed has no message, which tells it from one that did not.
class GrpcConnection : public Connection {
 public:
  using Connection::Connection;

 protected:
  void Begin(const std::string& authority) override;
  ssize_t Take(std::string_view in) override;
  void Append(std::string_view request) override;
  bool HasRoom(size_t bytes) const override;

 private:
  struct Call {
    Clock::time_point asked;
    size_t bytes = 0;  // of the answer so far
  };

  bool TakeFrame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload);

  std::string headers_;  // of the next call; the first one's name what the later ones refer to
  std::string later_headers_;
  uint32_t next_stream_ = 1;
  int64_t window_ = 65535;  // what the server takes of this connection now
  size_t unacknowledged_ = 0;
  std::unordered_map<uint32_t, Call> calls_;
};

}  // namespace skerry::benching
