#include <string>

#include "replication/raft/transcript_cluster.h"

namespace skerry::raft {
namespace {

std::string Number(uint64_t value) { return std::to_string(value); }

std::string Answered(const Message& message, const char* yes, const char* no) {
  return message.reject ? no : yes;
}

std::string PrintAppendResponse(const Message& message) {
  if (!message.reject) return "has " + Number(message.log_index.value);
  if (message.needs_snapshot) return "needs a snapshot";
  return "lacks " + Number(message.log_index.value) + ", try " + Number(message.hint_term.value) +
         "/" + Number(message.hint_index.value);
}

std::string PrintAppend(const Message& message) {
  std::string text = "append after " + Number(message.log_term.value) + "/" +
                     Number(message.log_index.value) + " [";
  for (const EntryPtr& entry : message.entries) {
    if (text.back() != '[') text += ", ";
    text += Print(*entry);
  }
  return text + "] commit=" + Number(message.commit.value);
}

std::string Content(const Message& message) {
  const std::string last =
      "last=" + Number(message.log_term.value) + "/" + Number(message.log_index.value);
  const std::string sequence =
      message.read_sequence > 0 ? " read=" + Number(message.read_sequence) : "";
  switch (message.type) {
    case MessageType::kPreVote:
      return "would you vote? " + last;
    case MessageType::kPreVoteResponse:
      return Answered(message, "would vote", "would not vote");
    case MessageType::kRequestVote:
      return (message.transfer ? "vote, on its leader's word! " : "vote! ") + last;
    case MessageType::kRequestVoteResponse:
      return Answered(message, "votes", "does not vote");
    case MessageType::kAppendEntries:
      return PrintAppend(message);
    case MessageType::kAppendEntriesResponse:
      return PrintAppendResponse(message);
    case MessageType::kFortify:
      return "fortify epoch=" + Number(message.epoch);
    case MessageType::kFortifyResponse:
      return "fortified epoch=" + Number(message.epoch);
    case MessageType::kUnfortified:
      return "unfortified epoch=" + Number(message.epoch);
    case MessageType::kHeartbeat:
      return "heartbeat commit=" + Number(message.commit.value) + sequence;
    case MessageType::kHeartbeatResponse:
      return "heard" + sequence + Answered(message, "", ", cannot tell whether it agrees");
    case MessageType::kInstallSnapshot:
      return "snapshot through " + Number(message.snapshot->term.value) + "/" +
             Number(message.snapshot->index.value) + " (" +
             ToString(message.snapshot->configuration) + ")";
    case MessageType::kTimeoutNow:
      return "campaign now";
    case MessageType::kNotMember:
      return "you are no member";
  }
  return "unknown";
}

}  // namespace

std::string Print(const Entry& entry) {
  static constexpr const char* kKinds[] = {"no-op", "command", "configuration"};
  std::string text = Number(entry.term.value) + "/" + Number(entry.index.value) + " ";
  if (entry.kind == EntryKind::kConfiguration) {
    return text + "(" + ToString(*DecodeConfiguration(entry.data)) + ")";
  }
  text += kKinds[static_cast<int>(entry.kind)];
  if (!entry.data.empty()) text += " \"" + entry.data + "\"";
  return text;
}

std::string Print(const Message& message) {
  return Number(message.from.value) + "->" + Number(message.to.value) + " term " +
         Number(message.term.value) + ": " + Content(message) + "\n";
}

}  // namespace skerry::raft
