#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "replication/log/log.h"

// Reading entries back, and garbage collection (safety-rules 9).

namespace skerry::log {
namespace {

constexpr uint64_t kMaxRewriteBytes = 1 << 20;

}  // namespace

Result<std::vector<raft::EntryPtr>> Log::ReadRecord(const RecordRef& ref, LogIndex from,
                                                    LogIndex to) const {
  const std::shared_ptr<File> file = segments_.Find(ref.position.segment);
  SKERRY_CHECK_MSG(file != nullptr, "the index names live segments only");
  std::string bytes(kRecordHeaderBytes + ref.payload_bytes, '\0');
  SKERRY_ASSIGN_OR_RETURN(const size_t got,
                          file->ReadAt(ref.position.offset, bytes.data(), bytes.size()));
  const std::string_view body = std::string_view(bytes).substr(4);
  if (got != bytes.size() ||
      RecordChecksum(ref.previous_checksum, ref.position, body) != LoadLittle32(bytes.data())) {
    return Corruption(file->path() + ": offset " + std::to_string(ref.position.offset) +
                      ": the record is not what was written there; restore the data directory from "
                      "a backup");
  }
  std::vector<raft::EntryPtr> entries;
  SKERRY_RETURN_IF_ERROR(DecodeEntries(body.substr(4), from, to, &entries));
  return entries;
}

Result<std::vector<raft::EntryPtr>> Log::Read(GroupId group, LogIndex from, LogIndex to,
                                              uint64_t max_bytes) const {
  std::vector<RecordRef> refs;
  {
    std::lock_guard lock(index_mutex_);
    const auto it = index_.find(group);
    if (it == index_.end()) return NotFound("no such group in the log");
    const std::deque<RecordRef>& all = it->second.refs;
    auto at = std::partition_point(all.begin(), all.end(),
                                   [from](const RecordRef& ref) { return ref.last < from; });
    uint64_t bytes = 0;
    for (; at != all.end() && at->first <= to && bytes < max_bytes; ++at) {
      refs.push_back(*at);
      bytes += at->payload_bytes;
    }
  }
  std::vector<raft::EntryPtr> entries;
  uint64_t bytes = 0;
  LogIndex next = from;
  for (const RecordRef& ref : refs) {
    SKERRY_ASSIGN_OR_RETURN(auto found,
                            ReadRecord(ref, std::max(ref.first, from), std::min(ref.last, to)));
    for (raft::EntryPtr& entry : found) {
      if (entry->index != next) return Corruption("the log lacks entries of the group");
      bytes += entry->data.size();
      if (!entries.empty() && bytes > max_bytes) return entries;
      next = next.Next();
      entries.push_back(std::move(entry));
    }
  }
  if (entries.empty()) return Corruption("the log lacks entries of the group");
  return entries;
}

Result<Log::NumberedConfigurations> Log::ReadConfigurations(GroupId group) const {
  std::vector<RecordRef> refs;
  {
    std::lock_guard lock(index_mutex_);
    const auto it = index_.find(group);
    if (it == index_.end()) return NotFound("no such group in the log");
    for (const RecordRef& ref : it->second.refs) {
      if (ref.configuration) refs.push_back(ref);
    }
  }
  NumberedConfigurations configurations;
  for (const RecordRef& ref : refs) {
    SKERRY_ASSIGN_OR_RETURN(const auto entries, ReadRecord(ref, ref.first, ref.last));
    for (const raft::EntryPtr& entry : entries) {
      if (entry->kind != raft::EntryKind::kConfiguration) continue;
      SKERRY_ASSIGN_OR_RETURN(auto configuration, raft::DecodeConfiguration(entry->data));
      configurations.emplace_back(entry->index, std::move(configuration));
    }
  }
  return configurations;
}

void Log::Truncate(GroupId group, LogIndex through, const NumberedConfigurations& applied) {
  std::lock_guard lock(index_mutex_);
  const auto it = index_.find(group);
  if (it == index_.end() || it->second.state.removed) return;
  GroupState& state = it->second.state;
  it->second.Truncate(through);
  for (const auto& [index, configuration] : applied) {
    if (index <= state.configuration_index || index > state.start) continue;
    state.configuration_index = index;
    state.configuration = configuration;
  }
}

std::vector<GroupId> Log::PinningGroups() const {
  std::vector<GroupId> pinning;
  const std::vector<uint64_t> live = segments_.Live();
  if (live.size() < 2) return pinning;
  std::lock_guard lock(index_mutex_);
  for (const auto& [id, group] : index_) {
    if (std::any_of(group.refs.begin(), group.refs.end(),
                    [&](const RecordRef& ref) { return ref.position.segment <= live.front(); })) {
      pinning.push_back(id);
    }
  }
  return pinning;
}

void Log::Collect(bool rewrite, absl::AnyInvocable<void()> done) {
  executor_.Post([self = shared_from_this(), rewrite, done = std::move(done)]() mutable {
    if (!self->failed_ && !self->close_done_) {
      const Status status = self->CollectNow(rewrite);
      // Without space there is nothing to let go of now; a later try may find some.
      if (!status.ok() && status.code() != StatusCode::kResourceExhausted) self->Fail(status);
    }
    done();
  });
}

uint64_t Log::FirstPinned() const {
  uint64_t first = current_.number;
  std::lock_guard lock(index_mutex_);
  for (const auto& [id, group] : index_) {
    for (const RecordRef& ref : group.refs) first = std::min(first, ref.position.segment);
  }
  return first;
}

Status Log::CollectNow(bool rewrite) {
  if (rewrite && segments_.Live().front() < current_.number &&
      FirstPinned() == segments_.Live().front()) {
    SKERRY_RETURN_IF_ERROR(RewriteEntries(segments_.Live().front()));
  }
  // MakeRoom may begin a segment: what is current is decided after it.
  const uint64_t new_oldest = FirstPinned();
  if (segments_.Live().front() >= new_oldest) return OkStatus();
  SKERRY_RETURN_IF_ERROR(RewriteStates(new_oldest));
  segments_.ReleaseBelow(oldest_);
  live_bytes_ = segments_.LiveBytes();
  return OkStatus();
}

Status Log::RewriteEntries(uint64_t segment) {
  std::vector<std::pair<GroupId, RecordRef>> refs;
  {
    std::lock_guard lock(index_mutex_);
    for (const auto& [id, group] : index_) {
      for (const RecordRef& ref : group.refs) {
        if (ref.position.segment == segment) refs.emplace_back(id, ref);
      }
    }
  }
  for (size_t i = 0; i < refs.size();) {
    std::vector<AppendRecord> records;
    uint64_t bytes = 0;
    for (; i < refs.size() && bytes < kMaxRewriteBytes; ++i) {
      const auto& [id, ref] = refs[i];
      AppendRecord record{.group = id, .sequence = ref.sequence, .rewritten = true};
      record.first = ref.first;
      SKERRY_ASSIGN_OR_RETURN(record.entries, ReadRecord(ref, ref.first, ref.last));
      bytes += AppendPayloadBytes(record.entries);
      Effect effect{Effect::Kind::kRewrite, id, ref.sequence};
      effects_.push_back(effect);
      records.push_back(std::move(record));
    }
    if (Status status = MakeRoom(BatchBuilder::SizeOnDisk(records.size(), bytes)); !status.ok()) {
      effects_.clear();
      return status;
    }
    batch_.Begin();
    for (const AppendRecord& record : records) batch_.Add(record);
    SKERRY_RETURN_IF_ERROR(WriteBatch(/*sync=*/true, /*closed=*/false));
  }
  return OkStatus();
}

// Hard states, log starts and tombstones below `new_oldest` are written anew, in batches that state
// the new oldest segment; a tombstone with nothing older than itself goes.
Status Log::RewriteStates(uint64_t new_oldest) {
  std::vector<GroupId> rewritten;
  std::vector<GroupId> forgotten;
  uint64_t bytes = 0;
  {
    std::lock_guard lock(index_mutex_);
    for (const auto& [id, group] : index_) {
      const bool old = group.state_segment < new_oldest;
      if (old && group.state.removed) {
        forgotten.push_back(id);
      } else if (old || group.durable_start < group.state.start) {
        rewritten.push_back(id);
        bytes += StatePayloadBytes(group.state);
      }
    }
  }
  SKERRY_RETURN_IF_ERROR(MakeRoom(BatchBuilder::SizeOnDisk(rewritten.size(), bytes)));
  batch_.Begin();
  {
    std::lock_guard lock(index_mutex_);
    for (const GroupId id : rewritten) AddState(id, index_.at(id).state);
  }
  oldest_ = new_oldest;
  SKERRY_RETURN_IF_ERROR(WriteBatch(/*sync=*/true, /*closed=*/false));
  std::lock_guard lock(index_mutex_);
  for (const GroupId id : forgotten) index_.erase(id);
  return OkStatus();
}

}  // namespace skerry::log
