#include <benchmark/benchmark.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/check.h"
#include "replication/transport/grpc_transport.h"

// What it costs to get appends of 1 KiB from one node to another over loopback, both in this
// process: a round sends a batch and waits until all of it has arrived. "CPU" is that of the whole
// process, both ends together. Beside it, the same bytes by a bare unary call each.

namespace skerry::transport {
namespace {

constexpr size_t kBytes = 1024;

class CountingReceiver final : public Receiver {
 public:
  void OnPackets(NodeId, std::vector<Packet> packets) override {
    arrived_.fetch_add(packets.size());
    arrived_.notify_all();
  }
  void WaitFor(uint64_t count) {
    for (uint64_t now = arrived_; now < count; now = arrived_) arrived_.wait(now);
  }

 private:
  std::atomic<uint64_t> arrived_ = 0;
};

Packet Append() {
  raft::Message message;
  message.type = raft::MessageType::kAppendEntries;
  message.from = ReplicaOn(NodeId(1), 1);
  message.to = ReplicaOn(NodeId(2), 1);
  message.term = Term(5);
  message.log_index = LogIndex(1000000);
  message.log_term = Term(5);
  message.commit = LogIndex(1000000);
  message.entries.push_back(
      std::make_shared<const raft::Entry>(raft::Entry{.index = LogIndex(1000001),
                                                      .term = Term(5),
                                                      .kind = raft::EntryKind::kCommand,
                                                      .data = std::string(kBytes, 'x')}));
  return {.group = GroupId(7), .body = std::move(message)};
}

void BM_Appends(benchmark::State& state) {
  const auto batch = static_cast<uint64_t>(state.range(0));
  Metrics metrics_of_one(1);
  Metrics metrics_of_two(1);
  CountingReceiver receiver;
  GrpcTransport one({.node = NodeId(1), .cluster = "bench"}, &metrics_of_one);
  GrpcTransport two({.node = NodeId(2), .cluster = "bench"}, &metrics_of_two);
  one.Start(receiver);
  two.Start(receiver);
  two.SetPeer(NodeId(1), "");
  const auto port = two.Listen("127.0.0.1:0");
  SKERRY_CHECK(port.ok());
  one.SetPeer(NodeId(2), "127.0.0.1:" + std::to_string(*port));
  while (!one.IsConnected(NodeId(2))) std::this_thread::yield();

  const Packet packet = Append();
  uint64_t sent = 0;
  for (auto _ : state) {
    for (uint64_t i = 0; i < batch; ++i) one.Send(NodeId(2), packet);
    receiver.WaitFor(sent += batch);
  }
  state.SetItemsProcessed(static_cast<int64_t>(sent));
}
BENCHMARK(BM_Appends)
    ->Arg(1)
    ->Arg(8)
    ->Arg(64)
    ->Arg(512)
    ->Arg(4096)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

// Answers each call with an empty message.
class EmptyAnswers final : public grpc::CallbackGenericService {
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    struct Reactor final : grpc::ServerGenericBidiReactor {
      Reactor() { StartRead(&in); }
      void OnReadDone(bool) override {
        const grpc::Slice empty("");
        out = grpc::ByteBuffer(&empty, 1);
        StartWriteAndFinish(&out, {}, grpc::Status::OK);
      }
      void OnDone() override { delete this; }
      grpc::ByteBuffer in;
      grpc::ByteBuffer out;
    };
    return new Reactor;
  }
};

// So many calls at a time, each with 1 KiB, all answered before the next round.
void BM_UnaryCalls(benchmark::State& state) {
  const auto batch = static_cast<uint64_t>(state.range(0));
  EmptyAnswers service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(&service);
  const auto server = builder.BuildAndStart();
  grpc::GenericStub stub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  const grpc::Slice slice(std::string(kBytes, 'x'));
  const grpc::ByteBuffer request(&slice, 1);
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer answer;
  };
  std::atomic<uint64_t> answered = 0;
  uint64_t sent = 0;
  for (auto _ : state) {
    for (uint64_t i = 0; i < batch; ++i) {
      auto* call = new Call;
      stub.UnaryCall(&call->context, "/bench/Call", {}, &request, &call->answer,
                     [call, &answered](const grpc::Status& status) {
                       SKERRY_CHECK(status.ok());
                       delete call;
                       answered.fetch_add(1);
                       answered.notify_all();
                     });
    }
    sent += batch;
    for (uint64_t now = answered; now < sent; now = answered) answered.wait(now);
  }
  state.SetItemsProcessed(static_cast<int64_t>(sent));
  server->Shutdown();
}
BENCHMARK(BM_UnaryCalls)->Arg(1)->Arg(8)->Arg(64)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace skerry::transport

BENCHMARK_MAIN();
