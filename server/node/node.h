#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "server/node/config.h"

namespace skerry::node {

// The process: threads, disk and sockets around a Core, made from a configuration.
class Node {
 public:
  // Opens the data directory, recovers, and serves when it returns.
  static Result<std::unique_ptr<Node>> Start(const Config& config);
  ~Node();

  uint16_t port() const;
  uint16_t admin_port() const;  // 0: none

  // Why this node cannot take part in its cluster any more, so that the process has been sent
  // SIGTERM, and does not end well; empty: it can.
  std::string unfit() const;

  // Stops accepting, answers what is under way, flushes. Blocks. Once.
  Status Stop();

 private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace skerry::node
