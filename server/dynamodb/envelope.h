#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/http.h"
#include "server/api/error.h"
#include "server/dynamodb/operation.h"

// What stands around the body of a request and of an answer.

namespace skerry::dynamodb {

inline constexpr std::string_view kTarget = "X-Amz-Target";

// The operation that a target names ("DynamoDB_20120810.GetItem"), or the error for a target that
// is missing, of another version, unknown or not built yet.
api::Outcome<const Operation*> OperationOfTarget(std::string_view target);

// 52 letters and digits, different for each id and seed; looks like the service's.
std::string RequestId(uint64_t seed, uint64_t id);

// Adds Content-Type, x-amzn-RequestId and x-amz-crc32 for the body that the response has.
void AddAnswerHeaders(std::string request_id, HttpResponse* response);

// CORS, for requests of a browser (those with Origin).
void AddCorsHeaders(std::string_view allowed_origin, HttpResponse* response);
HttpResponse Preflight(const HttpRequest& request, std::string_view allowed_origin);

}  // namespace skerry::dynamodb
