#pragma once

#include <string_view>

// The service's texts for what the coordinator refuses, in one place so that a second dialect can
// join. Those of expressions, of items and of the wire stand with them.

namespace skerry::operations::messages {

inline constexpr std::string_view kTableNotFound = "Requested resource not found";
inline constexpr std::string_view kConditionFailed = "The conditional request failed";
inline constexpr std::string_view kReturnValuesOldOrNone =
    "ReturnValues can only be ALL_OLD or NONE";
inline constexpr std::string_view kConditionalOperatorAlone =
    "ConditionalOperator cannot be used without Filter or Expected";
inline constexpr std::string_view kConditionalOperatorOfOne =
    "ConditionalOperator can only be used when Filter or Expected has two or more elements";
inline constexpr std::string_view kNamesWithoutExpression =
    "ExpressionAttributeNames can only be specified when using expressions";
inline constexpr std::string_view kValuesWithoutExpression =
    "ExpressionAttributeValues can only be specified when using expressions";

// Query and Scan.
inline constexpr std::string_view kNoKeyCondition =
    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
    "request.";
inline constexpr std::string_view kSelectNeedsAttributes =
    "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
    "SPECIFIC_ATTRIBUTES";
inline constexpr std::string_view kSelectProjectedNeedsIndex =
    "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName";
inline constexpr std::string_view kNoSuchIndex = "The table does not have the specified index: ";
inline constexpr std::string_view kStartKeySize =
    "Exclusive Start Key must have same size as table's key schema";
inline constexpr std::string_view kStartKeyInvalid = "The provided starting key is invalid";
// Before the text above, where the partition key is empty; the space at its end belongs to it.
inline constexpr std::string_view kStartOfOneRow =
    "The query can return at most one row and cannot be restarted. ";
inline constexpr std::string_view kStartKeyOutsideRange =
    "The provided starting key is outside query boundaries based on provided conditions";
inline constexpr std::string_view kStartKeyOtherPartition =
    "The provided starting key does not match the range key predicate";
inline constexpr std::string_view kStartKeyOutsideSegment =
    "Exclusive start key must lie within the segment";
inline constexpr std::string_view kSegmentMissing =
    "The Segment parameter is required but was not present in the request when parameter "
    "TotalSegments is present";
inline constexpr std::string_view kTotalSegmentsMissing =
    "The TotalSegments parameter is required but was not present in the request when Segment "
    "parameter is present";
inline constexpr std::string_view kFilterOnKey =
    "Filter Expression can only contain non-primary key attributes: Primary key attribute: ";
inline constexpr std::string_view kQueryFilterOnKey =
    "QueryFilter can only contain non-primary key attributes: Primary key attribute: ";

// Batches.
inline constexpr std::string_view kTooManyGets =
    "Too many items requested for the BatchGetItem call";
inline constexpr std::string_view kTooManyWrites =
    "Too many items requested for the BatchWriteItem call";
inline constexpr std::string_view kDuplicateKeys = "Provided list of item keys contains duplicates";
inline constexpr std::string_view kPutOrDelete =
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
    "supported datatypes";

}  // namespace skerry::operations::messages
