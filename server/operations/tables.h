#pragma once

#include <string>
#include <string_view>

#include "server/api/error.h"
#include "server/api/table_types.h"
#include "server/catalog/table.h"
#include "server/router/router.h"

namespace skerry::operations {

// Between the API's types and the catalog's records.

catalog::TableRecord NewRecord(const api::CreateTableRequest& request);

api::TableDescription Describe(const catalog::Table& table, const router::Router::Sizes& sizes);

api::ApiError TableNotFound(std::string_view name);

// What cannot be done yet is told by the error that the service has for what it does not allow.
api::ApiError FromCheck(const Status& status);

}  // namespace skerry::operations
