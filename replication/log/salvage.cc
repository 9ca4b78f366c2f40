#include "replication/log/salvage.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "replication/log/reader.h"
#include "replication/log/recovery.h"

namespace skerry::log {
namespace {

struct Found {
  std::unique_ptr<File> file;
  std::optional<SegmentHeader> header;  // if it is of this number
  std::string fault;
};

Result<std::map<uint64_t, Found>> FindSegments(Disk& disk, const std::string& directory) {
  std::map<uint64_t, Found> segments;
  SKERRY_ASSIGN_OR_RETURN(const std::vector<std::string> names, disk.List(directory));
  for (const std::string& name : names) {
    const uint64_t number = SegmentNumber(name);
    if (number == 0) continue;
    Found found;
    SKERRY_ASSIGN_OR_RETURN(found.file, disk.Open(directory + "/" + name, OpenMode::kReadWrite));
    auto header = SegmentReader(*found.file, number).ReadHeader();
    if (header.ok()) {
      found.header = *header;
    } else {
      found.fault = header.status().message();
    }
    segments.emplace(number, std::move(found));
  }
  return segments;
}

bool Started(const Found& found) {
  return found.header && found.header->state == SegmentState::kStarted;
}

std::string Describe(const RecordView& record) {
  const auto summary = SummarizeRecord(record.payload);
  const std::string at = "    " + std::to_string(record.position.offset) + ": ";
  if (!summary.ok()) return at + summary.status().ToString();
  if (const auto* state = std::get_if<StateRecord>(&*summary)) {
    const GroupState& s = state->state;
    return at + "group " + std::to_string(state->group.value) + " #" +
           std::to_string(state->sequence) + (s.removed ? " removed" : " state") + ", replica " +
           std::to_string(s.replica.value) + ", term " + std::to_string(s.hard_state.term.value) +
           ", commit " + std::to_string(s.hard_state.commit.value) + ", starts after " +
           std::to_string(s.start.value);
  }
  const auto& append = std::get<AppendSummary>(*summary);
  return at + "group " + std::to_string(append.group.value) + " #" +
         std::to_string(append.sequence) + (append.rewritten ? " rewritten" : " append") +
         ", entries " + std::to_string(append.first.value) + " to " +
         std::to_string(append.last.value) + ", commit " +
         std::to_string(append.hard_state.commit.value) +
         (append.has_vote ? ", term " + std::to_string(append.hard_state.term.value) : "") + ", " +
         std::to_string(append.bytes) + " bytes";
}

// Reads forward from the oldest segment as far as everything is whole.
class Walk {
 public:
  explicit Walk(const std::map<uint64_t, Found>& segments) : segments_(segments) {}

  Status Run() {
    SKERRY_RETURN_IF_ERROR(FindOldest());
    for (auto it = segments_.lower_bound(oldest_); it != segments_.end(); ++it) {
      const auto& [number, found] = *it;
      if (!Started(found)) {
        if (found.header) continue;  // prepared
        why_ = found.file->path() + ": " + found.fault;
        continue;  // if a later segment continues what is whole, nothing was in this one
      }
      if (end_ != Position{} && found.header->previous_end != end_) {
        if (why_.empty())
          why_ = found.file->path() + ": the segment before it is missing or damaged";
        return OkStatus();
      }
      why_.clear();
      SKERRY_RETURN_IF_ERROR(Read(number, found));
    }
    return OkStatus();
  }

  Position end() const { return end_; }
  uint32_t checksum() const { return checksum_; }
  uint64_t oldest() const { return oldest_; }
  const std::string& why() const { return why_; }

 private:
  Status FindOldest() {
    for (const auto& [number, found] : segments_) {
      if (!Started(found)) continue;
      oldest_ = std::max(oldest_, found.header->oldest);
      SegmentReader reader(*found.file, number);
      SKERRY_ASSIGN_OR_RETURN([[maybe_unused]] const SegmentHeader header, reader.ReadHeader());
      Batch batch;
      while (true) {
        SKERRY_ASSIGN_OR_RETURN(const bool more, reader.Next(&batch));
        if (!more) break;
        oldest_ = std::max(oldest_, batch.header.oldest);
      }
    }
    return OkStatus();
  }

