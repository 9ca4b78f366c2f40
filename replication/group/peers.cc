#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "replication/group/driver.h"

// What a group has to do with other nodes beside messages: reads that ask who leads, entries that
// memory no longer holds, snapshots.

namespace skerry::group {
namespace {

constexpr uint64_t kFetchBytes = 1 << 20;

struct Fetched {
  Term previous_term;
  std::vector<raft::EntryPtr> entries;
};

// kNotFound if the log begins above `from`.
Result<Fetched> ReadForFollower(const log::Log& log, GroupId group, LogIndex from, LogIndex to) {
  const auto info = log.Find(group);
  if (!info || from <= info->state.start) return NotFound("the log begins later");
  Fetched fetched;
  const LogIndex previous(from.value - 1);
  if (previous == info->state.start) {
    fetched.previous_term = info->state.start_term;
  } else {
    SKERRY_ASSIGN_OR_RETURN(const auto before, log.Read(group, previous, previous, 1));
    fetched.previous_term = before.front()->term;
  }
  SKERRY_ASSIGN_OR_RETURN(fetched.entries, log.Read(group, from, to, kFetchBytes));
  return fetched;
}

}  // namespace

void Driver::RunBlocking(Work work) {
  options_.blocking_executor.Post([self = shared_from_this(), work = std::move(work)]() mutable {
    std::lock_guard lock(self->machine_mutex_);
    if (!self->machine_gone_) work();
  });
}

// ---------------------------------------------------------------------------------------- reads

void Driver::ReadIndex(ReadDone done) {
  const auto id = stopped_ || !raft_ ? Result<uint64_t>(Unavailable("the group is not running"))
                                     : raft_->ReadIndex();
  if (!id.ok()) {
    options_.executor.Post(
        [done = std::move(done), status = id.status()]() mutable { done(std::move(status)); });
    return;
  }
  reads_.emplace(*id, std::move(done));
  ScheduleReady();
}

void Driver::TakeReads(const std::vector<raft::ReadState>& reads) {
  for (const raft::ReadState& read : reads) {
    const auto it = reads_.find(read.id);
    if (it == reads_.end()) continue;
    ReadDone done = std::move(it->second);
    reads_.erase(it);
    if (read.confirmed) {
      confirmed_reads_.emplace(read.index, std::move(done));
    } else {
      done(Unavailable("the group's leader has changed"));
    }
  }
  AnswerReads();
}

void Driver::AnswerReads() {
  while (!confirmed_reads_.empty() && confirmed_reads_.begin()->first <= raft_->applied()) {
    ReadDone done = std::move(confirmed_reads_.begin()->second);
    confirmed_reads_.erase(confirmed_reads_.begin());
    done(raft_->applied());
  }
}

// --------------------------------------------------------------------------- followers behind

void Driver::StartFetch(const raft::Fetch& fetch) {
  options_.blocking_executor.Post([self = shared_from_this(), fetch] {
    auto fetched = ReadForFollower(*self->options_.log, self->options_.id, fetch.from, fetch.to);
    self->options_.executor.Post([self, fetch, fetched = std::move(fetched)]() mutable {
      if (self->stopped_) return;
      if (fetched.ok()) {
        self->raft_->Fetched(fetch.replica, fetch.from, fetched->previous_term,
                             std::move(fetched->entries));
      } else {
        self->raft_->FetchFailed(fetch.replica);
      }
      self->ProcessReady();
    });
  });
}

void Driver::StartSnapshot(ReplicaId to) {
  if (senders_.contains(to)) return;
  // A new leader that has applied nothing yet has nothing to show: it is asked again.
  auto reader = options_.machine.applied().value == 0 ? Unavailable("nothing is applied yet")
                                                      : options_.machine.TakeSnapshot();
  if (!reader.ok()) {
    raft_->SnapshotSent(to, LogIndex(0));
    return;
  }
  transport::SnapshotChunk head{
      .from = options_.replica, .to = to, .term = raft_->term(), .snapshot = prng_.Next()};
  head.metadata.index = options_.machine.applied();
  if (Planted(PlantedBug::kSnapshotClaimsMore)) head.metadata.index = raft_->last_index();
  head.metadata.term = options_.machine.applied_term();
  {
    std::lock_guard lock(machine_mutex_);
    head.metadata.configuration = configurations_.back().second;
  }
  const std::weak_ptr<Driver> weak = weak_from_this();
  SnapshotSender::Options options{.group = options_.id,
                                  .head = std::move(head),
                                  .reader = std::move(*reader),
                                  .executor = options_.executor};
  options.run_blocking = [weak](Work work) {
    if (auto self = weak.lock()) self->RunBlocking(std::move(work));
  };
  options.send = [weak](transport::SnapshotChunk chunk) {
    const NodeId node = NodeOf(chunk.to);
    if (auto self = weak.lock()) self->Send(node, std::move(chunk));
  };
  auto sender = std::make_shared<SnapshotSender>(std::move(options));
  senders_.emplace(to, sender);
  sender->Begin();
}

void Driver::TickSnapshots() {
  for (const auto& [to, sender] : senders_) sender->Tick();
  ReapSenders();
}

void Driver::ReapSenders() {
  for (auto it = senders_.begin(); it != senders_.end();) {
    const SnapshotSender& sender = *it->second;
    if (sender.state() == SnapshotSender::State::kSending) {
      ++it;
      continue;
    }
    const bool arrived = sender.state() == SnapshotSender::State::kArrived;
    raft_->SnapshotSent(it->first, arrived ? sender.index() : LogIndex(0));
    it = senders_.erase(it);
  }
}

// ------------------------------------------------------------------------- this replica behind

void Driver::MakeReceiver() {
  const std::weak_ptr<Driver> weak = weak_from_this();
  SnapshotReceiver::Options options{
      .group = options_.id, .machine = options_.machine, .executor = options_.executor};
  options.run_blocking = [weak](Work work) {
    if (auto self = weak.lock()) self->RunBlocking(std::move(work));
  };
  options.send = [weak](NodeId to, transport::SnapshotChunkResponse response) {
    if (auto self = weak.lock()) self->Send(to, std::move(response));
  };
  options.arrived = [weak](raft::Message message) {
    auto self = weak.lock();
    if (!self || self->stopped_) return;
    if (self->raft_->Step(message).ok()) self->ProcessReady();
  };
  receiver_ = std::make_shared<SnapshotReceiver>(std::move(options));
}

void Driver::StartInstall(const raft::SnapshotMetadata& metadata) {
  SnapshotWriter* writer = receiver_->Arrived(metadata);
  if (writer == nullptr) {  // another one has begun since
    raft_->InstallFailed();
    return;
  }
  freshness_->Hold();
  RunBlocking([self = shared_from_this(), writer, metadata] {
    Status status = writer->Install();
    self->options_.executor.Post(
        [self, metadata, status = std::move(status)] { self->FinishInstall(metadata, status); });
  });
}

// The engine has it; the log's record of it comes next, and Raft learns of it after that
// (safety-rules 6).
void Driver::FinishInstall(const raft::SnapshotMetadata& metadata, const Status& status) {
  if (stopped_) return;
  freshness_->Release();
  receiver_->Forget();
  if (!status.ok()) {
    if (status.code() != StatusCode::kInvalidArgument) {
      options_.on_fatal(status);
      Fail(OutcomeUnknown("the node has failed"));
      return;
    }
    raft_->InstallFailed();
    ProcessReady();
    return;
  }
  {
    std::lock_guard lock(machine_mutex_);
    configurations_ = {{metadata.index, metadata.configuration}};
  }
  options_.log->Restart(options_.id, metadata.index, metadata.term, metadata.configuration,
                        shared_from_this());
  in_flight_.push_back({.snapshot = true});
}

}  // namespace skerry::group
