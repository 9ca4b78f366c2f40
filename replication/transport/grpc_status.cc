#include "replication/transport/grpc_status.h"

#include <string>
#include <string_view>

#include "base/check.h"

namespace skerry::transport {
namespace {

constexpr const char* kCodeKey = "skerry-code";
constexpr size_t kMessageBytes = 1000;  // gRPC bounds what follows a call

grpc::StatusCode Nearest(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return grpc::OK;
    case StatusCode::kInvalidArgument:
      return grpc::INVALID_ARGUMENT;
    case StatusCode::kNotFound:
      return grpc::NOT_FOUND;
    case StatusCode::kAlreadyExists:
      return grpc::ALREADY_EXISTS;
    case StatusCode::kFailedPrecondition:
      return grpc::FAILED_PRECONDITION;
    case StatusCode::kResourceExhausted:
    case StatusCode::kStorageFull:
      return grpc::RESOURCE_EXHAUSTED;
    case StatusCode::kUnavailable:
      return grpc::UNAVAILABLE;
    case StatusCode::kDeadlineExceeded:
      return grpc::DEADLINE_EXCEEDED;
    case StatusCode::kAborted:
    case StatusCode::kRangeMoved:
      return grpc::ABORTED;
    case StatusCode::kOutcomeUnknown:
      return grpc::UNKNOWN;
    case StatusCode::kCorruption:
    case StatusCode::kIoError:
      return grpc::DATA_LOSS;
    case StatusCode::kUnimplemented:
      return grpc::UNIMPLEMENTED;
    case StatusCode::kInternal:
      return grpc::INTERNAL;
  }
  SKERRY_CHECK_MSG(false, "a status without a code");
}

StatusCode OfGrpcItself(grpc::StatusCode code) {
  switch (code) {
    case grpc::DEADLINE_EXCEEDED:
      return StatusCode::kDeadlineExceeded;
    case grpc::UNIMPLEMENTED:
      return StatusCode::kUnimplemented;
    case grpc::RESOURCE_EXHAUSTED:
      return StatusCode::kResourceExhausted;
    default:
      return StatusCode::kUnavailable;
  }
}

}  // namespace

grpc::Status ToGrpc(const Status& status, grpc::ServerContextBase& context) {
  if (status.ok()) return grpc::Status::OK;
  context.AddTrailingMetadata(kCodeKey, std::string(StatusCodeName(status.code())));
  return {Nearest(status.code()), std::string(status.message().substr(0, kMessageBytes))};
}

Status FromGrpc(const grpc::Status& status, const grpc::ClientContext& context) {
  SKERRY_CHECK(!status.ok());
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto found = metadata.find(kCodeKey);
  if (found != metadata.end()) {
    const std::string_view name(found->second.data(), found->second.size());
    for (auto code = static_cast<int>(StatusCode::kInvalidArgument);
         code <= static_cast<int>(StatusCode::kInternal); ++code) {
      const auto ours = static_cast<StatusCode>(code);
      if (StatusCodeName(ours) == name) return {ours, status.error_message()};
    }
  }
  return {OfGrpcItself(status.error_code()), status.error_message()};
}

}  // namespace skerry::transport
