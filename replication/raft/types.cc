#include "replication/raft/types.h"

#include "proto/raft/v1/raft.pb.h"

namespace skerry::raft {

std::string EncodeSnapshotMetadata(const SnapshotMetadata& metadata) {
  proto::raft::v1::SnapshotMetadata message;
  message.set_index(metadata.index.value);
  message.set_term(metadata.term.value);
  const std::string configuration = EncodeConfiguration(metadata.configuration);
  message.mutable_configuration()->ParseFromString(configuration);
  return message.SerializeAsString();
}

Result<SnapshotMetadata> DecodeSnapshotMetadata(std::string_view data) {
  proto::raft::v1::SnapshotMetadata message;
  if (!message.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
    return Corruption("these bytes do not describe a snapshot");
  }
  SnapshotMetadata metadata{LogIndex(message.index()), Term(message.term()), {}};
  SKERRY_ASSIGN_OR_RETURN(metadata.configuration,
                          DecodeConfiguration(message.configuration().SerializeAsString()));
  return metadata;
}

}  // namespace skerry::raft
