#include "replication/group/snapshot_receiver.h"

#include <utility>

#include "base/crc32c.h"

namespace skerry::group {

void SnapshotReceiver::OnChunk(const transport::SnapshotChunk& chunk) {
  if (chunk.checksum != Crc32c(chunk.data)) return;  // sent again after a while
  const bool known =
      incoming_ && incoming_->head.snapshot == chunk.snapshot && incoming_->head.from == chunk.from;
  if (!known && (chunk.sequence != 0 || !Begin(chunk))) {
    Respond(chunk, 0, /*refused=*/true);
    return;
  }
  if (incoming_->writing) return;
  if (chunk.sequence != incoming_->next || incoming_->whole) {
    Respond(chunk, incoming_->next, /*refused=*/false);
    return;
  }
  incoming_->writing = true;
  options_.run_blocking(
      [self = shared_from_this(), incoming = incoming_, data = chunk.data, last = chunk.last] {
        Status status = data.empty() ? OkStatus() : incoming->writer->Add(data);
        self->options_.executor.Post([self, incoming, last, status = std::move(status)] {
          self->OnAdded(incoming, last, status);
        });
      });
}

bool SnapshotReceiver::Begin(const transport::SnapshotChunk& chunk) {
  if (incoming_) {
    const bool newer = chunk.term > incoming_->head.term ||
                       (chunk.term == incoming_->head.term &&
                        chunk.metadata.index >= incoming_->head.metadata.index);
    if (!newer || incoming_->writing) return false;
  }
  auto writer = options_.machine.ReceiveSnapshot(chunk.metadata);
  if (!writer.ok()) return false;
  incoming_ = std::make_shared<Incoming>();
  incoming_->head = chunk;
  incoming_->head.data.clear();
  incoming_->writer = std::move(*writer);
  return true;
}

void SnapshotReceiver::OnAdded(const std::shared_ptr<Incoming>& incoming, bool last,
                               const Status& status) {
  incoming->writing = false;
  if (incoming_ != incoming) return;
  if (!status.ok()) {
    incoming_ = nullptr;
    Respond(incoming->head, 0, /*refused=*/true);
    return;
  }
  ++incoming->next;
  incoming->whole = last;
  Respond(incoming->head, incoming->next, /*refused=*/false);
  if (!last) return;
  raft::Message message;
  message.type = raft::MessageType::kInstallSnapshot;
  message.from = incoming->head.from;
  message.to = incoming->head.to;
  message.term = incoming->head.term;
  message.snapshot = std::make_shared<raft::SnapshotMetadata>(incoming->head.metadata);
  options_.arrived(std::move(message));
}

void SnapshotReceiver::Respond(const transport::SnapshotChunk& chunk, uint64_t next, bool refused) {
  options_.send(NodeOf(chunk.from), {.from = chunk.to,
                                     .to = chunk.from,
                                     .snapshot = chunk.snapshot,
                                     .next = next,
                                     .refused = refused});
}

SnapshotWriter* SnapshotReceiver::Arrived(const raft::SnapshotMetadata& metadata) {
  if (!incoming_ || !incoming_->whole || !(incoming_->head.metadata == metadata)) return nullptr;
  incoming_->writing = true;  // until Forget no other takes its place
  return incoming_->writer.get();
}

void SnapshotReceiver::DropWriter() {
  if (incoming_) incoming_->writer = nullptr;
  incoming_ = nullptr;
}

}  // namespace skerry::group
