#include "server/api/error.h"

namespace skerry::api {

ApiError FromStatus(const Status& status) {
  std::string message(status.message());
  switch (status.code()) {
    case StatusCode::kOk:
      break;
    case StatusCode::kInvalidArgument:
      return ValidationException(std::move(message));
    case StatusCode::kNotFound:
      return ResourceNotFoundException(std::move(message));
    case StatusCode::kAlreadyExists:
      return ResourceInUseException(std::move(message));
    case StatusCode::kResourceExhausted:
      return ThrottlingException(std::move(message));
    case StatusCode::kStorageFull:
      // Of the errors that the service has, clients try all again that speak of capacity. This one
      // they show at once, as it should be: trying again does not help.
      return ValidationException(std::move(message));
    case StatusCode::kUnavailable:
    case StatusCode::kRangeMoved:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kAborted:
      return {ErrorType::kServiceUnavailable, std::move(message), {}};
    case StatusCode::kFailedPrecondition:
    case StatusCode::kOutcomeUnknown:
    case StatusCode::kCorruption:
    case StatusCode::kIoError:
    case StatusCode::kUnimplemented:
    case StatusCode::kInternal:
      // The client can do nothing about it, and paths of this machine are none of its business; the
      // operator can, once told which file it is.
      return {ErrorType::kInternalServerError, "Internal server error", {}, std::move(message)};
  }
  CheckFailed("a failure", __FILE__, __LINE__, "FromStatus of success");
}

}  // namespace skerry::api
