#pragma once

#include <string>
#include <string_view>

#include "storage/document/attribute_value.h"

// The service's texts for what a partition refuses, in one place so that a second dialect can join.

namespace skerry::partition::messages {

inline constexpr std::string_view kKeyDoesNotMatchSchema =
    "The provided key element does not match the schema";
inline constexpr std::string_view kItemTooLarge = "Item size has exceeded the maximum allowed size";
inline constexpr std::string_view kUpdatedItemTooLarge =
    "Item size to update has exceeded the maximum allowed size";
// The missing space is the service's.
inline constexpr std::string_view kPartitionKeyTooLong =
    "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
    "limit "
    "of2048 bytes";
inline constexpr std::string_view kSortKeyTooLong =
    "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the "
    "size "
    "limit of 1024 bytes";
inline constexpr std::string_view kIndexKeyUpdateType =
    "The update expression attempted to update the secondary index key to unsupported type";
inline constexpr std::string_view kLegacyIndexKeyUpdateType =
    "Updates on index keys must be of the same data type as the key attribute";

std::string MissingKey(std::string_view name);
std::string KeyTypeMismatch(std::string_view name, document::Type expected, document::Type actual);
std::string EmptyKeyValue(std::string_view name, document::Type type);
std::string IndexKeyTypeMismatch(std::string_view name, document::Type expected,
                                 document::Type actual, std::string_view index);
std::string EmptyIndexKeyValue(std::string_view name, document::Type type, std::string_view index);
std::string EmptyIndexKeyUpdate(document::Type type);

}  // namespace skerry::partition::messages
