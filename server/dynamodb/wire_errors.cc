#include "server/dynamodb/wire_errors.h"

#include "server/dynamodb/item_encoder.h"
#include "server/dynamodb/json_writer.h"

namespace skerry::dynamodb {
namespace {

using api::ErrorType;

#define SKERRY_TABLES "com.amazonaws.dynamodb.v20120810#"
#define SKERRY_SERVICE "com.amazon.coral.service#"

// Types of the operations are of the service's own name space and say `message`; what the layers
// before an operation find has theirs (AWS, "Error handling with DynamoDB", and answers recorded
// in public threads). Clients look at what stands behind '#' and accept both spellings.
constexpr WireError kErrors[] = {
    {ErrorType::kValidation, "com.amazon.coral.validate#ValidationException", 400, "message"},
    {ErrorType::kSerialization, SKERRY_SERVICE "SerializationException", 400, "Message"},
    {ErrorType::kUnknownOperation, SKERRY_SERVICE "UnknownOperationException", 400, "message"},
    {ErrorType::kInvalidAction, SKERRY_SERVICE "InvalidAction", 400, "message"},
    {ErrorType::kAccessDenied, SKERRY_SERVICE "AccessDeniedException", 400, "Message"},
    {ErrorType::kIncompleteSignature, SKERRY_SERVICE "IncompleteSignatureException", 400,
     "message"},
    {ErrorType::kInvalidSignature, SKERRY_SERVICE "InvalidSignatureException", 400, "message"},
    {ErrorType::kMissingAuthenticationToken, SKERRY_SERVICE "MissingAuthenticationTokenException",
     400, "message"},
    {ErrorType::kUnrecognizedClient, SKERRY_SERVICE "UnrecognizedClientException", 400, "message"},
    {ErrorType::kExpiredToken, SKERRY_SERVICE "ExpiredTokenException", 400, "message"},
    {ErrorType::kRequestExpired, SKERRY_SERVICE "RequestExpired", 400, "message"},
    {ErrorType::kConditionalCheckFailed, SKERRY_TABLES "ConditionalCheckFailedException", 400,
     "message"},
    {ErrorType::kItemCollectionSizeLimitExceeded,
     SKERRY_TABLES "ItemCollectionSizeLimitExceededException", 400, "message"},
    {ErrorType::kProvisionedThroughputExceeded,
     SKERRY_TABLES "ProvisionedThroughputExceededException", 400, "message"},
    {ErrorType::kThrottling, "com.amazon.coral.availability#ThrottlingException", 400, "message"},
    {ErrorType::kRequestLimitExceeded, SKERRY_TABLES "RequestLimitExceeded", 400, "message"},
    {ErrorType::kTransactionConflict, SKERRY_TABLES "TransactionConflictException", 400, "message"},
    {ErrorType::kResourceNotFound, SKERRY_TABLES "ResourceNotFoundException", 400, "message"},
    {ErrorType::kResourceInUse, SKERRY_TABLES "ResourceInUseException", 400, "message"},
    {ErrorType::kTableNotFound, SKERRY_TABLES "TableNotFoundException", 400, "message"},
    {ErrorType::kLimitExceeded, SKERRY_TABLES "LimitExceededException", 400, "message"},
    {ErrorType::kPolicyNotFound, SKERRY_TABLES "PolicyNotFoundException", 400, "message"},
    {ErrorType::kInternalServerError, SKERRY_TABLES "InternalServerError", 500, "message"},
    {ErrorType::kServiceUnavailable, SKERRY_SERVICE "ServiceUnavailableException", 503, "message"},
};

#undef SKERRY_TABLES
#undef SKERRY_SERVICE

constexpr bool InOrderOfType() {
  for (size_t i = 0; i < std::size(kErrors); ++i) {
    if (static_cast<size_t>(kErrors[i].type) != i) return false;
  }
  return static_cast<size_t>(ErrorType::kServiceUnavailable) + 1 == std::size(kErrors);
}
static_assert(InOrderOfType());

}  // namespace

const WireError& WireErrorOf(ErrorType type) { return kErrors[static_cast<size_t>(type)]; }

void EncodeError(const api::ApiError& error, std::string* out) {
  const WireError& wire = WireErrorOf(error.type);
  out->append("{\"__type\":\"").append(wire.wire_type).append("\",\"");
  out->append(wire.message_member).append("\":");
  AppendJsonString(error.message, out);
  if (!error.item.empty()) {
    const size_t before = out->size();
    out->append(",\"Item\":");
    // The condition failed whatever the item looks like: without one if it cannot be read.
    if (!AppendEncodedItem(error.item, out)) out->resize(before);
  }
  out->push_back('}');
}

}  // namespace skerry::dynamodb
