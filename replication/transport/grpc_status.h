#pragma once

#include <grpcpp/grpcpp.h>

#include "base/status.h"

// A status on its way through a unary call of gRPC. For this library's sources alone.

namespace skerry::transport {

// gRPC's nearest code, and ours by its name beside it, in what follows the call.
grpc::Status ToGrpc(const Status& status, grpc::ServerContextBase& context);
// A failed call's. Where the other end's code does not stand beside it, gRPC itself has failed.
Status FromGrpc(const grpc::Status& status, const grpc::ClientContext& context);

}  // namespace skerry::transport
