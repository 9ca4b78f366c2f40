#include "server/http/request_parser.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "server/http/characters.h"

namespace skerry::http {
namespace {

constexpr std::array<bool, 256> MakeTokenTable() {
  std::array<bool, 256> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<uint8_t>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<uint8_t>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<uint8_t>(c)] = true;
  for (char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'}) {
    table[static_cast<uint8_t>(c)] = true;
  }
  return table;
}
constexpr std::array<bool, 256> kToken = MakeTokenTable();

bool IsToken(const char* begin, const char* end) {
  if (begin == end) return false;
  for (; begin != end; ++begin) {
    if (!kToken[static_cast<uint8_t>(*begin)]) return false;
  }
  return true;
}

std::string_view Trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

// Calls f(element) for each element of a comma-separated list, trimmed, empty ones left out.
template <typename F>
void ForEachElement(std::string_view list, F f) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view element = Trim(list.substr(0, comma));
    if (!element.empty()) f(element);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

// Whether the quality value of an Accept-Encoding element ("gzip;q=0") refuses it.
bool QualityIsZero(std::string_view parameters) {
  const std::string_view q = Trim(parameters);
  if (q.size() < 3 || (q[0] != 'q' && q[0] != 'Q') || q[1] != '=') return false;
  return q.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

bool AcceptsGzip(std::string_view value) {
  bool accepts = false;
  ForEachElement(value, [&](std::string_view element) {
    const size_t semicolon = element.find(';');
    const std::string_view coding = Trim(element.substr(0, semicolon));
    if (!EqualsIgnoreCase(coding, "gzip") && !EqualsIgnoreCase(coding, "x-gzip")) return;
    accepts = semicolon == std::string_view::npos || !QualityIsZero(element.substr(semicolon + 1));
  });
  return accepts;
}

ContentCoding CodingOf(std::string_view value, bool* aws_chunked) {
  ContentCoding coding = ContentCoding::kIdentity;
  ForEachElement(value, [&](std::string_view element) {
    if (EqualsIgnoreCase(element, "identity")) return;
    if (EqualsIgnoreCase(element, "aws-chunked")) {
      *aws_chunked = true;
      return;
    }
    ContentCoding one = ContentCoding::kUnknown;
    if (EqualsIgnoreCase(element, "gzip") || EqualsIgnoreCase(element, "x-gzip")) {
      one = ContentCoding::kGzip;
    } else if (EqualsIgnoreCase(element, "deflate")) {
      one = ContentCoding::kDeflate;
    }
    coding = coding == ContentCoding::kIdentity ? one : ContentCoding::kUnknown;
  });
  return coding;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void RequestParser::Reset() {
  phase_ = Phase::kRequestLine;
  position_ = scanned_ = 0;
  method_ = target_ = Span{};
  headers_.clear();
  head_complete_ = http_1_0_ = has_length_ = has_host_ = chunked_ = has_transfer_encoding_ = false;
  expects_continue_ = accepts_gzip_ = aws_chunked_ = false;
  keep_alive_ = true;
  content_coding_ = ContentCoding::kIdentity;
  content_length_ = 0;
  body_begin_ = body_size_ = 0;
  chunk_left_ = 0;
  trailer_left_ = trailer_count_ = 0;
  error_status_ = 0;
  error_reason_ = {};
}

void RequestParser::Fail(int status, std::string_view reason) {
  phase_ = Phase::kFailed;
  expects_continue_ = false;
  error_status_ = status;
  error_reason_ = reason;
}

RequestParser::Progress RequestParser::Parse(char* data, size_t* size) {
  while (Step(data, *size)) {
  }
  if (phase_ == Phase::kFailed) return Progress::kError;
  CloseGap(data, size);
  return phase_ == Phase::kDone ? Progress::kComplete : Progress::kNeedMore;
}

bool RequestParser::Step(char* data, size_t size) {
  size_t end = 0;
  switch (phase_) {
    case Phase::kRequestLine:
      if (!FindLine(data, size, limits_.head_bytes, &end)) return false;
      // Empty lines before a request are left over from sloppy clients (RFC 9112, 2.2).
      if (end != position_) ParseRequestLine(data, end);
      break;
    case Phase::kHeader:
      if (!FindLine(data, size, limits_.head_bytes, &end)) return false;
      ParseHeaderLine(data, end);
      break;
    case Phase::kBody:
      if (size - body_begin_ < content_length_) return false;
      body_size_ = content_length_;
      position_ = body_begin_ + body_size_;
      phase_ = Phase::kDone;
      return false;
    case Phase::kChunkLine:
      if (!FindLine(data, size, position_ + limits_.chunk_line_bytes, &end)) return false;
      ParseChunkLine(std::string_view(data + position_, end - position_));
      break;
    case Phase::kChunkData:
      return TakeChunkData(data, size);
    case Phase::kChunkEnd:
      return ParseChunkEnd(data, size);
    case Phase::kTrailer: {
      if (!FindLine(data, size, position_ + trailer_left_, &end)) return false;
      HeaderSpan trailer;  // checked and dropped (RFC 9110, 6.5.1 lets a server do so)
      if (end == position_) {
        phase_ = Phase::kDone;
      } else if (++trailer_count_ > limits_.header_count) {
        Fail(431, "too many trailer fields");
      } else {
        SplitHeader(data, end, &trailer);
        trailer_left_ -= end + 2 - position_;
      }
      break;
    }
    case Phase::kDone:
    case Phase::kFailed:
      return false;
  }
  if (phase_ == Phase::kFailed) return false;
  position_ = scanned_ = end + 2;
  if (phase_ == Phase::kBody) body_begin_ = position_;
  return phase_ != Phase::kDone;
}

bool RequestParser::FindLine(const char* data, size_t size, size_t limit_end, size_t* end) {
  // The limit covers the line's CRLF: what decides is the bytes themselves, not how they arrived.
  const size_t stop = std::min(size, limit_end);
  const char* found = FindControl(data + scanned_, data + stop);
  scanned_ = static_cast<size_t>(found - data);
  if (scanned_ + 1 < stop) {
    if (data[scanned_] != '\r' || data[scanned_ + 1] != '\n') {
      Fail(400, "control character in the request");
      return false;
    }
    *end = scanned_;
    return true;
  }
  if (scanned_ < stop && data[scanned_] != '\r') {
    Fail(400, "control character in the request");
  } else if (size >= limit_end) {
    const bool in_target = phase_ == Phase::kRequestLine;
    const bool in_chunk = phase_ == Phase::kChunkLine;
    Fail(in_target  ? 414
         : in_chunk ? 400
                    : 431,
         in_target  ? "request line too long"
         : in_chunk ? "chunk extension too long"
                    : "header too large");
  }
  return false;
}

void RequestParser::ParseRequestLine(const char* data, size_t end) {
  const char* line = data + position_;
  const size_t length = end - position_;
  const auto* space = static_cast<const char*>(std::memchr(line, ' ', length));
  constexpr std::string_view kVersion = " HTTP/1.1";
  if (space == nullptr || !IsToken(line, space) || length < kVersion.size()) {
    return Fail(400, "malformed request line");
  }
  const char* version = line + length - kVersion.size();
  if (version <= space || std::memcmp(version, " HTTP/", 6) != 0 || version[7] != '.' ||
      version[6] < '0' || version[6] > '9' || version[8] < '0' || version[8] > '9') {
    return Fail(400, "malformed request line");
  }
  if (version[6] != '1') return Fail(505, "HTTP version not supported");
  http_1_0_ = version[8] == '0';
  keep_alive_ = !http_1_0_;
  method_ = {static_cast<uint32_t>(position_), static_cast<uint32_t>(space - line)};
  if (!ParseTarget(data, static_cast<size_t>(space + 1 - data),
                   static_cast<size_t>(version - data))) {
    return Fail(400, "malformed request target");
  }
  phase_ = Phase::kHeader;
}

bool RequestParser::ParseTarget(const char* data, size_t begin, size_t end) {
  if (begin >= end) return false;
  for (size_t i = begin; i < end; ++i) {
    const auto byte = static_cast<uint8_t>(data[i]);
    if (byte <= 0x20 || byte >= 0x7f) return false;
  }
  const std::string_view target(data + begin, end - begin);
  if (target[0] != '/' && target != "*") {
    const size_t scheme = target.find("://");
    if (scheme == std::string_view::npos) return false;
    // Absolute form. "http://host?x" has an empty path, which only a view of its own could give.
    const size_t path = target.find_first_of("/?", scheme + 3);
    if (path == std::string_view::npos || target[path] == '?') return false;
    begin += path;
  }
  target_ = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin)};
  return true;
}

bool RequestParser::SplitHeader(const char* data, size_t end, HeaderSpan* out) {
  const char* line = data + position_;
  const size_t length = end - position_;
  const auto* colon = static_cast<const char*>(std::memchr(line, ':', length));
  if (colon == nullptr || !IsToken(line, colon)) {
    // Also a folded line, and a space before the colon.
    Fail(400, "malformed header line");
    return false;
  }
  const std::string_view value = Trim(std::string_view(colon + 1, line + length - colon - 1));
  out->name = {static_cast<uint32_t>(position_), static_cast<uint32_t>(colon - line)};
  out->value = {
      static_cast<uint32_t>(value.empty() ? position_ : static_cast<size_t>(value.data() - data)),
      static_cast<uint32_t>(value.size())};
  return true;
}

void RequestParser::ParseHeaderLine(const char* data, size_t end) {
  if (end == position_) return EndHead();
  HeaderSpan header;
  if (!SplitHeader(data, end, &header)) return;
  if (headers_.size() >= limits_.header_count) return Fail(431, "too many header fields");
  headers_.push_back(header);
  NoteHeader(std::string_view(data + header.name.offset, header.name.size),
             std::string_view(data + header.value.offset, header.value.size));
}

void RequestParser::NoteHeader(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (EqualsIgnoreCase(name, "host")) {
        if (has_host_) return Fail(400, "more than one Host header");
        has_host_ = true;
      }
      break;
    case 6:
      if (EqualsIgnoreCase(name, "expect")) {
        if (!EqualsIgnoreCase(value, "100-continue")) return Fail(417, "unknown expectation");
        expects_continue_ = true;
      }
      break;
    case 10:
      if (EqualsIgnoreCase(name, "connection")) NoteConnection(value);
      break;
    case 14:
      if (EqualsIgnoreCase(name, "content-length")) NoteContentLength(value);
      break;
    case 15:
      if (EqualsIgnoreCase(name, "accept-encoding")) accepts_gzip_ = AcceptsGzip(value);
      break;
    case 16:
      if (EqualsIgnoreCase(name, "content-encoding")) {
        const ContentCoding coding = CodingOf(value, &aws_chunked_);
        if (content_coding_ == ContentCoding::kIdentity) {
          content_coding_ = coding;
        } else if (coding != ContentCoding::kIdentity) {
          content_coding_ = ContentCoding::kUnknown;
        }
      }
      break;
    case 17:
      if (EqualsIgnoreCase(name, "transfer-encoding")) NoteTransferEncoding(value);
      break;
    default:
      break;
  }
}

