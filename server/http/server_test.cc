#include "server/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "fmt/format.h"
#include "server/http/content_coding.h"
#include "server/http/crc32.h"
#include "server/http/test_client.h"

namespace skerry::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Answers with method, target and body; some paths behave otherwise.
Task<HttpResponse> Echo(const HttpRequest& request, Executor& reactor) {
  HttpResponse response;
  if (request.Path() == "/slow") co_await Sleep(reactor, milliseconds(100));
  if (request.Path() == "/close") response.close = true;
  if (request.Path() == "/empty") {
    response.status = 204;
    co_return response;
  }
  if (request.Path() == "/large") {
    response.crc32_header = "x-amz-crc32";
    response.body = std::string(std::stoul(std::string(request.target.substr(7))), 'x');
    co_return response;
  }
  response.body = std::string(request.method) + " " + std::string(request.target) + " " +
                  std::string(request.body);
  co_return response;
}

class ServerTest : public testing::Test {
 protected:
  void StartWith(ServerOptions options, Handler handler = Echo) {
    auto server = Server::Start(std::move(options), {&first_, &second_}, std::move(handler));
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = std::move(server).value();
    first_.Start();
    second_.Start();
  }
  void SetUp() override { StartWith(ServerOptions()); }
  TestClient Connect() { return TestClient(server_->port()); }

  void Restart(ServerOptions options, Handler handler = Echo) {
    server_->Shutdown(std::chrono::seconds(1));
    auto server = Server::Start(std::move(options), {&first_, &second_}, std::move(handler));
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = std::move(server).value();
  }

  SystemClock clock_;
  Reactor first_{0, "first", clock_};
  Reactor second_{1, "second", clock_};
  std::unique_ptr<Server> server_;
};

std::string Get(std::string_view target, std::string_view headers = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n";
}
std::string Post(std::string_view target, std::string_view body, std::string_view headers = "") {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

TEST_F(ServerTest, ConnectionServesOneRequestAfterAnother) {
  TestClient client = Connect();
  for (int i = 0; i < 3; ++i) {
    client.Send(Post("/a", "body"));
    const std::string answer = client.ReadAnswer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nDate: "));
    EXPECT_EQ(BodyOf(answer), "POST /a body");
  }
  EXPECT_EQ(server_->counters().requests, 3u);
  EXPECT_EQ(server_->counters().connections_accepted, 1u);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  TestClient client = Connect();
  client.Send(Get("/slow") + Get("/2") + Post("/slow", "3") + Get("/4") + Get("/close") +
              Get("/6"));
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "GET /slow ");
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "GET /2 ");
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "POST /slow 3");
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "GET /4 ");
  const std::string last = client.ReadAnswer();
  EXPECT_EQ(BodyOf(last), "GET /close ");
  EXPECT_THAT(last, HasSubstr("Connection: close"));
  ::shutdown(client.fd(), SHUT_WR);
  std::string rest;
  EXPECT_TRUE(client.ReadToEnd(&rest));
  EXPECT_EQ(rest, "");
}

TEST_F(ServerTest, RequestsMayArriveByteByByte) {
  TestClient client = Connect();
  for (char byte : Post("/a", "xyz", "X: y\r\n")) client.Send(std::string_view(&byte, 1));
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "POST /a xyz");
}

TEST_F(ServerTest, LargeBodiesTravelBothWays) {
  TestClient client = Connect();
  const std::string body(10 << 20, 'b');
  std::thread sender([&] { client.Send(Post("/large?20000000", body) + Get("/next")); });
  const std::string answer = client.ReadAnswer();
  EXPECT_EQ(BodyOf(answer).size(), 20000000u);
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "GET /next ");
  sender.join();
}

// Announces a body and waits until the server reads it.
void TakeTurn(TestClient& client, size_t body_bytes) {
  const std::string asked = "HTTP/1.1 100 Continue\r\n\r\n";
  ASSERT_TRUE(
      client.Send(fmt::format("POST /turn HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n"
                              "Expect: 100-continue\r\n\r\n",
                              body_bytes)));
  ASSERT_EQ(client.Read(asked.size()), asked);
}

