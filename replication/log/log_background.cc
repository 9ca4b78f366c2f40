#include "replication/log/log.h"

#include <algorithm>
#include <utility>

namespace skerry::log {
namespace {

// How long a last batch stays without a mark behind it that says it was synced (safety-rules 8).
constexpr Duration kMarkDelay = std::chrono::milliseconds(20);

}  // namespace

void Log::OnSegmentBegun(absl::AnyInvocable<void()> callback) {
  on_segment_begun_ = std::move(callback);
}

// The next segment is made ready once half of the current one is written: a small log stays one
// file.
void Log::PrepareAhead() {
  if (preparing_ || close_done_ || end_.offset < current_.segment.size / 2) return;
  preparing_ = true;
  ++background_;
  options_.blocking_executor.Post([self = shared_from_this()] {
    // A failure shows again, and counts, when the segment is begun.
    const Status ignored = self->segments_.Prepare(self->options_.segment_bytes);
    (void)ignored;
    self->executor_.Post([self] {
      --self->background_;
      self->FinishClose();
    });
  });
}

void Log::ScheduleMark() {
  if (mark_scheduled_ || close_done_ || failed_) return;
  if (marked_ >= data_end_ || synced_ < data_end_) return;
  mark_scheduled_ = true;
  executor_.PostAfter(kMarkDelay, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->WriteMark();
  });
}

void Log::WriteMark() {
  mark_scheduled_ = false;
  if (close_done_ || failed_ || marked_ >= data_end_ || synced_ < data_end_) return;
  {
    std::lock_guard lock(queue_mutex_);
    if (scheduled_) return;  // the next batch states it
  }
  batch_.Begin();
  // A mark is not worth a segment; the header of the next one is as good.
  if (end_.offset + BatchBuilder::SizeOnDisk(0, 0) > current_.segment.size) return;
  if (Status status = WriteBatch(/*sync=*/false, /*closed=*/false); !status.ok()) Fail(status);
}

void Log::ScheduleSync() {
  if (sync_scheduled_) return;
  sync_scheduled_ = true;
  executor_.PostAfter(options_.max_sync_delay / 2, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->SyncInBackground();
  });
}

void Log::SyncInBackground() {
  if (close_done_ || failed_ || synced_ >= data_end_) {
    sync_scheduled_ = false;
    return;
  }
  ++background_;
  options_.blocking_executor.Post(
      [self = shared_from_this(), file = current_.segment.file, end = end_] {
        Status status = file->Sync();
        self->executor_.Post([self, end, status = std::move(status)] {
          --self->background_;
          self->sync_scheduled_ = false;
          if (status.ok()) {
            self->synced_ = std::max(self->synced_, end);
          } else {
            self->Fail(status);
          }
          if (self->synced_ < self->data_end_ && !self->close_done_) self->ScheduleSync();
          self->ScheduleMark();
          self->FinishClose();
        });
      });
}

void Log::Close(absl::AnyInvocable<void()> done) {
  executor_.Post([self = shared_from_this(), done = std::move(done)]() mutable {
    self->close_done_ = std::move(done);
    self->FinishClose();
  });
}

void Log::FinishClose() {
  if (!close_done_ || background_ > 0) return;
  {
    std::lock_guard lock(queue_mutex_);
    if (scheduled_) return;  // its turn comes back here
  }
  if (!failed_) {
    Status status = SyncCurrent();
    batch_.Begin();
    if (status.ok() && end_.offset + BatchBuilder::SizeOnDisk(0, 0) <= current_.segment.size) {
      status = WriteBatch(/*sync=*/true, /*closed=*/true);
    }
    if (!status.ok()) Fail(status);
  }
  on_segment_begun_ = nullptr;
  auto done = std::exchange(close_done_, [] {});  // stays set: no background work any more
  done();
}

}  // namespace skerry::log
