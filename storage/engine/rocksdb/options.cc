#include "storage/engine/rocksdb/options.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <limits>
#include <utility>

#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "rocksdb/write_buffer_manager.h"

namespace skerry::engine {
namespace {

constexpr size_t kMegabyte = size_t{1} << 20;

// Passes warnings and errors on, in place of RocksDB's own log file.
class LineLogger final : public rocksdb::Logger {
 public:
  explicit LineLogger(std::function<void(std::string_view)> log)
      : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL), log_(std::move(log)) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    if (!log_) return;
    char line[1000];
    const int n = std::vsnprintf(line, sizeof line, format, arguments);
    if (n <= 0) return;
    const std::string_view text(line, std::min(static_cast<size_t>(n), sizeof line - 1));
    // RocksDB complains of what StoreFileSystem refuses on purpose: it keeps no file of options.
    if (text.find("persist options") == std::string_view::npos) log_(text);
  }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    // HEADER_LEVEL stands above the errors and is every option's value.
    if (level < GetInfoLogLevel() || level == rocksdb::InfoLogLevel::HEADER_LEVEL) return;
    Logv(format, arguments);
  }

 private:
  const std::function<void(std::string_view)> log_;
};

class SharedBytes final : public rocksdb::SliceTransform {
 public:
  explicit SharedBytes(Sequence sequence) : sequence_(sequence) {}
  const char* Name() const override { return "skerry.SharedBytes"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), sequence_.shared};
  }
  bool InDomain(const rocksdb::Slice& key) const override {
    return key.size() > sequence_.shared && key[0] == sequence_.first;
  }

 private:
  const Sequence sequence_;
};

// One budget: memtables are charged to the block cache, so that together they stay below it.
void SetMemory(size_t budget, rocksdb::Options* options, rocksdb::BlockBasedTableOptions* table) {
  budget = std::max(budget, 8 * kMegabyte);
  table->block_cache = rocksdb::NewLRUCache(
      {budget, /*num_shard_bits=*/4, /*strict_capacity_limit=*/false, /*high_pri_pool_ratio=*/0.3});
  // All memtables, those being flushed included. What is not flushed is read again from the log at
  // a start, so this bounds that too.
  const size_t memtables = std::clamp(budget / 3, 4 * kMegabyte, 64 * kMegabyte);
  options->write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(memtables, table->block_cache);
  options->write_buffer_size = memtables / 2;
  options->arena_block_size = std::min(memtables / 16, kMegabyte);
  // More than admission lets come about (OpenRocksDb), so that RocksDB itself holds back nothing
  // but what is read from the log at a start.
  options->max_write_buffer_number = 8;
  options->memtable_whole_key_filtering = true;
  options->memtable_prefix_bloom_size_ratio = 0.02;
  options->max_open_files = 512;
  // Outside the budget, for each file that is merged; of the first level there may be dozens.
  options->compaction_readahead_size = std::clamp(budget / 64, kMegabyte / 8, 2 * kMegabyte);
}

void SetTables(rocksdb::Options* options, rocksdb::BlockBasedTableOptions* table) {
  table->format_version = 5;
  table->checksum = rocksdb::kXXH3;
  table->block_size = 4096;
  table->filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table->whole_key_filtering = true;
  table->data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  // Index and filter blocks are memory like any other, and bounded as it is.
  table->cache_index_and_filter_blocks = true;
  table->cache_index_and_filter_blocks_with_high_priority = true;
  table->pin_l0_filter_and_index_blocks_in_cache = true;
  options->compression = rocksdb::kLZ4Compression;
  options->table_factory.reset(rocksdb::NewBlockBasedTableFactory(*table));
}

void SetBackgroundWork(rocksdb::Options* options) {
  options->max_background_jobs = 2;  // a flush and a compaction
  options->compaction_style = rocksdb::kCompactionStyleLevel;
  options->level_compaction_dynamic_level_bytes = true;
  options->target_file_size_base = 16 * kMegabyte;
  options->max_bytes_for_level_base = 64 * kMegabyte;
  options->bytes_per_sync = kMegabyte;
  // Writes that come from the log must not be slowed down here: they are refused before they are
  // proposed, by what GetLoad says.
  options->level0_file_num_compaction_trigger = 4;
  options->level0_slowdown_writes_trigger = std::numeric_limits<int>::max();
  options->level0_stop_writes_trigger = std::numeric_limits<int>::max();
  options->soft_pending_compaction_bytes_limit = 0;
  options->hard_pending_compaction_bytes_limit = 0;
}

void SetSafety(rocksdb::Options* options) {
  options->paranoid_checks = true;
  options->force_consistency_checks = true;
  options->verify_sst_unique_id_in_manifest = true;
  options->skip_checking_sst_file_sizes_on_db_open = false;
  options->flush_verify_memtable_count = true;
  options->avoid_flush_during_shutdown = false;
  options->unordered_write = false;  // safety-rules 5
  options->atomic_flush = false;     // one column family needs none
}

void SetQuickStart(rocksdb::Options* options) {
  options->skip_stats_update_on_db_open = true;
  options->stats_dump_period_sec = 0;
  options->stats_persist_period_sec = 0;
  options->max_manifest_file_size = 4 * kMegabyte;
  options->max_file_opening_threads = 1;
  options->avoid_unnecessary_blocking_io = true;
  options->delete_obsolete_files_period_micros = 0;
}

}  // namespace

rocksdb::Options TunedOptions(const RocksDbOptions& options,
                              std::shared_ptr<rocksdb::EventListener> listener) {
  rocksdb::Options tuned;
  rocksdb::BlockBasedTableOptions table;
  SetMemory(options.memory_bytes, &tuned, &table);
  SetTables(&tuned, &table);
  SetBackgroundWork(&tuned);
  SetSafety(&tuned);
  SetQuickStart(&tuned);
  if (options.sequence.shared > 0) {
    tuned.memtable_insert_with_hint_prefix_extractor =
        std::make_shared<SharedBytes>(options.sequence);
  }
  tuned.info_log = std::make_shared<LineLogger>(options.log);
  tuned.listeners.push_back(std::move(listener));
  return tuned;
}

}  // namespace skerry::engine
