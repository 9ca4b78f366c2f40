#include "server/forwarding/codec.h"

#include <google/protobuf/arena.h>

#include <algorithm>
#include <utility>

#include "proto/node/v1/partition.pb.h"
#include "server/forwarding/expression_codec.h"
#include "storage/partition/row_key.h"

namespace skerry::forwarding {
namespace {

namespace pb = proto::node::v1;
using google::protobuf::Arena;
using partition::LocalIndex;
using partition::ReadPage;
using partition::ReadRequest;
using partition::Schema;
using partition::WriteRequest;
using partition::WriteResult;
using std::chrono::milliseconds;

// The wire has StatusCode's own numbers.
static_assert(static_cast<int>(StatusCode::kInvalidArgument) == 1);
static_assert(static_cast<int>(StatusCode::kUnavailable) == 7);
static_assert(static_cast<int>(StatusCode::kOutcomeUnknown) == 10);
static_assert(static_cast<int>(StatusCode::kInternal) == 14);
static_assert(static_cast<int>(StatusCode::kRangeMoved) == 15);
constexpr StatusCode kLastCode = StatusCode::kRangeMoved;

// Nobody waits longer; also keeps a Duration from overflowing.
constexpr milliseconds kRemainingMax = std::chrono::hours(24);

// The messages of one call lie on an arena that begins on the stack: a request without expressions
// takes no memory but for its strings.
class StackArena {
 public:
  StackArena() : arena_(Options(block_, sizeof(block_))) {}
  template <typename Message>
  Message* Make() {
    return Arena::CreateMessage<Message>(&arena_);
  }

