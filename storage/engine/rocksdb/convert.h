#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "rocksdb/slice.h"
#include "rocksdb/status.h"
#include "rocksdb/write_batch.h"
#include "storage/engine/write_batch.h"

// From our types to RocksDB's and back.

namespace skerry::engine {

inline rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

rocksdb::WriteBatch ToRocksDb(const WriteBatch& batch);

// A failure of the store in `path`, with what to do about it. RocksDB names the damaged file.
Status FromRocksDb(const rocksdb::Status& status, const std::string& path);

}  // namespace skerry::engine
