#include "replication/transport/handshake.h"

#include "absl/strings/escaping.h"

namespace skerry::transport {
namespace {

constexpr uint32_t kVersionMin = 1;
constexpr uint32_t kVersionMax = 1;

std::string Versions(uint32_t min, uint32_t max) {
  return std::to_string(min) + " to " + std::to_string(max);
}

}  // namespace

Hello Handshake::HelloTo(NodeId peer) const {
  return {.cluster = cluster_,
          .from = node_,
          .to = peer,
          .version_min = kVersionMin,
          .version_max = kVersionMax};
}

Status Handshake::Check(const Hello& hello) const {
  if (hello.cluster != cluster_) {
    return FailedPrecondition("it is of cluster " + absl::CHexEscape(hello.cluster.substr(0, 64)) +
                              ", this is " + absl::CHexEscape(cluster_));
  }
  if (hello.to != node_) {
    return FailedPrecondition("it looks for node " + std::to_string(hello.to.value) + ", this is " +
                              std::to_string(node_.value));
  }
  if (hello.version_max < kVersionMin || hello.version_min > kVersionMax) {
    return FailedPrecondition("it speaks versions " +
                              Versions(hello.version_min, hello.version_max) + ", this " +
                              Versions(kVersionMin, kVersionMax));
  }
  return OkStatus();
}

Status Handshake::CheckDialled(const Hello& hello, NodeId expected) const {
  SKERRY_RETURN_IF_ERROR(Check(hello));
  if (hello.from == expected) return OkStatus();
  return FailedPrecondition("it is node " + std::to_string(hello.from.value));
}

Status Handshake::CheckDialling(const Hello& hello) const {
  SKERRY_RETURN_IF_ERROR(Check(hello));
  if (hello.from < node_) return OkStatus();
  return FailedPrecondition("node " + std::to_string(hello.from.value) + " does not dial node " +
                            std::to_string(node_.value));
}

}  // namespace skerry::transport
