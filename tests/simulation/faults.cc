#include "tests/simulation/faults.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace skerry::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kRetryStart = seconds(1);
constexpr Duration kRetryRemove = seconds(1);
constexpr int kNodesLeft = 3;  // at least
constexpr Duration kStopWithin = seconds(5);
constexpr uint64_t kSector = 512;

}  // namespace

Faults::Faults(SimulatedCluster& cluster, const Mix& mix, uint64_t seed)
    : cluster_(cluster), mix_(mix), prng_(seed), next_(cluster.world().Now()) {
  for (const auto& [fault, weight] : mix.faults) weights_ += weight;
}

// ------------------------------------------------------------------------------------ chance

Duration Faults::Between(Duration least, Duration most) {
  return least + Duration(static_cast<int64_t>(
                     prng_.Below(static_cast<uint64_t>((most - least).count()) + 1)));
}

std::optional<int> Faults::AnyUp() {
  std::vector<int> up;
  for (int i = 0; i < cluster_.size(); ++i) {
    if (cluster_.IsUp(i)) up.push_back(i);
  }
  if (up.empty()) return std::nullopt;
  return up[prng_.Below(up.size())];
}

std::optional<int> Faults::AnyServing() {
  std::vector<int> serving;
  for (int i = 0; i < cluster_.size(); ++i) {
    if (cluster_.IsUp(i) && cluster_.IsServing(i) && !cluster_.IsPaused(i)) serving.push_back(i);
  }
  if (serving.empty()) return std::nullopt;
  return serving[prng_.Below(serving.size())];
}

// ------------------------------------------------------------------------------------ time

void Faults::Tend() {
  BuryFailed();
  ReplaceRemoved();
  while (!undo_.empty() && undo_.begin()->first <= Now()) {
    std::function<void()> undo = std::move(undo_.begin()->second);
    undo_.erase(undo_.begin());
    undo();
  }
  StartDue();
  if (healed_ || weights_ == 0 || Now() < next_) return;
  next_ = Now() + Between(Duration(0), 2 * mix_.between_faults);
  uint64_t drawn = prng_.Below(weights_);
  for (const auto& [fault, weight] : mix_.faults) {
    if (drawn < weight) {
      Begin(fault);
      return;
    }
    drawn -= weight;
  }
}

void Faults::Later(Duration delay, int node, std::function<void()> undo) {
  undo_.emplace(Now() + delay, [this, node, life = cluster_.life(node), undo = std::move(undo)] {
    if (cluster_.IsUp(node) && cluster_.life(node) == life) undo();
  });
}

void Faults::Heal() {
  healed_ = true;
  for (auto& [when, undo] : std::exchange(undo_, {})) undo();
  cluster_.network().Heal();
  sim::SimNetworkOptions calm;
  calm.encoded_one_in = mix_.cluster.network.encoded_one_in;
  cluster_.network().options() = calm;
  for (int i = 0; i < cluster_.size(); ++i) {
    sim::SimDisk& disk = cluster_.disk(i);
    disk.SetCapacity(UINT64_MAX);
    disk.FailNextSync(false);
    if (!disk.blown()) disk.FailAfter(UINT64_MAX);
    if (!cluster_.IsUp(i)) continue;
    if (cluster_.IsPaused(i)) cluster_.Resume(i);
    cluster_.StallDisk(i, false);
    cluster_.SlowDisk(i, Duration(0));
  }
  for (auto& [node, when] : due_) when = Now();
}

// ------------------------------------------------------------------------------------ nodes

void Faults::Down(int node, Duration for_how_long) { due_[node] = Now() + for_how_long; }

void Faults::Restart(int node) {
  const bool stops = cluster_.IsServing(node) && !cluster_.IsPaused(node) && prng_.Chance(1, 2);
  if (!stops) {
    cluster_.Crash(node, /*power_cut=*/false);
  } else if (!cluster_.Stop(node, kStopWithin).ok()) {
    ++counts_["stops that took too long"];
  }
  Down(node, Between(milliseconds(50), seconds(3)));
}

// A real node's process has ended by itself.
void Faults::BuryFailed() {
  for (int i = 0; i < cluster_.size(); ++i) {
    if (cluster_.IsUp(i) && cluster_.KnowsOfRemoval(i) && !leaving_.contains(i)) {
      violations_.push_back("node " + std::to_string(i) + " thinks that it was removed");
    }
    if (!cluster_.IsUp(i) || cluster_.failure(i).ok()) continue;
    const Status failure = cluster_.failure(i);
    cluster_.Crash(i, /*power_cut=*/cluster_.disk(i).blown());
    OnFailure(i, failure);
  }
}

