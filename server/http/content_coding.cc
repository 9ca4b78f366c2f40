#include "server/http/content_coding.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace skerry::http {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for gzip framing
constexpr int kZlibWindow = 15;
constexpr int kBareWindow = -15;

class Inflater {
 public:
  explicit Inflater(int window) {
    SKERRY_CHECK(inflateInit2(&stream_, window) == Z_OK);  // fails for want of memory alone
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // gzip streams may be several in a row (RFC 1952, 2.2).
  Status Run(std::string_view coded, bool several, uint64_t bytes_max, std::string* out) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
    stream_.avail_in = static_cast<uInt>(coded.size());
    while (true) {
      SKERRY_RETURN_IF_ERROR(RunOne(bytes_max, out));
      if (stream_.avail_in == 0) return OkStatus();
      if (!several) return InvalidArgument("bytes after the compressed body");
      inflateReset(&stream_);
    }
  }

 private:
  Status RunOne(uint64_t bytes_max, std::string* out) {
    char block[16 << 10];
    int result = Z_OK;
    while (result != Z_STREAM_END) {
      stream_.next_out = reinterpret_cast<Bytef*>(block);
      stream_.avail_out = sizeof block;
      result = inflate(&stream_, Z_NO_FLUSH);
      const size_t got = sizeof block - stream_.avail_out;
      if (got > bytes_max - out->size()) return ResourceExhausted("decompressed body too large");
      out->append(block, got);
      if (result != Z_OK && result != Z_STREAM_END) {
        return InvalidArgument("malformed compressed body");
      }
    }
    return OkStatus();
  }

  z_stream stream_{};
};

// zlib's header: method 8, window at most 32 KiB, and a check over the first two bytes (RFC 1950).
bool HasZlibHeader(std::string_view s) {
  return s.size() >= 2 && (s[0] & 0x8f) == 0x08 &&
         (static_cast<uint8_t>(s[0]) * 256 + static_cast<uint8_t>(s[1])) % 31 == 0;
}

}  // namespace

Result<std::string> Inflate(ContentCoding coding, std::string_view coded, uint64_t bytes_max) {
  const bool gzip = coding == ContentCoding::kGzip;
  Inflater inflater(gzip ? kGzipWindow : HasZlibHeader(coded) ? kZlibWindow : kBareWindow);
  std::string out;
  out.reserve(std::min<uint64_t>(bytes_max, coded.size() * 3));
  SKERRY_RETURN_IF_ERROR(inflater.Run(coded, gzip, bytes_max, &out));
  return out;
}

Result<std::string> DecodeAwsChunked(std::string_view framed) {
  const Status malformed = InvalidArgument("malformed aws-chunked body");
  std::string out;
  out.reserve(framed.size());
  while (true) {
    const size_t line_end = framed.find("\r\n");
    if (line_end == std::string_view::npos) return malformed;
    size_t size = 0;
    const char* const begin = framed.data();
    const auto parsed = std::from_chars(begin, begin + line_end, size, 16);
    if (parsed.ec != std::errc() || (parsed.ptr != begin + line_end && *parsed.ptr != ';')) {
      return malformed;
    }
    framed.remove_prefix(line_end + 2);
    if (size == 0) break;
    if (framed.size() < 2 || size > framed.size() - 2 || framed.substr(size, 2) != "\r\n") {
      return malformed;
    }
    out.append(framed.substr(0, size));
    framed.remove_prefix(size + 2);
  }
  if (framed != "\r\n" && !framed.ends_with("\r\n\r\n")) return malformed;
  return out;
}

std::string Gzip(std::string_view plain) {
  z_stream stream{};
  SKERRY_CHECK(
      deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out;
  out.resize(deflateBound(&stream, plain.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  SKERRY_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace skerry::http
