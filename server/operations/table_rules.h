#pragma once

#include <string_view>

#include "base/status.h"
#include "server/api/table_types.h"

namespace skerry::operations {

// The rules on the members of CreateTable that no shape says (AWS API reference, CreateTable;
// "Quotas"). Failures carry the service's message; Unimplemented ones name the feature that Skerry
// lacks so far, after everything else about the request was found right.
Status CheckCreateTable(const api::CreateTableRequest& request);

// Shared with UpdateTable.
Status NotYet(std::string_view member, std::string_view feature);
Status CheckThroughput(const api::ProvisionedThroughput& throughput);

}  // namespace skerry::operations