void Faults::StartDue() {
  std::vector<int> now;
  for (const auto& [node, when] : due_) {
    if (when <= Now()) now.push_back(node);
  }
  for (const int node : now) {
    due_.erase(node);
    const Status begun = cluster_.Begin(node);
    if (!begun.ok()) OnFailure(node, begun);
  }
}

void Faults::OnFailure(int node, const Status& failure) {
  if (cluster_.HasJoined(node)) ++counts_["nodes that stopped themselves"];
  if (failure.code() == StatusCode::kCorruption) {
    if (!touched_by_rot_.contains(node)) {
      violations_.push_back("node " + std::to_string(node) +
                            " finds damage where there was none: " + failure.ToString());
    }
    rotten_.insert(node);
    ++counts_["nodes that rot has stopped"];
    return;
  }
  if (failure.code() == StatusCode::kInternal || failure.code() == StatusCode::kInvalidArgument) {
    violations_.push_back("node " + std::to_string(node) + " stops: " + failure.ToString());
  }
  Down(node, kRetryStart);
}

// ------------------------------------------------------------------------------------ faults

void Faults::Begin(Fault fault) {
  const std::optional<int> up = AnyUp();
  if (!up && fault != Fault::kBadNetwork) return;
  const int node = up.value_or(0);
  bool counted = true;
  switch (fault) {
    case Fault::kCrash:
    case Fault::kPowerCut:
      cluster_.Crash(node, fault == Fault::kPowerCut);
      Down(node, prng_.Chance(1, 8) ? Between(seconds(8), seconds(60))
                                    : Between(milliseconds(50), seconds(8)));
      break;
    case Fault::kBlackout:
      for (int i = 0; i < cluster_.size(); ++i) {
        if (!cluster_.IsUp(i)) continue;
        cluster_.Crash(i, /*power_cut=*/true);
        Down(i, Between(milliseconds(50), seconds(5)));
      }
      break;
    case Fault::kTornWrite:
      cluster_.disk(node).FailAfter(1 + prng_.Below(30));
      break;
    case Fault::kStop:
      if (!cluster_.IsServing(node) || cluster_.IsPaused(node)) return;
      if (!cluster_.Stop(node, kStopWithin).ok()) ++counts_["stops that took too long"];
      Down(node, Between(milliseconds(50), seconds(3)));
      break;
    case Fault::kPause:
      if (cluster_.IsPaused(node)) return;
      cluster_.Pause(node);
      Later(Between(milliseconds(50), seconds(6)), node, [this, node] { cluster_.Resume(node); });
      break;
    case Fault::kBlock: {
      const std::optional<int> other = AnyUp();
      if (!other || *other == node) return;
      const NodeId from = cluster_.id(node);
      const NodeId to = cluster_.id(*other);
      cluster_.network().Block(from, to);
      undo_.emplace(Now() + Between(milliseconds(100), seconds(10)),
                    [this, from, to] { cluster_.network().Unblock(from, to); });
      break;
    }
    case Fault::kIsolate:
      Partition({cluster_.id(node)});
      break;
    case Fault::kSplit: {
      std::set<NodeId> one;
      for (int i = 0; i < cluster_.size(); ++i) {
        if (cluster_.HasJoined(i) && prng_.Chance(1, 2)) one.insert(cluster_.id(i));
      }
      Partition(one);
      break;
    }
    case Fault::kBadNetwork:
      BadNetwork();
      break;
    case Fault::kSlowDisk:
      cluster_.SlowDisk(node, Between(milliseconds(1), milliseconds(200)));
      Later(Between(milliseconds(500), seconds(15)), node,
            [this, node] { cluster_.SlowDisk(node, Duration(0)); });
      break;
    case Fault::kHungDisk:
      cluster_.StallDisk(node, true);
      Later(Between(milliseconds(100), seconds(10)), node,
            [this, node] { cluster_.StallDisk(node, false); });
      break;
    case Fault::kFullDisk:
      cluster_.disk(node).SetCapacity(cluster_.disk(node).Used() + prng_.Below(64 << 10));
      undo_.emplace(Now() + Between(milliseconds(500), seconds(15)),
                    [this, node] { cluster_.disk(node).SetCapacity(UINT64_MAX); });
      break;
    case Fault::kFailedSync:
      cluster_.disk(node).FailNextSync();
      break;
    case Fault::kClockJump:
      cluster_.JumpWallClock(node, Between(-seconds(15), seconds(15)));
      break;
    case Fault::kTransfer:
      Transfer();
      counted = false;
      break;
    case Fault::kMove:
      Move();
      counted = false;
      break;
    case Fault::kJoin:
      JoinOne();
      counted = false;
      break;
    case Fault::kDrain:
      Drain(node);
      counted = false;
      break;
    case Fault::kRot:
      Rot();
      counted = false;
      break;
  }
  if (counted) ++counts_[NameOf(fault)];
}

