#include "replication/transport/grpc_setup.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include <mutex>
#include <utility>

#include "base/log.h"

namespace skerry::transport {
namespace {

// A frame of many packets is small; one packet may be as large as its queue.
constexpr int kReceiveBytes = 128 << 20;
// What may be under way before the other end has read it: some frames.
constexpr int kLookaheadBytes = 8 << 20;
constexpr int kKeepaliveMs = 2000;
constexpr int kKeepaliveTimeoutMs = 3000;
constexpr int kConnectTimeoutMs = 5000;
// A connection has one stream, or one call.
constexpr int kStreamsOfAConnection = 4;

void LogOfGrpc(gpr_log_func_args* args) { LogWarning("grpc", {{"text", args->message}}); }

grpc::ChannelArguments ChannelArguments(const std::optional<PeerTls>& tls) {
  grpc::ChannelArguments arguments;
  // Each channel is a connection of its own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Peers are reached directly, and as often as we try: no proxy of the environment, no copies
  // for calls to be made again, no look-up of settings.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kLookaheadBytes);
  arguments.SetMaxReceiveMessageSize(kReceiveBytes);
  arguments.SetMaxSendMessageSize(-1);
  if (tls && !tls->server_name.empty()) arguments.SetSslTargetNameOverride(tls->server_name);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const std::optional<PeerTls>& tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = tls->roots;
  if (tls->mutual) {
    ssl.pem_private_key = tls->key;
    ssl.pem_cert_chain = tls->certificates;
  }
  return grpc::SslCredentials(ssl);
}

std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const std::optional<PeerTls>& tls) {
  if (!tls) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions ssl(
      tls->mutual ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                  : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  ssl.pem_root_certs = tls->roots;
  ssl.pem_key_cert_pairs.push_back({tls->key, tls->certificates});
  return grpc::SslServerCredentials(ssl);
}

}  // namespace

void TakeOverGrpcLog() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
    gpr_set_log_function(&LogOfGrpc);
  });
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const std::optional<PeerTls>& tls) {
  return grpc::CreateCustomChannel(address, ChannelCredentials(tls), ChannelArguments(tls));
}

void SetUpServer(const std::string& address, const std::optional<PeerTls>& tls,
                 grpc::ServerBuilder& builder, int* port) {
  builder.AddListeningPort(address, ServerCredentials(tls), port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsOfAConnection);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kKeepaliveMs / 2);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kLookaheadBytes);
  builder.SetMaxReceiveMessageSize(kReceiveBytes);
  builder.SetMaxSendMessageSize(-1);
}

grpc::ByteBuffer ToByteBuffer(std::string bytes) {
  auto* owned = new std::string(std::move(bytes));
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* p) { delete static_cast<std::string*>(p); }, owned);
  return grpc::ByteBuffer(&slice, 1);
}

std::optional<std::string_view> ViewOf(const grpc::ByteBuffer& buffer, grpc::Slice* slice) {
  if (!buffer.TrySingleSlice(slice).ok() && !buffer.DumpToSingleSlice(slice).ok()) {
    return std::nullopt;
  }
  return std::string_view(reinterpret_cast<const char*>(slice->begin()), slice->size());
}

}  // namespace skerry::transport
