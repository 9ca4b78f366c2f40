#include "replication/log/log.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"

namespace skerry::log {
namespace {

constexpr uint64_t kMaxBatchBytes = 4 << 20;
// Handed in by all groups and not yet written; beyond it Admission refuses.
constexpr uint64_t kMaxQueuedBytes = 256 << 20;
constexpr Duration kRetrySpace = std::chrono::milliseconds(200);
constexpr uint64_t kFirstSegment = 1;

}  // namespace

// ---------------------------------------------------------------------------------- start-up

Result<std::shared_ptr<Log>> Log::Open(Options options) {
  SKERRY_CHECK(options.first_segment_bytes >= 4 * kPage &&
               options.segment_bytes >= options.first_segment_bytes &&
               options.segment_bytes <= UINT32_MAX / 2);
  std::shared_ptr<Log> log(new Log(std::move(options)));
  SKERRY_RETURN_IF_ERROR(log->Recover());
  return log;
}

Log::Log(Options options)
    : options_(std::move(options)),
      executor_(options_.executor),
      segments_({options_.disk, options_.directory, options_.identity, options_.segment_bytes,
                 options_.max_bytes}) {}

Status Log::Recover() {
  SKERRY_ASSIGN_OR_RETURN(const bool exists, options_.disk.Exists(options_.directory));
  const auto missing = [this] {
    return Corruption(options_.directory +
                      ": the log is missing: restore the data directory from a backup, or start "
                      "with an empty one");
  };
  RecoveredLog recovered;
  if (exists) {
    SKERRY_ASSIGN_OR_RETURN(recovered,
                            log::Recover(options_.disk, options_.directory, options_.identity));
  }
  if (recovered.end == Position{} && options_.must_exist) return missing();
  was_relaxed_ = recovered.relaxed;
  index_ = std::move(recovered.index);
  end_ = synced_ = marked_ = data_end_ = recovered.end;
  checksum_ = recovered.checksum;
  oldest_ = std::max(recovered.oldest, kFirstSegment);
  if (!recovered.segments.empty()) oldest_ = recovered.segments.begin()->first;
  recovered_ = std::move(recovered);
  return OkStatus();
}

Status Log::Begin() {
  SKERRY_CHECK_MSG(recovered_.has_value(), "a log begins once");
  SKERRY_ASSIGN_OR_RETURN(const bool exists, options_.disk.Exists(options_.directory));
  if (!exists) {
    SKERRY_RETURN_IF_ERROR(options_.disk.CreateDirectory(options_.directory));
    const size_t slash = options_.directory.rfind('/');
    if (slash != std::string::npos && slash > 0) {
      SKERRY_RETURN_IF_ERROR(options_.disk.SyncDirectory(options_.directory.substr(0, slash)));
    }
  }
  segments_.Adopt(*recovered_);
  recovered_.reset();
  // Nothing is ever appended to an old segment: the new one's header seals it (safety-rules 8).
  SKERRY_RETURN_IF_ERROR(BeginSegment(segments_.HasFreeFile() ? options_.segment_bytes
                                                              : options_.first_segment_bytes));
  return SyncCurrent();
}

std::vector<GroupId> Log::Groups() const {
  std::lock_guard lock(index_mutex_);
  std::vector<GroupId> groups;
  for (const auto& [id, group] : index_) {
    if (!group.state.removed) groups.push_back(id);
  }
  return groups;
}

std::optional<Log::GroupInfo> Log::Find(GroupId group) const {
  std::lock_guard lock(index_mutex_);
  const auto it = index_.find(group);
  if (it == index_.end()) return std::nullopt;
  return GroupInfo{it->second.state, it->second.last_index(), it->second.last_term()};
}

// ------------------------------------------------------------------------------- handing in

void Log::Create(GroupState state, Append first, std::shared_ptr<Writer> writer) {
  Request request{.kind = Kind::kState, .must_sync = true};
  request.bytes = StatePayloadBytes(state) + kRecordHeaderBytes +
                  AppendPayloadBytes(first.entries) + kFortifiedBytes;
  request.group = first.group;
  request.append = std::move(first);
  request.state = std::make_unique<GroupState>(std::move(state));
  request.writer = std::move(writer);
  Enqueue(std::move(request));
}

void Log::Write(Append append, std::shared_ptr<Writer> writer) {
  Request request{.kind = Kind::kAppend, .must_sync = append.must_sync};
  request.bytes = AppendPayloadBytes(append.entries) + kFortifiedBytes;
  request.group = append.group;
  request.append = std::move(append);
  request.writer = std::move(writer);
  Enqueue(std::move(request));
}

void Log::Remove(GroupId group, std::shared_ptr<Writer> writer) {
  Request request{.kind = Kind::kRemove, .must_sync = true};
  request.bytes = StatePayloadBytes({}) + kFortifiedBytes;
  request.group = group;
  request.writer = std::move(writer);
  Enqueue(std::move(request));
}

void Log::Restart(GroupId group, LogIndex index, Term term,
                  std::optional<raft::Configuration> configuration,
                  std::shared_ptr<Writer> writer) {
  Request request{.kind = Kind::kRestart, .must_sync = true};
  request.state = std::make_unique<GroupState>();
  request.state->start = index;
  request.state->start_term = term;
  if (configuration) {
    request.state->configuration_index = index;
    request.state->configuration = std::move(*configuration);
  }
  request.bytes = StatePayloadBytes(*request.state) + kPage;  // or the configuration that it has
  request.group = group;
  request.writer = std::move(writer);
  Enqueue(std::move(request));
}

void Log::Enqueue(Request request) {
  queued_bytes_.fetch_add(request.bytes, std::memory_order_relaxed);
  {
    std::lock_guard lock(queue_mutex_);
    queue_.push_back(std::move(request));
    if (std::exchange(scheduled_, true)) return;
  }
  executor_.Post([self = shared_from_this()] { self->Turn(); });
}

Status Log::Admission() const {
  if (failed_.load(std::memory_order_relaxed)) return Unavailable("the log has failed");
  if (no_space_.load(std::memory_order_relaxed)) {
    return ResourceExhausted(options_.directory + ": no space left for the log");
  }
  if (queued_bytes_.load(std::memory_order_relaxed) > kMaxQueuedBytes) {
    return ResourceExhausted("the disk does not keep up with the log");
  }
  if (live_bytes_.load(std::memory_order_relaxed) > 2 * options_.max_bytes) {
    return ResourceExhausted("the log is at its bound, waiting for the storage engine to flush");
  }
  return OkStatus();
}

// ------------------------------------------------------------------------------- the writer

bool Log::TakeRequests() {
  taken_.clear();
  std::lock_guard lock(queue_mutex_);
  uint64_t bytes = 0;
  while (!queue_.empty()) {
    bytes += queue_.front().bytes;
    if (!taken_.empty() && bytes > kMaxBatchBytes) break;
    taken_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  if (taken_.empty()) scheduled_ = false;
  return !taken_.empty();
}

void Log::Turn() {
  if (!TakeRequests()) {
    ScheduleMark();
    FinishClose();
    return;
  }
  Status status = failed_ ? OutcomeUnknown("the log has failed") : WriteTaken();
  if (status.code() == StatusCode::kResourceExhausted && !close_done_) {
    no_space_ = true;
    {
      std::lock_guard lock(queue_mutex_);
      queue_.insert(queue_.begin(), std::make_move_iterator(taken_.begin()),
                    std::make_move_iterator(taken_.end()));
    }
    taken_.clear();
    executor_.PostAfter(kRetrySpace, [self = shared_from_this()] { self->Turn(); });
    return;
  }
  if (!status.ok()) {
    if (status.code() != StatusCode::kResourceExhausted) Fail(status);
    status = OutcomeUnknown("the log has failed");
  }
  Answer(status);
  executor_.Post([self = shared_from_this()] { self->Turn(); });
}

Status Log::WriteTaken() {
  uint64_t bytes = 0;
  bool sync = !options_.relaxed;
  for (const Request& request : taken_) {
    bytes += request.bytes;
    sync |= request.must_sync;
  }
  SKERRY_RETURN_IF_ERROR(MakeRoom(BatchBuilder::SizeOnDisk(taken_.size(), bytes)));
  no_space_ = false;
  batch_.Begin();
  {
    std::lock_guard lock(index_mutex_);
    for (Request& request : taken_) AddRequest(request);
  }
  Status status = WriteBatch(sync, /*closed=*/false);
  // From here on there is no way back: what a full disk took or did not take is unknown.
  if (status.code() == StatusCode::kResourceExhausted) {
    status = IoError(std::string(status.message()));
  }
  return status;
}

void Log::AddRequest(Request& request) {
  if (request.kind == Kind::kState) {
    index_[request.group];
    AddState(request.group, std::move(*request.state));
    const Append& first = request.append;
    if (first.has_vote || !first.entries.empty()) {
      AddAppend(request.append, &index_.at(request.group));
    }
    return;
  }
  const auto it = index_.find(request.group);
  SKERRY_CHECK_MSG(it != index_.end(), "a group is created before it is written");
  GroupLog& group = it->second;
  if (request.kind == Kind::kAppend) {
    // A removed group's late records must not come after its tombstone.
    if (!group.state.removed) AddAppend(request.append, &group);
    return;
  }
  GroupState state = group.state;
  if (request.kind == Kind::kRemove) {
    state.removed = !Planted(PlantedBug::kTombstoneNotWritten);
    state.configuration = {};
  } else {
    state.anew = true;
    state.start = request.state->start;
    state.start_term = request.state->start_term;
    if (request.state->configuration_index.value != 0) {
      state.configuration_index = request.state->configuration_index;
      state.configuration = std::move(request.state->configuration);
    }
    state.hard_state.commit = std::max(state.hard_state.commit, state.start);
    state.hard_state.term = std::max(state.hard_state.term, state.start_term);
  }
  AddState(request.group, std::move(state));
}

void Log::AddAppend(Append& append, GroupLog* group) {
  raft::HardState& hard_state = group->state.hard_state;
  if (append.has_vote) {
    hard_state.term = append.hard_state.term;
    hard_state.vote = append.hard_state.vote;
    hard_state.fortified = append.hard_state.fortified;
  }
  hard_state.commit = std::max(hard_state.commit, append.hard_state.commit);

  AppendRecord record{.group = append.group, .sequence = ++group->sequence};
  record.has_vote = append.has_vote;
  record.hard_state = append.hard_state;
  record.first = append.entries.empty() ? LogIndex(1) : append.entries.front()->index;
  record.entries = std::move(append.entries);
  batch_.Add(record);

  Effect effect{Effect::Kind::kAppend, append.group, record.sequence, record.first};
  effect.last = LogIndex(record.first.value + record.entries.size() - 1);
  if (!record.entries.empty()) effect.last_term = record.entries.back()->term;
  effect.configuration =
      std::any_of(record.entries.begin(), record.entries.end(),
                  [](const auto& entry) { return entry->kind == raft::EntryKind::kConfiguration; });
  effects_.push_back(effect);
}

void Log::AddState(GroupId id, GroupState state) {
  GroupLog& group = index_.at(id);
  const StateRecord record{id, ++group.sequence, state};
  batch_.Add(record);
  Effect effect{Effect::Kind::kState, id, record.sequence};
  effect.removed = state.removed;
  effect.anew = std::exchange(state.anew, false);
  effect.start = state.start;
  group.state = std::move(state);
  effects_.push_back(effect);
}

Status Log::MakeRoom(uint64_t bytes) {
  if (end_.offset + bytes <= current_.segment.size) return OkStatus();
  if (synced_ < end_) SKERRY_RETURN_IF_ERROR(SyncCurrent());
  return BeginSegment(std::max(options_.segment_bytes, bytes + kPage));
}

Status Log::BeginSegment(uint64_t bytes_min) {
  auto begun = segments_.Begin(bytes_min);
  if (!begun.ok()) return begun.status();
  SegmentHeader header;
  header.state = SegmentState::kStarted;
  header.relaxed = options_.relaxed;
  header.number = begun->number;
  header.identity = options_.identity;
  header.previous_end = end_;
  header.previous_checksum = checksum_;
  header.oldest = oldest_;
  header.size = begun->segment.size;
  const std::string page = EncodeSegmentHeader(header);
  if (Status status = begun->segment.file->WriteAt(0, page); !status.ok()) {
    return IoError(std::string(status.message()));
  }
  marked_ = end_;
  preparing_ = false;
  current_ = std::move(*begun);
  end_ = {current_.number, kPage};
  checksum_ = SegmentHeaderChecksum(page);
  live_bytes_ = segments_.LiveBytes();
  if (on_segment_begun_) on_segment_begun_();
  return OkStatus();
}

Status Log::WriteBatch(bool sync, bool closed) {
  BatchHeader header;
  header.position = end_;
  header.previous_checksum = checksum_;
  header.synced = synced_;
  header.oldest = oldest_;
  header.closed = closed;
  const std::string_view bytes = batch_.Finish(header);
  SKERRY_CHECK(end_.offset + bytes.size() <= current_.segment.size);
  SKERRY_RETURN_IF_ERROR(current_.segment.file->WriteAt(end_.offset, bytes));
  marked_ = synced_;
  end_.offset += bytes.size();
  checksum_ = batch_.checksum();
  if (batch_.records() > 0) data_end_ = end_;
  if (sync) {
    SKERRY_RETURN_IF_ERROR(SyncCurrent());
  } else if (!closed && batch_.records() > 0) {
    ScheduleSync();
  }
  ApplyEffects();
  PrepareAhead();
  return OkStatus();
}

Status Log::SyncCurrent() {
  if (!Planted(PlantedBug::kLogNotSynced)) {
    SKERRY_RETURN_IF_ERROR(current_.segment.file->Sync());
  }
  synced_ = end_;
  return OkStatus();
}

void Log::ApplyEffects() {
  if (effects_.empty()) return;
  std::lock_guard lock(index_mutex_);
  size_t i = 0;
  for (Effect& effect : effects_) ApplyEffect(effect, batch_.placed()[i++]);
  effects_.clear();
}

void Log::ApplyEffect(Effect& effect, const BatchBuilder::Placed& placed) {
  GroupLog& group = index_.at(effect.group);
  const RecordRef ref{
      effect.first,    effect.last,          effect.last_term,         effect.sequence,
      placed.position, placed.payload_bytes, placed.previous_checksum, effect.configuration};
  switch (effect.kind) {
    case Effect::Kind::kAppend:
      group.Append(ref);
      break;
    case Effect::Kind::kState:
      group.state_segment = placed.position.segment;
      group.durable_start = effect.start;
      if (effect.removed || effect.anew) group.refs.clear();
      group.DropThrough(effect.start);
      break;
    case Effect::Kind::kRewrite:
      for (RecordRef& old : group.refs) {
        if (old.sequence != ref.sequence) continue;
        old.position = ref.position;
        old.payload_bytes = ref.payload_bytes;
        old.previous_checksum = ref.previous_checksum;
      }
      break;
  }
}

void Log::Answer(const Status& status) {
  // One post for each executor, however many writers it has.
  struct Group {
    Executor* executor;
    std::vector<std::shared_ptr<Writer>> writers;
  };
  std::vector<Group> groups;
  uint64_t bytes = 0;
  for (Request& request : taken_) {
    bytes += request.bytes;
    if (!request.writer) continue;
    Executor* executor = &request.writer->executor();
    auto it = std::find_if(groups.begin(), groups.end(),
                           [&](const Group& g) { return g.executor == executor; });
    if (it == groups.end()) it = groups.insert(groups.end(), Group{executor, {}});
    it->writers.push_back(std::move(request.writer));
  }
  queued_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  taken_.clear();
  for (Group& group : groups) {
    group.executor->Post([writers = std::move(group.writers), status] {
      for (const auto& writer : writers) writer->OnWritten(status);
    });
  }
}

void Log::Fail(const Status& status) {
  if (failed_.exchange(true)) return;
  if (options_.on_fatal) {
    options_.on_fatal(status);
    return;
  }
  std::fprintf(stderr, "skerry: the log cannot go on: %s\n", status.ToString().c_str());
  std::abort();
}

}  // namespace skerry::log
