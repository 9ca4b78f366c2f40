#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "base/check.h"
#include "server/http/content_coding.h"
#include "server/http/request_parser.h"

// The first byte chooses how the rest is cut into reads. Whatever the cut, the parser must find the
// same requests, keep its views inside the buffer and respect its limits.

namespace skerry::http {
namespace {

using Progress = RequestParser::Progress;

constexpr ParserLimits kLimits{
    .head_bytes = 2048, .header_count = 16, .chunk_line_bytes = 64, .body_bytes = 4096};

void CheckView(std::string_view view, const char* data, size_t size) {
  if (view.empty()) return;
  SKERRY_CHECK(view.data() >= data && view.data() + view.size() <= data + size);
}

void AppendRequest(const RequestParser& parser, const char* data, size_t size, std::string* seen) {
  HttpRequest request;
  parser.Fill(data, &request);
  for (std::string_view part : {request.method, request.target, request.body}) {
    CheckView(part, data, size);
    seen->append(part).push_back('\n');
  }
  SKERRY_CHECK(!request.method.empty() && !request.target.empty());
  SKERRY_CHECK(request.headers.size() <= kLimits.header_count);
  SKERRY_CHECK(request.body.size() <= kLimits.body_bytes);
  for (const HttpHeader& header : request.headers) {
    CheckView(header.name, data, size);
    CheckView(header.value, data, size);
    SKERRY_CHECK(header.value.find_first_of(std::string_view("\r\n\0", 3)) ==
                 std::string_view::npos);
    seen->append(header.name).append(":").append(header.value).push_back('\n');
  }
  const ContentCoding coding = parser.content_coding();
  if (coding == ContentCoding::kGzip || coding == ContentCoding::kDeflate) {
    const Result<std::string> plain = Inflate(coding, request.body, kLimits.body_bytes);
    if (plain.ok()) SKERRY_CHECK(plain->size() <= kLimits.body_bytes);
  }
}

std::string Read(std::string_view bytes, size_t step) {
  std::string seen;
  RequestParser parser(kLimits);
  std::string buffer;
  while (!bytes.empty()) {
    buffer.append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    while (!buffer.empty()) {
      // Of exactly that size and elsewhere each time: the sanitizer sees an overrun or a kept
      // pointer.
      size_t size = buffer.size();
      const std::unique_ptr<char[]> exact(new char[size]);
      std::memcpy(exact.get(), buffer.data(), size);
      const Progress progress = parser.Parse(exact.get(), &size);
      SKERRY_CHECK(size <= buffer.size());
      if (progress == Progress::kError) {
        SKERRY_CHECK(parser.error_status() >= 400 && !parser.error_reason().empty());
        return seen + std::to_string(parser.error_status()) + std::string(parser.error_reason());
      }
      buffer.assign(exact.get(), size);
      if (progress == Progress::kNeedMore) break;
      AppendRequest(parser, exact.get(), size, &seen);
      SKERRY_CHECK(parser.consumed() > 0 && parser.consumed() <= size);
      buffer.erase(0, parser.consumed());
      parser.Reset();
    }
  }
  return seen;
}

}  // namespace
}  // namespace skerry::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  SKERRY_CHECK(skerry::http::Read(bytes, 1 + data[0]) == skerry::http::Read(bytes, bytes.size()));
  return 0;
}
