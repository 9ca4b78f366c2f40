#include "server/replica/replica.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "storage/partition/snapshot.h"

namespace skerry::replica {
namespace {

constexpr std::string_view kNoLeader = "the partition has no leader here at the moment";

Purpose PurposeOf(const proto::command::v1::Command& command) {
  int64_t bytes = 0;
  for (const auto& delta : command.statistics()) bytes += delta.bytes();
  return bytes > 0 ? Purpose::kGrow : Purpose::kKeep;
}

uint64_t CostOf(const proto::command::v1::Command& command) {
  uint64_t bytes = 0;
  for (const auto& mutation : command.mutations()) {
    bytes += mutation.key().size() + mutation.value().size();
  }
  uint64_t rows = static_cast<uint64_t>(command.mutations_size());
  if (command.has_stamp()) {
    bytes += command.answer().size();
    ++rows;
  }
  return Admission::Cost(bytes, rows);
}

void SetStamp(const partition::Stamp& stamp, proto::command::v1::Stamp* out) {
  out->set_node(stamp.node.value);
  out->set_incarnation(stamp.incarnation);
  out->set_sequence(stamp.sequence);
  out->set_issued_hlc(stamp.issued_hlc);
}

}  // namespace

// co_await Settled{replica, started}: until every proposal that they depend on is applied or has
// failed.
struct Replica::Settled {
  Settled(Replica& owner, std::span<Started> all) : replica(owner), started(all) {}
  Replica& replica;
  std::span<Started> started;
  Waiting waiting;

