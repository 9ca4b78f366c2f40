#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/status.h"
#include "replication/transport/grpc_transport.h"
#include "server/catalog/catalog.h"
#include "server/node/config.h"
#include "server/node/data_directory.h"

namespace skerry::node {

// A clustered node's door to the others: how it becomes a member, and the transport between nodes.
class PeerPort {
 public:
  // Makes this node a member, which its data directory keeps: the founder of a cluster, or one that
  // the nodes of --join take in. Blocks until one of them has. `endpoint` and `admin_endpoint` are
  // where this node serves. kFailedPrecondition names what the directory and the flags disagree on.
  static Result<std::unique_ptr<PeerPort>> Open(const Config& config, DataDirectory& directory,
                                                std::string endpoint, std::string admin_endpoint,
                                                Metrics* metrics);

  // After the transport was started (by the Host).
  Status Listen(const Config& config);

  // Asks the node at `address` whether this one still is a member of its cluster; blocks for two
  // seconds at most. kFailedPrecondition: no, it was removed.
  Status AskWhetherMember(const std::string& address, catalog::NodeRecord own,
                          const std::string& cluster) const;

  transport::Transport& transport() { return *transport_; }
  // What the catalog is told of this node. Once.
  catalog::Membership TakeMembership();
  // From here other nodes can join by this one. `catalog` outlives the transport's Stop.
  void ServeJoins(catalog::Catalog& catalog, std::string cluster);
  uint16_t port() const { return port_; }

 private:
  PeerPort() = default;

  std::optional<transport::PeerTls> tls_;
  LevelRange speaks_;
  std::unique_ptr<transport::GrpcTransport> transport_;
  catalog::Membership membership_;
  uint16_t port_ = 0;
};

}  // namespace skerry::node
