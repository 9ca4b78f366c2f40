#include "client/cli/http.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

namespace skerry::cli {
namespace {

constexpr size_t kAnswerBytesMax = 256 << 20;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket(Socket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::string NameOf(const Endpoint& endpoint) {
  return fmt::format("{}:{}", endpoint.host, endpoint.port);
}

Result<Socket> Connect(const Endpoint& endpoint, int seconds) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found);
  if (failed != 0) {
    return Unavailable(fmt::format("{}: {}", NameOf(endpoint), gai_strerror(failed)));
  }
  int error = ECONNREFUSED;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Socket socket(::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, 0));
    if (socket.fd() < 0) continue;
    // They bound connecting, too.
    const timeval timeout{.tv_sec = seconds};
    (void)setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    (void)setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(socket.fd(), address->ai_addr, address->ai_addrlen) == 0) {
      freeaddrinfo(found);
      return socket;
    }
    error = errno == EINPROGRESS ? ETIMEDOUT : errno;
  }
  freeaddrinfo(found);
  return Unavailable(fmt::format("{}: {}", NameOf(endpoint), std::strerror(error)));
}

Status SendAll(const Socket& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return Unavailable(std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return OkStatus();
}

// The value of the head's field, without the case of its name.
std::optional<std::string_view> Field(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    const bool same = std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
      return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
    });
    if (!same) continue;
    std::string_view value = line.substr(name.size() + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return value;
  }
  return std::nullopt;
}

template <typename Number>
std::optional<Number> NumberOf(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<HttpAnswer> ParseAnswer(const std::string& bytes) {
  const std::string_view all = bytes;
  const size_t head_end = all.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return Corruption("the answer ends in its head");
  const std::string_view head = all.substr(0, head_end);
  const std::optional<int> status = head.starts_with("HTTP/1.1 ") && head.size() >= 12
                                        ? NumberOf<int>(head.substr(9, 3))
                                        : std::nullopt;
  if (!status) return Corruption("the answer is no HTTP/1.1");
  HttpAnswer answer{*status, std::string(all.substr(head_end + 4))};
  const std::optional<std::string_view> length = Field(head, "content-length");
  if (!length || NumberOf<size_t>(*length) != answer.body.size()) {
    return Corruption("the answer has another length than it says");
  }
  return answer;
}

}  // namespace

Result<Endpoint> ParseEndpoint(const std::string& text) {
  std::string_view rest = text;
  constexpr std::string_view kScheme = "http://";
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos) {
    std::string_view host = rest.substr(0, colon);
    const std::string_view port = rest.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const std::optional<uint16_t> number = NumberOf<uint16_t>(port);
    if (!host.empty() && number && *number > 0)
      return Endpoint{std::string(host), std::string(port)};
  }
  return InvalidArgument(fmt::format("\"{}\" is not HOST:PORT of a node's admin port", text));
}

Result<HttpAnswer> CallHttp(const Endpoint& endpoint, const std::string& method,
                            const std::string& path, const std::string& body, int seconds) {
  SKERRY_ASSIGN_OR_RETURN(const Socket socket, Connect(endpoint, seconds));
  const Status sent =
      SendAll(socket, fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n"
                                  "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                  method, path, NameOf(endpoint), body.size(), body));
  if (!sent.ok()) return sent.WithContext(NameOf(endpoint));
  std::string bytes;
  char buffer[1 << 16];
  while (bytes.size() <= kAnswerBytesMax) {
    const ssize_t received = recv(socket.fd(), buffer, sizeof buffer, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return DeadlineExceeded(fmt::format("{}: no answer within {} s", NameOf(endpoint), seconds));
    }
    if (received < 0) return Unavailable(fmt::format("{}: {}", NameOf(endpoint), strerror(errno)));
    if (received == 0) break;
    bytes.append(buffer, static_cast<size_t>(received));
  }
  Result<HttpAnswer> answer = ParseAnswer(bytes);
  if (!answer.ok()) return answer.status().WithContext(NameOf(endpoint));
  return answer;
}

}  // namespace skerry::cli
