#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>

#include "base/metrics.h"

// The figures that Linux gives of a process (proc(5), getrusage(2)).

namespace skerry {
namespace {

std::string ReadFile(const char* path) {
  std::string text;
  if (FILE* file = std::fopen(path, "re"); file != nullptr) {
    char block[4096];
    for (size_t got; (got = std::fread(block, 1, sizeof block, file)) > 0;) text.append(block, got);
    std::fclose(file);
  }
  return text;
}

// A field of /proc/self/stat, counted as proc(5) does. The name in the second may hold anything, so
// the count starts behind its closing parenthesis.
double StatField(int number) {
  const std::string text = ReadFile("/proc/self/stat");
  size_t at = text.rfind(')');
  for (int field = 2; field < number && at != std::string::npos; ++field) {
    at = text.find(' ', at + 1);
  }
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at, nullptr);
}

double CpuSeconds() {
  rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double OpenFiles() {
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  double count = -1;  // the one that this reading opened
  while (const dirent* entry = ::readdir(directory)) count += entry->d_name[0] != '.';
  ::closedir(directory);
  return count;
}

double MaxFiles() {
  rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

double StartTime() {
  const std::string text = ReadFile("/proc/stat");
  const char* boot = std::strstr(text.c_str(), "btime ");
  if (boot == nullptr) return 0;
  return std::strtod(boot + 6, nullptr) +
         StatField(22) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

void AddProcessMetrics(Metrics* metrics) {
  metrics->AddCounterReading("process_cpu_seconds_total",
                             "Total user and system CPU time spent in seconds.", {}, CpuSeconds);
  metrics->AddGauge("process_resident_memory_bytes", "Resident memory size in bytes.", {},
                    [] { return StatField(24) * static_cast<double>(::sysconf(_SC_PAGESIZE)); });
  metrics->AddGauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", {},
                    [] { return StatField(23); });
  metrics->AddGauge("process_threads", "Number of threads.", {}, [] { return StatField(20); });
  metrics->AddGauge("process_open_fds", "Number of open file descriptors.", {}, OpenFiles);
  metrics->AddGauge("process_max_fds", "Maximum number of open file descriptors.", {}, MaxFiles);
  metrics->AddGauge("process_start_time_seconds",
                    "Start time of the process since unix epoch in seconds.", {}, StartTime);
}

}  // namespace skerry
