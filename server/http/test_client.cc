#include "server/http/test_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace skerry::http {

TestClient::TestClient(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ended_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0;
}
TestClient::TestClient(TestClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)), ended_(other.ended_) {}
TestClient::~TestClient() {
  if (fd_ >= 0) ::close(fd_);
}

bool TestClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool TestClient::ReadSome(std::chrono::steady_clock::time_point until) {
  if (ended_) return false;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - std::chrono::steady_clock::now());
  pollfd poll_for{fd_, POLLIN, 0};
  if (left.count() <= 0 || ::poll(&poll_for, 1, static_cast<int>(left.count())) <= 0) return false;
  char block[65536];
  const ssize_t got = ::recv(fd_, block, sizeof block, 0);
  if (got <= 0) {
    ended_ = true;
    return false;
  }
  buffer_.append(block, static_cast<size_t>(got));
  return true;
}

std::string TestClient::Read(size_t bytes, std::chrono::milliseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  while (buffer_.size() < bytes && ReadSome(until)) {
  }
  std::string out = buffer_.substr(0, bytes);
  buffer_.erase(0, out.size());
  return out;
}

std::string TestClient::ReadAnswer(bool head) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos && ReadSome(until)) {
  }
  if (end == std::string::npos) return Read(buffer_.size());
  const size_t length_at = buffer_.find("Content-Length: ");
  const size_t length =
      head || length_at > end ? 0 : std::strtoul(buffer_.c_str() + length_at + 16, nullptr, 10);
  return Read(end + 4 + length);
}

bool TestClient::ReadToEnd(std::string* bytes, std::chrono::milliseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  while (ReadSome(until)) {
  }
  *bytes = std::exchange(buffer_, std::string());
  return ended_;
}

std::string_view HeadOf(std::string_view answer) {
  return answer.substr(0, std::min(answer.find("\r\n\r\n"), answer.size()));
}
std::string_view BodyOf(std::string_view answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string_view() : answer.substr(end + 4);
}

}  // namespace skerry::http
