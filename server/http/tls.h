#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

struct ssl_st;
struct ssl_ctx_st;

namespace skerry::http {

// A server's certificate and settings (TLS 1.2 and 1.3). Immutable; thread-safe.
class TlsContext {
 public:
  // Fails, naming the file, if certificate or key cannot be read or do not belong together.
  static Result<std::unique_ptr<TlsContext>> Load(const std::string& certificate_file,
                                                  const std::string& key_file);
  ~TlsContext();

 private:
  friend class TlsSession;
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

// One connection's TLS, without I/O: bytes of the wire go in and come out of it. Not thread-safe.
// The context outlives it.
class TlsSession {
 public:
  explicit TlsSession(const TlsContext& context);
  ~TlsSession();

  void Receive(std::string_view wire);

  enum class ReadResult { kBytes, kNeedMore, kClosed, kFailed };
  // Plain bytes of what was received; shakes hands as needed. After any call there may be output.
  ReadResult Read(char* buffer, size_t size, size_t* got);

  bool established() const;  // the handshake is over

  // Encrypts. Only after Read has returned bytes. False: the session has failed.
  bool Write(std::string_view plain);
  void Close();  // tells the other side that nothing more comes

  // Appends what is to be sent.
  void TakeOutput(std::string* wire);

 private:
  ssl_st* ssl_;
};

}  // namespace skerry::http
