#include "tools/benching/driver/grpc_connection.h"

namespace skerry::benching {
namespace {

// RFC 9113, 6.
enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kResetStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
};
constexpr uint8_t kEndStream = 0x1;
constexpr uint8_t kAck = 0x1;
constexpr uint8_t kEndHeaders = 0x4;
constexpr size_t kFrameHeaderBytes = 9;
constexpr size_t kMessageHeaderBytes = 5;  // gRPC's: whether it is compressed, and its length

// How far the server may be ahead of our acknowledgements.
constexpr uint32_t kReceiveWindow = 1u << 30;

void AppendNumber(uint32_t value, size_t bytes, std::string* out) {
  for (size_t i = bytes; i-- > 0;) out->push_back(static_cast<char>(value >> (8 * i)));
}

uint32_t NumberAt(std::string_view in, size_t at, size_t bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<uint8_t>(in[at + i]);
  return value;
}

void AppendFrameHeader(size_t length, FrameType type, uint8_t flags, uint32_t stream,
                       std::string* out) {
  AppendNumber(static_cast<uint32_t>(length), 3, out);
  out->push_back(static_cast<char>(type));
  out->push_back(static_cast<char>(flags));
  AppendNumber(stream, 4, out);
}

void AppendWindowUpdate(uint32_t bytes, std::string* out) {
  AppendFrameHeader(4, kWindowUpdate, 0, 0, out);
  AppendNumber(bytes, 4, out);
}

// A string of HPACK (RFC 7541, 5.2) as it is; ours are shorter than 127 bytes.
void AppendString(std::string_view text, std::string* out) {
  out->push_back(static_cast<char>(text.size()));
  *out += text;
}

}  // namespace

void GrpcConnection::Begin(const std::string& authority) {
  out_ += "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  AppendFrameHeader(0, kSettings, 0, 0, &out_);
  AppendWindowUpdate(kReceiveWindow, &out_);
  // HPACK: ":method: POST" and ":scheme: http" of the static table, then four headers that enter
  // the dynamic table and are one byte each from the second call on, as other clients do it.
  headers_ = "\x83\x86";
  headers_ += '\x44';  // :path
  AppendString(run_.path, &headers_);
  headers_ += '\x41';  // :authority
  AppendString(authority, &headers_);
  headers_ += '\x5f';  // content-type
  AppendString("application/grpc", &headers_);
  headers_ += '\x40';
  AppendString("te", &headers_);
  AppendString("trailers", &headers_);
  later_headers_ = "\x83\x86\xc1\xc0\xbf\xbe";
}

bool GrpcConnection::HasRoom(size_t bytes) const {
  return window_ >= static_cast<int64_t>(bytes + kMessageHeaderBytes);
}

void GrpcConnection::Append(std::string_view request) {
  const uint32_t stream = next_stream_;
  next_stream_ += 2;
  AppendFrameHeader(headers_.size(), kHeaders, kEndHeaders, stream, &out_);
  out_ += headers_;
  headers_ = later_headers_;
  const size_t length = kMessageHeaderBytes + request.size();
  AppendFrameHeader(length, kData, kEndStream, stream, &out_);
  out_.push_back(0);
  AppendNumber(static_cast<uint32_t>(request.size()), 4, &out_);
  out_ += request;
  window_ -= static_cast<int64_t>(length);
  calls_[stream] = {.asked = Clock::now()};
}

ssize_t GrpcConnection::Take(std::string_view in) {
  size_t taken = 0;
  while (in.size() - taken >= kFrameHeaderBytes) {
    const size_t length = NumberAt(in, taken, 3);
    if (in.size() - taken < kFrameHeaderBytes + length) break;
    if (!TakeFrame(static_cast<uint8_t>(in[taken + 3]), static_cast<uint8_t>(in[taken + 4]),
                   NumberAt(in, taken + 5, 4), in.substr(taken + kFrameHeaderBytes, length))) {
      return -1;
    }
    taken += kFrameHeaderBytes + length;
  }
  return static_cast<ssize_t>(taken);
}

bool GrpcConnection::TakeFrame(uint8_t type, uint8_t flags, uint32_t stream,
                               std::string_view payload) {
  switch (type) {
    case kSettings:
      if ((flags & kAck) == 0) AppendFrameHeader(0, kSettings, kAck, 0, &out_);
      return true;
    case kPing:
      if ((flags & kAck) == 0) {
        AppendFrameHeader(payload.size(), kPing, kAck, 0, &out_);
        out_ += payload;
      }
      return true;
    case kWindowUpdate:
      if (stream == 0 && payload.size() == 4) window_ += NumberAt(payload, 0, 4);
      return true;
    case kGoAway:
      return false;
    default:
      break;
  }
  const auto call = calls_.find(stream);
  if (call == calls_.end()) return true;
  if (type == kData) {
    call->second.bytes += payload.size();
    unacknowledged_ += payload.size();
    if (unacknowledged_ > kReceiveWindow / 2) {
      AppendWindowUpdate(static_cast<uint32_t>(unacknowledged_), &out_);
      unacknowledged_ = 0;
    }
  }
  const bool ended = (type == kHeaders && (flags & kEndStream) != 0) || type == kResetStream;
  if (ended) {
    const Call answered = call->second;
    calls_.erase(call);
    const bool good = type == kHeaders && answered.bytes >= kMessageHeaderBytes;
    OnAnswer(answered.asked, good, good ? answered.bytes - kMessageHeaderBytes : 0);
  }
  return true;
}

}  // namespace skerry::benching
