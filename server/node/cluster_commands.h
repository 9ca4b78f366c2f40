#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "base/task.h"
#include "server/catalog/catalog.h"
#include "server/forwarding/group_client.h"

namespace skerry::node {

// What an operator tells the cluster to do by POST /cluster/COMMAND, with a JSON object
// (docs/operating.md):
//   transfer-leader {"table": NAME, "to": NODE, "account": ACCOUNT}  NODE leads all partitions of
//     the table of which it has a replica; the account may be left out
//   split {"table": NAME, "partition": NUMBER or "key": KEY, "account": ACCOUNT}  the partition, or
//     the one that has the key, becomes two: in its middle, or behind the key's hash
// What was done, as JSON. kInvalidArgument and kNotFound say what is wrong with the command.
// Catalog and groups outlive the task.
Task<Result<std::string>> RunClusterCommand(catalog::Catalog& catalog,
                                            forwarding::GroupClient& groups, std::string command,
                                            std::string body);

}  // namespace skerry::node
