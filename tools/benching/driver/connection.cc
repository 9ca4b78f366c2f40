#include "tools/benching/driver/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace skerry::benching {
Requests::Requests(const std::string& path, bool once) : once_(once) {
  std::ifstream file(path, std::ios::binary);
  bytes_.assign(std::istreambuf_iterator<char>(file), {});
  for (size_t at = 0; at < bytes_.size();) {
    uint32_t size = 0;
    if (bytes_.size() - at < sizeof(size)) throw std::runtime_error(path + ": cut short");
    std::memcpy(&size, bytes_.data() + at, sizeof(size));
    at += sizeof(size);
    if (bytes_.size() - at < size) throw std::runtime_error(path + ": cut short");
    requests_.push_back(std::string_view(bytes_).substr(at, size));
    at += size;
  }
  if (requests_.empty()) throw std::runtime_error(path + ": no requests");
}

std::optional<std::string_view> Requests::Next() {
  if (next_ == requests_.size()) {
    if (once_) return std::nullopt;
    next_ = 0;
  }
  return requests_[next_++];
}

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

bool Connection::Open(const std::string& host, uint16_t port) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return false;
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return false;
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  Begin(host + ":" + std::to_string(port));
  Fill();
  return Flush();
}

bool Connection::OnReadable() {
  std::vector<char>& buffer = run_.buffer;
  const ssize_t got = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  std::string_view in(buffer.data(), got > 0 ? static_cast<size_t>(got) : 0);
  if (!in_.empty()) in = in_ += in;
  const ssize_t taken = got > 0 ? Take(in) : -1;
  if (taken < 0) {
    run_.lost += under_way_;
    under_way_ = 0;
    return false;
  }
  in_ = std::string(in.substr(static_cast<size_t>(taken)));
  Fill();
  return Flush();
}

bool Connection::Flush() {
  while (sent_ < out_.size()) {
    const ssize_t sent =
        send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    sent_ += static_cast<size_t>(sent);
  }
  out_.clear();
  sent_ = 0;
  return true;
}

void Connection::Fill() {
  while (under_way_ < streams_) {
    if (!waiting_) waiting_ = requests_.Next();
    if (!waiting_ || !HasRoom(waiting_->size())) return;
    Append(*waiting_);
    waiting_.reset();
    ++under_way_;
  }
}

void Connection::OnAnswer(Clock::time_point asked, bool good, size_t bytes) {
  --under_way_;
  if (!good || bytes < run_.least_bytes) ++run_.bad_answers;
  run_.latencies_us.push_back(static_cast<uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - asked).count()));
}

}  // namespace skerry::benching