void RequestParser::NoteContentLength(std::string_view value) {
  if (has_length_) return Fail(400, "more than one Content-Length header");
  if (value.empty()) return Fail(400, "malformed Content-Length");
  has_length_ = true;
  for (char c : value) {
    if (c < '0' || c > '9') return Fail(400, "malformed Content-Length");
    // Beyond every limit it no longer matters by how much.
    if (content_length_ < (uint64_t{1} << 59)) content_length_ = content_length_ * 10 + (c - '0');
  }
}

void RequestParser::NoteTransferEncoding(std::string_view value) {
  if (has_transfer_encoding_) return Fail(400, "more than one Transfer-Encoding header");
  has_transfer_encoding_ = true;
  if (!EqualsIgnoreCase(value, "chunked")) return Fail(501, "unknown transfer coding");
  chunked_ = true;
}

void RequestParser::NoteConnection(std::string_view value) {
  ForEachElement(value, [&](std::string_view option) {
    if (EqualsIgnoreCase(option, "close")) {
      keep_alive_ = false;
    } else if (http_1_0_ && EqualsIgnoreCase(option, "keep-alive")) {
      keep_alive_ = true;
    }
  });
}

void RequestParser::EndHead() {
  if (!has_host_ && !http_1_0_) return Fail(400, "no Host header");
  if (has_transfer_encoding_ && (has_length_ || http_1_0_)) {
    return Fail(400, has_length_ ? "both Content-Length and Transfer-Encoding"
                                 : "Transfer-Encoding in HTTP/1.0");
  }
  head_complete_ = true;
  if (http_1_0_) expects_continue_ = false;
  if (chunked_) {
    phase_ = Phase::kChunkLine;
    return;
  }
  phase_ = Phase::kBody;
  if (content_length_ == 0) expects_continue_ = false;
  if (content_length_ > limits_.body_bytes) Fail(413, "request body too large");
}

