#include "replication/raft/transcript_cluster.h"

#include <algorithm>
#include <optional>
#include <sstream>

namespace skerry::raft {
namespace {

using Words = TranscriptCluster::Words;

// The value of `name=` in the words of a command, or `otherwise`.
std::string Value(const Words& words, const std::string& name, const std::string& otherwise) {
  for (const std::string& word : words) {
    if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
  }
  return otherwise;
}

uint64_t Number(const Words& words, const std::string& name, uint64_t otherwise) {
  return std::stoull(Value(words, name, std::to_string(otherwise)));
}

// "1,2,3".
std::vector<uint64_t> Numbers(const Words& words, const std::string& name) {
  std::istringstream in(Value(words, name, ""));
  std::vector<uint64_t> numbers;
  for (std::string number; std::getline(in, number, ',');) numbers.push_back(std::stoull(number));
  return numbers;
}

std::vector<ReplicaId> Replicas(const Words& words, const std::string& name) {
  std::vector<ReplicaId> replicas;
  for (const uint64_t number : Numbers(words, name)) replicas.emplace_back(number);
  return replicas;
}

// "1->2": of one, "*" of any.
bool Matches(const std::string& link, const Message& message) {
  const size_t arrow = link.find("->");
  const auto is = [](const std::string& name, ReplicaId replica) {
    return name == "*" || name == std::to_string(replica.value);
  };
  return is(link.substr(0, arrow), message.from) && is(link.substr(arrow + 2), message.to);
}

std::pair<uint64_t, uint64_t> Link(const std::string& link) {
  return {std::stoull(link), std::stoull(link.substr(link.find("->") + 2))};
}

template <typename T>
std::string Outcome(const Result<T>& result, const std::string& name) {
  if (!result.ok()) return result.status().ToString() + "\n";
  if constexpr (std::is_same_v<T, LogIndex>) {
    return name + std::to_string(result->value) + "\n";
  } else {
    return name + std::to_string(*result) + "\n";
  }
}

}  // namespace

std::string TranscriptCluster::Play(const std::string& command) {
  std::istringstream in(command);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  Replica* replica = nullptr;
  if (words[0].find_first_not_of("0123456789") == std::string::npos) {
    replica = Find(ReplicaId(std::stoull(words[0])));
    if (replica == nullptr) return "there is no such replica\n";
    words.erase(words.begin());
  } else if (replicas_.size() == 1) {
    replica = &replicas_.begin()->second;
  }
  std::string output = RunCluster(words);
  if (output.empty() && replica != nullptr) output = Run(replica, words);
  if (output == "-\n") output.clear();
  for (auto& [id, each] : replicas_) {
    if (each.raft) each.raft->CheckInvariants();
  }
  output += ChangedStatus();
  return output.empty() ? "nothing changes\n" : output;
}

// Empty: is for one replica. "-\n": nothing to see.
std::string TranscriptCluster::RunCluster(const Words& words) {
  const std::string& verb = words[0];
  if (verb == "start") return Start(words);
  if (verb == "cluster") return StartCluster(words);
  if (verb == "settle") return Settle(words.size() > 1 && words[1] == "quietly");
  if (verb == "deliver") return Deliver(words);
  if (verb == "status") {
    for (auto& [id, replica] : replicas_) replica.shown.clear();
    return "-\n";
  }
  return Move(words);
}

// What happens to messages.
std::string TranscriptCluster::Move(const Words& words) {
  const std::string& verb = words[0];
  const std::string link = words.size() > 1 ? words[1] : "*->*";
  if (verb == "messages") {
    std::string text;
    for (const Message& message : network_) text += Print(message);
    return text.empty() ? "none\n" : text;
  }
  if (verb == "drop") {
    std::string text;
    std::erase_if(network_, [&](const Message& message) {
      if (!Matches(link, message)) return false;
      text += "lost: " + Print(message);
      return true;
    });
    return text.empty() ? "none\n" : text;
  }
  if (verb == "cut") {
    for (size_t i = 1; i < words.size(); ++i) cut_.insert(Link(words[i]));
    return "-\n";
  }
  if (verb == "hold") {
    for (size_t i = 1; i < words.size(); ++i) hold_.insert(Link(words[i]));
    return "-\n";
  }
  if (verb == "isolate") {
    for (const auto& [id, replica] : replicas_) {
      cut_.insert({id.value, std::stoull(words[1])});
      cut_.insert({std::stoull(words[1]), id.value});
    }
    return "-\n";
  }
  if (verb == "heal") {
    cut_.clear();
    hold_.clear();
    network_.insert(network_.end(), held_.begin(), held_.end());
    held_.clear();
    return "-\n";
  }
  return "";
}

std::string TranscriptCluster::Run(Replica* at, const Words& words) {
  Replica& replica = *at;
  const std::string& verb = words[0];
  if (verb == "restart") return Restart(replica);
  if (verb == "log") return GiveLog(replica, words);
  if (!replica.raft) return "it is down\n";
  Raft& raft = *replica.raft;
  if (verb == "propose") {
    std::string text;
    for (size_t i = 1; i < words.size(); ++i) text += Outcome(raft.Propose(words[i]), "index ");
    return text;
  }
  if (verb == "change") {
    Configuration target;
    target.voters = Replicas(words, "voters");
    target.learners = Replicas(words, "learners");
    return Outcome(raft.ProposeConfiguration(target), "index ");
  }
  if (verb == "read") return Outcome(raft.ReadIndex(), "read ");
  if (verb == "transfer") {
    const class Status status = raft.TransferLeadership(ReplicaId(std::stoull(words[1])));
    return status.ToString() + "\n";
  }
  if (verb == "tick") {
    for (uint64_t i = words.size() > 1 ? std::stoull(words[1]) : 1; i > 0; --i) raft.Tick();
    return "-\n";
  }
  if (verb == "timeout") return Timeout(replica);
  if (verb == "campaign") {
    raft.CampaignNow();
    return "-\n";
  }
  if (verb == "ready") {
    const std::string text = TakeReady(replica, /*all=*/true);
    return text.empty() ? "nothing\n" : text;
  }
  if (verb == "persisted") {
    Persist(replica, std::stoull(words.at(1)));
    return "-\n";
  }
  if (verb == "applied") return Apply(replica, LogIndex(Number(words, "index", 0)));
  if (verb == "process") return Process(replica) + "-\n";
  if (verb == "flush") {
    Flush(replica);
    return "-\n";
  }
  if (verb == "crash") {
    replica.raft = nullptr;
    replica.writes.clear();
    replica.to_apply.clear();
    return "-\n";
  }
  if (verb == "progress") {
    constexpr const char* kStates[] = {"probe", "replicate", "snapshot"};
    std::string text;
    for (const ReplicaId member : raft.configuration().Members()) {
      const Progress* progress = raft.ProgressOf(member);
      if (progress == nullptr) continue;
      text += std::to_string(member.value) + ": " + kStates[int(progress->state())] +
              " match=" + std::to_string(progress->match().value) +
              " next=" + std::to_string(progress->next().value) +
              " in-flight=" + std::to_string(progress->messages_in_flight()) +
              (progress->Paused() ? " paused" : "") + "\n";
    }
    return text.empty() ? "it leads nobody\n" : text;
  }
  if (verb == "step") {
    Message message;
    message.type = MessageType(Number(words, "type", uint64_t(MessageType::kRequestVote)));
    message.from = ReplicaId(Number(words, "from", 0));
    message.to = ReplicaId(Number(words, "to", replica.id.value));
    message.term = Term(Number(words, "term", 0));
    return raft.Step(message).ToString() + "\n";
  }
  return "unknown command\n";
}

// --------------------------------------------------------------------------------- beginnings

std::string TranscriptCluster::Start(const Words& words) {
  replicas_.clear();
  Replica& replica = replicas_[ReplicaId(1)];
  replica.id = ReplicaId(1);
  Options& options = replica.options;
  options.configuration.voters = {ReplicaId(1)};
  for (const ReplicaId other : Replicas(words, "other-voters")) {
    options.configuration.voters.push_back(other);
  }
  replica.hard_state = {Term(Number(words, "term", 0)), ReplicaId(Number(words, "vote", 0)),
                        LogIndex(Number(words, "commit", 0))};
  replica.start = {LogIndex(Number(words, "applied", 0)), Term(Number(words, "applied-term", 0)),
                   options.configuration};
  options.max_pending_bytes = Number(words, "max-pending", 1 << 20);
  options.max_committed_bytes = Number(words, "max-committed", 1 << 20);
  for (uint64_t i = replica.start.index.value + 1; i <= Number(words, "last", 0); ++i) {
    replica.log[LogIndex(i)] = std::make_shared<Entry>(Entry{
        LogIndex(i), replica.hard_state.term, EntryKind::kCommand, "old" + std::to_string(i)});
  }
  return Restart(replica);
}

std::string TranscriptCluster::StartCluster(const Words& words) {
  replicas_.clear();
  Configuration configuration;
  configuration.voters = Replicas(words, "voters");
  configuration.learners = Replicas(words, "learners");
  std::vector<ReplicaId> all = configuration.Members();
  const size_t members = all.size();
  for (const ReplicaId empty : Replicas(words, "empty")) all.push_back(empty);
  for (size_t i = 0; i < all.size(); ++i) {
    Replica& replica = replicas_[all[i]];
    replica.id = all[i];
    replica.prng = Prng(all[i].value);
    replica.options.max_append_bytes = Number(words, "append-bytes", 1 << 20);
    replica.options.max_cached_bytes = Number(words, "cached", 1 << 20);
    replica.options.max_pending_bytes = Number(words, "max-pending", 1 << 20);
    replica.options.in_flight = {Number(words, "in-flight", 256), 8 << 20};
    // Who has no base state, which stands for entry 1, needs a snapshot.
    if (i < members) {
      replica.start = {LogIndex(1), Term(1), configuration};
      replica.hard_state = {Term(1), ReplicaId(0), LogIndex(1)};
    }
    Restart(replica);
  }
  return "-\n";
}

// "log terms=1,2,2 [term=N] [vote=N] [commit=N]": what is on disk behind entry 1, and restarts.
std::string TranscriptCluster::GiveLog(Replica& replica, const Words& words) {
  LogIndex index(1);
  replica.log.clear();
  for (const uint64_t term : Numbers(words, "terms")) {
    index = index.Next();
    replica.log[index] = std::make_shared<Entry>(
        Entry{index, Term(term), EntryKind::kCommand, "t" + std::to_string(term)});
  }
  const uint64_t last_term = replica.log.empty() ? 1 : replica.log.rbegin()->second->term.value;
  replica.hard_state = {Term(Number(words, "term", last_term)), ReplicaId(Number(words, "vote", 0)),
                        LogIndex(Number(words, "commit", 1))};
  replica.raft = nullptr;
  replica.writes.clear();
  const std::string text = Restart(replica);
  // Time enough to vote again.
  for (int i = 0; i < replica.options.election_ticks; ++i) replica.raft->Tick();
  return text;
}

std::string TranscriptCluster::Restart(Replica& replica) {
  Options options = replica.options;
  options.replica = replica.id;
  options.prng = &replica.prng;
  options.configuration = replica.start.configuration;
  options.hard_state = replica.hard_state;
  options.applied = replica.start.index;
  options.applied_term = replica.start.term;
  options.restarted = replica.raft == nullptr && replica.hard_state.term > Term(1);
  for (const auto& [index, entry] : replica.log) options.entries.push_back(entry);
  replica.applied = options.applied;
  replica.applied_term = options.applied_term;
  replica.configuration = options.configuration;
  auto raft = Raft::Create(std::move(options));
  if (!raft.ok()) return raft.status().ToString() + "\n";
  replica.raft = std::make_unique<Raft>(std::move(*raft));
  replica.shown.clear();
  return "-\n";
}

// ------------------------------------------------------------------------------- the machinery

std::string TranscriptCluster::TakeReady(Replica& replica, bool all) {
  Ready ready = replica.raft->TakeReady();
  std::string text;
  if (all && ready.hard_state) {
    text += "hard state: term=" + std::to_string(ready.hard_state->term.value) +
            " vote=" + std::to_string(ready.hard_state->vote.value) + "\n";
  }
  for (const EntryPtr& entry : ready.entries) {
    if (all) text += "append: " + Print(*entry) + "\n";
  }
  if (ready.must_persist()) {
    if (all) {
      text += "as " + std::to_string(ready.number) +
              " with commit=" + std::to_string(ready.commit.value) +
              (ready.must_sync ? " must-sync" : "") + "\n";
    }
    replica.writes.push_back({ready.number, ready.hard_state, ready.commit, ready.entries});
  }
  for (const Message& message : ready.messages) {
    if (all) text += "send: " + Print(message);
    network_.push_back(message);
  }
  for (const EntryPtr& entry : ready.committed) {
    if (all) text += "apply: " + Print(*entry) + "\n";
    replica.to_apply.push_back(entry);
  }
  const std::string who = std::to_string(replica.id.value);
  for (const ReadState& read : ready.reads) {
    text += who + " read " + std::to_string(read.id) +
            (read.confirmed ? " at index " + std::to_string(read.index.value) : ": leads no more") +
            "\n";
  }
  for (const Fetch& fetch : ready.fetches) {
    text += who + " reads its log from " + std::to_string(fetch.from.value) + " for " +
            std::to_string(fetch.replica.value) + "\n";
    AnswerFetch(replica, fetch);
  }
  for (const ReplicaId to : ready.snapshots) text += SendSnapshot(replica, to);
  if (ready.install) {
    text +=
        who + " installs the snapshot through " + std::to_string(ready.install->index.value) + "\n";
    Install(replica, *ready.install);
  }
  return text;
}

void TranscriptCluster::Persist(Replica& replica, uint64_t number) {
  while (!replica.writes.empty() && replica.writes.front().number <= number) {
    const Write& write = replica.writes.front();
    if (write.hard_state) replica.hard_state = *write.hard_state;
    replica.hard_state.commit = std::max(replica.hard_state.commit, write.commit);
    if (!write.entries.empty()) {
      replica.log.erase(replica.log.lower_bound(write.entries.front()->index), replica.log.end());
    }
    for (const EntryPtr& entry : write.entries) replica.log[entry->index] = entry;
    replica.writes.pop_front();
  }
  replica.raft->Persisted(number);
}

std::string TranscriptCluster::Apply(Replica& replica, LogIndex index) {
  while (!replica.to_apply.empty() && replica.to_apply.front()->index <= index) {
    const EntryPtr& entry = replica.to_apply.front();
    replica.applied = entry->index;
    replica.applied_term = entry->term;
    if (entry->kind == EntryKind::kConfiguration) {
      replica.configuration = *DecodeConfiguration(entry->data);
    }
    replica.to_apply.pop_front();
  }
  replica.raft->Applied(replica.applied);
  return "-\n";
}

// All that a replica can do by itself.
std::string TranscriptCluster::Process(Replica& replica) {
  std::string text;
  while (replica.raft && replica.raft->HasReady()) {
    text += TakeReady(replica, /*all=*/false);
    if (!replica.writes.empty()) Persist(replica, replica.writes.back().number);
    Apply(replica, LogIndex(UINT64_MAX));
  }
  return text;
}

void TranscriptCluster::AnswerFetch(Replica& replica, const Fetch& fetch) {
  const LogIndex previous(fetch.from.value - 1);
  const bool start = previous == replica.start.index;
  std::vector<EntryPtr> entries;
  for (auto it = replica.log.find(fetch.from); it != replica.log.end(); ++it) {
    if (it->first <= fetch.to) entries.push_back(it->second);
  }
  if (entries.empty() || (!start && !replica.log.contains(previous))) {
    replica.raft->FetchFailed(fetch.replica);
    return;
  }
  const Term term = start ? replica.start.term : replica.log.at(previous)->term;
  replica.raft->Fetched(fetch.replica, fetch.from, term, std::move(entries));
}

std::string TranscriptCluster::SendSnapshot(Replica& replica, ReplicaId to) {
  const std::string what =
      std::to_string(replica.id.value) + " sends a snapshot to " + std::to_string(to.value);
  if (cut_.contains({replica.id.value, to.value})) {
    replica.raft->SnapshotSent(to, LogIndex(0));
    return what + ": in vain\n";
  }
  network_.push_back(replica.raft->InstallSnapshotMessage(
      to, {replica.applied, replica.applied_term, replica.configuration}));
  replica.raft->SnapshotSent(to, replica.applied);
  return what + "\n";
}

void TranscriptCluster::Install(Replica& replica, const SnapshotMetadata& metadata) {
  if (!replica.writes.empty()) Persist(replica, replica.writes.back().number);
  replica.log.clear();
  replica.start = metadata;
  replica.applied = metadata.index;
  replica.applied_term = metadata.term;
  replica.configuration = metadata.configuration;
  replica.hard_state.commit = metadata.index;
  replica.raft->SnapshotInstalled();
}

// The engine makes durable what is applied, and the log forgets it.
void TranscriptCluster::Flush(Replica& replica) {
  replica.start = {replica.applied, replica.applied_term, replica.configuration};
  replica.log.erase(replica.log.begin(), replica.log.upper_bound(replica.applied));
}

// What is on its way now, in order; what the receivers answer stays on its way.
std::string TranscriptCluster::Deliver(const Words& words) {
  const std::string link = words.size() > 1 ? words[1] : "*->*";
  std::deque<Message> now;
  std::erase_if(network_, [&](const Message& message) {
    if (Matches(link, message)) now.push_back(message);
    return Matches(link, message);
  });
  std::string text;
  for (const Message& message : now) text += Step(message);
  return text.empty() ? "none\n" : text;
}

std::string TranscriptCluster::Step(const Message& message) {
  const std::pair<uint64_t, uint64_t> link{message.from.value, message.to.value};
  if (hold_.contains(link)) {
    held_.push_back(message);
    return "held: " + Print(message);
  }
  Replica* to = Find(message.to);
  if (cut_.contains(link) || to == nullptr || !to->raft) return "lost: " + Print(message);
  const class Status status = to->raft->Step(message);
  return Print(message) + (status.ok() ? "" : "  " + status.ToString() + "\n");
}

// Until nothing is left to do without time passing.
std::string TranscriptCluster::Settle(bool quietly) {
  std::string text;
  for (int round = 0; round < 1000; ++round) {
    for (auto& [id, replica] : replicas_) text += Process(replica);
    if (network_.empty()) return quietly || text.empty() ? "-\n" : text;
    text += Deliver({"deliver"});
  }
  return text + "never ends\n";
}

// Ticks until it does something, two election timeouts at most.
std::string TranscriptCluster::Timeout(Replica& replica) {
  for (int i = 0; i < 2 * replica.options.election_ticks && !replica.raft->HasReady(); ++i) {
    replica.raft->Tick();
  }
  return "-\n";
}

TranscriptCluster::Replica* TranscriptCluster::Find(ReplicaId id) {
  const auto it = replicas_.find(id);
  return it == replicas_.end() ? nullptr : &it->second;
}

std::string TranscriptCluster::ChangedStatus() {
  std::string text;
  for (auto& [id, replica] : replicas_) {
    const std::string status = Status(replica);
    if (status == replica.shown) continue;
    replica.shown = status;
    text += status;
  }
  return text;
}

std::string TranscriptCluster::Status(const Replica& replica) const {
  constexpr const char* kRoles[] = {"follower", "pre-candidate", "candidate", "leader"};
  std::ostringstream out;
  if (replicas_.size() > 1) out << replica.id.value << ": ";
  if (!replica.raft) {
    out << "down\n";
    return out.str();
  }
  const Raft& raft = *replica.raft;
  out << kRoles[int(raft.role())] << (raft.LeaderReady() ? " ready" : "")
      << (raft.removed() ? " removed" : "");
  if (raft.role() == Role::kFollower && raft.leader().value != 0) {
    out << " of " << raft.leader().value;
  }
  out << " term=" << raft.term().value << " last=" << raft.last_index().value
      << " persisted=" << raft.persisted().value << " commit=" << raft.commit().value
      << " applied=" << raft.applied().value;
  if (replicas_.size() == 1 && raft.HasReady()) out << " has-ready";
  out << "\n";
  return out.str();
}

}  // namespace skerry::raft
