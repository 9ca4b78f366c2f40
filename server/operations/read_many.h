#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "base/task.h"
#include "server/api/error.h"
#include "server/api/item_types.h"
#include "server/catalog/table.h"
#include "server/operations/expressions.h"
#include "server/router/router.h"

namespace skerry::operations {

// What Query and Scan do alike. Both build one of these, step by step in the order in which the
// service checks, and then read a page.
struct PageQuery {
  catalog::TablePtr table;
  const partition::LocalIndex* index = nullptr;  // of `table`
  partition::ReadRequest read;
};

// IndexName -> query->index.
Status FindIndex(const api::ReadManyRequest& request, PageQuery* query);

// Select against the attributes asked for, and what that means for the read.
Status ApplySelect(const api::ReadManyRequest& request, PageQuery* query);

// A filter needs attributes that the index does not hold.
Status CheckFilterIsProjected(const PageQuery& query);

// The row that ExclusiveStartKey names, checked against the key schema of table and index.
Result<std::string> StartRow(const PageQuery& query, const document::Item& start_key);

// Moves the read's bound behind the start row. The row must lie inside the bounds.
void StartAfter(const std::string& row, partition::ReadRequest* read);

Task<api::Outcome<api::ReadManyResult>> ReadPage(const router::Router& router, PageQuery query,
                                                 std::string table_name,
                                                 api::ReturnConsumedCapacity capacity,
                                                 bool consistent);

}  // namespace skerry::operations
