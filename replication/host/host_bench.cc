// Proposals per second through group, raft and log on this machine's disk, against raw
// write+fdatasync of the same sizes. Prints a table; no test.
//   host_bench [--dir DIR] [--bytes N] [--seconds S] [--memory] [--relaxed]

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/memory_disk.h"
#include "base/posix_disk.h"
#include "base/thread_executor.h"
#include "replication/host/host.h"
#include "replication/host/test_machine.h"

namespace skerry::host {
namespace {

struct Arguments {
  std::string directory = "/tmp/skerry_host_bench";
  size_t bytes = 1024;
  double seconds = 2;
  bool memory = false;
  bool relaxed = false;
};

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}
double SystemSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_stime.tv_usec);
}

struct Row {
  double per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  double user_us = 0;    // CPU per proposal outside the kernel
  double system_us = 0;  // and inside
};

void Print(const char* name, size_t writers, const Row& row) {
  std::printf("%-26s %7zu %12.0f %10.0f %10.0f %10.2f %10.2f\n", name, writers, row.per_second,
              row.p50_us, row.p99_us, row.user_us, row.system_us);
  std::fflush(stdout);
}

double Percentile(std::vector<double>& values, double p) {
  if (values.empty()) return 0;
  const auto at = static_cast<size_t>(p * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(at), values.end());
  return values[at];
}

// Closed loop: `writers` proposals are under way at all times.
class Writers {
 public:
  Writers(group::Group& group, size_t count, size_t bytes, double seconds)
      : group_(group), clock_(group.executor().clock()), command_(bytes, 'x'), running_(count) {
    end_ = clock_.Now() + Duration(static_cast<int64_t>(seconds * 1e9));
    group_.executor().Post([this, count] {
      for (size_t i = 0; i < count; ++i) Next();
    });
  }
  Row Wait() {
    const double user = CpuSeconds();
    const double system = SystemSeconds();
    const MonotonicTime begin = clock_.Now();
    finished_.get_future().wait();
    const double elapsed = std::chrono::duration<double>(clock_.Now() - begin).count();
    const auto n = static_cast<double>(latencies_.size());
    return {n / elapsed, Percentile(latencies_, 0.5), Percentile(latencies_, 0.99),
            1e6 * (CpuSeconds() - user) / n, 1e6 * (SystemSeconds() - system) / n};
  }

 private:
  void Next() {
    const MonotonicTime begin = clock_.Now();
    if (begin >= end_) {
      if (--running_ == 0) finished_.set_value();
      return;
    }
    group_.Propose(command_, [this, begin](Result<LogIndex> result) {
      SKERRY_CHECK(result.ok());
      latencies_.push_back(std::chrono::duration<double, std::micro>(clock_.Now() - begin).count());
      Next();
    });
  }

  group::Group& group_;
  const Clock& clock_;
  const std::string command_;
  size_t running_;
  MonotonicTime end_;
  std::vector<double> latencies_;
  std::promise<void> finished_;
};

Row MeasureRaw(Disk& disk, const Arguments& arguments, size_t writers) {
  const SystemClock clock;
  auto file = *disk.Open(arguments.directory + "/raw", OpenMode::kCreate);
  constexpr uint64_t kSize = 64 << 20;
  SKERRY_CHECK(file->Allocate(kSize).ok());
  // As a recycled segment is: written once before.
  for (uint64_t at = 0; at < kSize; at += 1 << 20) {
    SKERRY_CHECK(file->WriteAt(at, std::string(1 << 20, 'o')).ok());
  }
  SKERRY_CHECK(file->Sync().ok());
  const std::string batch((writers * arguments.bytes + 4095) / 4096 * 4096, 'x');
  const double user = CpuSeconds();
  const double system = SystemSeconds();
  const MonotonicTime begin = clock.Now();
  std::vector<double> latencies;
  uint64_t at = 0;
  while (std::chrono::duration<double>(clock.Now() - begin).count() < arguments.seconds) {
    const MonotonicTime write = clock.Now();
    if (at + batch.size() > kSize) at = 0;
    SKERRY_CHECK(file->WriteAt(at, batch).ok());
    if (!arguments.relaxed) SKERRY_CHECK(file->Sync().ok());
    at += batch.size();
    latencies.push_back(std::chrono::duration<double, std::micro>(clock.Now() - write).count());
  }
  const double elapsed = std::chrono::duration<double>(clock.Now() - begin).count();
  SKERRY_CHECK(disk.Remove(arguments.directory + "/raw").ok());
  const auto n = static_cast<double>(latencies.size() * writers);
  return {n / elapsed, Percentile(latencies, 0.5), Percentile(latencies, 0.99),
          1e6 * (CpuSeconds() - user) / n, 1e6 * (SystemSeconds() - system) / n};
}

void Run(const Arguments& arguments) {
  PosixDisk posix;
  MemoryDisk memory;
  Disk& disk = arguments.memory ? static_cast<Disk&>(memory) : posix;
  std::filesystem::remove_all(arguments.directory);
  SKERRY_CHECK(disk.CreateDirectory(arguments.directory).ok());
  std::printf("%zu bytes, %s%s\n", arguments.bytes, arguments.memory ? "memory" : "disk",
              arguments.relaxed ? ", relaxed" : "");
  std::printf("%-26s %7s %12s %10s %10s %10s %10s\n", "", "writers", "per second", "p50 us",
              "p99 us", "user us", "system us");

  const SystemClock clock;
  ThreadExecutor log_executor("log", clock);
  ThreadExecutor blocking("blocking", clock);
  ThreadExecutor reactor("reactor", clock);
  HostOptions options{.disk = disk,
                      .directory = arguments.directory + "/log",
                      .clock = clock,
                      .log_executor = log_executor,
                      .blocking_executor = blocking};
  if (arguments.relaxed) options.durability = Durability::kRelaxed;
  auto host = *Host::Open(std::move(options));
  SKERRY_CHECK(host->Begin().ok());
  TestMachine machine(/*keep_commands=*/false);
  machine.FlushAlways();
  std::promise<group::Group*> made;
  host->CreateGroup(GroupId(1), ReplicaId(1), {.voters = {ReplicaId(1)}}, reactor, machine,
                    [&](Result<group::Group*> group) { made.set_value(*group); });
  group::Group* group = made.get_future().get();

  for (const size_t writers : {1, 16, 64}) {
    // The first round also makes the segments that the second uses again.
    for (const char* name : {"proposals", "proposals, again"}) {
      Print(name, writers, Writers(*group, writers, arguments.bytes, arguments.seconds).Wait());
    }
    Print("write + fdatasync alone", writers, MeasureRaw(disk, arguments, writers));
  }
  host->Stop();
  std::filesystem::remove_all(arguments.directory);
}

}  // namespace
}  // namespace skerry::host

int main(int argc, char** argv) {
  skerry::host::Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (flag == "--memory") {
      arguments.memory = true;
      continue;
    }
    if (flag == "--relaxed") {
      arguments.relaxed = true;
      continue;
    }
    if (flag == "--dir") {
      arguments.directory = value;
    } else if (flag == "--bytes") {
      arguments.bytes = std::strtoul(value, nullptr, 10);
    } else if (flag == "--seconds") {
      arguments.seconds = std::strtod(value, nullptr);
    } else {
      std::fprintf(stderr,
                   "host_bench [--dir DIR] [--bytes N] [--seconds S] [--memory] [--relaxed]\n");
      return 2;
    }
    ++i;
  }
  skerry::host::Run(arguments);
  return 0;
}