void RequestParser::ParseChunkLine(std::string_view line) {
  if (body_begin_ == 0) body_begin_ = position_;
  uint64_t chunk = 0;
  size_t digits = 0;
  for (; digits < line.size(); ++digits) {
    const int digit = HexDigit(line[digits]);
    if (digit < 0) break;
    if (chunk < (uint64_t{1} << 59)) chunk = chunk * 16 + static_cast<uint64_t>(digit);
  }
  if (digits == 0 || (digits < line.size() && line[digits] != ';')) {
    return Fail(400, "malformed chunk size");
  }
  if (chunk > limits_.body_bytes - body_size_) return Fail(413, "request body too large");
  chunk_left_ = chunk;
  if (chunk > 0) {
    phase_ = Phase::kChunkData;
  } else {
    phase_ = Phase::kTrailer;
    trailer_left_ = limits_.head_bytes;
  }
}

bool RequestParser::TakeChunkData(char* data, size_t size) {
  const size_t take = static_cast<size_t>(std::min<uint64_t>(size - position_, chunk_left_));
  std::memmove(data + body_begin_ + body_size_, data + position_, take);
  body_size_ += take;
  position_ += take;
  scanned_ = position_;
  chunk_left_ -= take;
  if (chunk_left_ > 0) return false;
  phase_ = Phase::kChunkEnd;
  return true;
}

