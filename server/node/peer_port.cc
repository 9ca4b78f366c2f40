#include "server/node/peer_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <thread>
#include <utility>

#include "base/log.h"
#include "proto/node/v1/join.pb.h"

namespace skerry::node {
namespace {

using proto::node::v1::JoinAnswer;
using proto::node::v1::JoinRequest;

// Nodes that are started together find each other within this time.
constexpr std::chrono::seconds kJoinWithin{60};
constexpr std::chrono::milliseconds kJoinPause{200};
constexpr Duration kJoinTimeout = std::chrono::seconds(5);
constexpr Duration kAskTimeout = std::chrono::seconds(2);

Result<std::string> ReadPem(const std::string& file, const char* flag) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || text.str().empty()) {
    return InvalidArgument(fmt::format("{}: {} cannot be read", flag, file));
  }
  return text.str();
}

Result<std::optional<transport::PeerTls>> ReadTls(const Config& config) {
  if (config.peer_tls_certificate.empty()) return std::optional<transport::PeerTls>();
  transport::PeerTls tls;
  SKERRY_ASSIGN_OR_RETURN(tls.certificates,
                          ReadPem(config.peer_tls_certificate, "--peer-tls-cert"));
  SKERRY_ASSIGN_OR_RETURN(tls.key, ReadPem(config.peer_tls_key, "--peer-tls-key"));
  SKERRY_ASSIGN_OR_RETURN(tls.roots, ReadPem(config.peer_tls_authority, "--peer-tls-ca"));
  return std::optional(std::move(tls));
}

std::string AdvertisedBy(const Config& config) {
  if (!config.advertise.empty()) return config.advertise;
  return fmt::format("{}:{}", config.peer_address, config.peer_port);
}

std::string NewClusterId() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

// What may be asked again later.
bool MayPass(StatusCode code) {
  return code == StatusCode::kUnavailable || code == StatusCode::kDeadlineExceeded ||
         code == StatusCode::kOutcomeUnknown;
}

Result<JoinAnswer> AskToJoin(const Config& config, const std::optional<transport::PeerTls>& tls,
                             const catalog::NodeRecord& node) {
  JoinRequest request;
  *request.mutable_node() = node;
  request.set_oldest_level(config.speaks().oldest);
  request.set_newest_level(config.speaks().newest);
  const auto until = std::chrono::steady_clock::now() + kJoinWithin;
  while (true) {
    Status failure;
    for (const std::string& address : config.join) {
      const Result<std::string> bytes =
          transport::CallJoin(address, tls, request.SerializeAsString(), kJoinTimeout);
      JoinAnswer answer;
      if (bytes.ok() && answer.ParseFromString(*bytes)) return answer;
      failure = bytes.ok() ? Corruption("its answer cannot be read") : bytes.status();
      failure = failure.WithContext("--join " + address);
      if (!MayPass(failure.code())) return failure;
    }
    if (std::chrono::steady_clock::now() >= until) return failure;
    std::this_thread::sleep_for(kJoinPause);
  }
}

Status CheckDirectory(const Config& config, const DataDirectory& directory) {
  const bool member = !directory.membership().cluster.empty();
  if (!member && directory.complete() && !config.join.empty()) {
    return FailedPrecondition(fmt::format(
        "{} holds a database of its own, which cannot join another: give an empty directory with "
        "--data-dir, or leave --join out to found a cluster with it",
        config.data_dir));
  }
  return OkStatus();
}

// Founds a cluster or joins one, unless the directory is a member's already. The cluster's nodes,
// as far as they were told.
Result<std::vector<catalog::NodeRecord>> BecomeMember(const Config& config,
                                                      const std::optional<transport::PeerTls>& tls,
                                                      const catalog::NodeRecord& node,
                                                      DataDirectory& directory) {
  const DataDirectory::Membership& known = directory.membership();
  const bool member = !known.cluster.empty();
  // Who was let in and stopped before it was told of the others must ask for them again.
  const bool told = directory.complete() || known.node == 1;
  if (member && told) return std::vector<catalog::NodeRecord>();
  if (config.join.empty()) {
    if (member) {
      return FailedPrecondition(
          fmt::format("{} belongs to node {}, which has not finished joining: give --join again",
                      config.data_dir, known.node));
    }
    SKERRY_RETURN_IF_ERROR(directory.Join({NewClusterId(), 1}));
    return std::vector<catalog::NodeRecord>();
  }
  SKERRY_ASSIGN_OR_RETURN(const JoinAnswer answer, AskToJoin(config, tls, node));
  if (!member) {
    SKERRY_RETURN_IF_ERROR(directory.Join({answer.cluster(), answer.node()}));
  } else if (answer.cluster() != known.cluster || answer.node() != known.node) {
    return FailedPrecondition(
        fmt::format("{} belongs to node {} of another cluster than the one that --join names",
                    config.data_dir, known.node));
  }
  return std::vector<catalog::NodeRecord>(answer.nodes().begin(), answer.nodes().end());
}

}  // namespace

