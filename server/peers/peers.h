#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "base/executor.h"
#include "base/status.h"
#include "base/strong.h"
#include "base/task.h"
#include "replication/transport/transport.h"

namespace skerry::peers {

// What a request is about; the first byte of its body, never given another meaning.
enum class Service : uint8_t { kPartition = 1, kGroup = 2 };
inline constexpr size_t kServices = 3;  // one more than the highest

// Requests between the nodes of a cluster and their answers, over the transport. Thread-safe,
// except that Serve comes before Start. Nothing that is sent is sure to arrive, and no answer says
// nothing about whether it did.
class Peers final : public transport::Receiver {
 public:
  // `transport` null: a node alone. `executors`: where answers are taken up; not empty. `seed`: of
  // the requests' ids, which an earlier life of this node must not have used. All outlive this.
  Peers(NodeId self, transport::Transport* transport, std::vector<Executor*> executors,
        uint64_t seed);
  ~Peers() override;  // after Stop, or when nothing that it was handed runs any more

  // Thread-safe; may be called once, on any thread, or be dropped.
  using Answer = absl::AnyInvocable<void(std::string)>;
  // Called on the transport's threads; returns soon. `body` is without the service's byte and is
  // valid during the call.
  using Handler =
      absl::AnyInvocable<void(NodeId from, GroupId group, std::string_view body, Answer answer)>;
  void Serve(Service service, Handler handler);
  // Who is away is not asked, and not waited for any longer: a connection may outlive the node
  // behind it (one that stands still, or is cut off) by minutes. Before Start; `is_away` is called
  // on any thread, and is quick.
  using IsAway = absl::AnyInvocable<bool(NodeId) const>;
  void SetIsAway(IsAway is_away) { is_away_ = std::move(is_away); }
  void Start();
  // Calls that wait end with kOutcomeUnknown; no handler is called any more.
  void Stop();

  bool alone() const { return transport_ == nullptr; }
  NodeId self() const { return self_; }

  // Sends `body` and waits for the answer. kUnavailable: it was not sent. kDeadlineExceeded, and
  // kOutcomeUnknown when the connection broke or the node is away: it may have been served all the
  // same. Ends where it
  // began or on one of the executors. `group` is not 0.
  Task<Result<std::string>> Ask(NodeId to, GroupId group, Service service, std::string body,
                                Duration timeout);

  // Transport's:
  void OnPackets(NodeId from, std::vector<transport::Packet> packets) override;
  void OnDisconnected(NodeId node) override;

 private:
  using Done = absl::AnyInvocable<void(Result<std::string>)>;
  struct Waiting {
    NodeId node;
    MonotonicTime until;
    Done done;
  };

  void Send(NodeId to, GroupId group, std::string body, Duration timeout, Done done);
  // To the transport: at once, or with all else that this turn of the executor sends.
  void Emit(NodeId to, transport::Packet packet);
  // Of the executor that this runs on; executors_.size(): of none.
  size_t Current() const;
  uint64_t NextId();
  void OnRequest(NodeId from, GroupId group, transport::Request request);
  void OnResponse(NodeId from, transport::Response response);
  void ScheduleSweep();  // under mutex_
  void Sweep();
  void Finish(uint64_t id, Done done, Result<std::string> result);
  Executor& ExecutorOf(uint64_t id) { return *executors_[id % executors_.size()]; }

  const NodeId self_;
  transport::Transport* const transport_;
  const std::vector<Executor*> executors_;
  // What this turn of each executor sends; touched on that executor only.
  std::vector<std::map<NodeId, std::vector<transport::Packet>>> outgoing_;
  std::array<Handler, kServices> handlers_;
  IsAway is_away_ = [](NodeId) { return false; };
  std::atomic<uint64_t> next_id_;

  std::mutex mutex_;
  // Guarded by mutex_.
  std::map<uint64_t, Waiting> waiting_;
  bool sweeping_ = false;
  bool stopped_ = false;
  // What is posted asks whether this still is.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace skerry::peers
