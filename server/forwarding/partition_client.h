#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/task.h"
#include "server/forwarding/codec.h"
#include "server/forwarding/location.h"
#include "server/peers/peers.h"
#include "storage/engine/pinned_value.h"
#include "storage/partition/read.h"
#include "storage/partition/write.h"

namespace skerry::forwarding {

// A stored item on its way up; holds the bytes that it shows.
class StoredItem {
 public:
  StoredItem() = default;
  // Bytes of the engine's, held by `pin`.
  StoredItem(engine::PinnedValue pin, std::string_view encoded)
      : pin_(std::move(pin)), pinned_(encoded) {}
  // Bytes that came from another node.
  explicit StoredItem(document::EncodedItem encoded) : owned_(std::move(encoded)) {}

  std::string_view encoded() const { return owned_.empty() ? pinned_ : owned_; }  // empty: none

 private:
  engine::PinnedValue pin_;
  std::string_view pinned_;
  document::EncodedItem owned_;
};

// ConsistentRead, as the API calls it: true or false.
enum class Consistency : uint8_t { kStrong, kEventual };
inline Consistency ConsistencyOf(std::optional<bool> consistent_read) {
  return consistent_read.value_or(false) ? Consistency::kStrong : Consistency::kEventual;
}

// Asks whoever leads a partition: here, or on another node; finds the leader, and asks again while
// there is none, until a time limit. A write that is asked for again carries its stamp, so that it
// is done at most once (docs/architecture.md). Thread-safe. The Location that is handed in
// outlives the task.
//
// kUnavailable: nobody led for as long as a request waits; nothing was done. kOutcomeUnknown: the
// same, but the write may have been done. kRangeMoved: the partition was split; whoever asks looks
// for the one that has the key now.
class PartitionClient {
 public:
  // `incarnation`: no two lives of a node have the same. References outlive this.
  PartitionClient(peers::Peers& peers, Executor& timers, uint64_t incarnation)
      : peers_(peers), timers_(timers), incarnation_(incarnation) {}

  Task<Result<partition::WriteResult>> Write(const Location& location,
                                             partition::WriteRequest request);
  // A write that was told kRangeMoved, to be sent elsewhere as it is: under the same stamp.
  struct Moved {
    size_t position;  // among the requests
    partition::WriteRequest request;
    bool maybe_done;  // what the answer is if it is not sent on: kOutcomeUnknown
  };
  // With `moved`: where those go that were told kRangeMoved. It outlives the task.
  Task<std::vector<Result<partition::WriteResult>>> WriteAll(
      const Location& location, std::vector<partition::WriteRequest> requests,
      std::vector<Moved>* moved = nullptr);
  // An eventual read is answered by this node's own replica if that is fresh (safety-rules 17) and
  // has all that clients were answered here; else, as a strong one, by who leads.
  Task<Result<StoredItem>> Get(const Location& location, std::string row_key,
                               Consistency consistency);
  Task<Result<partition::ReadPage>> Read(const Location& location, partition::ReadRequest request,
                                         Consistency consistency);

  // How long a request may take altogether before it fails.
  static constexpr Duration kPatience = std::chrono::seconds(10);
  Executor& timers() const { return timers_; }

 private:
  struct Search;
  NodeId Next(const Location& location, Search* search) const;
  Task<bool> Again(Search* search, bool at_once);
  void Stamp(partition::WriteRequest* request);
  Task<Result<PartitionAnswer>> AskPeer(const Location& location, NodeId node,
                                        PartitionRequest request, Search* search);
  // One try at one node.
  Task<std::vector<Result<partition::WriteResult>>> WriteAt(
      const Location& location, NodeId node, std::vector<partition::WriteRequest> requests,
      Search* search);
  Task<Result<StoredItem>> GetAt(const Location& location, NodeId node, const std::string& row_key,
                                 Search* search);
  Task<Result<partition::ReadPage>> ReadAt(const Location& location, NodeId node,
                                           const partition::ReadRequest& read, Search* search);

  peers::Peers& peers_;
  Executor& timers_;
  const uint64_t incarnation_;
  std::atomic<uint64_t> sequence_ = 0;
};

}  // namespace skerry::forwarding
