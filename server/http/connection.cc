#include "server/http/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cstring>
#include <utility>

#include "server/http/content_coding.h"

namespace skerry::http {
namespace {

using boost::system::error_code;

constexpr size_t kFirstBuffer = 8 << 10;
constexpr size_t kKeptBuffer = 64 << 10;                      // a larger one goes after its request
constexpr Duration kTurnPoll = std::chrono::milliseconds(5);  // of a large body that waits its turn
constexpr size_t kGrowthMax = 1 << 20;  // memory follows what was received, not what was announced
constexpr size_t kRoomMin = 2 << 10;
constexpr size_t kWireBuffer = 17 << 10;  // one TLS record
constexpr size_t kUnsentMax = 1 << 20;    // pipelined answers gathered before they are sent
constexpr size_t kLingerBytesMax = 64 << 20;
constexpr Duration kLingerTime = std::chrono::seconds(2);
constexpr Duration kTickMin = std::chrono::milliseconds(5);
constexpr Duration kTickMax = std::chrono::seconds(1);

Duration TickLength(const ServerOptions& options) {
  const Duration shortest = std::min(
      {options.header_timeout, options.body_timeout, options.write_timeout, options.idle_timeout});
  return std::clamp(shortest / 8, kTickMin, kTickMax);
}

}  // namespace

Lane::Lane(ServerShared& shared, Reactor& reactor)
    : shared_(shared), reactor_(reactor), tick_length_(TickLength(shared.options)) {}

void Lane::Add(Connection* connection) {
  connection->position_in_lane = connections_.size();
  connections_.push_back(connection);
  KeepTicking();
}

void Lane::Remove(Connection* connection) {
  Connection* const last = connections_.back();
  connections_[connection->position_in_lane] = last;
  last->position_in_lane = connection->position_in_lane;
  connections_.pop_back();
}

void Lane::Drain() {
  // Closing removes from the list: from the back, each is met once.
  for (size_t i = connections_.size(); i-- > 0;) connections_[i]->Drain();
}

void Lane::CloseAll() {
  while (!connections_.empty()) connections_.back()->Close();
}

uint32_t Lane::TickAfter(Duration timeout) const {
  return tick_ + static_cast<uint32_t>(timeout / tick_length_) + 1;
}

void Lane::KeepTicking() {
  if (ticking_ || connections_.empty()) return;
  ticking_ = true;
  // A connection keeps the server, and so this lane; with the last one the ticking ends.
  reactor_.PostAfter(tick_length_, [this, keep = connections_.back()->server()] {
    ticking_ = false;
    Tick();
    KeepTicking();
  });
}

void Lane::Tick() {
  ++tick_;
  for (size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size()) connections_[i]->CheckDeadline();
  }
}

Connection::Connection(std::shared_ptr<void> server, Lane& lane, Socket socket)
    : server_(std::move(server)),
      lane_(lane),
      socket_(std::move(socket)),
      parser_(lane.shared().limits),
      answers_(lane.pool()),
      wire_(lane.pool()) {
  ++lane.shared().open;
  if (lane.shared().tls != nullptr) tls_ = std::make_unique<TlsSession>(*lane.shared().tls);
}

Connection::~Connection() {
  // Only when the reactor was torn down under it: closing is what ends a connection.
  if (!closed_) --lane_.shared().open;
  ReleaseBody();
}

void Connection::Start(bool overloaded) {
  lane_.Add(this);
  error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  if (error) return Close();
  const std::string host = endpoint.address().to_string();
  remote_address_ = (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
                    std::to_string(endpoint.port());
  request_.remote_address = remote_address_;
  request_.secure = tls_ != nullptr;
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), error);
  socket_.non_blocking(true, error);
  if (lane_.shared().draining) return Close();
  if (!overloaded) return Read();
  if (tls_ != nullptr) return Close();  // before the handshake there is no way to say so
  Refuse(503, "too many connections");
  Flush();
}

void Connection::Drain() {
  draining_ = true;
  if (serving_ || in_size_ > 0 || writing_ || closed_) return;
  // A request may have arrived that was not read yet: it is served still.
  char byte;
  if (::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) return;
  Close();
}