Result<std::unique_ptr<PeerPort>> PeerPort::Open(const Config& config, DataDirectory& directory,
                                                 std::string endpoint, std::string admin_endpoint,
                                                 Metrics* metrics) {
  SKERRY_RETURN_IF_ERROR(CheckDirectory(config, directory));
  SKERRY_ASSIGN_OR_RETURN(std::optional<transport::PeerTls> tls, ReadTls(config));
  std::unique_ptr<PeerPort> port(new PeerPort());
  catalog::NodeRecord& node = port->membership_.node;
  node.set_identity(directory.identity());
  node.set_peer_address(AdvertisedBy(config));
  node.set_zone(config.zone);
  node.set_endpoint(std::move(endpoint));
  node.set_admin_endpoint(std::move(admin_endpoint));

  SKERRY_ASSIGN_OR_RETURN(const std::vector<catalog::NodeRecord> nodes,
                          BecomeMember(config, tls, node, directory));
  node.set_id(directory.membership().node);
  port->membership_.cluster_id = directory.membership().cluster;
  port->membership_.founder = node.id() == 1;

  port->tls_ = tls;
  port->speaks_ = config.speaks();
  port->transport_ = std::make_unique<transport::GrpcTransport>(
      transport::GrpcTransportOptions{.node = NodeId(node.id()),
                                      .cluster = directory.membership().cluster,
                                      .tls = std::move(tls)},
      metrics);
  port->membership_.on_peer = [transport = port->transport_.get()](NodeId id,
                                                                   const std::string& address) {
    if (address.empty()) {
      transport->RemovePeer(id);
    } else {
      transport->SetPeer(id, address);
    }
  };
  for (const catalog::NodeRecord& other : nodes) {
    if (other.id() != node.id())
      port->transport_->SetPeer(NodeId(other.id()), other.peer_address());
  }
  return port;
}

Status PeerPort::Listen(const Config& config) {
  const std::string address = fmt::format("{}:{}", config.peer_address, config.peer_port);
  SKERRY_ASSIGN_OR_RETURN(const int port, transport_->Listen(address));
  port_ = static_cast<uint16_t>(port);
  return OkStatus();
}

Status PeerPort::AskWhetherMember(const std::string& address, catalog::NodeRecord own,
                                  const std::string& cluster) const {
  JoinRequest request;
  *request.mutable_node() = std::move(own);
  request.set_cluster(cluster);
  request.set_oldest_level(speaks_.oldest);
  request.set_newest_level(speaks_.newest);
  return transport::CallJoin(address, tls_, request.SerializeAsString(), kAskTimeout).status();
}

catalog::Membership PeerPort::TakeMembership() { return std::move(membership_); }

void PeerPort::ServeJoins(catalog::Catalog& catalog, std::string cluster) {
  transport_->OnJoin([&catalog, cluster = std::move(cluster)](
                         std::string bytes, absl::AnyInvocable<void(Result<std::string>)> answer) {
    JoinRequest request;
    if (!request.ParseFromString(bytes)) {
      answer(InvalidArgument("no request to join"));
      return;
    }
    if (!request.cluster().empty() && request.cluster() != cluster) {
      answer(InvalidArgument("this is a node of another cluster"));
      return;
    }
    const LevelRange speaks{std::max<FeatureLevel>(request.oldest_level(), 1),
                            std::max<FeatureLevel>(request.newest_level(), 1)};
    Spawn(catalog.Admit(request.node(), speaks), [&catalog, cluster, answer = std::move(answer)](
                                                     Result<catalog::NodeRecord> admitted) mutable {
      if (!admitted.ok()) {
        answer(admitted.status());
        return;
      }
      JoinAnswer joined;
      joined.set_cluster(cluster);
      joined.set_node(admitted->id());
      for (const auto& [id, node] : catalog.view()->nodes) {
        if (node.record.state() != proto::catalog::v1::NODE_STATE_REMOVED) {
          *joined.add_nodes() = node.record;
        }
      }
      answer(joined.SerializeAsString());
    });
  });
}

}  // namespace skerry::node
