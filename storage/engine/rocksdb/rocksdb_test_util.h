#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "storage/engine/rocksdb/rocksdb_engine.h"

namespace skerry::engine {

// A directory of the test's own, removed with it. Of a machine that crashes nothing is tested here,
// so a small one may lie in memory, where syncing costs nothing.
class TemporaryDirectory {
 public:
  enum Size { kSmall, kLarge };
  explicit TemporaryDirectory(Size size = kLarge) {
    namespace fs = std::filesystem;
    constexpr uintmax_t kEnough = uintmax_t{32} << 20;
    std::error_code none;
    const fs::path memory = "/dev/shm";
    const bool fits = size == kSmall && fs::is_directory(memory, none) &&
                      fs::space(memory, none).available > kEnough && !none;
    std::string pattern =
        ((fits ? memory : fs::temp_directory_path()) / "skerry-engine-XXXXXX").string();
    SKERRY_CHECK(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::unique_ptr<Engine> MustOpen(const std::filesystem::path& path) {
  Result<std::unique_ptr<Engine>> engine = OpenRocksDb({.path = path.string()});
  EXPECT_TRUE(engine.ok()) << engine.status().ToString();
  return std::move(engine).value();
}

// Copies a running store's files as they are at one moment: what its process would leave if it were
// killed then. Tries again while background work changes them.
inline void CopyAsAfterAKill(const std::filesystem::path& from, const std::filesystem::path& to) {
  namespace fs = std::filesystem;
  const auto listing = [&from] {
    std::map<std::string, uintmax_t> sizes;
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator(from)) {
      sizes[entry.path()] = fs::file_size(entry.path(), gone);
    }
    return sizes;
  };
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto before = listing();
    std::error_code failed;
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive, failed);
    if (!failed && listing() == before) return;
  }
  ADD_FAILURE() << from << " did not come to rest";
}

}  // namespace skerry::engine
