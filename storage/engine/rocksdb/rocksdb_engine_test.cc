#include "storage/engine/rocksdb/rocksdb_engine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "storage/engine/contract_test.h"

namespace skerry::engine {
namespace {

namespace fs = std::filesystem;

// A directory of the test's own, removed with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (fs::temp_directory_path() / "skerry-engine-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::unique_ptr<Engine> MustOpen(const fs::path& path) {
  Result<std::unique_ptr<Engine>> engine = OpenRocksDb({.path = path.string()});
  EXPECT_TRUE(engine.ok()) << engine.status().ToString();
  return std::move(engine).value();
}

// A crash is a copy of the files as they are while the engine runs: what a killed process leaves.
class RocksWorld final : public EngineWorld {
 public:
  RocksWorld() { engine_ = MustOpen(Path()); }
  Engine& engine() override { return *engine_; }
  void CloseAndReopen() override {
    engine_.reset();
    engine_ = MustOpen(Path());
  }
  void CrashAndReopen() override {
    const fs::path before = Path();
    ++lives_;
    fs::copy(before, Path(), fs::copy_options::recursive);
    engine_.reset();
    engine_ = MustOpen(Path());
  }

 private:
  fs::path Path() const { return directory_.path() / ("data" + std::to_string(lives_)); }

  TemporaryDirectory directory_;
  int lives_ = 0;
  std::unique_ptr<Engine> engine_;
};

INSTANTIATE_TEST_SUITE_P(RocksDb, EngineContract,
                         testing::Values([] { return std::make_unique<RocksWorld>(); }));

}  // namespace
}  // namespace skerry::engine
