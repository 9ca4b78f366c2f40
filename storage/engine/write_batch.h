#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"

// Changes that an engine makes all at once or not at all, in the order in which they were added.
// One flat buffer, kept by Clear, so that a batch used again allocates nothing. Thread-compatible.
// Its bytes are not a storage format: what is logged is defined in proto.

namespace skerry::engine {

class WriteBatch {
 public:
  enum class Operation : uint8_t { kPut, kDelete, kDeleteRange };

  void Put(std::string_view key, std::string_view value) { Add(Operation::kPut, key, value); }
  // Deleting what is not there is no failure.
  void Delete(std::string_view key) { Add(Operation::kDelete, key, {}); }
  // Deletes begin <= key < end as it is then; later puts of this batch into the range stay. Dear to
  // reads that pass over it until it is compacted away: not for a few keys (safety-rules 6).
  void DeleteRange(std::string_view begin, std::string_view end) {
    Add(Operation::kDeleteRange, begin, end);
  }
  // Adds all of `other` behind what is here.
  void Append(const WriteBatch& other) {
    buffer_.append(other.buffer_);
    count_ += other.count_;
  }

  void Clear() {
    buffer_.clear();
    count_ = 0;
  }
  bool empty() const { return count_ == 0; }
  size_t count() const { return count_; }
  // Memory that its keys and values take, about.
  size_t bytes() const { return buffer_.size(); }

  // Calls visit(Operation, key, value) for each change in order. For kDelete the value is empty,
  // for kDeleteRange key and value are begin and end.
  template <typename Visitor>
  void ForEach(Visitor&& visit) const {
    std::string_view in = buffer_;
    while (!in.empty()) {
      const auto operation = static_cast<Operation>(in.front());
      in.remove_prefix(1);
      const std::string_view key = Take(&in);
      visit(operation, key, operation == Operation::kDelete ? std::string_view() : Take(&in));
    }
  }

 private:
  void Add(Operation operation, std::string_view key, std::string_view value) {
    buffer_.push_back(static_cast<char>(operation));
    AppendVarint(&buffer_, key.size());
    buffer_.append(key);
    if (operation != Operation::kDelete) {
      AppendVarint(&buffer_, value.size());
      buffer_.append(value);
    }
    ++count_;
  }
  static std::string_view Take(std::string_view* in) {
    uint64_t n = 0;
    SKERRY_CHECK(TakeVarint(in, &n) && n <= in->size());
    const std::string_view bytes = in->substr(0, n);
    in->remove_prefix(n);
    return bytes;
  }

  std::string buffer_;
  size_t count_ = 0;
};

}  // namespace skerry::engine