void Connection::Close() {
  if (closed_) return;
  closed_ = true;
  const auto self = shared_from_this();
  lane_.Remove(this);
  error_code ignored;
  socket_.close(ignored);
  ServerShared& shared = lane_.shared();
  if (--shared.open == 0 && shared.draining) {
    std::lock_guard lock(shared.closed_mutex);
    shared.closed.notify_all();
  }
}

void Connection::WaitFor(Waiting what) {
  if (waiting_ == what) return;
  waiting_ = what;
  const ServerOptions& options = lane_.shared().options;
  switch (what) {
    case Waiting::kNothing:
      break;
    case Waiting::kIdle:
      deadline_tick_ = lane_.TickAfter(options.idle_timeout);
      break;
    case Waiting::kHeader:
      deadline_tick_ = lane_.TickAfter(options.header_timeout);
      break;
    case Waiting::kBody:
      deadline_tick_ = lane_.TickAfter(options.body_timeout);
      break;
    case Waiting::kWrite:
      deadline_tick_ = lane_.TickAfter(options.write_timeout);
      break;
    case Waiting::kLinger:
      deadline_tick_ = lane_.TickAfter(kLingerTime);
      break;
  }
}

void Connection::CheckDeadline() {
  // Ticks wrap after more than 200 days of the shortest; the difference is still right.
  if (waiting_ == Waiting::kNothing || static_cast<int32_t>(lane_.tick() - deadline_tick_) < 0) {
    return;
  }
  if (waiting_ == Waiting::kHeader || waiting_ == Waiting::kBody) {
    Refuse(408,
           waiting_ == Waiting::kHeader ? "the header took too long" : "the body took too long");
    Flush();
    return;
  }
  Close();
}

void Connection::MakeRoom() {
  if (in_size_ == 0) {
    in_begin_ = 0;
    if (in_capacity_ > kKeptBuffer) in_capacity_ = 0;
  }
  const size_t wanted = std::clamp(parser_.bytes_wanted(), in_size_ + kRoomMin,
                                   in_size_ + std::max(in_size_, kGrowthMax));
  if (in_begin_ + wanted <= in_capacity_) return;
  if (wanted <= in_capacity_) {
    std::memmove(in_.get(), in_.get() + in_begin_, in_size_);
  } else {
    in_capacity_ = std::max({kFirstBuffer, wanted, 2 * in_size_});
    std::unique_ptr<char[]> larger(new char[in_capacity_]);
    if (in_size_ > 0) std::memcpy(larger.get(), in_.get() + in_begin_, in_size_);
    in_ = std::move(larger);
  }
  in_begin_ = 0;
}

// False while the body has to wait until others are served; reads on by itself then. All that is
// held belongs to bodies that may be read to their end, so that nobody waits for ever.
bool Connection::MayRead() {
  const uint64_t size = parser_.bytes_wanted();
  if (size <= kKeptBuffer || held_body_bytes_ > 0 || lingering_) return true;
  ServerShared& shared = lane_.shared();
  if (shared.large_bodies.load(std::memory_order_relaxed) < shared.options.large_bodies_max) {
    held_body_bytes_ = size;
    shared.large_bodies.fetch_add(size, std::memory_order_relaxed);
    return true;
  }
  WaitFor(Waiting::kNothing);
  reading_ = true;
  lane_.reactor().PostAfter(kTurnPoll, [self = shared_from_this()] {
    self->reading_ = false;
    if (!self->closed_ && !self->ending_) self->Read();
  });
  return false;
}

void Connection::ReleaseBody() {
  lane_.shared().large_bodies.fetch_sub(std::exchange(held_body_bytes_, 0),
                                        std::memory_order_relaxed);
}

void Connection::Read() {
  if (!MayRead()) return;
  const bool idle = in_size_ == 0 && (tls_ == nullptr || tls_->established());
  WaitFor(idle ? Waiting::kIdle : parser_.head_complete() ? Waiting::kBody : Waiting::kHeader);
  boost::asio::mutable_buffer target;
  if (tls_ == nullptr) {
    MakeRoom();
    const size_t end = in_begin_ + in_size_;
    target = boost::asio::buffer(in_.get() + end, in_capacity_ - end);
  } else {
    if (wire_in_ == nullptr) wire_in_.reset(new char[kWireBuffer]);
    target = boost::asio::buffer(wire_in_.get(), kWireBuffer);
  }
  reading_ = true;
  socket_.async_read_some(target, [self = shared_from_this()](error_code error, size_t bytes) {
    self->reading_ = false;
    if (self->closed_) return;
    if (error) return self->Close();
    self->OnRead(bytes);
  });
}

