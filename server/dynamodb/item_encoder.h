#pragma once

#include <span>
#include <string>
#include <string_view>

#include "server/api/item_types.h"
#include "server/dynamodb/decoder.h"

// Answers of the item operations, appended to an answer's body. `arns`: tables that the request
// named by ARN, which the answer does likewise. False where a stored item cannot be read; what was
// appended is then to be thrown away.

namespace skerry::dynamodb {

using NamesAsSent = std::span<const NamedByArn>;

// {"pk":{"S":"a"},...}
[[nodiscard]] bool AppendEncodedItem(std::string_view encoded, std::string* out);
void AppendAttributes(const document::AttributeMap& attributes, std::string* out);

[[nodiscard]] bool Encode(const api::GetItemResult& result, NamesAsSent arns, std::string* out);
[[nodiscard]] bool Encode(const api::WriteResult& result, NamesAsSent arns, std::string* out);
[[nodiscard]] bool Encode(const api::ReadManyResult& result, NamesAsSent arns, std::string* out);
[[nodiscard]] bool Encode(const api::BatchGetItemResult& result, NamesAsSent arns,
                          std::string* out);
[[nodiscard]] bool Encode(const api::BatchWriteItemResult& result, NamesAsSent arns,
                          std::string* out);

}  // namespace skerry::dynamodb
