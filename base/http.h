#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// HTTP requests and responses as every front sees them (RFC 9110): whoever serves one knows neither
// sockets nor parsers.

namespace skerry {

struct HttpHeader {
  std::string_view name;
  std::string_view value;
};

// All views point into memory of the connection and stay valid until the request has been answered.
struct HttpRequest {
  std::string_view method;
  std::string_view target;          // as sent: path and query, still percent-encoded
  std::vector<HttpHeader> headers;  // in order, names as sent
  std::string_view body;            // after content decoding
  std::string_view raw_body;        // as received (what a signature covers)
  std::string_view remote_address;  // "127.0.0.1:52314"
  bool secure = false;              // came over TLS
  uint64_t id = 0;                  // unique in this process

  // The first header of that name (case does not matter), or an empty view.
  std::string_view Header(std::string_view name) const;
  bool HasHeader(std::string_view name) const;
  std::string_view Path() const { return target.substr(0, target.find('?')); }
};

struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>>
      headers;  // without Content-Length, Date, Connection
  std::string body;
  bool close = false;  // end the connection after this answer
  // A static name: the answer gets a header of that name with the CRC-32 of the body as sent, that
  // is after compression (what x-amz-crc32 covers). Empty: none.
  std::string_view crc32_header;
};

bool EqualsIgnoreCase(std::string_view a, std::string_view b);

}  // namespace skerry
