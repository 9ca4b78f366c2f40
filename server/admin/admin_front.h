#pragma once

#include <string>

#include "absl/functional/any_invocable.h"
#include "base/metrics.h"
#include "base/status.h"
#include "server/api/front.h"

namespace skerry::admin {

// The admin port's HTTP: GET (or HEAD)
//   /metrics  Prometheus' text format
//   /healthz  200 while the process serves HTTP: a supervisor restarts it otherwise
//   /cluster  nodes and partitions as JSON (docs/operating.md); 404 of a node alone
//   /readyz   200 while requests may be sent here, else 503 with the reason: a balancer asks
// and POST
//   /cluster/COMMAND  what an operator tells the cluster to do, with a JSON object as body
// Anything else is 404. Thread-safe; the metrics outlive it.
class AdminFront final : public api::Front {
 public:
  // Success: ready. Called from any reactor; must not block.
  using Ready = absl::AnyInvocable<Status() const>;

  // Null: there is no cluster. As Ready.
  using Cluster = absl::AnyInvocable<std::string() const>;

  // What was done, as JSON. kInvalidArgument, kNotFound and kFailedPrecondition are told as the
  // caller's faults.
  using Command =
      absl::AnyInvocable<Task<Result<std::string>>(std::string command, std::string body) const>;

  explicit AdminFront(const Metrics& metrics, Ready ready, Cluster cluster = nullptr,
                      Command command = nullptr)
      : metrics_(metrics),
        ready_(std::move(ready)),
        cluster_(std::move(cluster)),
        command_(std::move(command)) {}

  bool Matches(const HttpRequest&) const override { return true; }
  Task<HttpResponse> Serve(const HttpRequest& request, Executor& reactor) override;

 private:
  const Metrics& metrics_;
  const Ready ready_;
  Task<HttpResponse> RunCommand(std::string command, std::string body);

  const Cluster cluster_;
  const Command command_;
};

// Adds skerry_build_info, constantly 1, with what was built as its labels.
void AddBuildInfo(Metrics* metrics, std::string version, std::string commit);

}  // namespace skerry::admin
