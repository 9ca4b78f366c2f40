#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/http.h"

namespace skerry::http {

// The Date header's line, made once per second. Not thread-safe: one per reactor.
class DateLine {
 public:
  // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110, 5.6.7); valid until the next call.
  std::string_view At(std::chrono::microseconds wall_time);

 private:
  int64_t second_ = -1;
  std::string line_;
};

// Names the status code ("Not Found"); empty for one without a name.
std::string_view ReasonPhrase(int status);

struct AnswerContext {
  bool http_1_0 = false;
  bool keep_alive = true;
  std::string_view date_line;
  std::string_view server_line;  // "Server: x\r\n", or empty
};

// Appends status line and headers, the empty line included. Content-Length is that of the body, a
// HEAD answer's too; none for 1xx, 204 and 304, which have no body. Control characters in header
// values become spaces, so that no value can add a header. A header of the response that this
// function itself writes (Content-Length, Date, Connection, Transfer-Encoding) is the caller's
// mistake.
void AppendHead(const HttpResponse& response, const AnswerContext& context, std::string* out);

inline bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace skerry::http
