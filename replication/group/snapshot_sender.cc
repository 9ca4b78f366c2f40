#include "replication/group/snapshot_sender.h"

#include <utility>

#include "base/crc32c.h"

namespace skerry::group {

void SnapshotSender::ReadNext() {
  reading_ = true;
  options_.run_blocking(
      [self = shared_from_this(), reader = options_.reader.get(), bytes = options_.piece_bytes] {
        auto piece = reader->Read(bytes);
        self->options_.executor.Post(
            [self, piece = std::move(piece)]() mutable { self->OnRead(std::move(piece)); });
      });
}

void SnapshotSender::OnRead(Result<std::string> piece) {
  reading_ = false;
  if (state_ != State::kSending) return;
  if (!piece.ok()) {
    state_ = State::kFailed;
    return;
  }
  piece_ = std::move(*piece);
  last_ = piece_.empty();
  SendCurrent();
}

void SnapshotSender::SendCurrent() {
  ticks_since_sent_ = 0;
  transport::SnapshotChunk chunk = options_.head;
  chunk.sequence = sequence_;
  chunk.last = last_;
  chunk.data = piece_;
  chunk.checksum = Crc32c(chunk.data);
  options_.send(std::move(chunk));
}

void SnapshotSender::OnResponse(const transport::SnapshotChunkResponse& response) {
  if (state_ != State::kSending || response.snapshot != options_.head.snapshot) return;
  if (response.refused) {
    state_ = State::kFailed;
    return;
  }
  if (reading_ || response.next != sequence_ + 1) return;
  ticks_since_progress_ = 0;
  if (last_) {
    state_ = State::kArrived;
    return;
  }
  ++sequence_;
  ReadNext();
}

void SnapshotSender::Tick() {
  if (state_ != State::kSending || reading_) return;
  if (++ticks_since_progress_ >= options_.give_up_ticks) {
    state_ = State::kFailed;
  } else if (++ticks_since_sent_ >= options_.resend_ticks) {
    SendCurrent();
  }
}

}  // namespace skerry::group
