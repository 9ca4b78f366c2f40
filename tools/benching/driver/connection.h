#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skerry::benching {

using Clock = std::chrono::steady_clock;

// The requests of one target, handed out in turn to its connections.
class Requests {
 public:
  // `once`: each is handed out once; otherwise round and round.
  Requests(const std::string& path, bool once);

  // Nothing: all have been handed out.
  std::optional<std::string_view> Next();

 private:
  std::string bytes_;
  std::vector<std::string_view> requests_;
  bool once_;
  size_t next_ = 0;
};

// What the connections of a run have in common.
struct Run {
  std::string path;                                        // of gRPC's method
  size_t least_bytes = 0;                                  // of a good answer's body
  std::vector<char> buffer = std::vector<char>(64 << 10);  // to read into
  std::vector<uint32_t> latencies_us;
  uint64_t bad_answers = 0;
  uint64_t lost = 0;  // requests whose connection ended
};

// A connection with up to `streams` requests under way. Single-threaded; nothing blocks after Open.
class Connection {
 public:
  Connection(Run& run, Requests& requests, size_t streams)
      : run_(run), requests_(requests), streams_(streams) {}
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Connects and sends the first requests. False: nobody answers there.
  bool Open(const std::string& host, uint16_t port);
  int fd() const { return fd_; }
  bool idle() const { return under_way_ == 0; }

  // Reads what there is and sends what may follow. False: the connection has ended.
  bool OnReadable();
  // True: there is more to send than the kernel takes now.
  bool wants_to_write() const { return sent_ < out_.size(); }
  bool Flush();

 protected:
  // Called once, before the first request.
  virtual void Begin(const std::string& authority) { (void)authority; }
  // Takes complete answers off the front of `in`; returns how many bytes it took, -1: not the
  // protocol.
  virtual ssize_t Take(std::string_view in) = 0;
  // Adds a request to what is to be sent.
  virtual void Append(std::string_view request) = 0;
  // Whether one more request fits now, apart from `streams`.
  virtual bool HasRoom(size_t bytes) const {
    (void)bytes;
    return true;
  }

  void OnAnswer(Clock::time_point asked, bool good, size_t bytes);

  Run& run_;
  std::string out_;

 private:
  void Fill();

  Requests& requests_;
  const size_t streams_;
  size_t under_way_ = 0;
  std::optional<std::string_view> waiting_;  // for room
  int fd_ = -1;
  size_t sent_ = 0;
  std::string in_;  // an answer's first part
};

}  // namespace skerry::benching
