// Scenarios as text: testdata/*.txt hold commands and what they print, reviewed as text. To write
// what is printed now into the files: SKERRY_REWRITE=1 replication_raft_test.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "replication/raft/raft.h"

namespace skerry::raft {
namespace {

std::string Print(const Entry& entry) {
  static constexpr const char* kKinds[] = {"no-op", "command", "configuration"};
  std::string text = std::to_string(entry.term.value) + "/" + std::to_string(entry.index.value) +
                     " " + kKinds[static_cast<int>(entry.kind)];
  if (!entry.data.empty()) text += " \"" + entry.data + "\"";
  return text;
}

std::string Print(const Ready& ready) {
  std::ostringstream out;
  if (ready.hard_state) {
    out << "hard state: term=" << ready.hard_state->term.value
        << " vote=" << ready.hard_state->vote.value << "\n";
  }
  for (const EntryPtr& entry : ready.entries) out << "append: " << Print(*entry) << "\n";
  if (ready.hard_state || !ready.entries.empty()) {
    out << "as " << ready.number << " with commit=" << ready.commit.value
        << (ready.must_sync ? " must-sync" : "") << "\n";
  }
  for (const EntryPtr& entry : ready.committed) out << "apply: " << Print(*entry) << "\n";
  return ready.empty() ? "nothing\n" : out.str();
}

// The value of `name=` in the words of a command, or `otherwise`.
uint64_t Number(const std::vector<std::string>& words, const std::string& name,
                uint64_t otherwise) {
  for (const std::string& word : words) {
    if (word.starts_with(name + "=")) return std::stoull(word.substr(name.size() + 1));
  }
  return otherwise;
}

class Player {
 public:
  std::string Play(const std::string& command) {
    std::istringstream in(command);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    const std::string output = Run(words);
    if (raft_) raft_->CheckInvariants();
    return output;
  }

 private:
  std::string Run(const std::vector<std::string>& words) {
    const std::string& verb = words.at(0);
    if (verb == "start") return Start(words);
    if (verb == "propose") {
      const auto index = raft_->Propose(words.at(1));
      return (index.ok() ? "index " + std::to_string(index->value) : index.status().ToString()) +
             "\n";
    }
    if (verb == "propose-voters") {
      Configuration configuration;
      for (size_t i = 1; i < words.size(); ++i) {
        configuration.voters.push_back(ReplicaId(std::stoull(words[i])));
      }
      const auto index = raft_->ProposeConfiguration(configuration);
      return (index.ok() ? "index " + std::to_string(index->value) : index.status().ToString()) +
             "\n";
    }
    if (verb == "ready") return Print(raft_->TakeReady());
    if (verb == "persisted") {
      raft_->Persisted(std::stoull(words.at(1)));
      return Status();
    }
    if (verb == "applied") {
      raft_->Applied(LogIndex(Number(words, "index", 0)));
      return Status();
    }
    if (verb == "tick") {
      raft_->Tick();
      return Status();
    }
    if (verb == "step") {
      Message message;
      message.type = MessageType::kRequestVote;
      message.from = ReplicaId(Number(words, "from", 0));
      message.to = ReplicaId(Number(words, "to", 1));
      message.term = Term(Number(words, "term", 0));
      return raft_->Step(message).ToString() + "\n" + Status();
    }
    return "unknown command\n";
  }

  std::string Start(const std::vector<std::string>& words) {
    Options options;
    options.prng = &prng_;
    options.replica = ReplicaId(1);
    options.configuration.voters = {ReplicaId(1)};
    if (const uint64_t other = Number(words, "other-voter", 0)) {
      options.configuration.voters.push_back(ReplicaId(other));
    }
    options.hard_state.term = Term(Number(words, "term", 0));
    options.hard_state.vote = ReplicaId(Number(words, "vote", 0));
    options.hard_state.commit = LogIndex(Number(words, "commit", 0));
    options.applied = LogIndex(Number(words, "applied", 0));
    options.applied_term = Term(Number(words, "applied-term", 0));
    options.max_pending_bytes = Number(words, "max-pending", 1 << 20);
    options.max_committed_bytes = Number(words, "max-committed", 1 << 20);
    for (uint64_t i = options.applied.value + 1; i <= Number(words, "last", 0); ++i) {
      options.entries.push_back(std::make_shared<Entry>(Entry{
          LogIndex(i), options.hard_state.term, EntryKind::kCommand, "old" + std::to_string(i)}));
    }
    auto raft = Raft::Create(std::move(options));
    if (!raft.ok()) return raft.status().ToString() + "\n";
    raft_.emplace(std::move(*raft));
    return Status();
  }

  std::string Status() const {
    std::ostringstream out;
    out << (raft_->role() == Role::kLeader ? "leader" : "follower")
        << (raft_->LeaderReady() ? " ready" : "") << " term=" << raft_->term().value
        << " last=" << raft_->last_index().value << " persisted=" << raft_->persisted().value
        << " commit=" << raft_->commit().value << " applied=" << raft_->applied().value
        << (raft_->HasReady() ? " has-ready" : "") << "\n";
    return out.str();
  }

  Prng prng_{1};
  std::optional<Raft> raft_;
};

// A file is blocks divided by empty lines: a command, "----", what it prints. '#' begins a comment.
std::string PlayFile(const std::string& content) {
  std::istringstream in(content);
  std::ostringstream out;
  Player player;
  bool skipping = false;
  for (std::string line; std::getline(in, line);) {
    if (skipping && !line.empty()) continue;
    skipping = false;
    if (line == "----") {
      skipping = true;
      continue;
    }
    out << line << "\n";
    if (line.empty() || line.starts_with('#')) continue;
    out << "----\n" << player.Play(line);
  }
  return out.str();
}

TEST(RaftTranscriptTest, PrintsWhatTheFilesSay) {
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(SKERRY_RAFT_TESTDATA)) {
    ++files;
    std::stringstream content;
    content << std::ifstream(file.path()).rdbuf();
    const std::string played = PlayFile(content.str());
    if (std::getenv("SKERRY_REWRITE") != nullptr)
      std::ofstream(file.path()) << played;
    else
      EXPECT_EQ(played, content.str()) << file.path();
  }
  EXPECT_GE(files, 5);
}

}  // namespace
}  // namespace skerry::raft
