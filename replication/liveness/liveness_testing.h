#pragma once

// For tests: nodes that support each other over the simulated network, and lose power, stand still,
// are cut off and have clocks that run apart. Checked after each step: what a node counts on, the
// other one holds.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "replication/liveness/liveness.h"
#include "replication/transport/sim/sim_network.h"

namespace skerry::liveness {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Nodes {
 public:
  struct Node final : transport::Receiver {
    void OnPackets(NodeId from, std::vector<transport::Packet> packets) override {
      for (const transport::Packet& packet : packets) {
        if (const auto* heartbeat = std::get_if<transport::NodeHeartbeat>(&packet.body)) {
          liveness->OnHeartbeat(from, *heartbeat);
        } else {
          liveness->OnResponse(from, std::get<transport::NodeHeartbeatResponse>(packet.body));
        }
      }
    }
    NodeId id;
    std::unique_ptr<sim::SimDisk> disk;
    std::unique_ptr<sim::DriftingClock> clock;
    std::shared_ptr<Liveness> liveness;  // null while it is down
    std::vector<NodeId> changes;
    uint64_t epoch_max = 0;  // of earlier lives
    int life = 0;
    bool failed = false;
  };

  explicit Nodes(uint64_t seed, uint64_t count) : world(seed), prng(seed * 17 + 3), network(world) {
    for (uint64_t id = 1; id <= count; ++id) {
      Node& node = nodes[NodeId(id)];
      node.id = NodeId(id);
      node.disk = std::make_unique<sim::SimDisk>(world.prng());
      EXPECT_TRUE(node.disk->CreateDirectory("log").ok());
    }
  }

  void Start(NodeId id, int64_t drift_ppm = 0) {
    Node& node = nodes.at(id);
    node.life = ++last_life;
    node.failed = false;
    node.clock = std::make_unique<sim::DriftingClock>(
        world.clock(), drift_ppm, seconds(static_cast<int64_t>(prng.Below(1000))));
    transport::Transport& transport = network.AddNode(id, world.AddExecutor(node.life, "network"));
    Options options{.disk = *node.disk,
                    .directory = "log",
                    .executor = world.AddExecutor(node.life, "liveness"),
                    .clock = *node.clock,
                    .transport = transport};
    options.on_changed = [&node](NodeId other) { node.changes.push_back(other); };
    options.on_fatal = [&node](const Status&) { node.failed = true; };
    auto opened = Liveness::Open(std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    node.liveness = *opened;
    transport.Start(node);
    for (auto& [other, unused] : nodes) {
      if (other != id) node.liveness->Use(other);
    }
  }

  void Kill(NodeId id, bool power_cut = true) {
    Node& node = nodes.at(id);
    network.Kill(id);
    world.Kill(node.life);
    node.epoch_max = std::max(node.epoch_max, node.liveness->epoch());
    node.liveness = nullptr;
    node.disk->Crash(/*keep_unsynced=*/!power_cut);
    node.disk->FailAfter(UINT64_MAX);
  }

  // What `one` counts on, `other` holds, even if it should lose power now.
  std::string Check() {
    for (auto& [a, one] : nodes) {
      if (!one.liveness || one.liveness->epoch() == 0) continue;
      const uint64_t epoch = one.liveness->epoch();
      if (epoch <= one.epoch_max) return "an epoch of an earlier life";
      for (auto& [b, other] : nodes) {
        if (a == b || one.liveness->SupportedUntil(b, epoch) <= one.clock->Now()) continue;
        ++counted;
        const auto state = DecodeState(other.disk->ReadAll("log/liveness"));
        if (!state.ok()) return state.status().ToString();
        const auto supported = state->supported.find(a);
        if (supported == state->supported.end() || supported->second > epoch) {
          return "node " + std::to_string(a.value) + " counts on what " + std::to_string(b.value) +
                 " has not written";
        }
        if (other.liveness && other.liveness->Ended(a, epoch)) {
          return "node " + std::to_string(a.value) + " counts on what " + std::to_string(b.value) +
                 " has withdrawn";
        }
      }
    }
    // What was withdrawn stays so.
    for (auto& [b, other] : nodes) {
      for (auto& [a, unused] : nodes) {
        uint64_t& ended = ended_[{a, b}];
        if (other.liveness) {
          while (other.liveness->Ended(a, ended + 1)) ++ended;
          if (ended > 0 && !other.liveness->Ended(a, ended)) {
            return "node " + std::to_string(b.value) + " supports what it had withdrawn";
          }
        }
      }
    }
    return "";
  }

  sim::World world;
  Prng prng;
  sim::SimNetwork network;
  std::map<NodeId, Node> nodes;
  int last_life = 0;
  uint64_t counted = 0;
  uint64_t kills = 0;

 private:
  std::map<std::pair<NodeId, NodeId>, uint64_t> ended_;
};

// One random run; what was violated, or nothing.
inline std::string Live(uint64_t seed, uint64_t* counted) {
  constexpr uint64_t kCount = 3;
  Nodes nodes(seed, kCount);
  Prng& prng = nodes.prng;
  const auto drift = [&] { return static_cast<int64_t>(prng.Below(40001)) - 20000; };
  nodes.network.options().lost_one_in = prng.Chance(1, 2) ? 3 + prng.Below(20) : 0;
  nodes.network.options().doubled_one_in = prng.Chance(1, 2) ? 3 + prng.Below(20) : 0;
  // So slow that answers come when their promises are nearly over, or after.
  nodes.network.options().slow_one_in = 3;
  if (prng.Chance(1, 2)) nodes.network.options().delay_max = milliseconds(1 + prng.Below(300));
  for (auto& [id, node] : nodes.nodes) nodes.Start(id, drift());
  const uint64_t kill_weight = prng.Below(10);
  const uint64_t cut_weight = prng.Below(10);
  std::string failure;
  for (int i = 0; i < 120 && failure.empty(); ++i) {
    const NodeId id(1 + prng.Below(kCount));
    Nodes::Node& node = nodes.nodes.at(id);
    const uint64_t choice = prng.Below(100);
    if (node.liveness && node.failed) {
      nodes.Kill(id);
    } else if (!node.liveness) {
      if (prng.Chance(1, 2)) nodes.Start(id, drift());
    } else if (choice < kill_weight) {
      if (prng.Chance(1, 3)) {
        node.disk->FailAfter(prng.Below(10));
      } else {
        nodes.Kill(id, prng.Chance(1, 2));
      }
      ++nodes.kills;
    } else if (choice < 10 + cut_weight) {
      const NodeId other(1 + prng.Below(kCount));
      nodes.network.Block(id, other);
      if (prng.Chance(1, 2)) nodes.network.Block(other, id);
    } else if (choice < 30) {
      nodes.network.Heal();
    } else if (choice < 36) {
      nodes.network.Pause(id);
      nodes.world.Pause(node.life);
    } else if (choice < 40) {
      node.liveness->RaiseEpoch();
    }
    if (prng.Chance(1, 3)) {
      for (auto& [other, paused] : nodes.nodes) {
        nodes.network.Resume(other);
        nodes.world.Resume(paused.life);
      }
    }
    const auto end = nodes.world.Now() + milliseconds(prng.Below(400));
    while (nodes.world.Now() < end && failure.empty()) {
      nodes.world.RunFor(milliseconds(5));
      failure = nodes.Check();
    }
  }
  *counted += nodes.counted;
  return failure;
}

}  // namespace skerry::liveness
