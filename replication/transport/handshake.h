#pragma once

#include <string>
#include <utility>

#include "base/status.h"
#include "base/strong.h"
#include "replication/transport/codec.h"

namespace skerry::transport {

// What a node says of itself first on every stream, and whether what the other end says fits.
// Immutable.
class Handshake {
 public:
  Handshake(NodeId node, std::string cluster) : node_(node), cluster_(std::move(cluster)) {}

  Hello HelloTo(NodeId peer) const;

  // kFailedPrecondition says what does not fit: another cluster, another node than the one that the
  // sender looks for, no version in common.
  Status Check(const Hello& hello) const;
  // Of a node that has been dialled, and is to be `expected`.
  Status CheckDialled(const Hello& hello, NodeId expected) const;
  // Of a node that dials: the one with the smaller id does.
  Status CheckDialling(const Hello& hello) const;

 private:
  const NodeId node_;
  const std::string cluster_;
};

}  // namespace skerry::transport
