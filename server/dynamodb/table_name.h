#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/api/error.h"
#include "server/dynamodb/decoder.h"

namespace skerry::dynamodb {

// [a-zA-Z0-9_.-]+
bool IsNamePattern(std::string_view name);

// A table is named by its name or its ARN (arn:aws:dynamodb:REGION:ACCOUNT:table/NAME). Replaces an
// ARN by the name; the region does not count, the account only where accounts are kept apart. The
// service's error for anything else.
std::optional<api::ApiError> ResolveName(const NameRules& rules, std::string* name);

}  // namespace skerry::dynamodb
