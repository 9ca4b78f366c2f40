#include "client/cli/http.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>

namespace skerry::cli {
namespace {

// Takes one connection, reads a request's head and body, gives a fixed answer, and closes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    endpoint_ = {"127.0.0.1", std::to_string(ntohs(address.sin_port))};
    server_ = std::thread([this] { Serve(); });
  }
  ~OneAnswer() {
    if (server_.joinable()) server_.join();
    close(listener_);
  }
  const Endpoint& endpoint() const { return endpoint_; }
  const std::string& Request() {
    server_.join();
    return request_;
  }

 private:
  void Serve() {
    const int connection = accept(listener_, nullptr, nullptr);
    char buffer[4096];
    while (request_.find("END") == std::string::npos) {
      const ssize_t received = recv(connection, buffer, sizeof buffer, 0);
      if (received <= 0) break;
      request_.append(buffer, static_cast<size_t>(received));
    }
    (void)send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    close(connection);
  }

  const std::string answer_;
  int listener_ = -1;
  Endpoint endpoint_;
  std::string request_;
  std::thread server_;
};

TEST(HttpTest, SendsARequestAndReadsTheAnswer) {
  OneAnswer server("HTTP/1.1 404 Not Found\r\ncontent-LENGTH: 5\r\nX: y\r\n\r\nthere");
  const auto answer = CallHttp(server.endpoint(), "POST", "/cluster/drain", "body END", 10);
  ASSERT_TRUE(answer.ok()) << answer.status().message();
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "there");
  const std::string& request = server.Request();
  EXPECT_TRUE(request.starts_with("POST /cluster/drain HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Content-Length: 8\r\n"), std::string::npos) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\nbody END")) << request;
}

TEST(HttpTest, AnAnswerThatIsCutOffIsNoAnswer) {
  for (const char* cut : {"", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
                          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthe",
                          "HTTP/1.1 200 OK\r\n\r\nthere", "SSH-2.0\r\n\r\n"}) {
    OneAnswer server(cut);
    const auto answer = CallHttp(server.endpoint(), "GET", "/", "END", 10);
    EXPECT_EQ(answer.status().code(), StatusCode::kCorruption) << cut;
  }
}

TEST(HttpTest, WhereNobodyListensIsSaid) {
  Endpoint endpoint;
  {
    OneAnswer server("");
    endpoint = server.endpoint();
    (void)CallHttp(endpoint, "GET", "/", "END", 10);
  }
  const auto answer = CallHttp(endpoint, "GET", "/", "", 10);
  EXPECT_EQ(answer.status().code(), StatusCode::kUnavailable);
  EXPECT_NE(answer.status().message().find(endpoint.port), std::string::npos);
}

TEST(HttpTest, Endpoints) {
  const auto parsed = [](const char* text) {
    const auto endpoint = ParseEndpoint(text);
    return endpoint.ok() ? endpoint->host + " " + endpoint->port : "";
  };
  EXPECT_EQ(parsed("localhost:8001"), "localhost 8001");
  EXPECT_EQ(parsed("http://10.0.0.1:8001/"), "10.0.0.1 8001");
  EXPECT_EQ(parsed("[::1]:8001"), "::1 8001");
  for (const char* wrong :
       {"", "localhost", ":8001", "localhost:", "localhost:x", "h:0", "h:99999"})
    EXPECT_EQ(parsed(wrong), "") << wrong;
}

}  // namespace
}  // namespace skerry::cli
