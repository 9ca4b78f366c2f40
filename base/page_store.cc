#include "base/page_store.h"

#include <algorithm>
#include <cstring>

namespace skerry {

PageStore::PageStore(const PageStore& other) { *this = other; }

PageStore& PageStore::operator=(const PageStore& other) {
  if (this == &other) return *this;
  pages_.clear();
  pages_.resize(other.pages_.size());
  for (size_t i = 0; i < pages_.size(); ++i) {
    if (!other.pages_[i]) continue;
    pages_[i] = std::make_unique<char[]>(kPageBytes);
    std::memcpy(pages_[i].get(), other.pages_[i].get(), kPageBytes);
  }
  size_ = other.size_;
  allocated_ = other.allocated_;
  return *this;
}

size_t PageStore::Read(uint64_t offset, char* buffer, size_t size) const {
  if (offset >= size_) return 0;
  size = static_cast<size_t>(std::min<uint64_t>(size, size_ - offset));
  for (size_t done = 0; done < size;) {
    const uint64_t at = offset + done;
    const uint64_t in_page = at % kPageBytes;
    const auto n = static_cast<size_t>(std::min<uint64_t>(size - done, kPageBytes - in_page));
    const uint64_t index = at / kPageBytes;
    if (index < pages_.size() && pages_[index]) {
      std::memcpy(buffer + done, pages_[index].get() + in_page, n);
    } else {
      std::memset(buffer + done, 0, n);
    }
    done += n;
  }
  return size;
}

char* PageStore::PageFor(uint64_t index) {
  if (index >= pages_.size()) pages_.resize(index + 1);
  if (!pages_[index]) {
    pages_[index] = std::make_unique<char[]>(kPageBytes);
    allocated_ += kPageBytes;
  }
  return pages_[index].get();
}

void PageStore::Write(uint64_t offset, std::string_view data) {
  size_ = std::max(size_, offset + data.size());
  while (!data.empty()) {
    const uint64_t in_page = offset % kPageBytes;
    const auto n = static_cast<size_t>(std::min<uint64_t>(data.size(), kPageBytes - in_page));
    std::memcpy(PageFor(offset / kPageBytes) + in_page, data.data(), n);
    data.remove_prefix(n);
    offset += n;
  }
}

void PageStore::Resize(uint64_t size) {
  if (size < size_) {
    const uint64_t last = size / kPageBytes;
    if (size % kPageBytes != 0 && last < pages_.size() && pages_[last]) {
      std::memset(pages_[last].get() + size % kPageBytes, 0, kPageBytes - size % kPageBytes);
    }
    const uint64_t keep = (size + kPageBytes - 1) / kPageBytes;
    for (uint64_t i = keep; i < pages_.size(); ++i) {
      if (pages_[i]) allocated_ -= kPageBytes;
    }
    if (keep < pages_.size()) pages_.resize(keep);
  }
  size_ = size;
}

}  // namespace skerry
