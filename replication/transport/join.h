#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "base/clock.h"
#include "base/status.h"
#include "replication/transport/peer_tls.h"

// How a node that is no member yet asks one that is: a unary call at the port where that listens
// for peers, under the same TLS. What the bytes mean is the two nodes' matter.

namespace skerry::transport {

// Of a request, and of an answer.
constexpr size_t kJoinBytes = size_t{64} << 10;

// To be called once, at any time and on any thread, also when the transport is gone. Destroyed
// without having been called, it answers kUnavailable.
using JoinAnswer = absl::AnyInvocable<void(Result<std::string>)>;
// Called on a thread of gRPC's; returns soon. Calls do not overlap.
using JoinHandler = absl::AnyInvocable<void(std::string request, JoinAnswer answer)>;

// Blocks, for at most `timeout`: for a node's start. A failure of the other node's handler comes
// with its code and its message (cut after 1,000 bytes); kUnavailable if there is no reaching it,
// kDeadlineExceeded, kUnimplemented if it has no handler, kResourceExhausted if too many nodes ask
// at once, kInvalidArgument for a request that is too large.
Result<std::string> CallJoin(const std::string& address, const std::optional<PeerTls>& tls,
                             std::string request, Duration timeout);

}  // namespace skerry::transport
