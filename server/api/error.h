#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/status.h"
#include "storage/document/item_codec.h"

namespace skerry::api {

// The exceptions of DynamoDB's API (API reference, "Common Errors" and each operation's "Errors").
// How a type looks on the wire (name space, HTTP status, spelling of the message member) is
// server/dynamodb's matter.
enum class ErrorType : uint8_t {
  kValidation,
  kSerialization,
  kUnknownOperation,
  kInvalidAction,
  kAccessDenied,
  kIncompleteSignature,
  kInvalidSignature,
  kMissingAuthenticationToken,
  kUnrecognizedClient,
  kExpiredToken,
  kRequestExpired,
  kConditionalCheckFailed,
  kItemCollectionSizeLimitExceeded,
  kProvisionedThroughputExceeded,
  kThrottling,
  kRequestLimitExceeded,
  kTransactionConflict,
  kResourceNotFound,
  kResourceInUse,
  kTableNotFound,
  kLimitExceeded,
  kPolicyNotFound,
  kInternalServerError,
  kServiceUnavailable,
};

// A failure as a client sees it: the type and the message word for word. Made by the named
// functions below.
struct ApiError {
  ErrorType type = ErrorType::kInternalServerError;
  std::string message;
  // ConditionalCheckFailedException with ReturnValuesOnConditionCheckFailure=ALL_OLD: the item
  // found.
  document::EncodedItem item;
  // InternalServerError: what failed inside. For the log, never for the client.
  std::string detail = {};
};

inline ApiError ValidationException(std::string message) {
  return {ErrorType::kValidation, std::move(message), {}};
}
inline ApiError ResourceNotFoundException(std::string message) {
  return {ErrorType::kResourceNotFound, std::move(message), {}};
}
inline ApiError ResourceInUseException(std::string message) {
  return {ErrorType::kResourceInUse, std::move(message), {}};
}
inline ApiError ConditionalCheckFailedException(std::string message,
                                                document::EncodedItem item = {}) {
  return {ErrorType::kConditionalCheckFailed, std::move(message), std::move(item)};
}
inline ApiError LimitExceededException(std::string message) {
  return {ErrorType::kLimitExceeded, std::move(message), {}};
}
inline ApiError ThrottlingException(std::string message) {
  return {ErrorType::kThrottling, std::move(message), {}};
}
inline ApiError InternalServerError(std::string message) {
  return {ErrorType::kInternalServerError, std::move(message), {}};
}
// InvalidArgument (an expression's fault) becomes ValidationException word for word; the other
// codes become the error that tells a client what to do: try again, or that the outcome is unknown.
// What failed inside becomes the error's detail, which the front logs with the request's id.
ApiError FromStatus(const Status& status);

// What an operation returns: the result or the error, never neither.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by intent
  Outcome(ApiError error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT
  Outcome(const Status& status) : Outcome(FromStatus(status)) {}                 // NOLINT

  bool ok() const { return state_.index() == 0; }
  const ApiError& error() const { return std::get<1>(state_); }
  ApiError& error() { return std::get<1>(state_); }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

 private:
  std::variant<T, ApiError> state_;
};

}  // namespace skerry::api
