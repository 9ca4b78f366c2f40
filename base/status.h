#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"

// Status and Result: expected failures, as values (docs/adr/0001-status-of-our-own.md says why not
// absl::Status). A code exists when some caller reacts differently to it.

namespace skerry {

enum class StatusCode : uint8_t {
  kOk = 0,
  kInvalidArgument,  // the caller's input; the message is meant for the one who sent it
  kNotFound,
  kAlreadyExists,
  kFailedPrecondition,  // the state does not allow it now
  kResourceExhausted,   // a bound was met; trying again later may help
  kStorageFull,         // no room for more data: trying again helps only once some was deleted
  kUnavailable,         // not here or not now; another node or a later try may serve it
  kDeadlineExceeded,
  kAborted,         // lost a race, nothing was done
  kOutcomeUnknown,  // a write may or may not have happened
  kCorruption,      // stored bytes are not what was written
  kIoError,
  kUnimplemented,
  kInternal,
  kRangeMoved,  // the keys are another partition's: look again whose; nothing was done
};

std::string_view StatusCodeName(StatusCode code);

// Immutable, cheap to move; success holds no memory. Thread-compatible.
class [[nodiscard]] Status {
 public:
  Status() = default;  // success
  Status(StatusCode code, std::string message)
      : failure_(std::make_unique<Failure>(Failure{code, std::move(message)})) {
    SKERRY_CHECK(code != StatusCode::kOk);
  }
  Status(const Status& other)
      : failure_(other.failure_ ? std::make_unique<Failure>(*other.failure_) : nullptr) {}
  Status& operator=(const Status& other) {
    if (this != &other) *this = Status(other);
    return *this;
  }
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;

  bool ok() const { return failure_ == nullptr; }
  StatusCode code() const { return failure_ ? failure_->code : StatusCode::kOk; }
  std::string_view message() const {
    return failure_ ? std::string_view(failure_->message) : std::string_view();
  }
  // "CODE: message", for logs.
  std::string ToString() const;
  // The same failure with `context` and a colon before its message; success stays success.
  Status WithContext(std::string_view context) const;

 private:
  struct Failure {
    StatusCode code;
    std::string message;
  };
  std::unique_ptr<Failure> failure_;
};

inline Status OkStatus() { return {}; }
inline Status InvalidArgument(std::string m) {
  return {StatusCode::kInvalidArgument, std::move(m)};
}
inline Status NotFound(std::string m) { return {StatusCode::kNotFound, std::move(m)}; }
inline Status AlreadyExists(std::string m) { return {StatusCode::kAlreadyExists, std::move(m)}; }
inline Status FailedPrecondition(std::string m) {
  return {StatusCode::kFailedPrecondition, std::move(m)};
}
inline Status ResourceExhausted(std::string m) {
  return {StatusCode::kResourceExhausted, std::move(m)};
}
inline Status StorageFull(std::string m) { return {StatusCode::kStorageFull, std::move(m)}; }
inline Status Unavailable(std::string m) { return {StatusCode::kUnavailable, std::move(m)}; }
inline Status DeadlineExceeded(std::string m) {
  return {StatusCode::kDeadlineExceeded, std::move(m)};
}
inline Status RangeMoved(std::string m) { return {StatusCode::kRangeMoved, std::move(m)}; }
inline Status Aborted(std::string m) { return {StatusCode::kAborted, std::move(m)}; }
inline Status OutcomeUnknown(std::string m) { return {StatusCode::kOutcomeUnknown, std::move(m)}; }
inline Status Corruption(std::string m) { return {StatusCode::kCorruption, std::move(m)}; }
inline Status IoError(std::string m) { return {StatusCode::kIoError, std::move(m)}; }
inline Status Unimplemented(std::string m) { return {StatusCode::kUnimplemented, std::move(m)}; }
inline Status Internal(std::string m) { return {StatusCode::kInternal, std::move(m)}; }

// A value or the Status that stands in its place. Reading the value of a failure is a broken
// invariant.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by intent
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {  // NOLINT
    SKERRY_CHECK(!std::get<1>(state_).ok());
  }

  bool ok() const { return state_.index() == 0; }
  Status status() const { return ok() ? Status() : std::get<1>(state_); }

  T& value() & { return Checked(); }
  const T& value() const& { return const_cast<Result*>(this)->Checked(); }
  T&& value() && { return std::move(Checked()); }
  T& operator*() & { return Checked(); }
  const T& operator*() const& { return const_cast<Result*>(this)->Checked(); }
  T&& operator*() && { return std::move(Checked()); }
  T* operator->() { return &Checked(); }
  const T* operator->() const { return &const_cast<Result*>(this)->Checked(); }

 private:
  T& Checked() {
    SKERRY_CHECK_MSG(ok(), "value of a failed Result");
    return std::get<0>(state_);
  }
  std::variant<T, Status> state_;
};

#define SKERRY_CONCAT_INNER(a, b) a##b
#define SKERRY_CONCAT(a, b) SKERRY_CONCAT_INNER(a, b)

// Returns early with the failure; in a coroutine use SKERRY_CO_RETURN_IF_ERROR.
#define SKERRY_RETURN_IF_ERROR(expression)                        \
  do {                                                            \
    if (::skerry::Status status_ = (expression); !status_.ok()) { \
      return status_;                                             \
    }                                                             \
  } while (false)

// SKERRY_ASSIGN_OR_RETURN(auto x, F()): declares x, or returns F's failure.
#define SKERRY_ASSIGN_OR_RETURN(declaration, expression) \
  SKERRY_ASSIGN_OR_RETURN_INNER(SKERRY_CONCAT(result_, __LINE__), declaration, expression)
#define SKERRY_ASSIGN_OR_RETURN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                          \
  if (!temporary.ok()) return temporary.status();                         \
  declaration = std::move(temporary).value()

}  // namespace skerry