// However many clients send at once, no more is held in memory than the bound and one body.
TEST_F(ServerTest, LargeBodiesWaitForTheirTurn) {
  ServerOptions options;
  options.large_bodies_max = 1;
  Restart(std::move(options));
  const std::string body(300000, 'b');
  const std::string request = Post("/turn", body);
  TestClient first = Connect();
  TakeTurn(first, body.size());
  // Now small requests are served and large ones wait.
  std::vector<std::unique_ptr<TestClient>> others;
  for (int n = 0; n < 3; ++n) {
    others.push_back(std::make_unique<TestClient>(server_->port()));
    others.back()->Send(Post("/small", "s"));
    EXPECT_EQ(BodyOf(others.back()->ReadAnswer()), "POST /small s");
  }
  std::vector<std::thread> senders;
  for (const auto& other : others) {
    senders.emplace_back([&request, &client = *other] { client.Send(request); });
  }
  EXPECT_EQ(others.front()->Read(1, milliseconds(100)), "");
  EXPECT_EQ(server_->counters().requests, 3u);
  ASSERT_TRUE(first.Send(body));
  EXPECT_EQ(BodyOf(first.ReadAnswer()), "POST /turn " + body);
  for (const auto& other : others) EXPECT_EQ(BodyOf(other->ReadAnswer()), "POST /turn " + body);
  for (std::thread& sender : senders) sender.join();
}

TEST_F(ServerTest, AClientThatGoesGivesItsTurnUp) {
  ServerOptions options;
  options.large_bodies_max = 1;
  Restart(std::move(options));
  const std::string request = Post("/turn", std::string(300000, 'b'));
  {
    TestClient gone = Connect();
    TakeTurn(gone, 300000);
  }
  TestClient client = Connect();
  std::thread sender([&] { client.Send(request); });
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 200 OK\r\n"));
  sender.join();
}

TEST_F(ServerTest, ChunkedBodiesAreJoined) {
  TestClient client = Connect();
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.Send("2\r\nde\r\n0\r\n\r\n" + Get("/next"));
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "POST / abcde");
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "GET /next ");
}

TEST_F(ServerTest, CompressedBodiesAreDecoded) {
  TestClient client = Connect();
  client.Send(Post("/", Gzip("hello"), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "POST / hello");
  const std::string zipped = Gzip("hi");
  client.Send(Post("/",
                   fmt::format("{:x};chunk-signature=0\r\n{}\r\n0;\r\n\r\n", zipped.size(), zipped),
                   "Content-Encoding: aws-chunked,gzip\r\n"));
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "POST / hi");
  client.Send(Post("/", "garbage", "Content-Encoding: gzip\r\n"));
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 400 "));
  TestClient other = Connect();
  other.Send(Post("/", "x", "Content-Encoding: br\r\n"));
  EXPECT_THAT(other.ReadAnswer(), StartsWith("HTTP/1.1 415 "));
}

