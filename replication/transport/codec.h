#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/strong.h"
#include "replication/transport/transport.h"

// Packets and frames as nodes send them to each other (proto/raft/v1/raft.proto).

namespace skerry::transport {

// What the two sides of a new stream say of themselves.
struct Hello {
  std::string cluster;
  NodeId from;
  NodeId to;  // whom the sender believes to talk to
  uint32_t version_min = 0;
  uint32_t version_max = 0;
  bool operator==(const Hello&) const = default;
};

struct Frame {
  std::optional<Hello> hello;
  std::vector<Packet> packets;
  // Packets that a later version sent and this one does not understand. They count as lost.
  uint64_t not_understood = 0;
};

// A packet as one field of a Frame: such fields, one after the other, are a frame.
class EncodedPacket {
 public:
  explicit EncodedPacket(const Packet& packet);
  EncodedPacket(const EncodedPacket&) = delete;
  EncodedPacket& operator=(const EncodedPacket&) = delete;
  ~EncodedPacket();

  size_t size() const { return size_; }  // of what AppendTo appends
  void AppendTo(std::string* frame) const;

 private:
  struct Form;
  std::unique_ptr<Form> form_;
  size_t size_ = 0;
};

std::string EncodeHello(const Hello& hello);

// Looks at everything that the port promises its receiver: ids are not 0, configurations (those in
// entries, too) fit together, a chunk's bytes have its checksum. Which entries follow on which is
// Raft's to judge. kCorruption: no frame, or a packet in it is malformed; the stream it came on is
// not to be trusted any further.
Result<Frame> DecodeFrame(std::string_view bytes);

}  // namespace skerry::transport
