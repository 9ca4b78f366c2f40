#include "server/http/response_writer.h"

#include <charconv>
#include <ctime>

#include "fmt/format.h"
#include "server/http/characters.h"
#include "server/http/crc32.h"

namespace skerry::http {
namespace {

void AppendNumber(std::string* out, uint64_t number) {
  char digits[20];
  const auto result = std::to_chars(digits, digits + sizeof digits, number);
  out->append(digits, result.ptr);
}

void AppendHeader(std::string* out, std::string_view name, std::string_view value) {
  out->append(name);
  out->append(": ", 2);
  const char* const end = value.data() + value.size();
  const char* p = value.data();
  for (const char* control; (control = FindControl(p, end)) != end; p = control + 1) {
    out->append(p, control);
    out->push_back(' ');
  }
  out->append(p, end);
  out->append("\r\n", 2);
}

}  // namespace

std::string_view DateLine::At(std::chrono::microseconds wall_time) {
  const int64_t second = wall_time.count() / 1'000'000;
  if (second == second_) return line_;
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t seconds = second;
  tm t;
  gmtime_r(&seconds, &t);
  line_ =
      fmt::format("Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n", kDays[t.tm_wday], t.tm_mday,
                  kMonths[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
  second_ = second;
  return line_;
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

void AppendHead(const HttpResponse& response, const AnswerContext& context, std::string* out) {
  if (response.status == 200) {
    out->append("HTTP/1.1 200 OK\r\n");
  } else {
    out->append("HTTP/1.1 ");
    AppendNumber(out, static_cast<uint64_t>(response.status));
    out->push_back(' ');
    out->append(ReasonPhrase(response.status));
    out->append("\r\n");
  }
  out->append(context.server_line);
  out->append(context.date_line);
  for (const auto& [name, value] : response.headers) AppendHeader(out, name, value);
  if (!response.crc32_header.empty()) {
    out->append(response.crc32_header);
    out->append(": ");
    AppendNumber(out, Crc32(response.body));
    out->append("\r\n");
  }
  if (HasBody(response.status)) {
    out->append("Content-Length: ");
    AppendNumber(out, response.body.size());
    out->append("\r\n");
  }
  if (!context.keep_alive) {
    out->append("Connection: close\r\n");
  } else if (context.http_1_0) {
    out->append("Connection: keep-alive\r\n");
  }
  out->append("\r\n", 2);
}

}  // namespace skerry::http