 private:
  static google::protobuf::ArenaOptions Options(char* block, size_t size) {
    google::protobuf::ArenaOptions options;
    options.initial_block = block;
    options.initial_block_size = size;
    return options;
  }
  alignas(8) char block_[2048];
  Arena arena_;
};

Status Malformed(std::string_view what) {
  return InvalidArgument("what a peer sent: " + std::string(what));
}
Status NotUnderstood(std::string_view what) {
  return Unimplemented("what a peer sent: " + std::string(what));
}

template <typename Message>
bool Parse(std::string_view bytes, Message* message) {
  return bytes.size() <= INT32_MAX &&
         message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// --- A write's stamp

void PutStamp(const partition::WriteRequest& request, pb::Write* out) {
  if (!request.stamp) return;
  pb::Stamp& stamp = *out->mutable_stamp();
  stamp.set_node(request.stamp->node.value);
  stamp.set_incarnation(request.stamp->incarnation);
  stamp.set_sequence(request.stamp->sequence);
  stamp.set_issued_hlc(request.stamp->issued_hlc);
}

Status TakeStamp(const pb::Write& in, partition::WriteRequest* request) {
  if (!in.has_stamp()) return OkStatus();
  if (in.stamp().node() == 0) return Malformed("a stamp of no node");
  request->stamp = partition::Stamp{.node = NodeId(in.stamp().node()),
                                    .incarnation = in.stamp().incarnation(),
                                    .sequence = in.stamp().sequence(),
                                    .issued_hlc = in.stamp().issued_hlc()};
  return OkStatus();
}

// --- Requests to the wire

void Put(const WriteRequest& request, pb::Write* out) {
  static_assert(static_cast<int>(WriteRequest::Kind::kPut) + 1 == pb::Write::PUT);
  static_assert(static_cast<int>(WriteRequest::Kind::kDelete) + 1 == pb::Write::DELETE);
  static_assert(static_cast<int>(WriteRequest::Kind::kUpdate) + 1 == pb::Write::UPDATE);
  out->set_kind(static_cast<uint32_t>(request.kind) + 1);
  out->set_row_key(request.row_key);
  document::EncodeItem(request.item, out->mutable_item());
  if (request.update != nullptr) PutUpdate(*request.update, out->mutable_update());
  if (request.condition != nullptr) PutCondition(*request.condition, out->mutable_condition());
  out->set_legacy(request.legacy);
  out->set_creates(request.creates);
  out->set_want_old(request.want_old);
  out->set_want_new(request.want_new);
  out->set_want_updated(request.want_updated);
  out->set_sole_copy(request.sole_copy);
  PutStamp(request, out);
}

void Put(const GetRequest& request, pb::Get* out) {
  out->set_row_key(request.row_key);
  out->set_consistent(request.consistent);
}

void Put(const ReadRequest& request, pb::Read* out) {
  if (request.index != nullptr) out->set_index(request.index->id);
  out->set_lower(request.lower);
  out->set_upper(request.upper);
  out->set_forward(request.forward);
  out->set_max_items(request.max_items);
  out->set_max_bytes(request.max_bytes);
  out->set_count_only(request.count_only);
  out->set_fetch_items(request.fetch_items);
  if (request.filter != nullptr) PutCondition(*request.filter, out->mutable_filter());
  if (request.projection != nullptr) {
    PutProjection(*request.projection, out->mutable_projection());
  }
}

// --- Requests from the wire

// Of the table (index null) or of an index, as far as readers of row keys count on it.
bool IsRowIn(const LocalIndex* index, std::string_view row_key) {
  const std::string first = partition::FirstRow(index, 0);
  const std::string_view head = std::string_view(first).substr(0, first.size() - sizeof(uint64_t));
  return row_key.size() >= first.size() && row_key.starts_with(head);
}

// Its item and expressions against the schema, as whoever took the client's request has done.
Status CheckAgainst(const Schema& schema, const WriteRequest& request) {
  const Status fits = request.kind == WriteRequest::Kind::kPut
                          ? partition::CheckPutItem(schema, request.item)
                          : partition::CheckKey(schema.key, request.item);
  if (!fits.ok()) return Malformed(fits.message());
  if (request.row_key != partition::ItemRowKey(schema.key, request.item)) {
    return Malformed("a row key of another item");
  }
  if (request.update != nullptr) {
    if (request.kind != WriteRequest::Kind::kUpdate) return Malformed("an update in another write");
    const Status keys = expression::CheckKeysUntouched(*request.update, schema.key);
    if (!keys.ok()) return Malformed(keys.message());
  }
  return OkStatus();
}

Result<WriteRequest> Take(pb::Write* in, const Schema& schema) {
  if (in->kind() == pb::Write::UNKNOWN) return Malformed("a write of no kind");
  if (in->kind() > pb::Write::UPDATE) {
    return NotUnderstood("a write of kind " + std::to_string(in->kind()));
  }
  WriteRequest request;
  request.kind = static_cast<WriteRequest::Kind>(in->kind() - 1);
  request.row_key = std::move(*in->mutable_row_key());
  Result<document::Item> item = document::DecodeItem(in->item());
  if (!item.ok()) return Malformed(item.status().message());
  request.item = std::move(*item);
  if (in->has_update()) {
    SKERRY_ASSIGN_OR_RETURN(request.update, TakeUpdate(in->mutable_update()));
  }
  if (in->has_condition()) {
    SKERRY_ASSIGN_OR_RETURN(request.condition, TakeCondition(in->mutable_condition()));
  }
  request.legacy = in->legacy();
  request.creates = in->creates();
  request.want_old = in->want_old();
  request.want_new = in->want_new();
  request.want_updated = in->want_updated();
  request.sole_copy = in->sole_copy();
  SKERRY_RETURN_IF_ERROR(TakeStamp(*in, &request));
  SKERRY_RETURN_IF_ERROR(CheckAgainst(schema, request));
  return request;
}

Result<std::vector<WriteRequest>> Take(pb::Writes* in, const Schema& schema) {
  const auto count = static_cast<size_t>(in->writes_size());
  if (count == 0 || count > kMaxWrites) return Malformed("no writes, or too many");
  std::vector<WriteRequest> requests;
  requests.reserve(count);
  for (pb::Write& write : *in->mutable_writes()) {
    SKERRY_ASSIGN_OR_RETURN(WriteRequest request, Take(&write, schema));
    requests.push_back(std::move(request));
  }
  return requests;
}

Result<GetRequest> Take(pb::Get* in) {
  if (!IsRowIn(nullptr, in->row_key())) return Malformed("no row key of an item");
  return GetRequest{.row_key = std::move(*in->mutable_row_key()), .consistent = in->consistent()};
}

Result<const LocalIndex*> IndexOf(uint32_t id, const Schema& schema) {
  if (id == 0) return static_cast<const LocalIndex*>(nullptr);
  for (const LocalIndex& index : schema.local_indexes) {
    if (index.id == id) return &index;
  }
  return Malformed("a read of an index that is not there");
}

Result<ReadRequest> Take(pb::Read* in, const Schema& schema) {
  ReadRequest request;
  SKERRY_ASSIGN_OR_RETURN(request.index, IndexOf(in->index(), schema));
  request.lower = std::move(*in->mutable_lower());
  request.upper = std::move(*in->mutable_upper());
  // An end of all rows is shorter than a row.
  if (!IsRowIn(request.index, request.lower) || request.lower > request.upper ||
      request.upper > partition::RowsEnd(request.index)) {
    return Malformed("no range of rows");
  }
  request.forward = in->forward();
  request.max_items = in->max_items();
  if (in->max_bytes() > partition::kMaxPageBytes) return Malformed("a page too large");
  request.max_bytes = in->max_bytes();
  request.count_only = in->count_only();
  request.fetch_items = in->fetch_items();
  if (request.fetch_items && request.index == nullptr) return Malformed("no index to fetch for");
  if (in->has_filter()) {
    SKERRY_ASSIGN_OR_RETURN(request.filter, TakeCondition(in->mutable_filter()));
  }
  if (in->has_projection()) {
    SKERRY_ASSIGN_OR_RETURN(request.projection, TakeProjection(in->mutable_projection()));
  }
  return request;
}

// --- Answers to the wire

void Put(const Status& status, pb::Failure* out) {
  out->set_code(static_cast<uint32_t>(status.code()));
  out->set_message(std::string(status.message()));
}

void Put(const Result<WriteResult>& answer, pb::WriteResult* out) {
  if (!answer.ok()) return Put(answer.status(), out->mutable_failure());
  const WriteResult& result = *answer;
  out->set_condition_failed(result.condition_failed);
  if (!result.old_item.empty()) out->set_old_item(result.old_item);
  if (!result.new_item.empty()) out->set_new_item(result.new_item);
  if (!result.updated_old.empty()) {
    document::EncodeItem(result.updated_old, out->mutable_updated_old());
  }
  if (!result.updated_new.empty()) {
    document::EncodeItem(result.updated_new, out->mutable_updated_new());
  }
  out->set_old_size(result.old_size);
  out->set_new_size(result.new_size);
  for (const WriteResult::IndexWrite& write : result.index_writes) {
    pb::IndexWrite& added = *out->add_index_writes();
    added.set_index(write.index);
    added.set_units(write.units);
  }
}

void Put(const ReadPage& page, pb::Page* out) {
  out->mutable_items()->Reserve(static_cast<int>(page.items.size()));
  for (const document::EncodedItem& item : page.items) out->add_items(item);
  out->set_count(page.count);
  out->set_scanned_count(page.scanned_count);
  out->set_bytes(page.bytes);
  out->set_fetched_units(page.fetched_units);
  if (page.last_key) document::EncodeItem(*page.last_key, out->mutable_last_key());
}

// --- Answers from the wire

// Into *status; fails if there is no such failure.
Status Take(pb::Failure* in, Status* status) {
  if (in->code() == 0) return Malformed("a failure without a code");
  if (in->code() > static_cast<uint32_t>(kLastCode)) {
    return NotUnderstood("a failure of code " + std::to_string(in->code()));
  }
  *status = Status(static_cast<StatusCode>(in->code()), std::move(*in->mutable_message()));
  return OkStatus();
}

Status TakeItem(std::string_view encoded, document::Item* item) {
  if (encoded.empty()) return OkStatus();
  Result<document::Item> decoded = document::DecodeItem(encoded);
  if (!decoded.ok()) return Malformed(decoded.status().message());
  *item = std::move(*decoded);
  return OkStatus();
}

// Into *answer, which a failure of the write may be; fails if it is malformed.
Status Take(pb::WriteResult* in, Result<WriteResult>* answer) {
  if (in->has_failure()) {
    Status failure;
    SKERRY_RETURN_IF_ERROR(Take(in->mutable_failure(), &failure));
    *answer = std::move(failure);
    return OkStatus();
  }
  WriteResult result;
  result.condition_failed = in->condition_failed();
  result.old_item = std::move(*in->mutable_old_item());
  result.new_item = std::move(*in->mutable_new_item());
  SKERRY_RETURN_IF_ERROR(TakeItem(in->updated_old(), &result.updated_old));
  SKERRY_RETURN_IF_ERROR(TakeItem(in->updated_new(), &result.updated_new));
  result.old_size = in->old_size();
  result.new_size = in->new_size();
  for (const pb::IndexWrite& write : in->index_writes()) {
    result.index_writes.push_back({write.index(), write.units()});
  }
  *answer = std::move(result);
  return OkStatus();
}

Status Take(pb::Page* in, ReadPage* page) {
  page->items.reserve(static_cast<size_t>(in->items_size()));
  for (std::string& item : *in->mutable_items()) page->items.push_back(std::move(item));
  page->count = in->count();
  page->scanned_count = in->scanned_count();
  page->bytes = in->bytes();
  page->fetched_units = in->fetched_units();
  if (in->has_last_key()) {
    if (in->last_key().empty()) return Malformed("a last key that is no item");
    SKERRY_RETURN_IF_ERROR(TakeItem(in->last_key(), &page->last_key.emplace()));
  }
  return OkStatus();
}

}  // namespace

std::string EncodeRequest(const PartitionRequest& request) {
  StackArena arena;
  auto& out = *arena.Make<pb::PartitionRequest>();
  const auto remaining = std::chrono::ceil<milliseconds>(request.remaining);
  out.set_remaining_ms(static_cast<uint64_t>(std::max(remaining, milliseconds(0)).count()));
  if (const auto* writes = std::get_if<std::vector<WriteRequest>>(&request.body)) {
    pb::Writes& added = *out.mutable_writes();
    for (const WriteRequest& write : *writes) Put(write, added.add_writes());
  } else if (const auto* get = std::get_if<GetRequest>(&request.body)) {
    Put(*get, out.mutable_get());
  } else {
    Put(std::get<ReadRequest>(request.body), out.mutable_read());
  }
  return out.SerializeAsString();
}

Result<PartitionRequest> DecodeRequest(std::string_view bytes, const Schema& schema) {
  StackArena arena;
  auto& in = *arena.Make<pb::PartitionRequest>();
  if (!Parse(bytes, &in)) return Malformed("no partition request");
  PartitionRequest request;
  request.remaining = milliseconds(
      std::min(in.remaining_ms(), static_cast<uint64_t>(milliseconds(kRemainingMax).count())));
  switch (in.body_case()) {
    case pb::PartitionRequest::kWrites: {
      SKERRY_ASSIGN_OR_RETURN(request.body, Take(in.mutable_writes(), schema));
      return request;
    }
    case pb::PartitionRequest::kGet: {
      SKERRY_ASSIGN_OR_RETURN(request.body, Take(in.mutable_get()));
      return request;
    }
    case pb::PartitionRequest::kRead: {
      SKERRY_ASSIGN_OR_RETURN(request.body, Take(in.mutable_read(), schema));
      return request;
    }
    case pb::PartitionRequest::BODY_NOT_SET:
      break;
  }
  return NotUnderstood("a partition request of a kind that is not known");
}

std::string EncodeAnswer(const PartitionAnswer& answer) {
  StackArena arena;
  auto& out = *arena.Make<pb::PartitionAnswer>();
  out.set_leader(answer.leader.value);
  if (!answer.status.ok()) {
    Put(answer.status, out.mutable_failure());
    return out.SerializeAsString();
  }
  out.set_applied(answer.applied.value);
  out.mutable_writes()->Reserve(static_cast<int>(answer.writes.size()));
  for (const Result<WriteResult>& write : answer.writes) Put(write, out.add_writes());
  if (!answer.item.empty()) out.set_item(answer.item);
  const ReadPage& page = answer.page;
  if (page.scanned_count != 0 || !page.items.empty() || page.last_key) {
    Put(page, out.mutable_page());
  }
  return out.SerializeAsString();
}

Result<PartitionAnswer> DecodeAnswer(std::string_view bytes) {
  StackArena arena;
  auto& in = *arena.Make<pb::PartitionAnswer>();
  if (!Parse(bytes, &in)) return Malformed("no partition answer");
  PartitionAnswer answer;
  answer.leader = NodeId(in.leader());
  if (in.has_failure()) {
    SKERRY_RETURN_IF_ERROR(Take(in.mutable_failure(), &answer.status));
    return answer;
  }
  answer.applied = LogIndex(in.applied());
  answer.writes.reserve(static_cast<size_t>(in.writes_size()));
  for (pb::WriteResult& write : *in.mutable_writes()) {
    SKERRY_RETURN_IF_ERROR(Take(&write, &answer.writes.emplace_back(WriteResult())));
  }
  answer.item = std::move(*in.mutable_item());
  if (in.has_page()) SKERRY_RETURN_IF_ERROR(Take(in.mutable_page(), &answer.page));
  return answer;
}

}  // namespace skerry::forwarding
