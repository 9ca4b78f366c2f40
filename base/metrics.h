#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"

// What an operator measures: counters, gauges and histograms, in Prometheus' text form.
//
// Counting takes no lock and shares no cache line between reactors: a metric has one cell per
// shard, and a reactor counts into the shard of its index. A reading adds the shards up.

namespace skerry {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// Only grows. Thread-safe.
class Counter {
 public:
  explicit Counter(size_t shards) : cells_(shards) {}
  void Add(uint64_t n = 1, size_t shard = 0) {
    cells_[shard % cells_.size()].value.fetch_add(n, std::memory_order_relaxed);
  }
  uint64_t Value() const;

 private:
  struct alignas(64) Cell {
    std::atomic<uint64_t> value{0};
  };
  std::vector<Cell> cells_;
};

// How long things took: log-linear buckets, nine to each decade from 10 microseconds to 90 seconds,
// so that a quantile read from it is off by at most a bucket's width. Thread-safe.
class Histogram {
 public:
  static constexpr size_t kBounds = 63;

  explicit Histogram(size_t shards) : cells_(shards) {}
  void Observe(std::chrono::nanoseconds duration, size_t shard = 0);

  // The upper bound of bucket `i` < kBounds; what is longer than the last falls behind it.
  static std::chrono::nanoseconds Bound(size_t i);

  struct Reading {
    uint64_t buckets[kBounds + 1] = {};
    uint64_t count = 0;
    std::chrono::nanoseconds sum{0};
    // The upper bound of the bucket in which that share of the observations ends; 0 if there are
    // none.
    std::chrono::nanoseconds Quantile(double share) const;
  };
  Reading Read() const;

 private:
  struct alignas(64) Cell {
    std::atomic<uint64_t> buckets[kBounds + 1] = {};
    std::atomic<uint64_t> sum_ns{0};
  };
  std::vector<Cell> cells_;
};

// Owns the metrics of a process; they live as long as it does. Metrics of one name are one family
// with different labels, the same help and type. Thread-safe.
//
// Names are "skerry_" and words of a-z, 0-9 and '_'; counters end with _total, times are in
// _seconds, sizes in _bytes. A wrong name, or two metrics of one name and labels, are broken
// invariants.
class Metrics {
 public:
  // `shards`: how many reactors count.
  explicit Metrics(size_t shards) : shards_(shards == 0 ? 1 : shards) {}

  Counter& AddCounter(std::string name, std::string help, MetricLabels labels = {});
  Histogram& AddHistogram(std::string name, std::string help, MetricLabels labels = {});
  // Read when somebody asks: `read` is called by Render, on its thread, under the registry's lock
  // (it adds no metrics).
  using ReadValue = absl::AnyInvocable<double() const>;
  void AddGauge(std::string name, std::string help, MetricLabels labels, ReadValue read);
  void AddCounterReading(std::string name, std::string help, MetricLabels labels, ReadValue read);

  // All of them in Prometheus' text format, version 0.0.4. Histograms without observations are left
  // out.
  std::string Render() const;

 private:
  enum class Type { kCounter, kGauge, kHistogram };
  struct Series {
    std::string labels;  // "a=\"b\",c=\"d\""
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Histogram> histogram;
    ReadValue read;
  };
  struct Family {
    std::string name;
    std::string help;
    Type type;
    std::vector<std::unique_ptr<Series>> series;
  };

  Series& Add(std::string name, std::string help, Type type, const MetricLabels& labels);
  static void RenderHistogram(const Family& family, const Series& series, std::string* out);

  const size_t shards_;
  mutable std::mutex mutex_;
  std::vector<Family> families_;  // guarded by mutex_; in order of their first metric
};

// Adds what every process has: processor time, memory, threads, file descriptors, start time, under
// the names that Prometheus' own client libraries use (process_cpu_seconds_total, ...).
void AddProcessMetrics(Metrics* metrics);

}  // namespace skerry