  Status Read(uint64_t number, const Found& found) {
    SegmentReader reader(*found.file, number);
    SKERRY_ASSIGN_OR_RETURN([[maybe_unused]] const SegmentHeader header, reader.ReadHeader());
    // Where the next started segment sealed this one.
    uint64_t sealed = UINT64_MAX;
    for (auto it = segments_.upper_bound(number); it != segments_.end(); ++it) {
      if (!Started(it->second)) continue;
      if (it->second.header->previous_end.segment == number) {
        sealed = it->second.header->previous_end.offset;
      }
      break;
    }
    Batch batch;
    while (reader.offset() < sealed) {
      SKERRY_ASSIGN_OR_RETURN(const bool more, reader.Next(&batch));
      if (!more) break;
    }
    end_ = {number, reader.offset()};
    checksum_ = reader.checksum();
    if (sealed != UINT64_MAX && reader.offset() != sealed) {
      why_ = found.file->path() + ": offset " + std::to_string(reader.offset()) + ": " +
             reader.reason();
    }
    return OkStatus();
  }

  const std::map<uint64_t, Found>& segments_;
  uint64_t oldest_ = 0;
  Position end_;
  uint32_t checksum_ = 0;
  std::string why_;
};

// A started segment without a batch, whose header seals the log at `walk`'s end.
Status WriteSeal(Disk& disk, const std::string& directory, uint64_t number, uint64_t identity,
                 const Walk& walk) {
  SKERRY_ASSIGN_OR_RETURN(auto file, disk.Open(SegmentPath(directory, number), OpenMode::kCreate));
  SegmentHeader header;
  header.state = SegmentState::kStarted;
  header.relaxed = true;
  header.number = number;
  header.identity = identity;
  header.previous_end = walk.end();
  header.previous_checksum = walk.checksum();
  header.oldest = walk.oldest();
  header.size = kPage;
  SKERRY_RETURN_IF_ERROR(file->WriteAt(0, EncodeSegmentHeader(header)));
  SKERRY_RETURN_IF_ERROR(file->Sync());
  return disk.SyncDirectory(directory);
}

}  // namespace

Status Describe(Disk& disk, const std::string& directory,
                const std::function<void(const std::string&)>& print) {
  SKERRY_ASSIGN_OR_RETURN(const auto segments, FindSegments(disk, directory));
  for (const auto& [number, found] : segments) {
    if (!found.header) {
      print(found.file->path() + ": " + found.fault);
      continue;
    }
    if (!Started(found)) {
      print(found.file->path() + ": prepared");
      continue;
    }
    const SegmentHeader& h = *found.header;
    print(found.file->path() + ": continues " + std::to_string(h.previous_end.segment) + ":" +
          std::to_string(h.previous_end.offset) + (h.relaxed ? ", relaxed" : ""));
    SegmentReader reader(*found.file, number);
    SKERRY_ASSIGN_OR_RETURN([[maybe_unused]] const SegmentHeader header, reader.ReadHeader());
    Batch batch;
    while (true) {
      SKERRY_ASSIGN_OR_RETURN(const bool more, reader.Next(&batch));
      if (!more) break;
      print("  " + std::to_string(batch.header.position.offset) + ": batch, synced " +
            std::to_string(batch.header.synced.segment) + ":" +
            std::to_string(batch.header.synced.offset) + ", oldest " +
            std::to_string(batch.header.oldest) + (batch.header.closed ? ", closed" : ""));
      for (const RecordView& record : batch.records) print(Describe(record));
    }
    print("  " + std::to_string(reader.offset()) + ": ends: " + reader.reason());
  }
  return OkStatus();
}

Result<Cut> CutAtDamage(Disk& disk, const std::string& directory) {
  SKERRY_ASSIGN_OR_RETURN(const auto segments, FindSegments(disk, directory));
  std::optional<uint64_t> identity;
  for (const auto& [number, found] : segments) {
    if (found.header) identity = found.header->identity;
  }
  if (!identity) return FailedPrecondition(directory + ": no segment has a header");
  const auto recovered = Recover(disk, directory, *identity);
  if (recovered.ok()) return FailedPrecondition(directory + ": the log is not damaged");
  if (recovered.status().code() != StatusCode::kCorruption) return recovered.status();

  Walk walk(segments);
  SKERRY_RETURN_IF_ERROR(walk.Run());
  if (walk.end() == Position{}) {
    return FailedPrecondition(directory + ": nothing of the log can be read");
  }
  Cut cut{walk.end(), std::string(recovered.status().message()), {}};
  const uint64_t next = segments.rbegin()->first + 1;
  for (const auto& [number, found] : segments) {
    if (number <= walk.end().segment) continue;
    const std::string path = SegmentPath(directory, number);
    SKERRY_RETURN_IF_ERROR(disk.Rename(path, path + ".cut"));
    cut.set_aside.push_back(path + ".cut");
  }
  SKERRY_RETURN_IF_ERROR(WriteSeal(disk, directory, next, *identity, walk));
  const auto after = Recover(disk, directory, *identity);
  if (!after.ok()) return FailedPrecondition("still damaged: " + after.status().ToString());
  return cut;
}

}  // namespace skerry::log
