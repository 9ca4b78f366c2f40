#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace skerry::cli {

// What a node says of its cluster (GET /cluster), for people. kCorruption if `page` is no such
// thing.
Result<std::string> StatusTable(std::string_view page);
Result<std::string> NodesTable(std::string_view page);
Result<std::string> VersionTable(std::string_view page);
// `account` and `table` choose; empty: all.
Result<std::string> PartitionsTable(std::string_view page, std::string_view account,
                                    std::string_view table);

// The same for programs.
Result<std::string> StatusJson(std::string_view page);
Result<std::string> NodesJson(std::string_view page);
Result<std::string> VersionJson(std::string_view page);
Result<std::string> PartitionsJson(std::string_view page, std::string_view account,
                                   std::string_view table);

// What a node says that it has done: a line for each member.
Result<std::string> DoneTable(std::string_view answer);

}  // namespace skerry::cli
