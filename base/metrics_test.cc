#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace skerry {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

TEST(CounterTest, ShardsAddUp) {
  Counter counter(3);
  counter.Add();
  counter.Add(5, 1);
  counter.Add(7, 100);  // any number is some shard
  EXPECT_EQ(counter.Value(), 13u);
}

TEST(CounterTest, NothingIsLostBetweenThreads) {
  Counter counter(2);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&counter, t] {
      for (int i = 0; i < 10000; ++i) counter.Add(1, t);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.Value(), 40000u);
}

TEST(HistogramTest, EveryDurationFallsIntoItsBucket) {
  for (size_t i = 0; i < Histogram::kBounds; ++i) {
    Histogram histogram(1);
    histogram.Observe(Histogram::Bound(i));
    histogram.Observe(Histogram::Bound(i) + nanoseconds(1));
    const Histogram::Reading reading = histogram.Read();
    EXPECT_EQ(reading.buckets[i], 1u) << i;
    EXPECT_EQ(reading.buckets[i + 1], 1u) << i;
  }
  EXPECT_EQ(Histogram::Bound(0), microseconds(10));
  EXPECT_EQ(Histogram::Bound(Histogram::kBounds - 1), seconds(90));
}

TEST(HistogramTest, TakesAnyDuration) {
  Histogram histogram(1);
  histogram.Observe(nanoseconds(0));
  histogram.Observe(nanoseconds(-1));
  histogram.Observe(nanoseconds::max());
  EXPECT_EQ(histogram.Read().buckets[0], 2u);
  EXPECT_EQ(histogram.Read().buckets[Histogram::kBounds], 1u);
}

TEST(HistogramTest, QuantilesAreBoundsOfBuckets) {
  Histogram histogram(2);
  EXPECT_EQ(histogram.Read().Quantile(0.5), nanoseconds(0));
  for (int i = 1; i <= 100; ++i) histogram.Observe(microseconds(i * 10), i);
  EXPECT_EQ(histogram.Read().Quantile(0.5), microseconds(500));
  EXPECT_EQ(histogram.Read().Quantile(0.99), microseconds(1000));
  EXPECT_EQ(histogram.Read().sum, microseconds(50500));
}

TEST(MetricsTest, RendersThePrometheusText) {
  Metrics metrics(2);
  metrics.AddCounter("skerry_a_total", "Things \\ done.\nAll.", {{"kind", "x\"y\\z\n"}}).Add(3);
  metrics.AddCounter("skerry_a_total", "ignored", {{"kind", "b"}, {"more", "c"}}).Add(4, 1);
  metrics.AddGauge("skerry_b_bytes", "Size.", {}, [] { return 12345678901234.0; });
  metrics.AddGauge("skerry_c", "Part.", {}, [] { return 0.25; });
  EXPECT_EQ(metrics.Render(),
            "# HELP skerry_a_total Things \\\\ done.\\nAll.\n# TYPE skerry_a_total counter\n"
            "skerry_a_total{kind=\"x\\\"y\\\\z\\n\"} 3\nskerry_a_total{kind=\"b\",more=\"c\"} 4\n"
            "# HELP skerry_b_bytes Size.\n# TYPE skerry_b_bytes gauge\n"
            "skerry_b_bytes 12345678901234\n"
            "# HELP skerry_c Part.\n# TYPE skerry_c gauge\nskerry_c 0.25\n");
}

TEST(MetricsTest, HistogramsAreCumulative) {
  Metrics metrics(1);
  Histogram& histogram = metrics.AddHistogram("skerry_d_seconds", "Time.", {{"operation", "Get"}});
  EXPECT_EQ(metrics.Render(), "");
  histogram.Observe(microseconds(15));
  histogram.Observe(microseconds(25));
  histogram.Observe(seconds(1000));
  const std::string text = metrics.Render();
  EXPECT_THAT(text, HasSubstr("# TYPE skerry_d_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("skerry_d_seconds_bucket{operation=\"Get\",le=\"1e-05\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("skerry_d_seconds_bucket{operation=\"Get\",le=\"2e-05\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("skerry_d_seconds_bucket{operation=\"Get\",le=\"0.0003\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("skerry_d_seconds_bucket{operation=\"Get\",le=\"90\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("skerry_d_seconds_bucket{operation=\"Get\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("skerry_d_seconds_sum{operation=\"Get\"} 1000.00004\n"));
  EXPECT_THAT(text, HasSubstr("skerry_d_seconds_count{operation=\"Get\"} 3\n"));
}

TEST(MetricsDeathTest, NamesKeepTheRules) {
  Metrics metrics(1);
  metrics.AddCounter("skerry_a_total", "A.");
  EXPECT_DEATH(metrics.AddCounter("skerry_a_total", "A."), "one name and labels");
  EXPECT_DEATH(metrics.AddCounter("skerry_b", "B."), "_total");
  EXPECT_DEATH(metrics.AddGauge("skerry-c", "C.", {}, [] { return 0.0; }), "name of a metric");
  EXPECT_DEATH(metrics.AddHistogram("skerry_d", "D."), "seconds");
}

TEST(MetricsTest, ProcessTellsOfItself) {
  Metrics metrics(1);
  AddProcessMetrics(&metrics);
  const std::string text = metrics.Render();
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_open_fds", "process_start_time_seconds", "process_threads"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + name + " ")) << text;
    EXPECT_THAT(text, Not(HasSubstr(std::string("\n") + name + " 0\n"))) << name;
  }
}

}  // namespace
}  // namespace skerry
