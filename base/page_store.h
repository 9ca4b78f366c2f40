#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace skerry {

// The bytes of a file in memory: pages that exist once they are written; what never was reads as
// zero. Not thread-safe.
class PageStore {
 public:
  static constexpr uint64_t kPageBytes = 4096;

  PageStore() = default;
  PageStore(const PageStore& other);
  PageStore& operator=(const PageStore& other);
  PageStore(PageStore&&) = default;
  PageStore& operator=(PageStore&&) = default;

  uint64_t size() const { return size_; }
  // Bytes of memory that the pages take.
  uint64_t allocated() const { return allocated_; }
  size_t Read(uint64_t offset, char* buffer, size_t size) const;
  void Write(uint64_t offset, std::string_view data);
  // Longer: the new bytes read as zero and take no memory.
  void Resize(uint64_t size);

 private:
  char* PageFor(uint64_t index);

  std::vector<std::unique_ptr<char[]>> pages_;
  uint64_t size_ = 0;
  uint64_t allocated_ = 0;
};

}  // namespace skerry
