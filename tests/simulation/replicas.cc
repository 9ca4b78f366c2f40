#include "tests/simulation/replicas.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "storage/partition/data_range.h"
#include "storage/partition/partition.h"
#include "storage/partition/row_key.h"

namespace skerry::simulation {
namespace {

using partition::Partition;

uint64_t Mix(uint64_t hash, std::string_view bytes) {
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return (hash ^ bytes.size()) * 0x9e3779b97f4a7c15;
}

// Of a row of the data, only if its partition key is in the range.
uint64_t HashRows(engine::Engine& engine, const std::string& prefix, uint64_t hash,
                  const partition::HashRange& range) {
  auto cursor = engine.NewIterator({.lower = prefix});
  for (cursor->Seek(prefix); cursor->Valid() && cursor->key().starts_with(prefix); cursor->Next()) {
    const std::string_view key = cursor->key().substr(prefix.size());
    if (!range.IsAll() && !range.Contains(partition::HashOfRow(key))) continue;
    hash = Mix(Mix(hash, key), cursor->value());
  }
  return hash;
}

std::string ValueAt(engine::Engine& engine, const std::string& key) {
  engine::PinnedValue value;
  const auto found = engine.Get(key, nullptr, &value);
  if (!found.ok() || *found != engine::Lookup::kFound) return {};
  return std::string(value.view());
}

bool Has(const std::vector<int>& list, int node) {
  return std::find(list.begin(), list.end(), node) != list.end();
}

// What the record and each node say of a group: for whoever looks for why it does not settle.
std::string DescribeGroup(SimulatedCluster& cluster, const catalog::Table& table,
                          const proto::catalog::v1::Partition& record) {
  std::string text = fmt::format("group {} of {}:", record.group(), table.record.name());
  for (const auto& replica : record.replicas()) {
    text += fmt::format(" {:x}{}{}", replica.id(), replica.joining() ? " joining" : "",
                        replica.leaving() ? " leaving" : "");
  }
  for (int i = 0; i < cluster.size(); ++i) {
    if (!cluster.HasJoined(i)) continue;
    text += fmt::format("\n      node {} ({:x}):", i, cluster.id(i).value);
    if (!cluster.IsUp(i)) {
      text += " down";
      continue;
    }
    const auto replica = cluster.core(i).replicas().Find(GroupId(record.group()));
    if (replica == nullptr) {
      text += " no replica";
      continue;
    }
    text += fmt::format(" replica {:x}{}{}{}, knows {:x} to lead, applied {} of {}, {}",
                        replica->id().value, replica->ready() ? ", leads" : "",
                        replica->removed() ? ", removed" : "", replica->seal() ? ", split" : "",
                        replica->leader().value, replica->applied().value,
                        replica->last_index().value, raft::ToString(replica->configuration()));
  }
  return text;
}

// And of those that have been split, and are not gone yet.
std::string DescribeGroup(SimulatedCluster& cluster, int node, GroupId group) {
  std::string text;
  for (const auto& [key, table] : cluster.core(node).catalog().view()->tables) {
    bool of_table = false;
    for (const auto& partition : table->record.partitions()) {
      if (partition.group() != group.value) continue;
      of_table = true;
      text += DescribeGroup(cluster, *table, partition);
    }
    for (const auto& parent : table->record.split_partitions()) {
      if (of_table) text += "\n    split: " + DescribeGroup(cluster, *table, parent);
    }
  }
  return text;
}

}  // namespace

std::optional<HeldState> StateOf(engine::Engine& engine, GroupId group) {
  const Result<LogIndex> applied = Partition::AppliedIn(engine, group);
  if (!applied.ok() || applied->value == 0) return std::nullopt;
  const Result<partition::Ownership> owned = partition::ReadOwnership(engine, group);
  const Result<partition::Inheritance> inherited = partition::ReadInheritance(engine, group);
  const Result<std::optional<partition::Seal>> seal = partition::ReadSeal(engine, group);
  if (!owned.ok() || !inherited.ok() || !seal.ok()) return std::nullopt;
  uint64_t hash = Mix(0, ValueAt(engine, partition::GroupKey(group, partition::kStateField)));
  hash = Mix(hash, partition::EncodeInheritance(*inherited));
  // Of one that was split the rest, of which it may still have some, is its children's.
  if (*seal) return HeldState{*applied, Mix(hash, (*seal)->split.SerializeAsString())};
  hash = HashRows(engine, partition::KeptPrefix(group, owned->data), hash, {});
  if (owned->any) hash = HashRows(engine, partition::DataPrefix(owned->data), hash, owned->range);
  return HeldState{*applied, hash};
}

std::vector<GroupId> GroupsOf(SimulatedCluster& cluster, int node) {
  std::vector<GroupId> groups = {catalog::kCatalogGroup};
  for (const auto& [key, table] : cluster.core(node).catalog().view()->tables) {
    for (const auto& partition : table->record.partitions()) {
      if (catalog::ReplicaOf(partition, cluster.id(node)).value != 0) {
        groups.emplace_back(partition.group());
      }
    }
  }
  return groups;
}

std::vector<std::string> CompareStates(SimulatedCluster& cluster, StateChecker* checker) {
  std::vector<std::string> wrong;
  for (int i = 0; i < cluster.size(); ++i) {
    if (!cluster.IsUp(i)) continue;
    for (const GroupId group : GroupsOf(cluster, i)) {
      const std::optional<HeldState> state = StateOf(cluster.core(i).engine(), group);
      if (!state) continue;
      auto violation = checker->Add(group, state->applied, state->hash, i);
      if (violation) wrong.push_back(std::move(*violation));
    }
  }
  return wrong;
}

std::vector<std::string> CheckLeases(SimulatedCluster& cluster) {
  std::vector<std::string> wrong;
  std::map<GroupId, int> holders;
  for (int i = 0; i < cluster.size(); ++i) {
    if (!cluster.IsUp(i)) continue;
    for (const auto& [key, table] : cluster.core(i).catalog().view()->tables) {
      for (const auto& route : table->partitions) {
        if (route.replica == nullptr || !route.replica->leased()) continue;
        const auto [at, fresh] = holders.emplace(route.group, i);
        if (fresh || at->second == i) continue;
        wrong.push_back(fmt::format("group {}: nodes {} and {} have a lease at the same time",
                                    route.group.value, at->second, i));
      }
    }
  }
  return wrong;
}

std::string ViewOf(SimulatedCluster& cluster, int node) {
  const auto view = cluster.core(node).catalog().view();
  std::string text;
  for (const auto& [key, table] : view->tables) {
    text += fmt::format("{} {} {}\n", key, table->version, table->record.SerializeAsString());
  }
  for (const auto& [id, known] : view->nodes) {
    text += fmt::format("{} {} {}\n", id.value, known.version, known.record.SerializeAsString());
  }
  return text;
}

std::string StandOf(SimulatedCluster& cluster) {
  std::string text;
  for (int i = 0; i < cluster.size(); ++i) {
    if (!cluster.IsUp(i)) continue;
    text += fmt::format("node {}:\n{}", i, ViewOf(cluster, i));
    for (const auto& [key, table] : cluster.core(i).catalog().view()->tables) {
      for (const auto& route : table->partitions) {
        if (route.replica == nullptr) continue;
        text += fmt::format("{}: {}{}\n", route.group.value, route.replica->applied().value,
                            route.replica->ready() ? ", leads" : "");
      }
    }
  }
  return text;
}

std::optional<std::string> Unsettled(SimulatedCluster& cluster, const std::vector<int>& without) {
  std::map<GroupId, std::pair<HeldState, int>> first;
  std::optional<std::string> view;
  for (int i = 0; i < cluster.size(); ++i) {
    if (Has(without, i) || !cluster.HasJoined(i)) continue;
    if (!cluster.IsUp(i) || !cluster.IsServing(i)) return fmt::format("node {} does not serve", i);
    std::string of_node = ViewOf(cluster, i);
    if (view && *view != of_node) return fmt::format("node {} has another view of the catalog", i);
    view = std::move(of_node);
    for (const auto& [key, table] : cluster.core(i).catalog().view()->tables) {
      if (!table->readable()) {
        std::string text = "table " + table->record.name() + " is on its way";
        for (int p = 0; p < table->record.partitions_size(); ++p) {
          text += "; " + DescribeGroup(cluster, *table, table->record.partitions(p));
        }
        return text;
      }
      for (int p = 0; p < table->record.partitions_size(); ++p) {
        for (const auto& replica : table->record.partitions(p).replicas()) {
          if ((replica.joining() || replica.leaving()) && without.empty()) {
            return "a replica is on its way in " +
                   DescribeGroup(cluster, *table, table->record.partitions(p));
          }
        }
      }
    }
    for (const GroupId group : GroupsOf(cluster, i)) {
      const std::optional<HeldState> state = StateOf(cluster.core(i).engine(), group);
      const HeldState held = state.value_or(HeldState{});
      const auto [at, fresh] = first.try_emplace(group, held, i);
      if (fresh || at->second.first.applied == held.applied) continue;
      return fmt::format("node {} has applied {}, node {} {}, in {}", i, held.applied.value,
                         at->second.second, at->second.first.applied.value,
                         DescribeGroup(cluster, i, group));
    }
  }
  return std::nullopt;
}

}  // namespace skerry::simulation
