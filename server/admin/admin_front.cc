#include "server/admin/admin_front.h"

#include <string_view>
#include <utility>

namespace skerry::admin {
namespace {

HttpResponse Text(int status, std::string body, std::string_view type = "text/plain") {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", std::string(type) + "; charset=utf-8");
  response.body = std::move(body);
  return response;
}

}  // namespace

Task<HttpResponse> AdminFront::Serve(const HttpRequest& request, Executor&) {
  const std::string_view path = request.Path();
  constexpr std::string_view kCommands = "/cluster/";
  if (path.starts_with(kCommands) && command_ != nullptr && request.method == "POST") {
    co_return co_await RunCommand(std::string(path.substr(kCommands.size())),
                                  std::string(request.body));
  }
  const bool known = path == "/metrics" || path == "/healthz" || path == "/readyz" ||
                     (path == "/cluster" && cluster_ != nullptr);
  if (!known) {
    co_return Text(404, path == "/cluster"
                            ? "this node is in no cluster: it was started without --peer-port\n"
                            : "not found: try /metrics, /healthz, /readyz or /cluster\n");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = Text(405, "only GET\n");
    response.headers.emplace_back("Allow", "GET, HEAD");
    co_return response;
  }
  if (path == "/metrics") co_return Text(200, metrics_.Render(), "text/plain; version=0.0.4");
  if (path == "/healthz") co_return Text(200, "ok\n");
  if (path == "/cluster") co_return Text(200, cluster_(), "application/json");
  const Status ready = ready_();
  if (ready.ok()) co_return Text(200, "ready\n");
  co_return Text(503, "not ready: " + std::string(ready.message()) + "\n");
}

Task<HttpResponse> AdminFront::RunCommand(std::string command, std::string body) {
  const Result<std::string> done = co_await command_(std::move(command), std::move(body));
  if (done.ok()) co_return Text(200, *done, "application/json");
  int status = 503;
  if (done.status().code() == StatusCode::kInvalidArgument) status = 400;
  if (done.status().code() == StatusCode::kNotFound) status = 404;
  if (done.status().code() == StatusCode::kFailedPrecondition) status = 409;
  if (done.status().code() == StatusCode::kUnimplemented) status = 501;
  co_return Text(status, std::string(done.status().message()) + "\n");
}

void AddBuildInfo(Metrics* metrics, std::string version, std::string commit) {
  metrics->AddGauge("skerry_build_info", "What was built; always 1.",
                    {{"version", std::move(version)}, {"commit", std::move(commit)}},
                    [] { return 1.0; });
}

}  // namespace skerry::admin
