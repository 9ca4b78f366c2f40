#include "replication/transport/join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "replication/transport/grpc_transport.h"

namespace skerry::transport {
namespace {

using testing::HasSubstr;

constexpr auto kPatience = std::chrono::seconds(60);

class Ignoring final : public Receiver {
 public:
  void OnPackets(NodeId, std::vector<Packet>) override {}
};

class JoinTest : public testing::Test {
 protected:
  JoinTest()
      : transport_(std::make_unique<GrpcTransport>(
            GrpcTransportOptions{.node = NodeId(1), .cluster = "cluster"}, &metrics_)) {
    transport_->Start(receiver_);
    const auto port = transport_->Listen("127.0.0.1:0");
    EXPECT_TRUE(port.ok()) << port.status().ToString();
    address_ = "127.0.0.1:" + std::to_string(*port);
  }
  Result<std::string> Call(std::string request, Duration timeout = kPatience) {
    return CallJoin(address_, std::nullopt, std::move(request), timeout);
  }

  Metrics metrics_{1};
  Ignoring receiver_;
  std::unique_ptr<GrpcTransport> transport_;
  std::string address_;
};

TEST_F(JoinTest, AnswersComeBack) {
  transport_->OnJoin([](std::string request, JoinAnswer answer) { answer(request + " back"); });
  for (const std::string& request : {std::string(), std::string("\0bytes\xff", 7)}) {
    const auto answer = Call(request);
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_EQ(*answer, request + " back");
  }
}

TEST_F(JoinTest, AnswersMayComeLaterAndElsewhere) {
  std::promise<JoinAnswer> asked;
  transport_->OnJoin([&](std::string, JoinAnswer answer) { asked.set_value(std::move(answer)); });
  std::thread answering([&] { asked.get_future().get()(std::string("late")); });
  const auto answer = Call("");
  answering.join();
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(*answer, "late");
}

TEST_F(JoinTest, FailuresKeepTheirCodeAndMessage) {
  Status failure;
  transport_->OnJoin([&](std::string, JoinAnswer answer) { answer(failure); });
  for (auto code = static_cast<int>(StatusCode::kInvalidArgument);
       code <= static_cast<int>(StatusCode::kInternal); ++code) {
    failure = Status(static_cast<StatusCode>(code), "because \xc3\xa9");
    const auto answer = Call("");
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.status().code(), failure.code());
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr("because \xc3\xa9"));
  }
  failure = NotFound(std::string(100000, 'x'));
  const auto answer = Call("");
  EXPECT_EQ(answer.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr(std::string(1000, 'x')));
}

TEST_F(JoinTest, WithoutAHandlerItIsRefused) {
  EXPECT_EQ(Call("").status().code(), StatusCode::kUnimplemented);
  transport_->OnJoin([](std::string, JoinAnswer answer) { answer(std::string()); });
  EXPECT_TRUE(Call("").ok());
  transport_->OnJoin(nullptr);
  EXPECT_EQ(Call("").status().code(), StatusCode::kUnimplemented);
}

TEST_F(JoinTest, BodiesAreBounded) {
  std::string reply;
  transport_->OnJoin([&](std::string, JoinAnswer answer) { answer(reply); });
  EXPECT_EQ(Call(std::string(kJoinBytes + 1, 'x')).status().code(), StatusCode::kInvalidArgument);
  reply = std::string(kJoinBytes, 'y');
  const auto largest = Call(std::string(kJoinBytes, 'x'));
  ASSERT_TRUE(largest.ok()) << largest.status().ToString();
  EXPECT_EQ(*largest, reply);
  reply += 'y';
  EXPECT_EQ(Call("").status().code(), StatusCode::kInternal);
}

TEST_F(JoinTest, AForgottenAnswerEndsTheCall) {
  transport_->OnJoin([](std::string, JoinAnswer) {});
  EXPECT_EQ(Call("").status().code(), StatusCode::kUnavailable);
}

TEST_F(JoinTest, FewAtOnceAndStopEndsThem) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<JoinAnswer> waiting;
  transport_->OnJoin([&](std::string, JoinAnswer answer) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(answer));
    changed.notify_all();
  });
  constexpr size_t kMost = 8;
  std::vector<std::future<Result<std::string>>> calls;
  for (size_t i = 0; i < kMost; ++i) {
    calls.push_back(std::async(std::launch::async, [&] { return Call(""); }));
  }
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, kPatience, [&] { return waiting.size() == kMost; }));
  }
  EXPECT_EQ(Call("").status().code(), StatusCode::kResourceExhausted);
  transport_->Stop();
  for (auto& call : calls) EXPECT_EQ(call.get().status().code(), StatusCode::kUnavailable);
  transport_ = nullptr;
  for (JoinAnswer& answer : waiting) answer(std::string("for nobody"));
  EXPECT_EQ(Call("").status().code(), StatusCode::kUnavailable);  // nobody listens
}

TEST_F(JoinTest, ATimeLimitIsKept) {
  std::promise<JoinAnswer> asked;
  transport_->OnJoin([&](std::string, JoinAnswer answer) { asked.set_value(std::move(answer)); });
  EXPECT_EQ(Call("", std::chrono::milliseconds(300)).status().code(),
            StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace skerry::transport
