#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "replication/transport/peer_tls.h"

// How gRPC is set up between nodes: its limits, credentials, its log, and bytes in its form. For
// this library's sources alone.

namespace skerry::transport {

// gRPC's own words go to our log from now on. Before anything else of gRPC.
void TakeOverGrpcLog();

// For one connection of its own. Whoever makes a channel never destroys the process's last one on a
// thread of gRPC's.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const std::optional<PeerTls>& tls);

// `*port` gets the port when the server is built; 0: the address or the credentials cannot be used.
void SetUpServer(const std::string& address, const std::optional<PeerTls>& tls,
                 grpc::ServerBuilder& builder, int* port);

grpc::ByteBuffer ToByteBuffer(std::string bytes);
// What is in `buffer`, valid while `*slice` is. None: gRPC cannot read it.
std::optional<std::string_view> ViewOf(const grpc::ByteBuffer& buffer, grpc::Slice* slice);

}  // namespace skerry::transport
