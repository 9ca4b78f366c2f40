#include "server/http/server.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <future>
#include <utility>

#include "base/check.h"
#include "server/http/connection.h"

namespace skerry::http {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 1024;
constexpr Duration kAcceptRetry = std::chrono::milliseconds(50);
constexpr Duration kForcedCloseMax = std::chrono::seconds(5);

Result<tcp::endpoint> EndpointOf(const ServerOptions& options) {
  if (options.address == "localhost") {
    return tcp::endpoint(boost::asio::ip::address_v4::loopback(), options.port);
  }
  error_code error;
  const auto address = boost::asio::ip::make_address(options.address, error);
  if (error) {
    return InvalidArgument("cannot listen on '" + options.address +
                           "': it is not an IPv4 or IPv6 address");
  }
  return tcp::endpoint(address, options.port);
}

Status ListenFailure(const ServerOptions& options, const error_code& error) {
  std::string message =
      "cannot listen on " + options.address + " port " + std::to_string(options.port) + ": ";
  message += error == boost::asio::error::address_in_use
                 ? "another program uses that port (address already in use)"
                 : error.message();
  return Unavailable(std::move(message));
}

}  // namespace

class Server::Core : public std::enable_shared_from_this<Server::Core> {
 public:
  Status Init(ServerOptions options, const std::vector<Reactor*>& reactors, Handler handler);
  void Accept();
  void Shutdown(Duration drain);
  uint16_t port() const { return port_; }
  Counters counters() const;

  Reactor& accepting_reactor() { return lanes_.front()->reactor(); }

 private:
  Status Listen(const tcp::endpoint& endpoint);
  void OnAccepted(Lane& lane, const error_code& error, tcp::socket socket);
  void StopAccepting();

  ServerShared shared_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  size_t next_lane_ = 0;
  std::unique_ptr<tcp::acceptor> acceptor_;
  uint16_t port_ = 0;
};

Status Server::Core::Init(ServerOptions options, const std::vector<Reactor*>& reactors,
                          Handler handler) {
  SKERRY_CHECK(!reactors.empty());
  SKERRY_ASSIGN_OR_RETURN(const tcp::endpoint endpoint, EndpointOf(options));
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return InvalidArgument("TLS needs both a certificate and a key");
  }
  if (!options.tls_certificate_file.empty()) {
    SKERRY_ASSIGN_OR_RETURN(shared_.tls,
                            TlsContext::Load(options.tls_certificate_file, options.tls_key_file));
  }
  shared_.limits.head_bytes = options.head_bytes_max;
  shared_.limits.header_count = options.header_count_max;
  shared_.limits.body_bytes = options.body_bytes_max;
  if (!options.server_name.empty()) {
    shared_.server_line = "Server: " + options.server_name + "\r\n";
  }
  shared_.options = std::move(options);
  shared_.handler = std::move(handler);
  for (Reactor* reactor : reactors) lanes_.push_back(std::make_unique<Lane>(shared_, *reactor));
  return Listen(endpoint);
}

Status Server::Core::Listen(const tcp::endpoint& endpoint) {
  error_code error;
  auto acceptor = std::make_unique<tcp::acceptor>(accepting_reactor().core().io());
  acceptor->open(endpoint.protocol(), error);
  // A restart must not wait for old connections to time out.
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(kBacklog, error);
  if (error) return ListenFailure(shared_.options, error);
  port_ = acceptor->local_endpoint().port();
  acceptor_ = std::move(acceptor);
  return OkStatus();
}

void Server::Core::Accept() {
  if (acceptor_ == nullptr) return;
  Lane& lane = *lanes_[next_lane_++ % lanes_.size()];
  acceptor_->async_accept(
      lane.reactor().core().io(),
      [self = shared_from_this(), &lane](const error_code& error, tcp::socket socket) {
        self->OnAccepted(lane, error, std::move(socket));
      });
}

void Server::Core::OnAccepted(Lane& lane, const error_code& error, tcp::socket socket) {
  if (shared_.draining || error == boost::asio::error::operation_aborted) return;
  if (error) {
    // Out of file descriptors or memory: others close and free some.
    accepting_reactor().PostAfter(kAcceptRetry, [self = shared_from_this()] { self->Accept(); });
    return;
  }
  ++shared_.accepted;
  const bool overloaded = shared_.open >= shared_.options.connections_max;
  auto connection = std::make_shared<Connection>(shared_from_this(), lane, std::move(socket));
  lane.reactor().Post(
      [connection = std::move(connection), overloaded] { connection->Start(overloaded); });
  Accept();
}

void Server::Core::StopAccepting() {
  if (!accepting_reactor().running()) {
    acceptor_.reset();
    return;
  }
  std::promise<void> done;
  accepting_reactor().Post([this, &done] {
    acceptor_.reset();
    done.set_value();
  });
  done.get_future().wait();
}

void Server::Core::Shutdown(Duration drain) {
  if (shared_.draining.exchange(true)) return;
  StopAccepting();
  for (const auto& lane : lanes_) {
    lane->reactor().Post([self = shared_from_this(), &lane = *lane] { lane.Drain(); });
  }
  const auto all_closed = [this] { return shared_.open == 0; };
  {
    std::unique_lock lock(shared_.closed_mutex);
    if (shared_.closed.wait_for(lock, drain, all_closed)) return;
  }
  for (const auto& lane : lanes_) {
    lane->reactor().Post([self = shared_from_this(), &lane = *lane] { lane.CloseAll(); });
  }
  // Bounded, since nobody runs what was posted if the reactors have been stopped already.
  std::unique_lock lock(shared_.closed_mutex);
  shared_.closed.wait_for(lock, kForcedCloseMax, all_closed);
}

Server::Counters Server::Core::counters() const {
  Counters counters;
  counters.connections_accepted = shared_.accepted;
  counters.connections_open = shared_.open;
  for (const auto& lane : lanes_) {
    counters.requests += lane->requests;
    counters.refusals += lane->refusals;
  }
  return counters;
}

Result<std::unique_ptr<Server>> Server::Listen(ServerOptions options,
                                               std::vector<Reactor*> reactors, Handler handler) {
  auto core = std::make_shared<Core>();
  SKERRY_RETURN_IF_ERROR(core->Init(std::move(options), reactors, std::move(handler)));
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

void Server::Serve() {
  core_->accepting_reactor().Post([core = core_] { core->Accept(); });
}

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, std::vector<Reactor*> reactors,
                                              Handler handler) {
  SKERRY_ASSIGN_OR_RETURN(std::unique_ptr<Server> server,
                          Listen(std::move(options), std::move(reactors), std::move(handler)));
  server->Serve();
  return server;
}

Server::Server(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Server::~Server() { core_->Shutdown(Duration::zero()); }
uint16_t Server::port() const { return core_->port(); }
Server::Counters Server::counters() const { return core_->counters(); }
void Server::Shutdown(Duration drain) { core_->Shutdown(drain); }

}  // namespace skerry::http
