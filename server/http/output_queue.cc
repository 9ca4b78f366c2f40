#include "server/http/output_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace skerry::http {
namespace {

constexpr size_t kSpareMax = 64;
constexpr size_t kSpareBytesMax = 64 << 10;
constexpr size_t kMoveFrom = 32 << 10;  // below it copying costs less than a piece of its own
constexpr size_t kSmallBytesMax = 256 << 10;
constexpr size_t kPiecesPerCall = 64;

}  // namespace

std::string BufferPool::Take() {
  if (spare_.empty()) {
    std::string buffer;
    buffer.reserve(4096);
    return buffer;
  }
  std::string buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void BufferPool::Give(std::string buffer) {
  if (spare_.size() >= kSpareMax || buffer.capacity() > kSpareBytesMax) return;
  buffer.clear();
  spare_.push_back(std::move(buffer));
}

size_t OutputQueue::size() const {
  size_t size = 0;
  for (const std::string& piece : pieces_) size += piece.size();
  return size - sent_;
}

std::string& OutputQueue::Small() {
  if (!last_is_small_ || pieces_.back().size() > kSmallBytesMax) {
    pieces_.push_back(pool_.Take());
    last_is_small_ = true;
  }
  return pieces_.back();
}

void OutputQueue::Append(std::string&& bytes) {
  if (bytes.size() < kMoveFrom) {
    Small().append(bytes);
    return;
  }
  pieces_.push_back(std::move(bytes));
  last_is_small_ = false;
}

void OutputQueue::Clear() {
  Release(pieces_.size());
  sent_ = 0;
}

void OutputQueue::Release(size_t pieces) {
  for (size_t i = 0; i < pieces; ++i) pool_.Give(std::move(pieces_[i]));
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(pieces));
  if (pieces_.empty()) last_is_small_ = false;
}

OutputQueue::SendResult OutputQueue::Send(int socket) {
  while (!pieces_.empty()) {
    iovec parts[kPiecesPerCall];
    const size_t count = std::min(pieces_.size(), kPiecesPerCall);
    size_t offered = 0;
    for (size_t i = 0; i < count; ++i) {
      const size_t skip = i == 0 ? sent_ : 0;
      parts[i] = {pieces_[i].data() + skip, pieces_[i].size() - skip};
      offered += parts[i].iov_len;
    }
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = count;
    const ssize_t result = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (result < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? SendResult::kBlocked : SendResult::kFailed;
    }
    size_t left = static_cast<size_t>(result) + sent_;
    size_t done = 0;
    while (done < count && left >= pieces_[done].size()) left -= pieces_[done++].size();
    sent_ = left;
    const bool blocked = static_cast<size_t>(result) < offered;
    Release(done);
    if (blocked) return SendResult::kBlocked;
  }
  return SendResult::kAll;
}

}  // namespace skerry::http
