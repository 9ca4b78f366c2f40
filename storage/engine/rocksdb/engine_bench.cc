#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "base/prng.h"
#include "storage/engine/memory/memory_engine.h"
#include "storage/engine/rocksdb/rocksdb_engine.h"

// What a read of 1 KiB, a scan of 20 rows and a write cost through the port. Data fits in memory:
// this is about the processor.

namespace skerry::engine {
namespace {

constexpr uint64_t kKeys = 20000;

std::string KeyOf(uint64_t n) {
  std::string key = "0123456789";  // prefix and hash, as partitions have them
  AppendBig64(&key, n * 0x9e3779b97f4a7c15);
  return key + "user#" + std::to_string(n);
}

enum Where : int64_t { kMemory, kMemtable, kTable };

// An engine with kKeys rows of 1 KiB.
class Loaded {
 public:
  explicit Loaded(int64_t where) {
    if (where == kMemory) {
      engine_ = NewMemoryEngine({});
    } else {
      auto opened = OpenRocksDb({.path = path_.string(), .memory_bytes = size_t{128} << 20});
      SKERRY_CHECK(opened.ok());
      engine_ = std::move(*opened);
    }
    const uint64_t keys = where == kMemtable ? kKeys / 2 : kKeys;  // stays below a flush
    for (uint64_t n = 0; n < keys; ++n) {
      WriteBatch batch;
      batch.Put(KeyOf(n), std::string(1024, static_cast<char>('a' + n % 26)));
      SKERRY_CHECK(engine_->Write(batch).ok());
    }
    if (where == kTable) SKERRY_CHECK(engine_->Flush().ok());
    keys_ = keys;
  }
  ~Loaded() {
    engine_.reset();
    std::filesystem::remove_all(path_);
  }
  Engine& engine() { return *engine_; }
  uint64_t keys() const { return keys_; }

 private:
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("skerry-bench-" + std::to_string(::getpid()));
  std::unique_ptr<Engine> engine_;
  uint64_t keys_ = 0;
};

void Get(benchmark::State& state) {
  Loaded loaded(state.range(0));
  Prng random(1);
  PinnedValue value;
  for (auto _ : state) {
    const Result<Lookup> found =
        loaded.engine().Get(KeyOf(random.Below(loaded.keys())), nullptr, &value);
    SKERRY_CHECK(found.ok() && *found == Lookup::kFound && value.view().size() == 1024);
  }
}

void GetAbsent(benchmark::State& state) {
  Loaded loaded(state.range(0));
  Prng random(1);
  PinnedValue value;
  for (auto _ : state) {
    const Result<Lookup> found =
        loaded.engine().Get(KeyOf(random.Below(loaded.keys()) + kKeys), nullptr, &value);
    SKERRY_CHECK(found.ok() && *found == Lookup::kAbsent);
  }
}

void Scan20(benchmark::State& state) {
  Loaded loaded(state.range(0));
  Prng random(1);
  for (auto _ : state) {
    const auto i = loaded.engine().NewIterator({.lower = "0", .upper = "1"});
    size_t bytes = 0;
    i->Seek(KeyOf(random.Below(loaded.keys())));
    for (int n = 0; n < 20 && i->Valid(); ++n, i->Next()) bytes += i->value().size();
    benchmark::DoNotOptimize(bytes);
  }
}

void Write(benchmark::State& state) {
  Loaded loaded(state.range(0));
  Prng random(1);
  WriteBatch batch;
  const std::string value(1024, 'w');
  for (auto _ : state) {
    batch.Clear();
    batch.Put(KeyOf(random.Below(kKeys)), value);
    batch.Put("applied", "12345678");
    SKERRY_CHECK(loaded.engine().Write(batch).ok());
  }
}

BENCHMARK(Get)->ArgName("where")->Arg(kMemory)->Arg(kMemtable)->Arg(kTable);
BENCHMARK(GetAbsent)->ArgName("where")->Arg(kMemory)->Arg(kMemtable)->Arg(kTable);
BENCHMARK(Scan20)->ArgName("where")->Arg(kMemory)->Arg(kMemtable)->Arg(kTable);
BENCHMARK(Write)->ArgName("where")->Arg(kMemory)->Arg(kTable);

}  // namespace
}  // namespace skerry::engine

BENCHMARK_MAIN();
