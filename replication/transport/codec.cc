#include "replication/transport/codec.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <memory>
#include <utility>

#include "base/crc32c.h"
#include "proto/raft/v1/raft.pb.h"
#include "replication/raft/configuration.h"

namespace skerry::transport {
namespace {

namespace pb = proto::raft::v1;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr uint32_t kPacketTag = WireFormatLite::MakeTag(pb::Frame::kPacketsFieldNumber,
                                                        WireFormatLite::WIRETYPE_LENGTH_DELIMITED);

// --- To the wire

void Put(const std::vector<ReplicaId>& replicas, google::protobuf::RepeatedField<uint64_t>* field) {
  for (const ReplicaId replica : replicas) field->Add(replica.value);
}

void Put(const raft::SnapshotMetadata& metadata, pb::SnapshotMetadata* out) {
  out->set_index(metadata.index.value);
  out->set_term(metadata.term.value);
  pb::Configuration& configuration = *out->mutable_configuration();
  Put(metadata.configuration.voters, configuration.mutable_voters());
  Put(metadata.configuration.outgoing, configuration.mutable_outgoing());
  Put(metadata.configuration.learners, configuration.mutable_learners());
  Put(metadata.configuration.learners_next, configuration.mutable_learners_next());
}

void Put(const raft::Message& message, pb::Message* out) {
  out->set_type(static_cast<uint32_t>(message.type));
  out->set_from(message.from.value);
  out->set_to(message.to.value);
  out->set_term(message.term.value);
  out->set_log_index(message.log_index.value);
  out->set_log_term(message.log_term.value);
  out->set_commit(message.commit.value);
  out->mutable_entries()->Reserve(static_cast<int>(message.entries.size()));
  for (const raft::EntryPtr& entry : message.entries) {
    pb::Entry& added = *out->add_entries();
    added.set_index(entry->index.value);
    added.set_term(entry->term.value);
    added.set_kind(static_cast<uint32_t>(entry->kind));
    added.set_data(entry->data);
  }
  out->set_reject(message.reject);
  out->set_transfer(message.transfer);
  out->set_hint_index(message.hint_index.value);
  out->set_hint_term(message.hint_term.value);
  out->set_needs_snapshot(message.needs_snapshot);
  out->set_read_sequence(message.read_sequence);
  out->set_read_commit(message.read_commit.value);
  out->set_asked(message.asked);
  out->set_epoch(message.epoch);
  if (message.snapshot) Put(*message.snapshot, out->mutable_snapshot());
}

void Put(const SnapshotChunk& chunk, pb::SnapshotChunk* out) {
  out->set_from(chunk.from.value);
  out->set_to(chunk.to.value);
  out->set_term(chunk.term.value);
  out->set_snapshot(chunk.snapshot);
  Put(chunk.metadata, out->mutable_metadata());
  out->set_sequence(chunk.sequence);
  out->set_last(chunk.last);
  out->set_checksum(chunk.checksum);
  out->set_data(chunk.data);
}

void Put(const SnapshotChunkResponse& response, pb::SnapshotChunkResponse* out) {
  out->set_from(response.from.value);
  out->set_to(response.to.value);
  out->set_snapshot(response.snapshot);
  out->set_next(response.next);
  out->set_refused(response.refused);
}

template <typename In, typename Out>
void PutNumbered(const In& in, Out* out) {
  out->set_id(in.id);
  out->set_body(in.body);
}

template <typename In, typename Out>
void PutHeartbeat(const In& in, Out* out) {
  out->set_epoch(in.epoch);
  out->set_sent(static_cast<uint64_t>(in.sent.time_since_epoch().count()));
  out->set_promise(static_cast<uint64_t>(in.promise.count()));
}

void Put(const Packet& packet, pb::Packet* out) {
  out->set_group(packet.group.value);
  if (const auto* message = std::get_if<raft::Message>(&packet.body)) {
    Put(*message, out->mutable_message());
  } else if (const auto* chunk = std::get_if<SnapshotChunk>(&packet.body)) {
    Put(*chunk, out->mutable_snapshot_chunk());
  } else if (const auto* response = std::get_if<SnapshotChunkResponse>(&packet.body)) {
    Put(*response, out->mutable_snapshot_chunk_response());
  } else if (const auto* request = std::get_if<Request>(&packet.body)) {
    PutNumbered(*request, out->mutable_request());
  } else if (const auto* answer = std::get_if<Response>(&packet.body)) {
    PutNumbered(*answer, out->mutable_response());
  } else if (const auto* heartbeat = std::get_if<NodeHeartbeat>(&packet.body)) {
    PutHeartbeat(*heartbeat, out->mutable_node_heartbeat());
  } else {
    PutHeartbeat(std::get<NodeHeartbeatResponse>(packet.body),
                 out->mutable_node_heartbeat_response());
  }
}

// --- From the wire

Status Malformed(std::string_view what) {
  return Corruption("a peer's packet: " + std::string(what));
}
Status NotUnderstood(std::string_view what) {
  return Unimplemented("a peer's packet: " + std::string(what));
}

std::vector<ReplicaId> Take(const google::protobuf::RepeatedField<uint64_t>& field) {
  std::vector<ReplicaId> replicas;
  replicas.reserve(static_cast<size_t>(field.size()));
  for (const uint64_t value : field) replicas.emplace_back(value);
  return replicas;
}

Result<raft::SnapshotMetadata> Take(const pb::SnapshotMetadata& in) {
  raft::SnapshotMetadata metadata;
  metadata.index = LogIndex(in.index());
  metadata.term = Term(in.term());
  metadata.configuration.voters = Take(in.configuration().voters());
  metadata.configuration.outgoing = Take(in.configuration().outgoing());
  metadata.configuration.learners = Take(in.configuration().learners());
  metadata.configuration.learners_next = Take(in.configuration().learners_next());
  if (metadata.index.value == 0) return Malformed("a snapshot of nothing");
  if (Status status = metadata.configuration.Check(); !status.ok()) {
    return Malformed(status.message());
  }
  return metadata;
}

Result<raft::EntryPtr> Take(pb::Entry&& in) {
  if (in.index() == 0) return Malformed("an entry without an index");
  if (in.kind() > static_cast<uint32_t>(raft::EntryKind::kConfiguration)) {
    return NotUnderstood("an entry of kind " + std::to_string(in.kind()));
  }
  auto entry = std::make_shared<raft::Entry>();
  entry->index = LogIndex(in.index());
  entry->term = Term(in.term());
  entry->kind = static_cast<raft::EntryKind>(in.kind());
  entry->data = std::move(*in.mutable_data());
  if (entry->kind == raft::EntryKind::kConfiguration) {
    const auto configuration = raft::DecodeConfiguration(entry->data);
    if (!configuration.ok()) return Malformed(configuration.status().message());
  }
  return raft::EntryPtr(std::move(entry));
}

Result<raft::Message> Take(pb::Message&& in) {
  if (in.type() == 0) return Malformed("a message without a type");
  if (in.type() > static_cast<uint32_t>(raft::kLastMessageType)) {
    return NotUnderstood("a message of type " + std::to_string(in.type()));
  }
  if (in.from() == 0 || in.to() == 0) return Malformed("a message of or for nobody");
  raft::Message message;
  message.type = static_cast<raft::MessageType>(in.type());
  message.from = ReplicaId(in.from());
  message.to = ReplicaId(in.to());
  message.term = Term(in.term());
  message.log_index = LogIndex(in.log_index());
  message.log_term = Term(in.log_term());
  message.commit = LogIndex(in.commit());
  message.entries.reserve(static_cast<size_t>(in.entries_size()));
  for (pb::Entry& entry : *in.mutable_entries()) {
    SKERRY_ASSIGN_OR_RETURN(raft::EntryPtr taken, Take(std::move(entry)));
    message.entries.push_back(std::move(taken));
  }
  message.reject = in.reject();
  message.transfer = in.transfer();
  message.hint_index = LogIndex(in.hint_index());
  message.hint_term = Term(in.hint_term());
  message.needs_snapshot = in.needs_snapshot();
  message.read_sequence = in.read_sequence();
  message.read_commit = LogIndex(in.read_commit());
  message.asked = in.asked();
  message.epoch = in.epoch();
  if (in.has_snapshot()) {
    SKERRY_ASSIGN_OR_RETURN(raft::SnapshotMetadata metadata, Take(in.snapshot()));
    message.snapshot = std::make_shared<const raft::SnapshotMetadata>(std::move(metadata));
  } else if (message.type == raft::MessageType::kInstallSnapshot) {
    return Malformed("to install no snapshot");
  }
  return message;
}

Result<SnapshotChunk> Take(pb::SnapshotChunk&& in) {
  if (in.from() == 0 || in.to() == 0) return Malformed("a chunk of or for nobody");
  SnapshotChunk chunk;
  chunk.from = ReplicaId(in.from());
  chunk.to = ReplicaId(in.to());
  chunk.term = Term(in.term());
  chunk.snapshot = in.snapshot();
  SKERRY_ASSIGN_OR_RETURN(chunk.metadata, Take(in.metadata()));
  chunk.sequence = in.sequence();
  chunk.last = in.last();
  chunk.checksum = in.checksum();
  chunk.data = std::move(*in.mutable_data());
  if (Crc32c(chunk.data) != chunk.checksum) return Malformed("a chunk's checksum is wrong");
  return chunk;
}

Result<SnapshotChunkResponse> Take(const pb::SnapshotChunkResponse& in) {
  if (in.from() == 0 || in.to() == 0) return Malformed("an answer of or for nobody");
  SnapshotChunkResponse response;
  response.from = ReplicaId(in.from());
  response.to = ReplicaId(in.to());
  response.snapshot = in.snapshot();
  response.next = in.next();
  response.refused = in.refused();
  return response;
}

template <typename Out, typename In>
Result<Packet> TakeHeartbeat(const In& in) {
  if (in.epoch() == 0) return Malformed("a heartbeat of no epoch");
  if (in.sent() > INT64_MAX || in.promise() > INT64_MAX) {
    return Malformed("a heartbeat beyond all time");
  }
  Out out{.epoch = in.epoch(),
          .sent = MonotonicTime(Duration(static_cast<int64_t>(in.sent()))),
          .promise = Duration(static_cast<int64_t>(in.promise()))};
  return Packet{.group = GroupId(0), .body = out};
}

Result<Packet> Take(pb::Packet&& in) {
  if (in.has_node_heartbeat()) return TakeHeartbeat<NodeHeartbeat>(in.node_heartbeat());
  if (in.has_node_heartbeat_response()) {
    return TakeHeartbeat<NodeHeartbeatResponse>(in.node_heartbeat_response());
  }
  if (in.group() == 0) return Malformed("for no group");
  Packet packet;
  packet.group = GroupId(in.group());
  switch (in.body_case()) {
    case pb::Packet::kMessage: {
      SKERRY_ASSIGN_OR_RETURN(packet.body, Take(std::move(*in.mutable_message())));
      return packet;
    }
    case pb::Packet::kSnapshotChunk: {
      SKERRY_ASSIGN_OR_RETURN(packet.body, Take(std::move(*in.mutable_snapshot_chunk())));
      return packet;
    }
    case pb::Packet::kSnapshotChunkResponse: {
      SKERRY_ASSIGN_OR_RETURN(packet.body, Take(in.snapshot_chunk_response()));
      return packet;
    }
    case pb::Packet::kRequest:
      packet.body = Request{.id = in.request().id(),
                            .body = std::move(*in.mutable_request()->mutable_body())};
      return packet;
    case pb::Packet::kResponse:
      packet.body = Response{.id = in.response().id(),
                             .body = std::move(*in.mutable_response()->mutable_body())};
      return packet;
    case pb::Packet::kNodeHeartbeat:
    case pb::Packet::kNodeHeartbeatResponse:
    case pb::Packet::BODY_NOT_SET:
      break;
  }
  return NotUnderstood("a body that is not known");
}

}  // namespace

struct EncodedPacket::Form {
  pb::Packet packet;
};

EncodedPacket::EncodedPacket(const Packet& packet) : form_(std::make_unique<Form>()) {
  Put(packet, &form_->packet);
  const size_t body = form_->packet.ByteSizeLong();
  size_ =
      CodedOutputStream::VarintSize32(kPacketTag) + CodedOutputStream::VarintSize64(body) + body;
}

EncodedPacket::~EncodedPacket() = default;

void EncodedPacket::AppendTo(std::string* frame) const {
  const size_t before = frame->size();
  frame->resize(before + size_);
  auto* at = reinterpret_cast<uint8_t*>(frame->data() + before);
  at = CodedOutputStream::WriteTagToArray(kPacketTag, at);
  at = CodedOutputStream::WriteVarint64ToArray(static_cast<uint64_t>(form_->packet.GetCachedSize()),
                                               at);
  form_->packet.SerializeWithCachedSizesToArray(at);
}

std::string EncodeHello(const Hello& hello) {
  pb::Frame frame;
  pb::Hello& out = *frame.mutable_hello();
  out.set_cluster(hello.cluster);
  out.set_from(hello.from.value);
  out.set_to(hello.to.value);
  out.set_version_min(hello.version_min);
  out.set_version_max(hello.version_max);
  return frame.SerializeAsString();
}

Result<Frame> DecodeFrame(std::string_view bytes) {
  pb::Frame in;
  if (bytes.size() > INT32_MAX ||
      !in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Corruption("what a peer sent is no frame");
  }
  Frame frame;
  if (in.has_hello()) {
    const pb::Hello& hello = in.hello();
    frame.hello = Hello{.cluster = hello.cluster(),
                        .from = NodeId(hello.from()),
                        .to = NodeId(hello.to()),
                        .version_min = hello.version_min(),
                        .version_max = hello.version_max()};
  }
  frame.packets.reserve(static_cast<size_t>(in.packets_size()));
  for (pb::Packet& packet : *in.mutable_packets()) {
    Result<Packet> taken = Take(std::move(packet));
    if (taken.ok()) {
      frame.packets.push_back(std::move(taken).value());
    } else if (taken.status().code() == StatusCode::kUnimplemented) {
      ++frame.not_understood;
    } else {
      return taken.status();
    }
  }
  return frame;
}

}  // namespace skerry::transport
