#include <benchmark/benchmark.h>

#include <string>
#include <utility>

#include "base/check.h"
#include "server/forwarding/codec.h"
#include "storage/partition/row_key.h"

// What it costs to say a request and its answer to another node: encoding and decoding both, of an
// item of 1 KiB in ten attributes. The network is not in it.

namespace skerry::forwarding {
namespace {

const partition::Schema& BenchSchema() {
  static const partition::Schema kSchema = {.key = {.partition_key = "pk"}};
  return kSchema;
}

document::Item BenchItem() {
  document::Item item;
  item.Set("pk", document::AttributeValue::S("user0000000000000001"));
  for (int i = 0; i < 10; ++i) {
    item.Set("field" + std::to_string(i), document::AttributeValue::S(std::string(100, 'x')));
  }
  return item;
}

void RoundTrip(benchmark::State& state, const PartitionRequest& request,
               const PartitionAnswer& answer) {
  size_t bytes = 0;
  for (auto _ : state) {
    const std::string asked = EncodeRequest(request);
    auto decoded = DecodeRequest(asked, BenchSchema());
    SKERRY_CHECK(decoded.ok());
    benchmark::DoNotOptimize(decoded);
    const std::string answered = EncodeAnswer(answer);
    auto heard = DecodeAnswer(answered);
    SKERRY_CHECK(heard.ok());
    benchmark::DoNotOptimize(heard);
    bytes = asked.size() + answered.size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}

void BM_Put(benchmark::State& state) {
  partition::WriteRequest put;
  put.item = BenchItem();
  put.row_key = partition::ItemRowKey(BenchSchema().key, put.item);
  PartitionRequest request{.remaining = std::chrono::seconds(3),
                           .body = std::vector<partition::WriteRequest>(1, put)};
  PartitionAnswer answer;
  answer.leader = NodeId(1);
  partition::WriteResult result;
  result.new_size = 1082;
  answer.writes.emplace_back(result);
  RoundTrip(state, request, answer);
}
BENCHMARK(BM_Put);

void BM_Get(benchmark::State& state) {
  PartitionRequest request{.remaining = std::chrono::seconds(3)};
  request.body = GetRequest{.row_key = partition::ItemRowKey(BenchSchema().key, BenchItem()),
                            .consistent = true};
  PartitionAnswer answer;
  answer.leader = NodeId(1);
  document::EncodeItem(BenchItem(), &answer.item);
  RoundTrip(state, request, answer);
}
BENCHMARK(BM_Get);

}  // namespace
}  // namespace skerry::forwarding

BENCHMARK_MAIN();