  bool await_ready() {
    for (const Started& one : started) {
      if (one.depends_on != 0) ++waiting.remaining;
    }
    return waiting.remaining == 0;
  }
  void await_suspend(std::coroutine_handle<> handle) {
    waiting.handle = handle;
    for (Started& one : started) {
      if (one.depends_on == 0) continue;
      replica.proposals_.at(one.depends_on).waiters.push_back({&waiting, &one.failure});
    }
  }
  void await_resume() const {}
};

Replica::Replica(std::unique_ptr<partition::Partition> partition, Executor& home,
                 Admission& admission, bool system)
    : partition_(std::move(partition)),
      home_(home),
      admission_(admission),
      system_(system),
      hlc_(home.clock()) {}

Replica::~Replica() = default;

Replica::Started Replica::Start(partition::WriteRequest& request) {
  if (Status refusal = Refusal(); !refusal.ok()) return {std::move(refusal)};
  Started started;
  started.term = group_->term();
  if (request.stamp) {
    if (FindEarlier(*request.stamp, &started)) return started;
    if (Status refusal = CheckStamp(*request.stamp); !refusal.ok()) return {std::move(refusal)};
  }
  engine::PinnedValue pin;
  std::string_view old;
  const auto pending = overlay_.find(request.row_key);
  if (pending != overlay_.end()) {
    started.depends_on = pending->second;
    old = proposals_.at(started.depends_on).item;
  } else {
    Result<std::string_view> stored = partition_->Get(request.row_key, &pin);
    if (!stored.ok()) return {stored.status()};
    old = *stored;
  }
  proto::command::v1::Command command;
  started.result = partition::EvaluateWrite(partition_->schema(), request, old, &command);
  const bool fails = !started.result.ok();
  const bool changes = !fails && !command.mutations().empty();
  // An evaluation's failure is an answer if it says something of the request.
  const bool answers = !fails || started.result.status().code() == StatusCode::kInvalidArgument;
  const bool keeps = request.stamp && answers && (changes || !request.sole_copy) &&
                     (changes || !Planted(PlantedBug::kRefusalNotKept));
  if (!changes && !keeps) {
    if (Planted(PlantedBug::kAnswerFromOverlay)) started = {std::move(started.result), 0, {}, true};
    return started;
  }

  if (!changes) command.Clear();
  if (keeps) KeepAnswer(*request.stamp, started.result, &command);

  // What is in the log must be applied: a write that there is no room for never gets there.
  Result<Ticket> room =
      admission_.Admit(system_ ? Purpose::kSystem : PurposeOf(command), CostOf(command));
  if (!room.ok()) return {room.status()};
  command.set_hlc(hlc_.Next());
  started.depends_on = Propose(request, std::move(command), *std::move(room));
  started.own = true;
  return started;
}

// What a copy of the request was or will be told: of those under way, whose answers leave once they
// are applied, and of those applied. Both are answers that commit nothing of their own.
bool Replica::FindEarlier(const partition::Stamp& stamp, Started* started) const {
  const auto under_way = stamped_.find(stamp);
  if (under_way != stamped_.end() && !Planted(PlantedBug::kKeptNotInOverlay)) {
    const Stamped& earlier = under_way->second;
    started->result =
        earlier.answer ? partition::DecodeAnswer(*earlier.answer) : partition::AnswerNotKept();
    started->depends_on = earlier.proposal;
    if (Planted(PlantedBug::kRepeatAnsweredEarly)) {
      started->depends_on = 0;
      started->own = true;
    }
    return true;
  }
  if (Planted(PlantedBug::kKeptNotInState)) return false;
  const Result<bool> found = partition_->kept().Find(stamp, &started->result);
  if (!found.ok()) started->result = found.status();
  return !found.ok() || *found;
}

// Of one that was not found.
Status Replica::CheckStamp(const partition::Stamp& stamp) const {
  const uint64_t now = hlc_.Now();
  if (stamp.issued_hlc + partition::kStampAgeMax < now && !Planted(PlantedBug::kStampAgeIgnored)) {
    return OutcomeUnknown("the request is so old that an earlier copy may have been forgotten");
  }
  if (stamp.issued_hlc > now + partition::kStampLeadMax) {
    return OutcomeUnknown("the clock of node " + std::to_string(stamp.node.value) +
                          " is too far ahead of that of the partition's leader");
  }
  const partition::KeptAnswers& kept = partition_->kept();
  const uint64_t kept_after = kept.count() + stamped_.size() + 1;
  const uint64_t kept_max = admission_.options().kept_answers_max;
  if (kept_after <= kept_max) return OkStatus();
  // Those under way and this one make room themselves if what is kept has grown old.
  SKERRY_ASSIGN_OR_RETURN(const uint64_t prunable, kept.CountPrunable(now, stamped_.size() + 1));
  if (kept_after - prunable <= kept_max) return OkStatus();
  return ResourceExhausted("too many writes to one partition in a minute");
}

void Replica::KeepAnswer(const partition::Stamp& stamp,
                         const Result<partition::WriteResult>& answer,
                         proto::command::v1::Command* command) const {
  SetStamp(stamp, command->mutable_stamp());
  std::string bytes = partition::EncodeAnswer(answer);
  if (bytes.size() > partition::kKeptAnswerBytesMax) return;
  const uint64_t kept = partition_->kept().bytes() + bytes.size();
  if (kept <= admission_.options().kept_answer_bytes_max) command->set_answer(std::move(bytes));
}

uint64_t Replica::Propose(partition::WriteRequest& request, proto::command::v1::Command command,
                          Ticket room) {
  const uint64_t number = ++last_proposal_;
  const LogIndex index =
      group_->Propose(command.SerializeAsString(),
                      [this, number](Result<LogIndex> done) { OnDone(number, done.status()); });
  Proposal& proposal = proposals_[number];
  proposal.room = std::move(room);
  // Refused at once: OnDone brings the reason to who waits, and no later write may see this one.
  const bool refused = index.value == 0;
  if (command.has_stamp() && !refused) {
    proposal.stamp = request.stamp;
    Stamped& stamped = stamped_[*request.stamp];
    stamped.proposal = number;
    if (command.has_answer()) stamped.answer = std::move(*command.mutable_answer());
  }
  if (command.mutations().empty()) return number;
  // The item's own row is the first mutation.
  proposal.row_key = request.row_key;
  proposal.item = std::move(*command.mutable_mutations(0)->mutable_value());
  if (!refused) overlay_[request.row_key] = number;
  return number;
}

void Replica::OnDone(uint64_t number, const Status& status) {
  const auto found = proposals_.find(number);
  if (found == proposals_.end()) return;
  // Resumed coroutines may start other writes: leave nothing half done before.
  const Proposal proposal = std::move(found->second);
  proposals_.erase(found);
  const auto pending = overlay_.find(proposal.row_key);
  if (pending != overlay_.end() && pending->second == number) overlay_.erase(pending);
  if (proposal.stamp) {
    const auto stamped = stamped_.find(*proposal.stamp);
    if (stamped != stamped_.end() && stamped->second.proposal == number) stamped_.erase(stamped);
  }
  for (const Waiter& waiter : proposal.waiters) {
    if (!status.ok()) *waiter.status = status;
    if (--waiter.waiting->remaining == 0) waiter.waiting->handle.resume();
  }
}

// Until no proposal is under way. Nothing is evaluated meanwhile.
Task<void> Replica::SettleAll() {
  while (!proposals_.empty()) {
    Started last;
    last.depends_on = last_proposal_;
    while (!proposals_.contains(last.depends_on)) --last.depends_on;
    co_await Settled(*this, std::span(&last, 1));
  }
}

// The only voter will lead soon. Of several another one may, and the router knows better.
Task<Status> Replica::WaitToServe() {
  if (!ready() && alone()) co_await WhenReady();
  if (!ready()) co_return Unavailable(std::string(kNoLeader));
  co_return OkStatus();
}

// An answer that commits nothing of its own (a failed condition, a change that changes nothing, the
// answer of an earlier copy) is a strong read: everything that it depends on is applied, and then
// the leader of the same term still leads (safety-rules 2).
Task<void> Replica::ConfirmAnswers(std::span<Started> started) {
  Term term;
  for (const Started& one : started) {
    const bool answers =
        one.result.ok() || one.result.status().code() == StatusCode::kInvalidArgument;
    if (!one.own && one.failure.ok() && answers) term = one.term;
  }
  if (term == Term(0)) co_return;
  const Status confirmed = co_await ConfirmTerm(term);
  if (confirmed.ok()) co_return;
  for (Started& one : started) {
    if (!one.own && one.failure.ok()) one.failure = confirmed;
  }
}

Task<Status> Replica::ConfirmTerm(Term term) {
  if (group_ == nullptr) co_return Unavailable(std::string(kNoLeader));
  if (Planted(PlantedBug::kReadUnconfirmed)) co_return OkStatus();
  if (group_->RenewLease()) {
    if (group_->term() != term) co_return Unavailable(std::string(kNoLeader));
    lease_reads_.fetch_add(1, std::memory_order_relaxed);
    co_return OkStatus();
  }
  const Result<LogIndex> index = co_await AwaitCallback<Result<LogIndex>>(
      [this](auto done) { group_->ReadIndex(std::move(done)); });
  if (!index.ok()) co_return index.status();
  if (group_ == nullptr || group_->term() != term) co_return Unavailable(std::string(kNoLeader));
  co_return Refusal();
}

Task<Status> Replica::ConfirmLeadership() {
  if (ready() && lease_->Valid()) {
    lease_reads_.fetch_add(1, std::memory_order_relaxed);
    co_return OkStatus();
  }
  co_await SwitchTo(home_);
  Status serving = co_await WaitToServe();
  if (!serving.ok() || alone()) co_return serving;
  co_return co_await ConfirmTerm(group_->term());
}

Task<Result<partition::WriteResult>> Replica::Write(partition::WriteRequest request) {
  co_await SwitchTo(home_);
  if (!ready()) {
    Status serving = co_await WaitToServe();
    if (!serving.ok()) co_return std::move(serving);
  }
  Started started = Start(request);
  co_await Settled(*this, std::span(&started, 1));
  if (!alone()) co_await ConfirmAnswers(std::span(&started, 1));
  if (!started.failure.ok()) co_return std::move(started.failure);
  co_return std::move(started.result);
}

Task<std::vector<Result<partition::WriteResult>>> Replica::WriteAll(
    std::vector<partition::WriteRequest> requests) {
  co_await SwitchTo(home_);
  std::vector<Result<partition::WriteResult>> results;
  results.reserve(requests.size());
  if (!ready()) {
    const Status serving = co_await WaitToServe();
    if (!serving.ok()) {
      results.assign(requests.size(), serving);
      co_return results;
    }
  }
  std::vector<Started> started;
  started.reserve(requests.size());
  for (partition::WriteRequest& request : requests) started.push_back(Start(request));
  co_await Settled(*this, started);
  if (!alone()) co_await ConfirmAnswers(started);
  for (Started& one : started) {
    if (one.failure.ok()) {
      results.push_back(std::move(one.result));
    } else {
      results.emplace_back(std::move(one.failure));
    }
  }
  co_return results;
}

raft::Configuration Replica::configuration() const {
  return group_ == nullptr ? raft::Configuration() : group_->configuration();
}

std::vector<group::Group::Member> Replica::progress() const {
  return group_ == nullptr ? std::vector<group::Group::Member>() : group_->progress();
}

LogIndex Replica::last_index() const {
  return group_ == nullptr ? LogIndex(0) : group_->last_index();
}

ReplicaId Replica::id() const { return group_ == nullptr ? ReplicaId(0) : group_->replica(); }

void Replica::Campaign() {
  if (group_ != nullptr) group_->Campaign();
}

Task<Status> Replica::TransferLeadership(ReplicaId target) {
  co_await SwitchTo(home_);
  if (group_ == nullptr) co_return Unavailable(std::string(kNoLeader));
  co_return group_->TransferLeadership(target);
}

Task<Status> Replica::ChangeConfiguration(raft::Configuration target) {
  co_await SwitchTo(home_);
  if (group_ == nullptr) co_return Unavailable(std::string(kNoLeader));
  // Of a partition that is being split they stay: the children begin with them.
  if (ready()) {
    if (Status refusal = Refusal(); !refusal.ok()) co_return refusal;
  }
  const Result<LogIndex> done = co_await AwaitCallback<Result<LogIndex>>(
      [&](auto done) { group_->ChangeConfiguration(target, std::move(done)); });
  co_return done.status();
}

void Replica::Attach(group::Group* group) {
  group_ = group;
  lease_ = group->lease();
  node_ = NodeOf(group->replica());
  freshness_ = group->freshness();
  attached_.store(true, std::memory_order_release);
  if (group->LeaderReady()) BecomeReady();
}

void Replica::OnStanding(group::Standing standing) {
  alone_.store(standing.alone, std::memory_order_release);
  leader_.store(standing.leader.value, std::memory_order_release);
  if (!standing.ready) {
    const bool was_ready = ready_.exchange(false, std::memory_order_acq_rel);
    // A later leadership begins when all that is in the log is applied, the split or what took its
    // place.
    Release();
    if (was_ready && observer_ != nullptr) observer_->OnLeadership();
  } else if (group_ != nullptr && !ready()) {
    BecomeReady();
  }
}

// Everything that earlier leaders have committed is applied: this one's clock goes on from theirs.
void Replica::BecomeReady() {
  if (!Planted(PlantedBug::kClockBehindFormer)) hlc_.Observe(partition_->kept().hlc());
  ready_.store(true, std::memory_order_release);
  for (std::coroutine_handle<> waiter : std::exchange(ready_waiters_, {})) waiter.resume();
  if (observer_ != nullptr) observer_->OnLeadership();
}

void Replica::Detach() {
  ready_.store(false, std::memory_order_release);
  detached_ = true;
  observer_ = nullptr;
  group_ = nullptr;
  for (std::coroutine_handle<> waiter : std::exchange(ready_waiters_, {})) waiter.resume();
}

Task<void> Replica::WhenReady() {
  struct Awaiter {
    Replica& replica;
    bool await_ready() const { return replica.ready() || replica.detached_; }
    void await_suspend(std::coroutine_handle<> handle) { replica.ready_waiters_.push_back(handle); }
    void await_resume() const {}
  };
  co_await SwitchTo(home_);
  co_await Awaiter{*this};
}

// Checked again after the read, which must not outlive the right to serve it.
Result<std::string_view> Replica::Get(std::string_view row_key, engine::PinnedValue* pin) const {
  if (Status refusal = Refusal(); !refusal.ok()) return refusal;
  Result<std::string_view> item = partition_->Get(row_key, pin);
  if (Status refusal = Refusal(); !refusal.ok()) return refusal;
  return item;
}

Result<partition::ReadPage> Replica::Read(const partition::ReadRequest& request) const {
  if (Status refusal = Refusal(); !refusal.ok()) return refusal;
  Result<partition::ReadPage> page = partition_->Read(request);
  if (Status refusal = Refusal(); !refusal.ok()) return refusal;
  return page;
}

template <typename T, typename F>
Result<T> Replica::WhileFresh(F read) const {
  const auto stale = [] { return Unavailable("this replica may be behind"); };
  if (!attached_.load(std::memory_order_acquire)) return stale();
  const uint64_t fresh = freshness_->Fresh();
  if (fresh == 0) return stale();
  if (applied().value < seen_.load(std::memory_order_acquire) || partition_->sealed())
    return stale();
  Result<T> result = read();
  // What was read may have been replaced, or another partition's, meanwhile.
  if (freshness_->Fresh() != fresh || partition_->sealed()) return stale();
  return result;
}

Result<std::string_view> Replica::GetFresh(std::string_view row_key,
                                           engine::PinnedValue* pin) const {
  return WhileFresh<std::string_view>([&] { return partition_->Get(row_key, pin); });
}

Result<partition::ReadPage> Replica::ReadFresh(const partition::ReadRequest& request) const {
  return WhileFresh<partition::ReadPage>([&] { return partition_->Read(request); });
}

bool Replica::IsFresh() const {
  return WhileFresh<bool>([] { return Result<bool>(true); }).ok();
}

void Replica::Saw(LogIndex index, MonotonicTime asked) {
  uint64_t seen = seen_.load(std::memory_order_relaxed);
  while (seen < index.value &&
         !seen_.compare_exchange_weak(seen, index.value, std::memory_order_acq_rel)) {
  }
  if (attached_.load(std::memory_order_acquire)) freshness_->Told(index, asked);
}

Status Replica::Apply(std::span<const group::CommittedEntry> entries, LogIndex applied,
                      Term applied_term, std::vector<Status>* outcomes) {
  apply_buffer_.clear();
  for (const group::CommittedEntry& entry : entries) {
    apply_buffer_.push_back({entry.index, entry.command});
  }
  const bool was_sealed = partition_->sealed();
  SKERRY_RETURN_IF_ERROR(partition_->Apply(apply_buffer_, applied, applied_term, outcomes));
  if (partition_->sealed() && !was_sealed && on_split_) on_split_();
  if (observer_ == nullptr) return OkStatus();
  for (const group::CommittedEntry& entry : entries) {
    proto::command::v1::Command command;
    SKERRY_CHECK_MSG(
        command.ParseFromArray(entry.command.data(), static_cast<int>(entry.command.size())),
        "what was applied can be read");
    observer_->OnApplied(command);
  }
  return OkStatus();
}

void Replica::OnInstalled() {
  if (observer_ != nullptr) observer_->OnReplaced();
}

// ------------------------------------------------------------------------------------- snapshots

namespace {

class PartitionReader final : public group::SnapshotReader {
 public:
  explicit PartitionReader(const partition::Partition& partition) : reader_(partition) {}
  Result<std::string> Read(size_t bytes) override { return reader_.Read(bytes); }

