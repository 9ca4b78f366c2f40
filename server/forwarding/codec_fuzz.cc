// A partition request or answer from anywhere: decoding never crashes, and what is accepted is
// encoded to something that is accepted again, with the same bytes. Accepted writes are evaluated.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "server/forwarding/codec.h"

namespace skerry::forwarding {
namespace {

// As in the tests, whose requests are in the corpus.
const partition::Schema& FuzzedSchema() {
  static const partition::Schema kSchema = {
      .key = {.partition_key = "h", .sort_key = "r", .sort_type = document::Type::kNumber},
      .local_indexes = {{.id = 7, .name = "by_x", .key = {.partition_key = "h", .sort_key = "x"}}}};
  return kSchema;
}

void CheckRefusal(const Status& status) {
  SKERRY_CHECK(status.code() == StatusCode::kInvalidArgument ||
               status.code() == StatusCode::kUnimplemented);
}

// Of an item that is there, too: the key, and some values under the names that texts like to use.
void Evaluate(const partition::WriteRequest& write) {
  using document::AttributeValue;
  document::Item old = write.item;
  const AttributeValue list = AttributeValue::L({AttributeValue::S("a"), AttributeValue::OfNull()});
  old.Insert("n", AttributeValue::N(document::Number::FromInt(1)));
  old.Insert("x", AttributeValue::S("ab"));
  old.Insert("l", list);
  old.Insert("q", list);
  old.Insert("m", AttributeValue::M({{"a", list}}));
  old.Insert("c", AttributeValue::SS({"a", "b"}));
  document::EncodedItem encoded;
  document::EncodeItem(old, &encoded);
  for (const std::string_view before : {std::string_view(), std::string_view(encoded)}) {
    proto::command::v1::Command command;
    (void)partition::EvaluateWrite(FuzzedSchema(), write, before, &command);
  }
}

void TryRequest(std::string_view bytes) {
  const auto request = DecodeRequest(bytes, FuzzedSchema());
  if (!request.ok()) return CheckRefusal(request.status());
  const std::string once = EncodeRequest(*request);
  const auto again = DecodeRequest(once, FuzzedSchema());
  SKERRY_CHECK(again.ok());
  SKERRY_CHECK(EncodeRequest(*again) == once);
  if (const auto* writes = std::get_if<std::vector<partition::WriteRequest>>(&request->body)) {
    for (const partition::WriteRequest& write : *writes) Evaluate(write);
  } else if (const auto* read = std::get_if<partition::ReadRequest>(&request->body)) {
    const document::Item item = {{"a", document::AttributeValue::L({})}};
    if (read->filter != nullptr) (void)expression::Evaluate(*read->filter, &item);
    if (read->projection != nullptr) (void)expression::Project(*read->projection, item);
  }
}

void TryAnswer(std::string_view bytes) {
  const auto answer = DecodeAnswer(bytes);
  if (!answer.ok()) return CheckRefusal(answer.status());
  const std::string once = EncodeAnswer(*answer);
  const auto again = DecodeAnswer(once);
  SKERRY_CHECK(again.ok());
  SKERRY_CHECK(EncodeAnswer(*again) == once);
}

}  // namespace
}  // namespace skerry::forwarding

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  skerry::forwarding::TryRequest(bytes);
  skerry::forwarding::TryAnswer(bytes);
  return 0;
}
