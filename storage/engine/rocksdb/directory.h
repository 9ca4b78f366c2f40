#pragma once

#include <string>

#include "base/disk.h"
#include "base/status.h"

// What tells an engine's directory from another: the file ENGINE, written before RocksDB creates
// anything and completed afterwards. A directory without it is foreign, and one in which it is
// complete but RocksDB's files are not is half copied: neither is ever taken for an empty one.

namespace skerry::engine {

// Makes sure that RocksDB may be opened in `path`; creates the directory if need be. *create says
// whether RocksDB shall make a new store there. Removes what a creation that was cut short left.
Status PrepareDirectory(Disk& disk, const std::string& path, bool* create);

// After the store has been created: makes it durable.
Status CompleteDirectory(Disk& disk, const std::string& path);

// Where tables wait to be ingested, in the engine's directory; emptied at every start.
std::string IncomingDirectory(const std::string& path);

}  // namespace skerry::engine
