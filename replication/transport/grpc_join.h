#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>

#include "replication/transport/join.h"

// The answering end of CallJoin. For this library's sources alone.

namespace skerry::transport {

constexpr const char* kJoinMethod = "/skerry.proto.node.v1.Cluster/Join";

// Thread-safe.
class JoinService {
 public:
  // From now on; null: calls are refused. Waits for a call of the former handler that is under way,
  // and is not to be called from one.
  void Serve(JoinHandler handler);

  // What answers a call of the method; gRPC has it end.
  grpc::ServerGenericBidiReactor* NewCall(grpc::GenericCallbackServerContext* context);
  // When the server takes no calls any more and has broken off those there were: waits for their
  // ends.
  void AwaitEnd();

 private:
  class Call;

  std::mutex handler_mutex_;  // held during a call of the handler
  JoinHandler handler_;       // guarded by handler_mutex_

  std::mutex mutex_;
  // Guarded by mutex_.
  int calls_ = 0;
  std::condition_variable idle_;
};

}  // namespace skerry::transport
