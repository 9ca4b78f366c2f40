#pragma once

#include <string>
#include <string_view>

#include "server/api/table_types.h"

// Answers of the table operations, appended to an answer's body. What a table does not have is
// absent, as the service leaves it out.

namespace skerry::dynamodb {

// {"TableDescription":{...}} (CreateTable, UpdateTable, DeleteTable) or {"Table":{...}}
// (DescribeTable).
void EncodeTable(std::string_view member, const api::TableDescription& table, std::string* out);

void Encode(const api::ListTablesResult& result, std::string* out);
void Encode(const api::ListTagsOfResourceResult& result, std::string* out);
void Encode(const api::DescribeLimitsResult& result, std::string* out);

}  // namespace skerry::dynamodb
