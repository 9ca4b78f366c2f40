#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace skerry::http {

// Spare string buffers of one reactor, last in first out, so that the next connection writes into
// memory that is still in the cache and idle connections keep none. Not thread-safe.
class BufferPool {
 public:
  std::string Take();
  void Give(std::string buffer);

 private:
  std::vector<std::string> spare_;
};

// Bytes on their way to a socket. Small pieces gather in one buffer, large ones are moved in, and
// Send writes them all with one system call. Not thread-safe; the pool outlives it.
class OutputQueue {
 public:
  explicit OutputQueue(BufferPool& pool) : pool_(pool) {}
  ~OutputQueue() { Clear(); }

  bool empty() const { return pieces_.empty(); }
  size_t size() const;

  // The buffer to append small pieces to; valid until another member is called.
  std::string& Small();
  // Moved in if it is large, copied if not.
  void Append(std::string&& bytes);

  enum class SendResult { kAll, kBlocked, kFailed };
  SendResult Send(int socket);

  // Calls f(piece) for each piece in order and forgets them.
  template <typename F>
  void Drain(F f) {
    for (size_t i = 0; i < pieces_.size(); ++i) {
      f(std::string_view(pieces_[i]).substr(i == 0 ? sent_ : 0));
    }
    Clear();
  }
  void Clear();

 private:
  void Release(size_t pieces);

  BufferPool& pool_;
  std::vector<std::string> pieces_;
  bool last_is_small_ = false;
  size_t sent_ = 0;  // of the first piece
};

}  // namespace skerry::http
