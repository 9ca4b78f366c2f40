#pragma once

#include <compare>
#include <cstdint>
#include <functional>

// Integers that must not be mixed up: a Term is no LogIndex, a GroupId no NodeId.

namespace skerry {

template <typename Tag, typename Rep = uint64_t>
struct Strong {
  Rep value = 0;

  constexpr Strong() = default;
  constexpr explicit Strong(Rep v) : value(v) {}
  constexpr auto operator<=>(const Strong&) const = default;
  constexpr Strong Next() const { return Strong(value + 1); }
};

// A partition's Raft group. 0 is never a group; 1 is the catalog's. Never reused.
using GroupId = Strong<struct GroupIdTag>;
// A replica of a group; never reused, so that a removed replica's late messages are told apart.
using ReplicaId = Strong<struct ReplicaIdTag>;
using NodeId = Strong<struct NodeIdTag>;
// Node-local prefix under which a partition's items lie (safety-rules 7). Never reused on a node.
using DataId = Strong<struct DataIdTag>;
using Term = Strong<struct TermTag>;
using LogIndex = Strong<struct LogIndexTag>;

// A replica's id tells its node, so that a message to a replica needs no map to find its way. The
// replicas of a node that has never been in a cluster have small ids, and it is node 1.
constexpr NodeId NodeOf(ReplicaId replica) {
  return NodeId(replica.value >> 32 == 0 ? 1 : replica.value >> 32);
}
// The `number`-th replica on `node`, over all groups and times.
constexpr ReplicaId ReplicaOn(NodeId node, uint32_t number) {
  return ReplicaId(node.value << 32 | number);
}

}  // namespace skerry

template <typename Tag, typename Rep>
struct std::hash<skerry::Strong<Tag, Rep>> {
  size_t operator()(const skerry::Strong<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>()(id.value);
  }
};
