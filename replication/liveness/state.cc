#include "replication/liveness/state.h"

#include "base/bytes.h"
#include "base/crc32c.h"

namespace skerry::liveness {
namespace {

constexpr char kFile[] = "liveness";
constexpr std::string_view kMagic = "SKRYLIV1";
constexpr size_t kFixedBytes = 8 + 8 + 8 + 4;  // magic, epoch, promise, number of nodes
constexpr size_t kNodeBytes = 8 + 8;
constexpr size_t kChecksumBytes = 4;
constexpr uint64_t kMaxBytes = 1 << 20;

}  // namespace

// Little-endian: magic (8), own epoch (8), longest promise in nanoseconds (8), number of nodes (4),
// each: node (8), lowest epoch that may be supported (8); CRC-32C of all that (4).
std::string EncodeState(const State& state) {
  std::string out(kMagic);
  AppendLittle64(&out, state.epoch);
  AppendLittle64(&out, static_cast<uint64_t>(state.promise_max.count()));
  AppendLittle32(&out, static_cast<uint32_t>(state.supported.size()));
  for (const auto& [node, epoch] : state.supported) {
    AppendLittle64(&out, node.value);
    AppendLittle64(&out, epoch);
  }
  AppendLittle32(&out, Crc32c(out));
  return out;
}

Result<State> DecodeState(std::string_view bytes) {
  if (bytes.size() < kFixedBytes + kChecksumBytes) return Corruption("cut short");
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (LoadLittle32(bytes.data() + body.size()) != Crc32c(body)) return Corruption("damaged");
  if (!body.starts_with(kMagic)) {
    return FailedPrecondition("its format is not known to this version of the program");
  }
  const char* p = body.data() + kMagic.size();
  State state;
  state.epoch = LoadLittle64(p);
  state.promise_max = Duration(static_cast<int64_t>(LoadLittle64(p + 8)));
  const uint32_t nodes = LoadLittle32(p + 16);
  if (state.promise_max < Duration(0) || body.size() != kFixedBytes + nodes * kNodeBytes) {
    return Corruption("malformed");
  }
  p = body.data() + kFixedBytes;
  for (uint32_t i = 0; i < nodes; ++i, p += kNodeBytes) {
    state.supported[NodeId(LoadLittle64(p))] = LoadLittle64(p + 8);
  }
  return state;
}

Result<State> ReadState(Disk& disk, const std::string& directory) {
  const std::string path = directory + "/" + kFile;
  SKERRY_ASSIGN_OR_RETURN(const bool exists, disk.Exists(path));
  if (!exists) return State();
  SKERRY_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(disk, path, kMaxBytes));
  Result<State> state = DecodeState(bytes);
  if (!state.ok()) return state.status().WithContext(path);
  return state;
}

Status WriteState(Disk& disk, const std::string& directory, const State& state) {
  return ReplaceFile(disk, directory, kFile, EncodeState(state));
}

}  // namespace skerry::liveness