bool RequestParser::ParseChunkEnd(const char* data, size_t size) {
  const size_t have = std::min<size_t>(size - position_, 2);
  if (std::memcmp(data + position_, "\r\n", have) != 0) {
    Fail(400, "chunk longer than its size");
    return false;
  }
  if (have < 2) return false;
  position_ = scanned_ = position_ + 2;
  phase_ = Phase::kChunkLine;
  return true;
}

// Framing that has been read goes, so that a body in tiny chunks costs its own size only.
void RequestParser::CloseGap(char* data, size_t* size) {
  if (!chunked_ || body_begin_ == 0) return;
  const size_t body_end = body_begin_ + body_size_;
  const size_t gap = position_ - body_end;
  if (gap == 0) return;
  std::memmove(data + body_end, data + position_, *size - position_);
  *size -= gap;
  position_ = body_end;
  scanned_ -= gap;
}

size_t RequestParser::bytes_wanted() const {
  return phase_ == Phase::kBody ? body_begin_ + content_length_ : 0;
}

void RequestParser::Fill(const char* data, HttpRequest* request) const {
  const auto view = [data](Span span) { return std::string_view(data + span.offset, span.size); };
  request->method = view(method_);
  request->target = view(target_);
  request->headers.clear();
  for (const HeaderSpan& header : headers_) {
    request->headers.push_back({view(header.name), view(header.value)});
  }
  request->body = request->raw_body = phase_ == Phase::kDone
                                          ? std::string_view(data + body_begin_, body_size_)
                                          : std::string_view();
}

}  // namespace skerry::http
