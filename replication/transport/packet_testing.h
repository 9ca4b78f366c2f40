#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/crc32c.h"
#include "base/prng.h"
#include "replication/transport/transport.h"

// Packets for tests.

namespace skerry::transport {

inline std::string RandomBytes(Prng& prng, size_t most) {
  std::string bytes(prng.Below(most + 1), '\0');
  for (char& c : bytes) c = static_cast<char>(prng.Below(256));
  return bytes;
}

// Often small, sometimes as large as can be.
inline uint64_t RandomNumber(Prng& prng, uint64_t least = 0) {
  return prng.Chance(1, 2) ? least + prng.Below(4) : std::max(least, prng.Next() >> prng.Below(64));
}

inline raft::Configuration RandomConfiguration(Prng& prng) {
  raft::Configuration configuration;
  uint64_t id = 0;
  const auto some = [&](std::vector<ReplicaId>* out, uint64_t least) {
    for (uint64_t n = least + prng.Below(4); n > 0; --n) {
      out->push_back(ReplicaId(id += 1 + prng.Below(uint64_t{1} << 40)));
    }
  };
  some(&configuration.voters, 1);
  some(&configuration.learners, 0);
  if (prng.Chance(1, 2)) {
    some(&configuration.outgoing, 1);
    if (prng.Chance(1, 2)) configuration.learners_next = {configuration.outgoing.back()};
  }
  return configuration;
}

inline raft::SnapshotMetadata RandomMetadata(Prng& prng) {
  return {LogIndex(RandomNumber(prng, 1)), Term(RandomNumber(prng)), RandomConfiguration(prng)};
}

inline raft::EntryPtr RandomEntry(Prng& prng) {
  raft::Entry entry;
  entry.index = LogIndex(RandomNumber(prng, 1));
  entry.term = Term(RandomNumber(prng));
  entry.kind = static_cast<raft::EntryKind>(prng.Below(3));
  entry.data = entry.kind == raft::EntryKind::kConfiguration
                   ? raft::EncodeConfiguration(RandomConfiguration(prng))
                   : RandomBytes(prng, 300);
  return std::make_shared<const raft::Entry>(std::move(entry));
}

inline raft::Message RandomMessage(Prng& prng) {
  raft::Message message;
  message.type =
      static_cast<raft::MessageType>(1 + prng.Below(static_cast<uint64_t>(raft::kLastMessageType)));
  message.from = ReplicaId(RandomNumber(prng, 1));
  message.to = ReplicaId(RandomNumber(prng, 1));
  message.term = Term(RandomNumber(prng));
  message.log_index = LogIndex(RandomNumber(prng));
  message.log_term = Term(RandomNumber(prng));
  message.commit = LogIndex(RandomNumber(prng));
  for (uint64_t n = prng.Below(5); n > 0; --n) message.entries.push_back(RandomEntry(prng));
  message.reject = prng.Chance(1, 2);
  message.transfer = prng.Chance(1, 2);
  message.hint_index = LogIndex(RandomNumber(prng));
  message.hint_term = Term(RandomNumber(prng));
  message.needs_snapshot = prng.Chance(1, 2);
  message.read_sequence = RandomNumber(prng);
  message.epoch = RandomNumber(prng);
  if (message.type == raft::MessageType::kInstallSnapshot || prng.Chance(1, 8)) {
    message.snapshot = std::make_shared<const raft::SnapshotMetadata>(RandomMetadata(prng));
  }
  return message;
}

inline SnapshotChunk RandomChunk(Prng& prng) {
  SnapshotChunk chunk;
  chunk.from = ReplicaId(RandomNumber(prng, 1));
  chunk.to = ReplicaId(RandomNumber(prng, 1));
  chunk.term = Term(RandomNumber(prng));
  chunk.snapshot = RandomNumber(prng);
  chunk.metadata = RandomMetadata(prng);
  chunk.sequence = RandomNumber(prng);
  chunk.last = prng.Chance(1, 2);
  chunk.data = RandomBytes(prng, 2000);
  chunk.checksum = Crc32c(chunk.data);
  return chunk;
}

inline SnapshotChunkResponse RandomChunkResponse(Prng& prng) {
  SnapshotChunkResponse response;
  response.from = ReplicaId(RandomNumber(prng, 1));
  response.to = ReplicaId(RandomNumber(prng, 1));
  response.snapshot = RandomNumber(prng);
  response.next = RandomNumber(prng);
  response.refused = prng.Chance(1, 2);
  return response;
}

template <typename Heartbeat>
Heartbeat RandomHeartbeat(Prng& prng) {
  const auto time = [&] { return Duration(static_cast<int64_t>(RandomNumber(prng) >> 1)); };
  return {.epoch = RandomNumber(prng, 1), .sent = MonotonicTime(time()), .promise = time()};
}

inline Packet RandomPacket(Prng& prng) {
  Packet packet;
  packet.group = GroupId(RandomNumber(prng, 1));
  switch (prng.Below(8)) {
    case 0:
      packet.body = RandomChunk(prng);
      break;
    case 1:
      packet.body = RandomChunkResponse(prng);
      break;
    case 2:
      packet.body = Request{.id = RandomNumber(prng), .body = RandomBytes(prng, 2000)};
      break;
    case 3:
      packet.body = Response{.id = RandomNumber(prng), .body = RandomBytes(prng, 2000)};
      break;
    case 4:
      packet = {GroupId(0), RandomHeartbeat<NodeHeartbeat>(prng)};
      break;
    case 5:
      packet = {GroupId(0), RandomHeartbeat<NodeHeartbeatResponse>(prng)};
      break;
    default:
      packet.body = RandomMessage(prng);
  }
  return packet;
}

// A message of which tests read no more than its number.
inline Packet NumberedMessage(uint64_t number, size_t bytes = 0) {
  raft::Message message;
  message.type = raft::MessageType::kAppendEntries;
  message.from = ReplicaId(1);
  message.to = ReplicaId(2);
  message.read_sequence = number;
  if (bytes > 0) {
    message.entries.push_back(std::make_shared<const raft::Entry>(
        raft::Entry{.index = LogIndex(number + 1),
                    .term = Term(1),
                    .kind = raft::EntryKind::kCommand,
                    .data = std::string(bytes, static_cast<char>('a' + number % 26))}));
  }
  return Packet{.group = GroupId(1), .body = std::move(message)};
}

inline Packet NumberedChunk(uint64_t number, size_t bytes) {
  SnapshotChunk chunk;
  chunk.from = ReplicaId(1);
  chunk.to = ReplicaId(2);
  chunk.snapshot = 1;
  chunk.metadata = {LogIndex(1), Term(1), {.voters = {ReplicaId(1)}}};
  chunk.sequence = number;
  chunk.data = std::string(bytes, static_cast<char>('a' + number % 26));
  chunk.checksum = Crc32c(chunk.data);
  return Packet{.group = GroupId(1), .body = std::move(chunk)};
}

inline Packet NumberedRequest(uint64_t number, size_t bytes = 0) {
  return Packet{.group = GroupId(1),
                .body = Request{.id = number,
                                .body = std::string(bytes, static_cast<char>('a' + number % 26))}};
}

inline Packet NumberedResponse(uint64_t number, size_t bytes = 0) {
  return Packet{.group = GroupId(1),
                .body = Response{.id = number,
                                 .body = std::string(bytes, static_cast<char>('a' + number % 26))}};
}

// The number of any of them.
inline uint64_t NumberOf(const Packet& packet) {
  if (const auto* request = std::get_if<Request>(&packet.body)) return request->id;
  if (const auto* response = std::get_if<Response>(&packet.body)) return response->id;
  if (const auto* chunk = std::get_if<SnapshotChunk>(&packet.body)) return chunk->sequence;
  return std::get<raft::Message>(packet.body).read_sequence;
}

// Every field, so that equal texts are equal packets.
inline std::string Describe(const raft::SnapshotMetadata& metadata) {
  return std::to_string(metadata.index.value) + "@" + std::to_string(metadata.term.value) + " (" +
         ToString(metadata.configuration) + ")";
}

inline std::string Describe(const Packet& packet) {
  std::string out = "group " + std::to_string(packet.group.value);
  const auto add = [&](std::string_view name, uint64_t value) {
    out.append(" ").append(name).append(" ").append(std::to_string(value));
  };
  const auto ends = [&](const auto& body) {
    add("from", body.from.value);
    add("to", body.to.value);
  };
  if (const auto* message = std::get_if<raft::Message>(&packet.body)) {
    add("message", static_cast<uint64_t>(message->type));
    ends(*message);
    add("term", message->term.value);
    add("log_index", message->log_index.value);
    add("log_term", message->log_term.value);
    add("commit", message->commit.value);
    for (const raft::EntryPtr& entry : message->entries) {
      add("entry", entry->index.value);
      add("term", entry->term.value);
      add("kind", static_cast<uint64_t>(entry->kind));
      out += " data " + entry->data + ";";
    }
    add("reject", message->reject ? 1 : 0);
    add("transfer", message->transfer ? 1 : 0);
    add("hint_index", message->hint_index.value);
    add("hint_term", message->hint_term.value);
    add("needs_snapshot", message->needs_snapshot ? 1 : 0);
    add("read_sequence", message->read_sequence);
    add("epoch", message->epoch);
    if (message->snapshot) out += " snapshot " + Describe(*message->snapshot);
  } else if (const auto* chunk = std::get_if<SnapshotChunk>(&packet.body)) {
    add("chunk", chunk->snapshot);
    ends(*chunk);
    add("term", chunk->term.value);
    out += " of " + Describe(chunk->metadata);
    add("sequence", chunk->sequence);
    add("last", chunk->last ? 1 : 0);
    add("checksum", chunk->checksum);
    out += " data " + chunk->data;
  } else if (const auto* chunk_response = std::get_if<SnapshotChunkResponse>(&packet.body)) {
    add("chunk response", chunk_response->snapshot);
    ends(*chunk_response);
    add("next", chunk_response->next);
    add("refused", chunk_response->refused ? 1 : 0);
  } else if (const auto* request = std::get_if<Request>(&packet.body)) {
    add("request", request->id);
    out += " body " + request->body;
  } else if (const auto* response = std::get_if<Response>(&packet.body)) {
    add("response", response->id);
    out += " body " + response->body;
  } else {
    const auto heartbeat = [&](std::string_view name, const auto& body) {
      add(name, body.epoch);
      add("sent", static_cast<uint64_t>(body.sent.time_since_epoch().count()));
      add("promise", static_cast<uint64_t>(body.promise.count()));
    };
    if (const auto* asks = std::get_if<NodeHeartbeat>(&packet.body)) {
      heartbeat("heartbeat", *asks);
    } else {
      heartbeat("heartbeat response", std::get<NodeHeartbeatResponse>(packet.body));
    }
  }
  return out;
}

}  // namespace skerry::transport
