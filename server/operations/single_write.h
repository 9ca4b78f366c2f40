#pragma once

#include "base/task.h"
#include "server/api/error.h"
#include "server/api/item_types.h"
#include "server/catalog/table.h"
#include "server/router/router.h"
#include "storage/partition/write.h"

namespace skerry::operations {

// What PutItem, UpdateItem and DeleteItem do alike once their own rules are checked: write at the
// partition and answer with what was asked for. `request` has kind, item or key, update and
// condition; the row key is made here.
Task<api::Outcome<api::WriteResult>> WriteOne(const router::Router& router, catalog::TablePtr table,
                                              std::string table_name,
                                              partition::WriteRequest request,
                                              api::WriteReturns returns,
                                              api::ReturnValuesOnConditionCheckFailure on_failure);

}  // namespace skerry::operations
