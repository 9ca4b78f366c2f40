#include "server/admin/admin_front.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skerry::admin {
namespace {

using testing::HasSubstr;

class AdminFrontTest : public testing::Test {
 protected:
  HttpResponse Ask(std::string_view method, std::string_view target) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    HttpResponse got;
    Spawn(front_.Serve(request, executor_), [&](HttpResponse r) { got = std::move(r); });
    return got;
  }

  class NoExecutor final : public Executor {
   public:
    void Post(Work) override {}
    void PostAfter(Duration, Work) override {}
    bool IsCurrent() const override { return true; }
    const Clock& clock() const override { return clock_; }

   private:
    SystemClock clock_;
  };

  NoExecutor executor_;
  Metrics metrics_{1};
  Status ready_;
  AdminFront front_{metrics_, [this] { return ready_; }};
};

TEST_F(AdminFrontTest, MetricsAreShown) {
  AddBuildInfo(&metrics_, "1.2", "abc");
  const HttpResponse response = Ask("GET", "/metrics?x=y");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers[0].second, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("skerry_build_info{version=\"1.2\",commit=\"abc\"} 1\n"));
}

TEST_F(AdminFrontTest, ReadinessFollowsTheNodeHealthDoesNot) {
  EXPECT_EQ(Ask("GET", "/readyz").status, 200);
  ready_ = Unavailable("tables are being opened");
  EXPECT_EQ(Ask("HEAD", "/readyz").status, 503);
  EXPECT_EQ(Ask("GET", "/readyz").body, "not ready: tables are being opened\n");
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
}

TEST_F(AdminFrontTest, TheClusterIsShownWhereThereIsOne) {
  EXPECT_EQ(Ask("GET", "/cluster").status, 404);
  AdminFront front(metrics_, [] { return OkStatus(); }, [] { return std::string("{}"); });
  HttpRequest request;
  request.method = "GET";
  request.target = "/cluster";
  HttpResponse got;
  Spawn(front.Serve(request, executor_), [&](HttpResponse r) { got = std::move(r); });
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "{}");
}

TEST_F(AdminFrontTest, CommandsAreRunAndTheirFaultsTold) {
  const auto run = [](std::string command, std::string body) -> Task<Result<std::string>> {
    if (command != "do") co_return NotFound("no such command");
    if (body.empty()) co_return InvalidArgument("no body");
    co_return body;
  };
  AdminFront front(metrics_, [] { return OkStatus(); }, [] { return std::string("{}"); }, run);
  const auto post = [&](std::string_view target, std::string_view body) {
    HttpRequest request;
    request.method = "POST";
    request.target = target;
    request.body = body;
    HttpResponse got;
    Spawn(front.Serve(request, executor_), [&](HttpResponse r) { got = std::move(r); });
    return got;
  };
  EXPECT_EQ(post("/cluster/do", "{}").body, "{}");
  EXPECT_EQ(post("/cluster/do", "").status, 400);
  EXPECT_EQ(post("/cluster/undo", "{}").status, 404);
  EXPECT_EQ(post("/cluster", "{}").status, 405);
}

TEST_F(AdminFrontTest, OtherRequestsAreRefused) {
  EXPECT_EQ(Ask("GET", "/").status, 404);
  EXPECT_EQ(Ask("POST", "/metrics").status, 405);
}

}  // namespace
}  // namespace skerry::admin
