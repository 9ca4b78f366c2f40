#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "base/task.h"
#include "server/catalog/catalog.h"
#include "server/forwarding/group_client.h"

namespace skerry::node {

// What an operator tells the cluster to do by POST /cluster/COMMAND, with a JSON object
// (docs/operating.md); "account" may be left out where "table" is asked for:
//   transfer-leader {"table": NAME, "to": NODE}  NODE leads all partitions of the table of which it
//     has a replica
//   split {"table": NAME, "partition": NUMBER or "key": KEY}  the partition, or the one that has
//   the
//     key, becomes two: in its middle, or behind the key's hash
//   move {"table": NAME, "partition": NUMBER, "from": NODE, "to": NODE}
//   drain {"node": NODE, "fewer_replicas": BOOL}, undrain {"node": NODE}, remove {"node": NODE}
//   version {"hold": VERSION} or {"release": true}  the cluster goes to no higher version, or back;
//     or it may rise again
//   recover  is refused (kUnimplemented)
// What was done, as JSON. kInvalidArgument, kNotFound and kFailedPrecondition say what is wrong
// with the command. Catalog and groups outlive the task.
Task<Result<std::string>> RunClusterCommand(catalog::Catalog& catalog,
                                            forwarding::GroupClient& groups, std::string command,
                                            std::string body);

}  // namespace skerry::node
