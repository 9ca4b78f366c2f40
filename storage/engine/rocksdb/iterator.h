#pragma once

#include <memory>
#include <string>

#include "rocksdb/db.h"
#include "storage/engine/engine.h"

namespace skerry::engine {

// `path` is for messages. `options.snapshot` has been unwrapped already.
std::unique_ptr<Iterator> MakeIterator(rocksdb::DB* db, const std::string& path,
                                       const rocksdb::Snapshot* snapshot,
                                       const IteratorOptions& options);

}  // namespace skerry::engine
