#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/status.h"
#include "replication/log/format.h"

namespace skerry::log {

// What is left of a damaged log, for an operator who has no backup.

// Describes segments, batches and records, damaged ones too, a line each.
Status Describe(Disk& disk, const std::string& directory,
                const std::function<void(const std::string&)>& print);

struct Cut {
  Position end;  // of what is kept; {0, 0} if nothing is
  std::string why;
  std::vector<std::string> set_aside;  // files, now named *.cut
};

// Ends a damaged log before its first damage: all records behind it, of every group, are given up,
// the files that hold nothing else are set aside, and the log is marked so that the engine may be
// ahead of it. kFailedPrecondition if the log is not damaged, or would still not be whole. The data
// directory must not be in use.
Result<Cut> CutAtDamage(Disk& disk, const std::string& directory);

}  // namespace skerry::log