void Faults::Partition(const std::set<NodeId>& one) {
  std::set<NodeId> other;
  for (int i = 0; i < cluster_.size(); ++i) {
    if (cluster_.HasJoined(i) && !one.contains(cluster_.id(i))) other.insert(cluster_.id(i));
  }
  if (one.empty() || other.empty()) return;
  cluster_.network().Partition(one, other);
  undo_.emplace(Now() + Between(milliseconds(200), seconds(12)), [this, one, other] {
    for (const NodeId a : one) {
      for (const NodeId b : other) {
        cluster_.network().Unblock(a, b);
        cluster_.network().Unblock(b, a);
      }
    }
  });
}

void Faults::BadNetwork() {
  sim::SimNetworkOptions bad = mix_.cluster.network;
  bad.lost_one_in = 2 + prng_.Below(20);
  bad.doubled_one_in = 2 + prng_.Below(20);
  bad.reordered_one_in = prng_.Chance(1, 2) ? 3 + prng_.Below(20) : 0;
  bad.delay_max = Between(milliseconds(1), milliseconds(300));
  cluster_.network().options() = bad;
  undo_.emplace(Now() + Between(milliseconds(500), seconds(10)),
                [this] { cluster_.network().options() = mix_.cluster.network; });
}

void Faults::Transfer() {
  const std::optional<int> node = AnyServing();
  if (!node) return;
  const auto view = cluster_.core(*node).catalog().view();
  std::vector<std::pair<std::shared_ptr<replica::Replica>, ReplicaId>> choices;
  for (const auto& [key, table] : view->tables) {
    for (size_t p = 0; p < table->partitions.size(); ++p) {
      const auto& replica = table->partitions[p].replica;
      if (replica == nullptr || !replica->ready()) continue;
      for (const ReplicaId to :
           catalog::ReplicasOf(table->record.partitions(static_cast<int>(p)))) {
        if (NodeOf(to) != cluster_.id(*node)) choices.emplace_back(replica, to);
      }
    }
  }
  if (choices.empty()) return;
  auto [replica, to] = choices[prng_.Below(choices.size())];
  ++counts_[NameOf(Fault::kTransfer)];
  replica->home().Post(
      [replica, to] { Spawn(replica->TransferLeadership(to), [replica](const Status&) {}); });
}

void Faults::Move() {
  const std::optional<int> node = AnyServing();
  if (!node) return;
  catalog::Catalog& catalog = cluster_.core(*node).catalog();
  const auto view = catalog.view();
  std::vector<std::pair<catalog::TablePtr, int>> choices;
  for (const auto& [key, table] : view->tables) {
    for (int p = 0; p < table->record.partitions_size(); ++p) choices.emplace_back(table, p);
  }
  if (choices.empty()) return;
  const auto [table, at] = choices[prng_.Below(choices.size())];
  const auto& partition = table->record.partitions(at);
  std::vector<NodeId> with;
  std::vector<NodeId> without;
  for (const auto& [id, known] : view->nodes) {
    (catalog::ReplicaOf(partition, id).value != 0 ? with : without).push_back(id);
  }
  if (with.empty() || without.empty()) return;
  const NodeId from = with[prng_.Below(with.size())];
  const NodeId to = without[prng_.Below(without.size())];
  cluster_.reactor(*node, 0).Post(
      [this, &catalog, table = table, group = GroupId(partition.group()), from, to] {
        Spawn(catalog.MoveReplica(table->record.account(), table->record.name(), group, from, to),
              [this](const Status& begun) {
                if (begun.ok()) ++counts_[NameOf(Fault::kMove)];
              });
      });
}

void Faults::JoinOne() {
  for (int i = 0; i < cluster_.size(); ++i) {
    if (cluster_.HasJoined(i) || due_.contains(i)) continue;
    ++counts_[NameOf(Fault::kJoin)];
    Down(i, Duration(0));  // from here on it is tried until it is done
    return;
  }
}