TEST_F(ServerTest, LargeAnswersAreCompressedForThoseWhoAskAndTheChecksumCoversWhatIsSent) {
  TestClient client = Connect();
  client.Send(Get("/large?9000", "Accept-Encoding: gzip, deflate\r\n"));
  const std::string answer = client.ReadAnswer();
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_THAT(answer,
              HasSubstr("\r\nx-amz-crc32: " + std::to_string(Crc32(BodyOf(answer))) + "\r\n"));
  EXPECT_EQ(*Inflate(ContentCoding::kGzip, BodyOf(answer), 10000), std::string(9000, 'x'));

  client.Send(Get("/large?8000", "Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(client.ReadAnswer(), Not(HasSubstr("Content-Encoding")));
  client.Send(Get("/large?9000"));
  EXPECT_THAT(client.ReadAnswer(), Not(HasSubstr("Content-Encoding")));
}

TEST_F(ServerTest, HeadAndBodilessAnswers) {
  TestClient client = Connect();
  client.Send("HEAD /large?5 HTTP/1.1\r\nHost: h\r\n\r\n" + Get("/empty") + Get("/next"));
  EXPECT_THAT(client.ReadAnswer(/*head=*/true), HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(client.ReadAnswer(), Not(HasSubstr("Content-Length")));
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "GET /next ");
}

TEST_F(ServerTest, Http10ConnectionsClose) {
  TestClient client = Connect();
  client.Send("GET /a HTTP/1.0\r\n\r\n");
  std::string answer;
  EXPECT_TRUE(client.ReadToEnd(&answer));
  EXPECT_EQ(BodyOf(answer), "GET /a ");
  TestClient stays = Connect();
  stays.Send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(stays.ReadAnswer(), HasSubstr("Connection: keep-alive"));
  stays.Send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_EQ(BodyOf(stays.ReadAnswer()), "GET /b ");
}

TEST_F(ServerTest, BodyIsAskedFor) {
  TestClient client = Connect();
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.Read(25), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ab");
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "POST / ab");
}

TEST_F(ServerTest, MalformedRequestsAreRefusedAndTheConnectionCloses) {
  TestClient client = Connect();
  client.Send(Get("/a") + "BAD\r\n\r\n" + Get("/never"));
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "GET /a ");
  ::shutdown(client.fd(), SHUT_WR);
  std::string rest;
  EXPECT_TRUE(client.ReadToEnd(&rest));
  EXPECT_THAT(rest, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(rest, HasSubstr("Connection: close"));
  EXPECT_THAT(rest, Not(HasSubstr("never")));
  EXPECT_EQ(server_->counters().refusals, 1u);
}

TEST_F(ServerTest, RefusalsAreTheFrontsToWord) {
  ServerOptions options;
  options.body_bytes_max = 4;
  options.refuse = [](const HttpRequest& head, int status, std::string_view) {
    HttpResponse response;
    response.status = status;
    response.body = "no " + std::string(head.target);
    return response;
  };
  Restart(std::move(options));
  TestClient client = Connect();
  // The client may send it all before it reads: it still gets its answer, and no reset.
  client.Send(Post("/big", std::string(1 << 20, 'x')));
  const std::string answer = client.ReadAnswer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(BodyOf(answer), "no /big");
  TestClient bomb = Connect();
  bomb.Send("POST /z HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\n");
  EXPECT_THAT(bomb.ReadAnswer(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerTest, SlowClientsAreTimedOut) {
  ServerOptions options;
  options.header_timeout = options.body_timeout = milliseconds(100);
  options.idle_timeout = milliseconds(300);
  Restart(std::move(options));
  TestClient header = Connect();
  TestClient body = Connect();
  TestClient idle = Connect();
  header.Send("GET / HTT");
  body.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
  EXPECT_THAT(header.ReadAnswer(), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(body.ReadAnswer(), StartsWith("HTTP/1.1 408 "));
  std::string nothing;
  EXPECT_TRUE(idle.ReadToEnd(&nothing));
  EXPECT_EQ(nothing, "");
}

TEST_F(ServerTest, ClientThatDoesNotReadIsTimedOut) {
  ServerOptions options;
  options.write_timeout = milliseconds(100);
  Restart(std::move(options));
  TestClient client = Connect();
  client.Send(Get("/large?50000000"));
  while (server_->counters().requests < 1) std::this_thread::yield();
  EXPECT_EQ(server_->counters().connections_open, 1u);
  for (int i = 0; i < 500 && server_->counters().connections_open > 0; ++i) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_EQ(server_->counters().connections_open, 0u);
}

TEST_F(ServerTest, TooManyConnectionsAreTurnedAway) {
  ServerOptions options;
  options.connections_max = 1;
  Restart(std::move(options));
  TestClient first = Connect();
  first.Send(Get("/a"));
  first.ReadAnswer();
  TestClient second = Connect();
  EXPECT_THAT(second.ReadAnswer(), StartsWith("HTTP/1.1 503 "));
}

TEST_F(ServerTest, DrainLetsRequestsEndAndClosesIdleConnections) {
  TestClient busy = Connect();
  TestClient idle = Connect();
  idle.Send(Get("/a"));
  idle.ReadAnswer();
  busy.Send(Get("/slow") + Get("/more"));
  while (server_->counters().requests < 2) std::this_thread::yield();
  server_->Shutdown(std::chrono::seconds(5));
  EXPECT_EQ(server_->counters().connections_open, 0u);
  std::string answer;
  EXPECT_TRUE(busy.ReadToEnd(&answer));
  EXPECT_THAT(answer, HasSubstr("GET /slow "));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_TRUE(idle.ReadToEnd(&answer));
  EXPECT_EQ(answer, "");
}

TEST_F(ServerTest, WhatOutlastsTheDrainIsCutOff) {
  TestClient busy = Connect();
  busy.Send("GET / HT");
  while (server_->counters().connections_open < 1) std::this_thread::yield();
  std::this_thread::sleep_for(milliseconds(50));  // let the first bytes arrive
  const auto start = std::chrono::steady_clock::now();
  server_->Shutdown(milliseconds(100));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
  EXPECT_EQ(server_->counters().connections_open, 0u);
  std::string rest;
  EXPECT_TRUE(busy.ReadToEnd(&rest));
}

Task<HttpResponse> AnswerOnAnotherThread(const HttpRequest&, Executor&) {
  co_return co_await AwaitCallback<HttpResponse>([](auto done) {
    std::thread([done = std::move(done)]() mutable {
      HttpResponse response;
      response.body = "elsewhere";
      done(std::move(response));
    }).detach();
  });
}

TEST_F(ServerTest, HandlerMayEndOnAnotherThread) {
  Restart(ServerOptions(), AnswerOnAnotherThread);
  TestClient client = Connect();
  for (int i = 0; i < 20; ++i) {
    client.Send(Get("/"));
    EXPECT_EQ(BodyOf(client.ReadAnswer()), "elsewhere");
  }
}

TEST_F(ServerTest, ClientsMayComeAndGoAtAnyMoment) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 100; ++i) {
        TestClient client = Connect();
        if (i % 4 == 0) continue;
        const std::string request = Post(i % 3 == 0 ? "/slow" : "/a", "0123456789");
        client.Send(std::string_view(request).substr(0, (i * 7 + t) % (request.size() + 1)));
        if (i % 4 == 1) client.Read(10, milliseconds(1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  TestClient client = Connect();
  client.Send(Get("/still-there"));
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "GET /still-there ");
}

// Files of a self-signed certificate, made by the openssl command.
class TlsTest : public ServerTest {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "/skerry_tls_XXXXXX";
    ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=localhost -keyout " +
        Key() + " -out " + Certificate() + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  void TearDown() override {
    ::unlink(Key().c_str());
    ::unlink(Certificate().c_str());
    ::rmdir(directory_.c_str());
  }
  std::string Key() const { return directory_ + "/key.pem"; }
  std::string Certificate() const { return directory_ + "/cert.pem"; }

  ServerOptions Options() const {
    ServerOptions options;
    options.tls_certificate_file = Certificate();
    options.tls_key_file = Key();
    return options;
  }
  // What a TLS client gets for `requests`; reads until the server closes.
  std::string Talk(const std::string& requests, const std::string& arguments = "") const {
    const std::string file = directory_ + "/requests";
    std::ofstream(file, std::ios::binary) << requests;
    const std::string command =
        "timeout 10 openssl s_client -quiet -ign_eof -verify_quiet -connect "
        "127.0.0.1:" +
        std::to_string(server_->port()) + " -CAfile " + Certificate() + " -servername localhost " +
        arguments + " < " + file + " 2>/dev/null";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    char block[4096];
    for (size_t got; (got = std::fread(block, 1, sizeof block, pipe)) > 0;) out.append(block, got);
    ::pclose(pipe);
    ::unlink(file.c_str());
    return out;
  }

 private:
  std::string directory_;
};

TEST_F(TlsTest, RequestsAreServedOverTls) {
  StartWith(Options());
  const std::string body(300000, 'b');
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const std::string answers =
        Talk(Post("/1", body) + Get("/slow") + Get("/large?700000") + Get("/close"), version);
    EXPECT_THAT(answers.substr(0, 20), StartsWith("HTTP/1.1 200 OK"));
    EXPECT_THAT(answers, HasSubstr("POST /1 " + body)) << version;
    EXPECT_THAT(answers, HasSubstr("GET /slow "));
    EXPECT_THAT(answers, HasSubstr(std::string(700000, 'x')));
    EXPECT_THAT(answers, testing::EndsWith("GET /close "));
  }
  EXPECT_EQ(Talk(Get("/close"), "-tls1_1"), "");
}

TEST_F(TlsTest, PlainRequestsGetNoAnswer) {
  StartWith(Options());
  TestClient client = Connect();
  client.Send(Get("/a"));
  std::string answer;
  EXPECT_TRUE(client.ReadToEnd(&answer));
  EXPECT_THAT(answer, Not(HasSubstr("HTTP")));
}

TEST_F(TlsTest, HandshakeIsTimedOut) {
  ServerOptions options = Options();
  options.header_timeout = milliseconds(100);
  StartWith(std::move(options));
  TestClient client = Connect();
  std::string answer;
  EXPECT_TRUE(client.ReadToEnd(&answer, std::chrono::seconds(3)));
}

TEST_F(TlsTest, UnusableFilesAreNamedWithWhatIsWrongWithThem) {
  const auto refusal = [&](std::string certificate, std::string key) {
    ServerOptions options;
    options.tls_certificate_file = std::move(certificate);
    options.tls_key_file = std::move(key);
    const auto server = Server::Start(std::move(options), {&first_}, Echo);
    EXPECT_FALSE(server.ok());
    return server.ok() ? "" : std::string(server.status().message());
  };
  const std::string missing = "from /nonexistent.pem: No such file or directory";
  EXPECT_THAT(refusal(Certificate(), "/nonexistent.pem"),
              HasSubstr("TLS key cannot be read " + missing));
  EXPECT_THAT(refusal("/nonexistent.pem", Key()),
              HasSubstr("TLS certificate cannot be read " + missing));
  EXPECT_THAT(refusal(Certificate(), Certificate()),
              HasSubstr(Certificate() + ": it holds none in PEM form"));
  EXPECT_THAT(refusal(Key(), Key()), HasSubstr(Key() + ": it holds none in PEM form"));
  EXPECT_NE(refusal(Certificate(), ""), "");

  const std::string other = Key() + ".other";
  const std::string command =
      "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 "
      "-out " +
      other + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_THAT(refusal(Certificate(), other), HasSubstr("does not belong to the certificate"));
  ::unlink(other.c_str());
}

TEST(ServerStartTest, PortInUseIsAClearError) {
  SystemClock clock;
  Reactor reactor(0, "reactor", clock);
  reactor.Start();
  auto first = Server::Start(ServerOptions(), {&reactor}, Echo);
  ASSERT_TRUE(first.ok());
  ServerOptions same;
  same.port = (*first)->port();
  const auto second = Server::Start(std::move(same), {&reactor}, Echo);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("another program uses that port"));

  ServerOptions nowhere;
  nowhere.address = "example.com";
  EXPECT_EQ(Server::Start(std::move(nowhere), {&reactor}, Echo).status().code(),
            StatusCode::kInvalidArgument);
}

TEST(ServerStartTest, ServerThatNeverRanCanGo) {
  SystemClock clock;
  Reactor reactor(0, "reactor", clock);
  EXPECT_TRUE(Server::Start(ServerOptions(), {&reactor}, Echo).ok());
}

}  // namespace
}  // namespace skerry::http
