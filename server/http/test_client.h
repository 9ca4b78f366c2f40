#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace skerry::http {

// A blocking TCP client for tests: sends bytes, reads bytes. One that cannot connect reads nothing.
class TestClient {
 public:
  explicit TestClient(uint16_t port);
  ~TestClient();
  TestClient(TestClient&& other) noexcept;
  TestClient(const TestClient&) = delete;

  bool Send(std::string_view bytes);
  // Reads until `bytes` have come, or the other side closed, or `timeout` is over.
  std::string Read(size_t bytes, std::chrono::milliseconds timeout = std::chrono::seconds(5));
  // Reads one answer: header and as much as its Content-Length says.
  std::string ReadAnswer(bool head = false);
  // Reads to the end. False if the other side does not close within the timeout.
  bool ReadToEnd(std::string* bytes, std::chrono::milliseconds timeout = std::chrono::seconds(5));

  int fd() const { return fd_; }

 private:
  bool ReadSome(std::chrono::steady_clock::time_point until);

  int fd_;
  std::string buffer_;
  bool ended_ = false;
};

// Header and body of an answer.
std::string_view HeadOf(std::string_view answer);
std::string_view BodyOf(std::string_view answer);

}  // namespace skerry::http
