#include "replication/log/recovery.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "replication/log/reader.h"

namespace skerry::log {
namespace {

constexpr std::string_view kSuffix = ".seg";
constexpr size_t kNameDigits = 16;

constexpr std::string_view kRemedy =
    "the log holds acknowledged writes that cannot be read: restore the data directory from a "
    "backup, "
    "or give up the writes from there on with `skerry-log cut`";

Status Damage(const std::string& path, uint64_t offset, std::string_view what) {
  return Corruption(path + ": offset " + std::to_string(offset) + ": " + std::string(what) + "; " +
                    std::string(kRemedy));
}

struct Candidate {
  std::shared_ptr<File> file;
  std::optional<SegmentHeader> header;  // if it is of this number and started
  bool prepared = false;
  std::string fault;  // why there is no header
};

class Recovery {
 public:
  Recovery(Disk& disk, const std::string& directory, uint64_t identity)
      : disk_(disk), directory_(directory), identity_(identity) {}

  Result<RecoveredLog> Run() {
    SKERRY_RETURN_IF_ERROR(OpenFiles());
    SKERRY_RETURN_IF_ERROR(LookBehindDamagedHeaders());
    if (newest_ != 0) {
      SKERRY_RETURN_IF_ERROR(ReadNewest());
      SKERRY_RETURN_IF_ERROR(ReadOlder());
    }
    auto index = builder_.Build();
    if (!index.ok()) {
      return Corruption(directory_ + ": " + std::string(index.status().message()) + "; " +
                        std::string(kRemedy));
    }
    log_.index = std::move(*index);
    log_.oldest = oldest_;
    for (const auto& [number, candidate] : candidates_) {
      if (!log_.segments.contains(number)) log_.free.push_back(number);
    }
    return std::move(log_);
  }

 private:
  Status OpenFiles() {
    SKERRY_ASSIGN_OR_RETURN(const std::vector<std::string> names, disk_.List(directory_));
    for (const std::string& name : names) {
      const uint64_t number = SegmentNumber(name);
      if (number == 0) continue;
      Candidate candidate;
      SKERRY_ASSIGN_OR_RETURN(candidate.file,
                              disk_.Open(SegmentPath(directory_, number), OpenMode::kReadWrite));
      SegmentReader reader(*candidate.file, number);
      auto header = reader.ReadHeader();
      if (header.ok()) {
        if (header->identity != identity_) {
          return FailedPrecondition(candidate.file->path() + ": belongs to another data directory");
        }
        candidate.prepared = header->state == SegmentState::kPrepared;
        if (!candidate.prepared) {
          candidate.header = *header;
          newest_ = number;  // names come sorted
          oldest_ = std::max(oldest_, header->oldest);
          log_.relaxed |= header->relaxed;
        }
      } else if (header.status().code() != StatusCode::kCorruption) {
        return header.status().WithContext(candidate.file->path());
      } else {
        candidate.fault = header.status().message();
      }
      log_.highest_number = number;
      candidates_.emplace(number, std::move(candidate));
    }
    return OkStatus();
  }

  // A file without a header, above the newest that has one, was made ready or begun and nothing in
  // it was ever durable: unless a batch in it says otherwise.
  Status LookBehindDamagedHeaders() {
    for (auto it = candidates_.upper_bound(newest_); it != candidates_.end(); ++it) {
      const auto& [number, candidate] = *it;
      if (candidate.prepared) continue;
      SegmentReader reader(*candidate.file, number);
      SKERRY_ASSIGN_OR_RETURN(const Position synced, reader.HighestSyncedBeyond());
      if (synced.segment >= number) return Damage(candidate.file->path(), 0, candidate.fault);
      synced_ = std::max(synced_, synced);
    }
    return OkStatus();
  }

  Status TakeBatch(const Batch& batch, const std::string& path) {
    synced_ = std::max(synced_, batch.header.synced);
    oldest_ = std::max(oldest_, batch.header.oldest);
    for (const RecordView& record : batch.records) {
      const Status status = builder_.Add(record);
      if (status.ok()) continue;
      if (status.code() != StatusCode::kCorruption) return status.WithContext(path);
      return Damage(path, record.position.offset, status.message());
    }
    return OkStatus();
  }

