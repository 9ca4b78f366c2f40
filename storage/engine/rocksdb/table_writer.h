#pragma once

#include <memory>
#include <string>

#include "rocksdb/options.h"
#include "storage/engine/engine.h"

namespace skerry::engine {

// Writes a table for a store with these options in `path` to `file`, which is removed with the
// writer if it is still there.
Result<std::unique_ptr<TableWriter>> MakeTableWriter(const rocksdb::Options& options,
                                                     const std::string& path, std::string file);

// Completes a table made by MakeTableWriter. The file's path; empty if the table is.
Result<std::string> FinishTable(TableWriter* table);

}  // namespace skerry::engine
