#pragma once

#include <string_view>

#include "tools/benching/driver/connection.h"

namespace skerry::benching {

// HTTP/1.1 with one request at a time. Answers must have a Content-Length.
class HttpConnection : public Connection {
 public:
  HttpConnection(Run& run, Requests& requests) : Connection(run, requests, 1) {}

 protected:
  ssize_t Take(std::string_view in) override;
  void Append(std::string_view request) override;

 private:
  Clock::time_point asked_;
};

}  // namespace skerry::benching
