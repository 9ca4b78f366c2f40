#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/benching/driver/connection.h"
#include "tools/benching/driver/grpc_connection.h"
#include "tools/benching/driver/http_connection.h"

// The load on a cluster; this folder's README says what the arguments are.

namespace skerry::benching {
namespace {

constexpr auto kAnswerMax = std::chrono::seconds(10);

struct Target {
  std::string host;
  uint16_t port = 0;
  size_t connections = 0;
  size_t streams = 0;
  std::string file;
};

struct Arguments {
  bool grpc = false;
  bool once = false;
  double seconds = 5;
  Run run;
  std::vector<Target> targets;
};

Target ParseTarget(const std::string& text) {
  Target target;
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',' && parts.size() < 4) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const size_t colon = parts[0].find(':');
  if (parts.size() != 4 || colon == std::string::npos) throw std::runtime_error(text);
  target.host = parts[0].substr(0, colon);
  target.port = static_cast<uint16_t>(std::stoul(parts[0].substr(colon + 1)));
  target.connections = std::stoul(parts[1]);
  target.streams = std::stoul(parts[2]);
  target.file = parts[3];
  return target;
}

Arguments Parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--once") {
      arguments.once = true;
    } else if (word.starts_with("--")) {
      if (++i == words.size()) throw std::runtime_error(word + " without a value");
      if (word == "--protocol") {
        arguments.grpc = words[i] == "grpc";
      } else if (word == "--path") {
        arguments.run.path = words[i];
      } else if (word == "--least-bytes") {
        arguments.run.least_bytes = std::stoul(words[i]);
      } else if (word == "--seconds") {
        arguments.seconds = std::stod(words[i]);
      } else {
        throw std::runtime_error(word);
      }
    } else {
      arguments.targets.push_back(ParseTarget(word));
    }
  }
  return arguments;
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

uint32_t Percentile(std::vector<uint32_t>& values, double fraction) {
  if (values.empty()) return 0;
  const auto at = static_cast<size_t>(fraction * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(at), values.end());
  return values[at];
}

class Driver {
 public:
  explicit Driver(Arguments arguments)
      : arguments_(std::move(arguments)), epoll_(epoll_create1(0)) {
    arguments_.run.latencies_us.reserve(1 << 22);
    for (const Target& target : arguments_.targets) {
      requests_.emplace_back(target.file, arguments_.once);
    }
  }

  void Drive() {
    const double cpu = CpuSeconds();
    const Clock::time_point begin = Clock::now();
    Open();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(arguments_.seconds));
    Clock::time_point now = begin;
    Clock::time_point last_answer = begin;
    while (arguments_.once ? !AllIdle() : now < end) {
      const size_t answered = run().latencies_us.size();
      Turn();
      now = Clock::now();
      if (run().latencies_us.size() != answered) last_answer = now;
      if (now - last_answer > kAnswerMax) throw std::runtime_error("no answer for 10 s");
    }
    const double seconds = std::chrono::duration<double>(now - begin).count();
    Print(seconds, CpuSeconds() - cpu);
  }

 private:
  Run& run() { return arguments_.run; }

  void Open() {
    for (size_t i = 0; i < arguments_.targets.size(); ++i) {
      const Target& target = arguments_.targets[i];
      for (size_t n = 0; n < target.connections; ++n) {
        std::unique_ptr<Connection> connection;
        if (arguments_.grpc) {
          connection = std::make_unique<GrpcConnection>(run(), requests_[i], target.streams);
        } else {
          connection = std::make_unique<HttpConnection>(run(), requests_[i]);
        }
        if (!connection->Open(target.host, target.port)) {
          throw std::runtime_error("nobody answers at port " + std::to_string(target.port));
        }
        epoll_event event = {.events = EPOLLIN, .data = {.ptr = connection.get()}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->fd(), &event);
        connections_.push_back(std::move(connection));
      }
    }
  }

  void Turn() {
    std::array<epoll_event, 128> events;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
      const uint32_t what = events[static_cast<size_t>(i)].events;
      const bool wrote = connection->wants_to_write();
      bool alive = true;
      if ((what & EPOLLOUT) != 0) alive = connection->Flush();
      if (alive && (what & ~uint32_t{EPOLLOUT}) != 0) alive = connection->OnReadable();
      const bool writes = connection->wants_to_write();
      if (!alive) {
        epoll_ctl(epoll_, EPOLL_CTL_DEL, connection->fd(), nullptr);
      } else if (writes != wrote) {
        epoll_event event = {.events = EPOLLIN | (writes ? uint32_t{EPOLLOUT} : 0u),
                             .data = {.ptr = connection}};
        epoll_ctl(epoll_, EPOLL_CTL_MOD, connection->fd(), &event);
      }
    }
  }

  bool AllIdle() const {
    return std::all_of(connections_.begin(), connections_.end(),
                       [](const auto& connection) { return connection->idle(); });
  }

  void Print(double seconds, double cpu) {
    std::vector<uint32_t>& latencies = run().latencies_us;
    const size_t count = latencies.size();
    std::printf(
        "{\"requests\":%zu,\"seconds\":%.6f,\"p50_us\":%u,\"p99_us\":%u,\"bad_answers\":%lu,"
        "\"lost\":%lu,\"cpu_seconds\":%.6f}\n",
        count, seconds, Percentile(latencies, 0.5), Percentile(latencies, 0.99),
        static_cast<unsigned long>(run().bad_answers), static_cast<unsigned long>(run().lost), cpu);
  }

  Arguments arguments_;
  std::deque<Requests> requests_;
  std::vector<std::unique_ptr<Connection>> connections_;
  const int epoll_;
};

}  // namespace
}  // namespace skerry::benching

int main(int argc, char** argv) {
  try {
    skerry::benching::Driver(skerry::benching::Parse({argv + 1, argv + argc})).Drive();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bench_driver: %s\n", problem.what());
    return 1;
  }
  return 0;
}
