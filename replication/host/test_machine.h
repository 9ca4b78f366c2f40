#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/crc32c.h"
#include "replication/group/state_machine.h"

namespace skerry::host {

// For tests and measurements: what an engine without a write-ahead log does to a group. Apply
// changes the memory only; Flush makes it durable; Crash goes back to what was flushed. The state
// is the list of commands applied. Commands that start with '!' are refused with their own text.
class TestMachine final : public group::StateMachine {
 public:
  struct State {
    LogIndex applied;
    Term term;
    std::vector<std::string> commands;
    raft::SnapshotMetadata installed;
  };

  explicit TestMachine(bool keep_commands = true) : keep_commands_(keep_commands) {}

  Status Apply(std::span<const group::CommittedEntry> entries, LogIndex applied, Term applied_term,
               std::vector<Status>* outcomes) override {
    LogIndex last = memory_.applied;
    for (size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].index <= last || entries[i].index > applied) return Internal("out of order");
      last = entries[i].index;
      if (entries[i].command.starts_with('!')) {
        (*outcomes)[i] = FailedPrecondition(std::string(entries[i].command));
      } else if (keep_commands_) {
        memory_.commands.emplace_back(entries[i].command);
      }
    }
    if (applied <= memory_.applied) return Internal("applied twice");
    memory_.applied = applied;
    memory_.term = applied_term;
    ++applies_;
    if (flush_always_) Flush();
    return OkStatus();
  }
  LogIndex applied() const override { return memory_.applied; }
  Term applied_term() const override { return memory_.term; }
  Result<LogIndex> FlushedIndex() override { return LogIndex(flushed_index_.load()); }
  void RequestFlush() override {
    ++flush_requests_;
    if (on_flush_request_) on_flush_request_();
  }
  void OnStanding(group::Standing) override {}
  void OnInstalled() override {}

  Result<std::unique_ptr<group::SnapshotReader>> TakeSnapshot() override {
    return std::unique_ptr<group::SnapshotReader>(std::make_unique<Reader>(memory_.commands));
  }
  Result<std::unique_ptr<group::SnapshotWriter>> ReceiveSnapshot(
      const raft::SnapshotMetadata& metadata) override {
    return std::unique_ptr<group::SnapshotWriter>(std::make_unique<Writer>(*this, metadata));
  }
  raft::SnapshotMetadata installed() const override { return memory_.installed; }

  void Flush() {
    flushed_ = memory_;
    flushed_index_ = flushed_.applied.value;
  }
  void Crash() { memory_ = flushed_; }
  void FlushAlways() { flush_always_ = true; }

  const State& state() const { return memory_; }
  const State& flushed() const { return flushed_; }
  int applies() const { return applies_; }
  int flush_requests() const { return flush_requests_; }
  // Called while a flush is asked for.
  void OnFlushRequest(std::function<void()> hook) { on_flush_request_ = std::move(hook); }
  int installs() const { return installs_; }

 private:
  // A few commands a piece, one a line.
  class Reader final : public group::SnapshotReader {
   public:
    explicit Reader(std::vector<std::string> commands) : commands_(std::move(commands)) {}
    Result<std::string> Read(size_t /*bytes*/) override {
      std::string piece;
      for (int i = 0; i < 7 && at_ < commands_.size(); ++i) piece += commands_[at_++] + "\n";
      return piece;
    }

   private:
    std::vector<std::string> commands_;
    size_t at_ = 0;
  };
  class Writer final : public group::SnapshotWriter {
   public:
    Writer(TestMachine& machine, raft::SnapshotMetadata metadata)
        : machine_(machine), metadata_(std::move(metadata)) {}
    Status Add(std::string_view piece) override {
      while (!piece.empty()) {
        const size_t end = piece.find('\n');
        if (end == std::string_view::npos) return InvalidArgument("a piece that breaks off");
        commands_.emplace_back(piece.substr(0, end));
        piece.remove_prefix(end + 1);
      }
      return OkStatus();
    }
    Status Install() override {
      machine_.memory_ = {metadata_.index, metadata_.term, std::move(commands_), metadata_};
      machine_.Flush();
      ++machine_.installs_;
      return OkStatus();
    }

   private:
    TestMachine& machine_;
    const raft::SnapshotMetadata metadata_;
    std::vector<std::string> commands_;
  };

  const bool keep_commands_;
  bool flush_always_ = false;
  State memory_;
  State flushed_;
  std::atomic<uint64_t> flushed_index_ = 0;
  int applies_ = 0;
  std::atomic<int> flush_requests_ = 0;
  std::function<void()> on_flush_request_;
  int installs_ = 0;
};

}  // namespace skerry::host
