// What the front costs: decoding and answering a PutItem of 1 KiB and a GetItem of such an item,
// and the latter's encoding alone. Not run by the tests.

#include <benchmark/benchmark.h>

#include "server/dynamodb/front_test_support.h"
#include "server/dynamodb/item_encoder.h"
#include "server/dynamodb/operation.h"
#include "server/dynamodb/shapes.h"

namespace skerry::dynamodb {
namespace {

// `n` attributes that make about 1 KiB together.
std::string ItemJson(int n) {
  std::string json = R"({"pk":{"S":"user-000123"})";
  for (int i = 0; i < n; ++i) {
    const std::string name = "attribute" + std::to_string(i);
    json += ",\"" + name + "\":{\"S\":\"" + std::string(960 / n, 'x') + "\"}";
  }
  return json + R"(,"visits":{"N":"12345.678"}})";
}

void DecodePutItem(benchmark::State& state) {
  const std::string body =
      R"({"TableName":"Table","Item":)" + ItemJson(static_cast<int>(state.range(0))) + "}";
  const NameRules names;
  for (auto _ : state) {
    Decoder decoder(body, kClassicDialect, names);
    api::PutItemRequest request;
    decoder.Decode(PutItemShape(), &request);
    if (decoder.Fault()) state.SkipWithError("a fault");
    benchmark::DoNotOptimize(request);
  }
}

void ServePutItem(benchmark::State& state) {
  TestFront front;
  const std::string body =
      R"({"TableName":"Table","Item":)" + ItemJson(static_cast<int>(state.range(0))) + "}";
  for (auto _ : state) benchmark::DoNotOptimize(front.Call("PutItem", body));
}

document::EncodedItem StoredItem(int n) {
  TestFront front;
  front.Call("PutItem", R"({"TableName":"Table","Item":)" + ItemJson(n) + "}");
  document::EncodedItem encoded;
  document::EncodeItem(front.operations.put->item, &encoded);
  return encoded;
}

void EncodeGetItem(benchmark::State& state) {
  api::GetItemResult result;
  result.item = StoredItem(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    std::string body;
    if (!Encode(result, {}, &body)) state.SkipWithError("damaged");
    benchmark::DoNotOptimize(body);
  }
}

void ServeGetItem(benchmark::State& state) {
  TestFront front;
  front.operations.get_result.item = StoredItem(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        front.Call("GetItem", R"({"TableName":"Table","Key":{"pk":{"S":"user-000123"}}})"));
  }
}

BENCHMARK(DecodePutItem)->Arg(1)->Arg(10)->Arg(40);
BENCHMARK(ServePutItem)->Arg(1)->Arg(10)->Arg(40);
BENCHMARK(EncodeGetItem)->Arg(1)->Arg(10)->Arg(40);
BENCHMARK(ServeGetItem)->Arg(1)->Arg(10)->Arg(40);

}  // namespace
}  // namespace skerry::dynamodb

BENCHMARK_MAIN();