 private:
  partition::SnapshotReader reader_;
};

class PartitionWriter final : public group::SnapshotWriter {
 public:
  PartitionWriter(partition::Partition& partition, uint64_t fresh, std::string origin)
      : writer_(partition, fresh, std::move(origin)) {}
  Status Add(std::string_view piece) override { return writer_.Add(piece); }
  Status Install() override { return writer_.Install(); }

 private:
  partition::SnapshotWriter writer_;
};

}  // namespace

// The log is kept from the split on, so that no member that has it, a majority, ever goes past it
// by a snapshot: the children would lack that member's base state, and might lack a majority.
Result<LogIndex> Replica::FlushedIndex() {
  SKERRY_ASSIGN_OR_RETURN(const LogIndex flushed, partition_->FlushedIndex());
  const auto seal = partition_->seal();
  if (!seal || seal->index > flushed) return flushed;
  return LogIndex(seal->index.value - 1);
}

// Of one that was split it says that alone. Whoever needs it was behind the log's beginning when
// the split came, so that it is not among those of whom the children have their majority; it gets
// replicas of the children that know nothing, and can vote for one that does.
Result<std::unique_ptr<group::SnapshotReader>> Replica::TakeSnapshot() {
  return std::unique_ptr<group::SnapshotReader>(std::make_unique<PartitionReader>(*partition_));
}

Result<std::unique_ptr<group::SnapshotWriter>> Replica::ReceiveSnapshot(
    const raft::SnapshotMetadata& metadata) {
  if (group_ == nullptr) return Unavailable("the replica is going");
  std::string origin = raft::EncodeSnapshotMetadata(metadata);
  // No two snapshots that are installed on a node have group, replica and index in common.
  const uint64_t identity[] = {group().value, group_->replica().value, metadata.index.value};
  const uint64_t fresh = XXH3_64bits(identity, sizeof identity) >> 1;
  return std::unique_ptr<group::SnapshotWriter>(
      std::make_unique<PartitionWriter>(*partition_, fresh, std::move(origin)));
}

Result<LogIndex> Replica::InstalledIn(engine::Engine& engine, GroupId group) {
  SKERRY_ASSIGN_OR_RETURN(const std::string origin, partition::Partition::OriginIn(engine, group));
  if (origin.empty()) return LogIndex(0);
  SKERRY_ASSIGN_OR_RETURN(const auto metadata, raft::DecodeSnapshotMetadata(origin));
  return metadata.index;
}

raft::SnapshotMetadata Replica::installed() const {
  const std::string origin = partition_->origin();
  if (origin.empty()) return {};
  auto metadata = raft::DecodeSnapshotMetadata(origin);
  SKERRY_CHECK_MSG(metadata.ok(), "what this replica has written it can read");
  return *metadata;
}

void Replica::RequestFlush() {
  // The engine's flush listener tells the host; a failed flush stops later writes by itself.
  partition_->engine().FlushAsync([](Status) {});
}

}  // namespace skerry::replica
