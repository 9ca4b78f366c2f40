#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace skerry::auth {

using Sha256Digest = std::array<uint8_t, 32>;

Sha256Digest Sha256(std::string_view bytes);
Sha256Digest HmacSha256(std::string_view key, std::string_view bytes);
// In lower case.
std::string Hex(const Sha256Digest& digest);
inline std::string HexSha256(std::string_view bytes) { return Hex(Sha256(bytes)); }

inline std::string_view AsBytes(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Takes as long whatever the bytes are.
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace skerry::auth