// As an operator does it: drained, and after a while taken back, or removed and its machine
// cleared.
void Faults::Drain(int node) {
  const std::optional<int> asked = AnyServing();
  if (!asked || leaving_.contains(node)) return;
  int others = 0;
  for (int i = 0; i < cluster_.size(); ++i) {
    if (i != node && cluster_.HasJoined(i) && !leaving_.contains(i)) ++others;
  }
  if (others < kNodesLeft) return;
  ++counts_[NameOf(Fault::kDrain)];
  const NodeId id = cluster_.id(node);
  const bool fewer_replicas = prng_.Chance(1, 4);
  const auto ask = [this](int through, auto make) {
    cluster_.reactor(through, 0).Post([this, through, make] {
      Spawn(make(cluster_.core(through).catalog()), [](const Status&) {});
    });
  };
  ask(*asked, [id, fewer_replicas](catalog::Catalog& catalog) {
    return catalog.Drain(id, fewer_replicas);
  });
  if (mix_.removals && prng_.Chance(1, 2)) {
    leaving_[node] = id;
    undo_.emplace(Now() + Between(milliseconds(0), seconds(20)),
                  [this, node] { RemoveUntilDone(node); });
    return;
  }
  undo_.emplace(Now() + Between(seconds(1), seconds(40)), [this, id, ask] {
    const std::optional<int> through = AnyServing();
    if (through) ask(*through, [id](catalog::Catalog& catalog) { return catalog.Undrain(id); });
  });
}

// Asks again and again: it is refused until the node is empty.
void Faults::RemoveUntilDone(int node) {
  if (healed_ || !leaving_.contains(node) || gone_.contains(node)) return;
  const std::optional<int> through = AnyServing();
  if (through && cluster_.IsUp(node)) {
    const NodeId id = leaving_.at(node);
    cluster_.reactor(*through, 0).Post([this, id, through] {
      Spawn(cluster_.core(*through).catalog().Remove(id), [](const Status&) {});
    });
  }
  undo_.emplace(Now() + kRetryRemove, [this, node] { RemoveUntilDone(node); });
}

// A real node that was removed while nobody could tell it asks the others, and ends. Until then,
// and for a while after that, it is as it was.
void Faults::ReplaceRemoved() {
  if (leaving_.empty()) return;
  for (const auto& [node, id] : leaving_) {
    if (gone_.contains(node)) continue;
    for (int i = 0; i < cluster_.size(); ++i) {
      if (!cluster_.IsUp(i) || !cluster_.IsServing(i)) continue;
      const auto view = cluster_.core(i).catalog().view();
      const auto known = view->nodes.find(id);
      if (known == view->nodes.end()) continue;
      if (known->second.record.state() != proto::catalog::v1::NODE_STATE_REMOVED) continue;
      ++counts_["removals"];
      gone_[node] = Now() + Between(Duration(0), seconds(30));
      break;
    }
  }
  std::vector<int> ended;
  for (const auto& [node, when] : gone_) {
    const bool knows = cluster_.IsUp(node) && cluster_.KnowsOfRemoval(node);
    if (healed_ || when <= Now() || knows) ended.push_back(node);
  }
  for (const int node : ended) {
    gone_.erase(node);
    leaving_.erase(node);
    due_.erase(node);
    if (cluster_.IsUp(node)) cluster_.Crash(node, /*power_cut=*/false);
    cluster_.Wipe(node);
  }
}

// Not in the last segments: damage at the log's end cannot be told from a torn write
// (replication/log/FORMAT.md), and one of them may be prepared for later.
void Faults::Rot() {
  const std::optional<int> node = AnyUp();
  if (!node || (touched_by_rot_.size() >= mix_.rotten_max && !touched_by_rot_.contains(*node))) {
    return;
  }
  sim::SimDisk& disk = cluster_.disk(*node);
  std::vector<std::string> segments;
  for (const std::string& file : disk.Files()) {
    if (file.ends_with(".seg")) segments.push_back(file);
  }
  if (segments.size() <= 3) return;
  segments.resize(segments.size() - 3);
  const std::string& file = segments[prng_.Below(segments.size())];
  const std::string content = disk.ReadAll(file);
  if (content.size() < 4 * kSector) return;
  const uint64_t at = prng_.Below(content.size() / kSector) * kSector;
  touched_by_rot_.insert(*node);
  ++counts_[NameOf(Fault::kRot)];
  if (prng_.Chance(1, 2)) {
    disk.FlipBit(file, at + prng_.Below(kSector), static_cast<int>(prng_.Below(8)));
    return;
  }
  // What belongs elsewhere lies here: a misdirected write.
  const uint64_t from = prng_.Below(content.size() / kSector) * kSector;
  disk.Overwrite(file, at, std::string_view(content).substr(from, kSector));
}

}  // namespace skerry::simulation
