// The whole way of a request through the front: its first byte chooses the operation, the rest is
// the body. Whatever the bytes are, the answer is JSON with a status of 200 or in the 400s.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "server/dynamodb/front_test_support.h"
#include "server/dynamodb/item_encoder.h"
#include "server/dynamodb/json_reader.h"
#include "server/dynamodb/operation.h"

namespace skerry::dynamodb {
namespace {

std::string_view OperationAt(size_t index) {
  for (const auto& family : {ItemOperations(), TableOperations(), FeatureOffOperations()}) {
    if (index < family.size()) return family[index].name;
    index -= family.size();
  }
  return OperationAt(0);
}

// An item that was let in is stored, read and written in the same words again.
void CheckItem(const document::AttributeMap& item) {
  document::EncodedItem encoded;
  document::EncodeItem(item, &encoded);
  std::string from_stored;
  SKERRY_CHECK(AppendEncodedItem(encoded, &from_stored));
  std::string from_values;
  AppendAttributes(item, &from_values);
  SKERRY_CHECK(from_stored == from_values);
  TestFront again;
  const HttpResponse response =
      again.Call("PutItem", "{\"TableName\":\"abc\",\"Item\":" + from_stored + "}");
  SKERRY_CHECK(response.status == 200 && again.operations.put->item == item);
}

void Run(std::string_view input) {
  if (input.empty()) return;
  TestFront front;
  const HttpResponse response =
      front.Call(OperationAt(static_cast<uint8_t>(input[0])), input.substr(1));
  SKERRY_CHECK(response.status == 200 || (response.status >= 400 && response.status < 500));
  if (!response.body.empty()) {
    JsonReader answer(response.body);
    answer.Skip();
    SKERRY_CHECK(answer.Finish());
  }
  if (front.operations.put) CheckItem(front.operations.put->item);
}

}  // namespace
}  // namespace skerry::dynamodb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  skerry::dynamodb::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
