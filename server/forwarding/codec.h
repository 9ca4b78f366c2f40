#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "base/strong.h"
#include "storage/partition/read.h"
#include "storage/partition/write.h"

// What one node asks another that leads a partition, and what it is told, as bytes
// (proto/node/v1/partition.proto). Which partition it is about is said outside of these bytes: its
// schema must be known to read them. Pure and thread-safe.

namespace skerry::forwarding {

// One item. Consistent: only whoever leads may answer.
struct GetRequest {
  std::string row_key;
  bool consistent = false;
};

struct PartitionRequest {
  // How long the asking node goes on waiting; on the way in whole milliseconds, rounded up.
  Duration remaining = Duration::zero();
  std::variant<std::vector<partition::WriteRequest>, GetRequest, partition::ReadRequest> body;
};

// Of the last three, that which was asked for.
struct PartitionAnswer {
  Status status;  // of the request as a whole; the rest but `leader` counts only if it is OK
  NodeId leader;  // who leads, as far as the answering node knows; 0: it does not
  LogIndex
      applied;  // by who led and answers, at least all that was acknowledged before; 0: not said
  std::vector<Result<partition::WriteResult>> writes;  // in the order of the requests
  document::EncodedItem item;                          // empty: there is none
  partition::ReadPage page;
};

// Writes in one request that are understood.
inline constexpr size_t kMaxWrites = 1000;

std::string EncodeRequest(const PartitionRequest& request);
std::string EncodeAnswer(const PartitionAnswer& answer);

// Take any bytes. What they return may be handed to the partition: trees are trees and have the
// operands that their operators need, items and keys fit the schema and each other, indexes exist.
// Whether the keys belong to the partition is not looked at. ReadRequest::index points into the
// schema.
// kInvalidArgument: malformed. kUnimplemented: it has something that a later version must have
// sent.
Result<PartitionRequest> DecodeRequest(std::string_view bytes, const partition::Schema& schema);
// Items stay as they came, in the stored form, whose readers take any bytes (item_codec.h). The
// schema is not looked at: that an IndexWrite's index is one of its positions is the caller's to
// see.
Result<PartitionAnswer> DecodeAnswer(std::string_view bytes);

}  // namespace skerry::forwarding
