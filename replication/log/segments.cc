#include "replication/log/segments.h"

#include <algorithm>
#include <utility>

namespace skerry::log {

void SegmentSet::Adopt(const RecoveredLog& recovered) {
  std::lock_guard lock(mutex_);
  for (const auto& [number, segment] : recovered.segments) {
    live_[number] = {segment.file, segment.size};
  }
  highest_number_ = recovered.highest_number;
  for (const uint64_t number : recovered.free) {
    uint64_t size = 0;
    auto file = options_.disk.Open(SegmentPath(options_.directory, number), OpenMode::kRead);
    if (file.ok()) size = (*file)->Size().ok() ? *(*file)->Size() : 0;
    DropFreeLocked(number, size);
  }
}

void SegmentSet::DropFreeLocked(uint64_t number, uint64_t size) {
  uint64_t kept = LiveBytesLocked();
  for (const Free& free : free_) kept += free.size;
  if (size == options_.segment_bytes && kept + size <= options_.keep_bytes) {
    free_.push_back({number, size});
    return;
  }
  // A file that cannot be removed is found again at the next start.
  const Status ignored = options_.disk.Remove(SegmentPath(options_.directory, number));
  (void)ignored;
}

Result<SegmentSet::Segment> SegmentSet::MakeFile(uint64_t number, uint64_t size) {
  const std::string path = SegmentPath(options_.directory, number);
  std::optional<Free> reuse;
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty() && free_.back().size >= size) {
      reuse = free_.back();
      free_.pop_back();
    }
  }
  std::shared_ptr<File> file;
  if (reuse) {
    size = reuse->size;
    SKERRY_RETURN_IF_ERROR(
        options_.disk.Rename(SegmentPath(options_.directory, reuse->number), path));
    SKERRY_ASSIGN_OR_RETURN(file, options_.disk.Open(path, OpenMode::kReadWrite));
  } else {
    SKERRY_ASSIGN_OR_RETURN(file, options_.disk.Open(path, OpenMode::kCreate));
    SKERRY_RETURN_IF_ERROR(file->Allocate(size));
  }
  SegmentHeader header;
  header.state = SegmentState::kPrepared;
  header.number = number;
  header.identity = options_.identity;
  header.size = size;
  SKERRY_RETURN_IF_ERROR(file->WriteAt(0, EncodeSegmentHeader(header)));
  SKERRY_RETURN_IF_ERROR(file->Sync());
  SKERRY_RETURN_IF_ERROR(options_.disk.SyncDirectory(options_.directory));
  return Segment{std::move(file), size};
}

Status SegmentSet::PrepareLocked(uint64_t bytes_min) {
  uint64_t number = 0;
  {
    std::lock_guard lock(mutex_);
    if (prepared_ && prepared_->segment.size >= bytes_min) return OkStatus();
    if (prepared_) {
      const Begun unfit = *std::exchange(prepared_, std::nullopt);
      DropFreeLocked(unfit.number, unfit.segment.size);
    }
    number = ++highest_number_;
  }
  auto segment = MakeFile(number, bytes_min);
  if (!segment.ok()) {
    const Status ignored = options_.disk.Remove(SegmentPath(options_.directory, number));
    (void)ignored;
    return segment.status();
  }
  std::lock_guard lock(mutex_);
  prepared_ = Begun{number, std::move(*segment)};
  return OkStatus();
}

Status SegmentSet::Prepare(uint64_t bytes_min) {
  std::lock_guard lock(prepare_mutex_);
  return PrepareLocked(bytes_min);
}

Result<SegmentSet::Begun> SegmentSet::Begin(uint64_t bytes_min) {
  std::lock_guard prepare_lock(prepare_mutex_);
  SKERRY_RETURN_IF_ERROR(PrepareLocked(bytes_min));
  std::lock_guard lock(mutex_);
  Begun begun = *std::exchange(prepared_, std::nullopt);
  live_[begun.number] = begun.segment;
  return begun;
}

void SegmentSet::ReleaseBelow(uint64_t oldest) {
  std::lock_guard lock(mutex_);
  while (!live_.empty() && live_.begin()->first < oldest) {
    const uint64_t number = live_.begin()->first;
    const uint64_t size = live_.begin()->second.size;
    live_.erase(live_.begin());
    DropFreeLocked(number, size);
  }
}

std::shared_ptr<File> SegmentSet::Find(uint64_t number) const {
  std::lock_guard lock(mutex_);
  const auto it = live_.find(number);
  return it == live_.end() ? nullptr : it->second.file;
}

std::vector<uint64_t> SegmentSet::Live() const {
  std::lock_guard lock(mutex_);
  std::vector<uint64_t> numbers;
  for (const auto& [number, segment] : live_) numbers.push_back(number);
  return numbers;
}

uint64_t SegmentSet::LiveBytesLocked() const {
  uint64_t bytes = 0;
  for (const auto& [number, segment] : live_) bytes += segment.size;
  return bytes;
}

uint64_t SegmentSet::LiveBytes() const {
  std::lock_guard lock(mutex_);
  return LiveBytesLocked();
}

bool SegmentSet::HasFreeFile() const {
  std::lock_guard lock(mutex_);
  return !free_.empty();
}

}  // namespace skerry::log
