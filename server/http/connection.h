#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/http/output_queue.h"
#include "server/http/reactor_asio.h"
#include "server/http/request_parser.h"
#include "server/http/response_writer.h"
#include "server/http/server.h"
#include "server/http/tls.h"

// One connection of a Server and what the connections of a reactor, and of a server, share.

namespace skerry::http {

class Connection;

// Shared by all connections of a server. Constant but for the counters, which any thread changes.
struct ServerShared {
  ServerOptions options;
  Handler handler;
  ParserLimits limits;
  std::unique_ptr<TlsContext> tls;  // null: plain
  std::string server_line;

  std::atomic<uint64_t> accepted{0};
  std::atomic<uint64_t> open{0};
  std::atomic<uint64_t> large_bodies{0};  // bytes of those that are read or served
  std::atomic<bool> draining{false};
  std::mutex closed_mutex;  // for the condition: `open` fell to zero
  std::condition_variable closed;
};

// The connections of one server on one reactor. Everything but the counters belongs to its thread.
class Lane {
 public:
  Lane(ServerShared& shared, Reactor& reactor);

  Reactor& reactor() { return reactor_; }
  ServerShared& shared() { return shared_; }
  BufferPool& pool() { return pool_; }
  std::string_view date_line() { return date_.At(reactor_.clock().WallTime()); }

  void Add(Connection* connection);
  void Remove(Connection* connection);
  // Idle connections close now, the others after their answer.
  void Drain();
  void CloseAll();

  // Deadlines are counted in ticks, so that a request costs no clock reading and no timer.
  uint32_t TickAfter(Duration timeout) const;
  uint32_t tick() const { return tick_; }

  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> refusals{0};

 private:
  void Tick();
  void KeepTicking();

  ServerShared& shared_;
  Reactor& reactor_;
  const Duration tick_length_;
  uint32_t tick_ = 0;
  bool ticking_ = false;
  std::vector<Connection*> connections_;
  BufferPool pool_;
  DateLine date_;
};

// Reads requests, has them served one at a time, writes the answers. Lives on its lane's reactor;
// kept alive by its pending socket operation and by the request under way. Reading stops while a
// request is served, which is also what holds back a client that sends faster than it is served.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  // `server` keeps the lane alive.
  Connection(std::shared_ptr<void> server, Lane& lane, Socket socket);
  ~Connection();

  // `overloaded`: answers 503 and closes, for there are too many connections.
  void Start(bool overloaded);
  // Starts a graceful end: at once if idle, else after the request under way.
  void Drain();
  void Close();
  void CheckDeadline();
  const std::shared_ptr<void>& server() const { return server_; }

  size_t position_in_lane = 0;  // Lane's own

 private:
  enum class Waiting : uint8_t { kNothing, kIdle, kHeader, kBody, kWrite, kLinger };

  bool MayRead();
  void ReleaseBody();
  void Read();
  void OnRead(size_t bytes);
  bool ReadTls(size_t bytes);
  void MakeRoom();
  void Process();
  bool ServeNext();
  void AskForBody();
  bool DecodeBody();
  bool TakeDecoded(Result<std::string> decoded);
  void Serve();
  void OnAnswered(HttpResponse response);
  void WriteAnswer(HttpResponse response, bool keep_alive);
  void Compress(HttpResponse* response) const;
  void Refuse(int status, std::string_view reason);
  void ForgetRequest();
  void Flush();
  void OnAllSent();
  void Linger();
  void DiscardMore();
  void WaitFor(Waiting what);

  const std::shared_ptr<void> server_;
  Lane& lane_;
  Socket socket_;
  std::string remote_address_;
  std::unique_ptr<TlsSession> tls_;

  RequestParser parser_;
  HttpRequest request_;
  std::string decoded_body_;

  // Bytes read: [in_begin_, in_begin_ + in_size_), beginning with the request under way.
  std::unique_ptr<char[]> in_;
  size_t in_capacity_ = 0;
  size_t in_begin_ = 0;
  size_t in_size_ = 0;
  uint64_t held_body_bytes_ = 0;     // of ServerShared::large_bodies
  std::unique_ptr<char[]> wire_in_;  // encrypted bytes, with TLS

  OutputQueue answers_;  // plain; sent as it is without TLS
  OutputQueue wire_;     // encrypted
  size_t lingered_bytes_ = 0;

  Waiting waiting_ = Waiting::kNothing;
  uint32_t deadline_tick_ = 0;
  bool serving_ = false;     // the handler has the request
  bool processing_ = false;  // Process is on the stack
  bool reading_ = false;     // a read is pending
  bool writing_ = false;     // waits until the socket takes more
  bool ending_ = false;      // close when all is written
  bool lingering_ = false;   // reads on to let the client read the last answer
  bool refused_ = false;     // bytes of a request that was not read to its end may still come
  bool draining_ = false;
  bool asked_for_body_ = false;
  bool closed_ = false;
};

}  // namespace skerry::http
