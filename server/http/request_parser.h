#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/http.h"

namespace skerry::http {

struct ParserLimits {
  size_t head_bytes = 64 << 10;  // request line and headers; trailers again
  size_t header_count = 128;
  size_t chunk_line_bytes = 1024;  // size and extensions of one chunk
  uint64_t body_bytes = 16 << 20;
};

enum class ContentCoding : uint8_t { kIdentity, kGzip, kDeflate, kUnknown };

// A parser of HTTP/1.1 requests (RFC 9112) without I/O: it looks at the bytes of a connection from
// the start of one request on, as many times as more of them arrive, each byte once. It keeps
// offsets, so the buffer may move between calls. Any split of the same bytes gives the same result.
//
// It is strict where leniency would let two parties disagree about where a request ends: lines end
// with CRLF, no bare CR, LF or NUL, no folded headers, no space before a colon, one Content-Length
// of digits alone, one Transfer-Encoding and only "chunked", never both, exactly one Host in
// HTTP/1.1. A target in absolute form is cut to its path.
//
// Not thread-safe. No allocation once its header table has grown.
class RequestParser {
 public:
  enum class Progress { kNeedMore, kComplete, kError };

  explicit RequestParser(const ParserLimits& limits) : limits_(limits) {}

  // Ready for the next request; what it knew is forgotten.
  void Reset();

  // Goes on with `*size` bytes at `data`, which begin with those of the earlier calls. A chunked
  // body is put together in place: bytes move towards the front and *size shrinks by the framing
  // that went out. After kComplete or kError there is nothing to call but the accessors.
  Progress Parse(char* data, size_t* size);

  // Of the request or, while more is needed, of what has come so far.
  bool head_complete() const { return head_complete_; }
  // The client waits for "100 Continue" before it sends the body. Only while more is needed.
  bool expects_continue() const { return expects_continue_; }
  // A lower bound of the bytes of the whole request, to size the buffer by. 0: unknown.
  size_t bytes_wanted() const;

  // After the head is complete.
  bool keep_alive() const { return keep_alive_; }
  bool http_1_0() const { return http_1_0_; }
  ContentCoding content_coding() const { return content_coding_; }
  bool aws_chunked() const { return aws_chunked_; }  // around the content coding
  bool accepts_gzip() const { return accepts_gzip_; }

  // After kComplete: where the next request begins.
  size_t consumed() const { return position_; }
  // After the head is complete: points the request's method, target, headers and, after kComplete,
  // body and raw_body into `data`. Other members stay as they are.
  void Fill(const char* data, HttpRequest* request) const;

  // After kError.
  int error_status() const { return error_status_; }
  std::string_view error_reason() const { return error_reason_; }

 private:
  enum class Phase : uint8_t {
    kRequestLine,
    kHeader,
    kBody,
    kChunkLine,
    kChunkData,
    kChunkEnd,
    kTrailer,
    kDone,
    kFailed,
  };
  struct Span {
    uint32_t offset = 0;
    uint32_t size = 0;
  };
  struct HeaderSpan {
    Span name;
    Span value;
  };

  // Finds the line that begins at position_: true if it is complete, its bytes then being
  // [position_, *end) and the next line beginning at *end + 2. False: more is needed, or failed.
  bool FindLine(const char* data, size_t size, size_t limit_end, size_t* end);
  void ParseRequestLine(const char* data, size_t end);
  bool ParseTarget(const char* data, size_t begin, size_t end);
  void ParseHeaderLine(const char* data, size_t end);
  bool SplitHeader(const char* data, size_t end, HeaderSpan* out);
  void NoteHeader(std::string_view name, std::string_view value);
  void NoteContentLength(std::string_view value);
  void NoteTransferEncoding(std::string_view value);
  void NoteConnection(std::string_view value);
  void EndHead();
  void ParseChunkLine(std::string_view line);
  // Moves chunk bytes that have arrived behind the body so far; true when the chunk is complete.
  bool TakeChunkData(char* data, size_t size);
  bool ParseChunkEnd(const char* data, size_t size);
  bool Step(char* data, size_t size);  // one phase; false: no further with these bytes
  void CloseGap(char* data, size_t* size);
  void Fail(int status, std::string_view reason);

  const ParserLimits limits_;

  Phase phase_ = Phase::kRequestLine;
  size_t position_ = 0;  // parsed so far
  size_t scanned_ = 0;   // of the line under way: no end before here
  Span method_;
  Span target_;
  std::vector<HeaderSpan> headers_;

  bool head_complete_ = false;
  bool http_1_0_ = false;
  bool keep_alive_ = true;
  bool has_length_ = false;
  bool has_host_ = false;
  bool chunked_ = false;
  bool has_transfer_encoding_ = false;
  bool expects_continue_ = false;
  bool accepts_gzip_ = false;
  bool aws_chunked_ = false;
  ContentCoding content_coding_ = ContentCoding::kIdentity;
  uint64_t content_length_ = 0;

  size_t body_begin_ = 0;
  size_t body_size_ = 0;
  uint64_t chunk_left_ = 0;
  size_t trailer_left_ = 0;  // bytes that trailers may still have
  size_t trailer_count_ = 0;

  int error_status_ = 0;
  std::string_view error_reason_;
};

}  // namespace skerry::http