  Status ReadNewest() {
    const Candidate& newest = candidates_.at(newest_);
    // Bytes that a failed fdatasync left in clean cached pages must not be believed; and whatever
    // is read from here on must be durable before anybody acts on it.
    SKERRY_RETURN_IF_ERROR(newest.file->Sync());
    newest.file->DropCache();
    SegmentReader reader(*newest.file, newest_);
    SKERRY_ASSIGN_OR_RETURN(const SegmentHeader header, reader.ReadHeader());
    synced_ = std::max(synced_, header.previous_end);
    SKERRY_ASSIGN_OR_RETURN(const uint64_t size, newest.file->Size());
    if (size < header.size) return Damage(newest.file->path(), size, "the file was cut short");
    bool closed = false;
    Batch batch;
    while (true) {
      SKERRY_ASSIGN_OR_RETURN(const bool more, reader.Next(&batch));
      if (!more) break;
      SKERRY_RETURN_IF_ERROR(TakeBatch(batch, newest.file->path()));
      closed = batch.header.closed;
    }
    if (!closed) {
      SKERRY_ASSIGN_OR_RETURN(const Position beyond, reader.HighestSyncedBeyond());
      synced_ = std::max(synced_, beyond);
    }
    log_.end = {newest_, reader.offset()};
    if (log_.end < synced_) return Damage(newest.file->path(), reader.offset(), reader.reason());
    log_.checksum = reader.checksum();
    log_.segments[newest_] = {newest.file, size, reader.offset()};
    return OkStatus();
  }

  // Sealed segments, from the newest back: each is said to be whole by its successor's header.
  Status ReadOlder() {
    SegmentHeader successor = *candidates_.at(newest_).header;
    while (successor.previous_end.segment != 0 && successor.previous_end.segment >= oldest_) {
      const auto [number, end] = successor.previous_end;
      const auto it = candidates_.find(number);
      if (it == candidates_.end()) {
        return Damage(SegmentPath(directory_, number), 0, "the file is missing");
      }
      const Candidate& candidate = it->second;
      if (!candidate.header) {
        return Damage(candidate.file->path(), 0,
                      candidate.prepared ? "the segment was never started" : candidate.fault);
      }
      SKERRY_RETURN_IF_ERROR(ReadSealed(candidate, number, end, successor.previous_checksum));
      successor = *candidate.header;
    }
    return OkStatus();
  }

  Status ReadSealed(const Candidate& candidate, uint64_t number, uint64_t end, uint32_t checksum) {
    SegmentReader reader(*candidate.file, number);
    SKERRY_ASSIGN_OR_RETURN([[maybe_unused]] const SegmentHeader header, reader.ReadHeader());
    Batch batch;
    while (reader.offset() < end) {
      SKERRY_ASSIGN_OR_RETURN(const bool more, reader.Next(&batch));
      if (!more) return Damage(candidate.file->path(), reader.offset(), reader.reason());
      SKERRY_RETURN_IF_ERROR(TakeBatch(batch, candidate.file->path()));
    }
    if (reader.offset() != end || reader.checksum() != checksum) {
      return Damage(candidate.file->path(), reader.offset(),
                    "the next segment continues another content");
    }
    SKERRY_ASSIGN_OR_RETURN(const uint64_t size, candidate.file->Size());
    log_.segments[number] = {candidate.file, size, end};
    return OkStatus();
  }

  Disk& disk_;
  const std::string& directory_;
  const uint64_t identity_;

  std::map<uint64_t, Candidate> candidates_;
  uint64_t newest_ = 0;
  uint64_t oldest_ = 0;
  Position synced_;
  IndexBuilder builder_;
  RecoveredLog log_;
};

}  // namespace

std::string SegmentPath(const std::string& directory, uint64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, kNameDigits - std::min(kNameDigits, digits.size()), '0');
  return directory + "/" + digits + std::string(kSuffix);
}

uint64_t SegmentNumber(const std::string& file_name) {
  if (file_name.size() != kNameDigits + kSuffix.size() || !file_name.ends_with(kSuffix)) return 0;
  uint64_t number = 0;
  const char* end = file_name.data() + kNameDigits;
  const auto [stop, error] = std::from_chars(file_name.data(), end, number);
  return error == std::errc() && stop == end ? number : 0;
}

Result<RecoveredLog> Recover(Disk& disk, const std::string& directory, uint64_t identity) {
  return Recovery(disk, directory, identity).Run();
}

}  // namespace skerry::log