void Connection::OnRead(size_t bytes) {
  if (lingering_) {
    lingered_bytes_ += bytes;
    return DiscardMore();
  }
  if (ending_) return;  // refused for slowness; once the answer is sent, Linger reads on
  if (tls_ == nullptr) {
    in_size_ += bytes;
  } else if (!ReadTls(bytes)) {
    return;
  }
  Process();
}

bool Connection::ReadTls(size_t bytes) {
  tls_->Receive(std::string_view(wire_in_.get(), bytes));
  while (true) {
    MakeRoom();
    const size_t end = in_begin_ + in_size_;
    size_t got = 0;
    const auto result = tls_->Read(in_.get() + end, in_capacity_ - end, &got);
    if (result == TlsSession::ReadResult::kBytes) {
      in_size_ += got;
      continue;
    }
    if (result == TlsSession::ReadResult::kNeedMore) return true;
    // An alert may be waiting to be sent; whether it arrives does not matter.
    tls_->TakeOutput(&wire_.Small());
    wire_.Send(socket_.native_handle());
    Close();
    return false;
  }
}

// Serves what has been read, as far as that goes without waiting, and sends the answers together.
void Connection::Process() {
  processing_ = true;
  while (!closed_ && !ending_ && !serving_ && !writing_ && ServeNext()) {
    if (answers_.size() > kUnsentMax) Flush();
  }
  processing_ = false;
  if (!closed_ && !writing_) Flush();
}

// False: more bytes are needed, or nothing more will be served.
bool Connection::ServeNext() {
  if (in_size_ == 0) return false;
  switch (parser_.Parse(in_.get() + in_begin_, &in_size_)) {
    case RequestParser::Progress::kNeedMore:
      if (parser_.expects_continue() && !asked_for_body_) AskForBody();
      return false;
    case RequestParser::Progress::kError:
      Refuse(parser_.error_status(), parser_.error_reason());
      return false;
    case RequestParser::Progress::kComplete:
      break;
  }
  parser_.Fill(in_.get() + in_begin_, &request_);
  const bool coded = parser_.content_coding() != ContentCoding::kIdentity || parser_.aws_chunked();
  if (coded && !DecodeBody()) return false;
  Serve();
  return true;
}

void Connection::AskForBody() {
  asked_for_body_ = true;
  answers_.Small().append("HTTP/1.1 100 Continue\r\n\r\n");
}

bool Connection::DecodeBody() {
  if (request_.raw_body.empty()) return true;
  if (parser_.content_coding() == ContentCoding::kUnknown) {
    Refuse(415, "unknown content coding");
    return false;
  }
  if (parser_.aws_chunked() && !TakeDecoded(DecodeAwsChunked(request_.body))) return false;
  if (parser_.content_coding() == ContentCoding::kIdentity) return true;
  return TakeDecoded(
      Inflate(parser_.content_coding(), request_.body, lane_.shared().limits.body_bytes));
}

bool Connection::TakeDecoded(Result<std::string> decoded) {
  if (decoded.ok()) {
    decoded_body_ = std::move(decoded).value();
    request_.body = decoded_body_;
    return true;
  }
  const bool too_large = decoded.status().code() == StatusCode::kResourceExhausted;
  Refuse(too_large ? 413 : 400, too_large ? "request body too large" : "malformed request body");
  return false;
}

void Connection::Serve() {
  serving_ = true;
  WaitFor(Waiting::kNothing);
  request_.id = lane_.reactor().NextId();
  lane_.requests.store(lane_.requests.load(std::memory_order_relaxed) + 1,
                       std::memory_order_relaxed);
  Spawn(lane_.shared().handler(request_, lane_.reactor()),
        [self = shared_from_this()](HttpResponse response) mutable {
          if (self->lane_.reactor().IsCurrent()) {
            self->OnAnswered(std::move(response));
            return;
          }
          Reactor& reactor = self->lane_.reactor();
          reactor.Post([self = std::move(self), response = std::move(response)]() mutable {
            self->OnAnswered(std::move(response));
          });
        });
}

