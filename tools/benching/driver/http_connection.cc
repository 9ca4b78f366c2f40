#include "tools/benching/driver/http_connection.h"

#include <strings.h>

#include <charconv>

namespace skerry::benching {
namespace {

constexpr std::string_view kLength = "\r\ncontent-length:";

// Where the header's value begins; npos: there is none.
size_t FindLength(std::string_view head) {
  for (size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    if (head.size() - at < kLength.size()) break;
    if (strncasecmp(head.data() + at, kLength.data(), kLength.size()) == 0) {
      return at + kLength.size();
    }
  }
  return std::string_view::npos;
}

}  // namespace

ssize_t HttpConnection::Take(std::string_view in) {
  const size_t end = in.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  const std::string_view head = in.substr(0, end + 2);
  size_t at = FindLength(head);
  if (!head.starts_with("HTTP/1.1 ") || at == std::string_view::npos) return -1;
  while (head[at] == ' ') ++at;
  size_t length = 0;
  std::from_chars(head.data() + at, head.data() + head.size(), length);
  if (in.size() < end + 4 + length) return 0;
  OnAnswer(asked_, head.substr(9, 3) == "200", length);
  return static_cast<ssize_t>(end + 4 + length);
}

void HttpConnection::Append(std::string_view request) {
  out_ += request;
  asked_ = Clock::now();
}

}  // namespace skerry::benching
