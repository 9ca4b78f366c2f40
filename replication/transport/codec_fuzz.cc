// A frame from anywhere: decoding never crashes, and a packet that is accepted is encoded to
// something that is accepted again.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "replication/transport/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace skerry;             // NOLINT: an entry point
  using namespace skerry::transport;  // NOLINT
  const auto frame = DecodeFrame({reinterpret_cast<const char*>(data), size});
  if (!frame.ok()) {
    SKERRY_CHECK(frame.status().code() == StatusCode::kCorruption);
    return 0;
  }
  std::string once;
  for (const Packet& packet : frame->packets) {
    const EncodedPacket encoded(packet);
    const size_t before = once.size();
    encoded.AppendTo(&once);
    SKERRY_CHECK(once.size() - before == encoded.size());
  }
  const auto again = DecodeFrame(once);
  SKERRY_CHECK(again.ok() && again->packets.size() == frame->packets.size());
  std::string twice;
  for (const Packet& packet : again->packets) EncodedPacket(packet).AppendTo(&twice);
  SKERRY_CHECK(once == twice);
  return 0;
}
