#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/http.h"
#include "base/status.h"
#include "base/task.h"
#include "server/http/reactor.h"

namespace skerry::http {

// Serves one request. Called on the connection's reactor, which is `reactor`; may end on any
// thread. The request's views live until the task has ended. Called from all reactors at once.
using Handler =
    absl::AnyInvocable<Task<HttpResponse>(const HttpRequest& request, Executor& reactor) const>;

// The answer to a request that never reaches the handler: malformed, too large, too slow. `head` is
// what is known of the request: without a body, and all empty if not even its header was read.
// `status` is 400, 408, 413, 414, 415, 417, 431, 501, 503 or 505, `reason` a short English text.
// The connection is closed after it.
using Refusal = absl::AnyInvocable<HttpResponse(const HttpRequest& head, int status,
                                                std::string_view reason) const>;

struct ServerOptions {
  std::string address = "127.0.0.1";  // a literal IPv4 or IPv6 address, or "localhost"
  uint16_t port = 0;                  // 0: any free port
  std::string tls_certificate_file;   // PEM chain; with tls_key_file: serves TLS alone
  std::string tls_key_file;
  std::string server_name;  // the Server header; empty: none

  size_t head_bytes_max = 64 << 10;  // request line and headers
  size_t header_count_max = 128;
  uint64_t body_bytes_max = 16 << 20;  // as received, and again after content decoding
  // Bodies of more than 64 KiB are read while those under way, as announced, come to less than
  // this: together they take no more than it and one body. Others wait, unread.
  uint64_t large_bodies_max = UINT64_MAX;
  size_t connections_max = 20000;        // beyond it a connection is answered 503
  size_t compress_from_bytes = 8 << 10;  // bodies from this size on, if the client accepts gzip

  Duration header_timeout = std::chrono::seconds(20);  // first byte to end of the header
  Duration body_timeout = std::chrono::seconds(60);    // for the whole body
  Duration write_timeout = std::chrono::seconds(60);   // without the client reading a byte
  Duration idle_timeout = std::chrono::seconds(180);   // between requests

  Refusal refuse;  // none: a plain-text answer
};

// An HTTP/1.1 server (RFC 9110, 9112): keep-alive, pipelining (requests of one connection are
// served one after the other, in order; answers of one read leave in one write), chunked and gzip
// or deflate request bodies, gzip answers, Expect: 100-continue, TLS 1.2 and 1.3. Connections are
// spread over the reactors in turn; each stays with its reactor.
//
// Thread-safe. The reactors and the clock outlive the server. After Shutdown returns no connection
// is left, but a handler that was under way at the drain deadline may still be: its answer is
// dropped.
class Server {
 public:
  // Binds and listens: who connects waits until Serve. Fails if the address cannot be listened on
  // or the certificate cannot be used, with a message for the operator.
  static Result<std::unique_ptr<Server>> Listen(ServerOptions options,
                                                std::vector<Reactor*> reactors, Handler handler);
  // From here connections are accepted, once the reactors run. Once.
  void Serve();
  // Both.
  static Result<std::unique_ptr<Server>> Start(ServerOptions options,
                                               std::vector<Reactor*> reactors, Handler handler);
  ~Server();  // Shutdown(0)

  uint16_t port() const;

  struct Counters {
    uint64_t connections_accepted = 0;
    uint64_t connections_open = 0;
    uint64_t requests = 0;  // that reached the handler
    uint64_t refusals = 0;  // that did not
  };
  Counters counters() const;

  // Stops accepting, closes idle connections, lets requests under way end (their connections close
  // after the answer), waits for that at most `drain`, then closes what is left. The reactors must
  // be running. Not from a reactor. Harmless twice.
  void Shutdown(Duration drain);

 private:
  class Core;
  explicit Server(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace skerry::http