void Connection::OnAnswered(HttpResponse response) {
  serving_ = false;
  if (closed_) return;
  const bool keep_alive = parser_.keep_alive() && !response.close && !draining_;
  WriteAnswer(std::move(response), keep_alive);
  if (!keep_alive) ending_ = true;
  ForgetRequest();
  if (!processing_) Process();
}

void Connection::ForgetRequest() {
  in_begin_ += parser_.consumed();
  in_size_ -= parser_.consumed();
  parser_.Reset();
  decoded_body_ = std::string();
  ReleaseBody();
  asked_for_body_ = false;
}

void Connection::Compress(HttpResponse* response) const {
  if (!parser_.accepts_gzip() || !HasBody(response->status) ||
      response->body.size() < lane_.shared().options.compress_from_bytes) {
    return;
  }
  for (const auto& [name, value] : response->headers) {
    if (EqualsIgnoreCase(name, "content-encoding")) return;
  }
  response->body = Gzip(response->body);
  response->headers.emplace_back("Content-Encoding", "gzip");
}

void Connection::WriteAnswer(HttpResponse response, bool keep_alive) {
  Compress(&response);
  const AnswerContext context{.http_1_0 = parser_.head_complete() && parser_.http_1_0(),
                              .keep_alive = keep_alive,
                              .date_line = lane_.date_line(),
                              .server_line = lane_.shared().server_line};
  AppendHead(response, context, &answers_.Small());
  if (HasBody(response.status) && request_.method != "HEAD") {
    answers_.Append(std::move(response.body));
  }
}

void Connection::Refuse(int status, std::string_view reason) {
  lane_.refusals.store(lane_.refusals.load(std::memory_order_relaxed) + 1,
                       std::memory_order_relaxed);
  if (parser_.head_complete()) {
    parser_.Fill(in_.get() + in_begin_, &request_);
  } else {
    request_.method = request_.target = {};
    request_.headers.clear();
  }
  request_.body = request_.raw_body = {};
  request_.id = lane_.reactor().NextId();
  const Refusal& refuse = lane_.shared().options.refuse;
  HttpResponse response;
  if (refuse) {
    response = refuse(request_, status, reason);
  } else {
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/plain");
    response.body = std::string(reason) + "\n";
  }
  WriteAnswer(std::move(response), false);
  ending_ = refused_ = true;
}

void Connection::Flush() {
  if (tls_ != nullptr) {
    bool failed = false;
    answers_.Drain([&](std::string_view piece) { failed = failed || !tls_->Write(piece); });
    if (failed) return Close();
    if (ending_ && !serving_) tls_->Close();
    tls_->TakeOutput(&wire_.Small());
  }
  OutputQueue& queue = tls_ != nullptr ? wire_ : answers_;
  switch (queue.Send(socket_.native_handle())) {
    case OutputQueue::SendResult::kAll:
      return OnAllSent();
    case OutputQueue::SendResult::kFailed:
      return Close();
    case OutputQueue::SendResult::kBlocked:
      break;
  }
  writing_ = true;
  WaitFor(Waiting::kWrite);
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
    self->writing_ = false;
    if (self->closed_) return;
    if (error) return self->Close();
    self->WaitFor(Waiting::kNothing);  // it took bytes: the time starts again
    self->Process();
  });
}

void Connection::OnAllSent() {
  if (serving_ || processing_) return;
  if (ending_) {
    // Closing while bytes are unread would reset the connection and may take the answer with it.
    return refused_ || in_size_ > 0 ? Linger() : Close();
  }
  if (draining_ && in_size_ == 0) return Close();
  if (!reading_) Read();
}

void Connection::Linger() {
  lingering_ = true;
  WaitFor(Waiting::kLinger);
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return Close();
  if (!reading_) DiscardMore();
}

void Connection::DiscardMore() {
  if (lingered_bytes_ > kLingerBytesMax) return Close();
  in_begin_ = in_size_ = 0;
  MakeRoom();
  reading_ = true;
  socket_.async_read_some(boost::asio::buffer(in_.get(), in_capacity_),
                          [self = shared_from_this()](error_code error, size_t bytes) {
                            self->reading_ = false;
                            if (self->closed_) return;
                            if (error) return self->Close();
                            self->OnRead(bytes);
                          });
}

}  // namespace skerry::http
