#include "server/http/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>

#include <string_view>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "fmt/format.h"

namespace skerry::http {
namespace {

// Why `file` cannot be used. OpenSSL's first error is the cause, its last ("PEM lib") where that
// was noticed.
Status Unusable(std::string_view what, const std::string& file) {
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  std::string why = "it holds none in PEM form";
  if (ERR_SYSTEM_ERROR(code)) why = std::generic_category().message(ERR_GET_REASON(code));
  return InvalidArgument(fmt::format("the {} cannot be read from {}: {}", what, file, why));
}

bool IsMismatch(unsigned long code) {
  return ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH;
}

// Clients that offer protocols (ALPN) get HTTP/1.1 if they know it; others are served anyhow.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* in, unsigned int in_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::Load(const std::string& certificate_file,
                                                     const std::string& key_file) {
  ERR_clear_error();
  std::unique_ptr<TlsContext> context(new TlsContext(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* c = context->context_;
  SKERRY_CHECK(c != nullptr);
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);  // idle connections keep no 16 KiB records
  SSL_CTX_set_alpn_select_cb(c, SelectProtocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(c, certificate_file.c_str()) != 1) {
    return Unusable("TLS certificate", certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(c, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    if (!IsMismatch(ERR_peek_error())) return Unusable("TLS key", key_file);
    ERR_clear_error();
    return InvalidArgument(fmt::format("the TLS key in {} does not belong to the certificate in {}",
                                       key_file, certificate_file));
  }
  return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

TlsSession::TlsSession(const TlsContext& context) : ssl_(SSL_new(context.context_)) {
  SKERRY_CHECK(ssl_ != nullptr);
  SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

void TlsSession::Receive(std::string_view wire) {
  BIO_write(SSL_get_rbio(ssl_), wire.data(), static_cast<int>(wire.size()));
}

TlsSession::ReadResult TlsSession::Read(char* buffer, size_t size, size_t* got) {
  ERR_clear_error();
  const int result = SSL_read_ex(ssl_, buffer, size, got);
  if (result == 1) return ReadResult::kBytes;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return ReadResult::kNeedMore;
    case SSL_ERROR_ZERO_RETURN:
      return ReadResult::kClosed;
    default:
      ERR_clear_error();
      return ReadResult::kFailed;
  }
}

bool TlsSession::established() const { return SSL_is_init_finished(ssl_) == 1; }

bool TlsSession::Write(std::string_view plain) {
  if (plain.empty()) return true;
  ERR_clear_error();
  size_t written = 0;
  // The memory buffer takes everything, so a success is a whole one.
  return SSL_write_ex(ssl_, plain.data(), plain.size(), &written) == 1;
}

void TlsSession::Close() {
  ERR_clear_error();
  if (established()) SSL_shutdown(ssl_);
  ERR_clear_error();
}

void TlsSession::TakeOutput(std::string* wire) {
  BIO* bio = SSL_get_wbio(ssl_);
  const size_t pending = BIO_ctrl_pending(bio);
  if (pending == 0) return;
  const size_t before = wire->size();
  wire->resize(before + pending);
  const int got = BIO_read(bio, wire->data() + before, static_cast<int>(pending));
  wire->resize(before + static_cast<size_t>(got > 0 ? got : 0));
}

}  // namespace skerry::http
