#include "base/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/check.h"

namespace skerry {
namespace {

constexpr uint64_t kFirstBound = 10'000;  // nanoseconds

constexpr std::array<uint64_t, Histogram::kBounds> MakeBounds() {
  std::array<uint64_t, Histogram::kBounds> bounds{};
  uint64_t decade = kFirstBound;
  for (size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = decade * (i % 9 + 1);
    if (i % 9 == 8) decade *= 10;
  }
  return bounds;
}
constexpr std::array<uint64_t, Histogram::kBounds> kBoundsNs = MakeBounds();

// For each bit width of a duration the first bucket that may hold it: a handful of steps from
// there.
constexpr std::array<uint8_t, 65> MakeFirstBuckets() {
  std::array<uint8_t, 65> first{};
  for (size_t width = 1; width <= 64; ++width) {
    const uint64_t smallest = uint64_t{1} << (width - 1);
    size_t i = 0;
    while (i < kBoundsNs.size() && kBoundsNs[i] < smallest) ++i;
    first[width] = static_cast<uint8_t>(i);
  }
  return first;
}
constexpr std::array<uint8_t, 65> kFirstBuckets = MakeFirstBuckets();

bool IsName(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
             std::string_view::npos &&
         (name[0] < '0' || name[0] > '9');
}

void AppendEscaped(std::string_view text, bool quotes, std::string* out) {
  for (char c : text) {
    if (c == '\\') {
      *out += "\\\\";
    } else if (c == '\n') {
      *out += "\\n";
    } else if (c == '"' && quotes) {
      *out += "\\\"";
    } else {
      out->push_back(c);
    }
  }
}

std::string LabelText(const MetricLabels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    SKERRY_CHECK_MSG(IsName(name), "name of a label");
    if (!text.empty()) text += ',';
    text += name + "=\"";
    AppendEscaped(value, /*quotes=*/true, &text);
    text += '"';
  }
  return text;
}

void AppendSample(std::string_view name, std::string_view suffix, std::string_view labels,
                  std::string_view more_labels, double value, std::string* out) {
  out->append(name).append(suffix);
  if (!labels.empty() || !more_labels.empty()) {
    const char* comma = labels.empty() || more_labels.empty() ? "" : ",";
    out->append("{").append(labels).append(comma).append(more_labels).append("}");
  }
  // Whole numbers in full: a counter of bytes must not lose digits.
  const bool whole = value == std::floor(value) && std::fabs(value) < 1e15;
  *out += whole ? fmt::format(" {:.0f}\n", value) : fmt::format(" {}\n", value);
}

}  // namespace

uint64_t Counter::Value() const {
  uint64_t sum = 0;
  for (const Cell& cell : cells_) sum += cell.value.load(std::memory_order_relaxed);
  return sum;
}

std::chrono::nanoseconds Histogram::Bound(size_t i) {
  SKERRY_CHECK(i < kBounds);
  return std::chrono::nanoseconds(kBoundsNs[i]);
}

void Histogram::Observe(std::chrono::nanoseconds duration, size_t shard) {
  const auto ns = static_cast<uint64_t>(std::max<int64_t>(duration.count(), 0));
  size_t i = kFirstBuckets[static_cast<size_t>(std::bit_width(ns))];
  while (i < kBounds && kBoundsNs[i] < ns) ++i;
  Cell& cell = cells_[shard % cells_.size()];
  cell.buckets[i].fetch_add(1, std::memory_order_relaxed);
  cell.sum_ns.fetch_add(ns, std::memory_order_relaxed);
}

Histogram::Reading Histogram::Read() const {
  Reading reading;
  for (const Cell& cell : cells_) {
    for (size_t i = 0; i <= kBounds; ++i) {
      const uint64_t count = cell.buckets[i].load(std::memory_order_relaxed);
      reading.buckets[i] += count;
      reading.count += count;
    }
    reading.sum += std::chrono::nanoseconds(cell.sum_ns.load(std::memory_order_relaxed));
  }
  return reading;
}

std::chrono::nanoseconds Histogram::Reading::Quantile(double share) const {
  if (count == 0) return std::chrono::nanoseconds(0);
  const auto wanted =
      std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(share * static_cast<double>(count))));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBounds; ++i) {
    seen += buckets[i];
    if (seen >= wanted) return Bound(i);
  }
  return std::chrono::nanoseconds::max();
}

Metrics::Series& Metrics::Add(std::string name, std::string help, Type type,
                              const MetricLabels& labels) {
  SKERRY_CHECK_MSG(IsName(name), "name of a metric");
  SKERRY_CHECK_MSG((type == Type::kCounter) == name.ends_with("_total"),
                   "counters, and only they, end with _total");
  auto family = std::find_if(families_.begin(), families_.end(),
                             [&](const Family& f) { return f.name == name; });
  if (family == families_.end()) {
    families_.push_back({std::move(name), std::move(help), type, {}});
    family = families_.end() - 1;
  }
  SKERRY_CHECK_MSG(family->type == type, "two types of one metric");
  std::string text = LabelText(labels);
  for (const auto& series : family->series) {
    SKERRY_CHECK_MSG(series->labels != text, "two metrics of one name and labels");
  }
  family->series.push_back(std::make_unique<Series>());
  family->series.back()->labels = std::move(text);
  return *family->series.back();
}

Counter& Metrics::AddCounter(std::string name, std::string help, MetricLabels labels) {
  std::lock_guard lock(mutex_);
  Series& series = Add(std::move(name), std::move(help), Type::kCounter, labels);
  series.counter = std::make_unique<Counter>(shards_);
  return *series.counter;
}

Histogram& Metrics::AddHistogram(std::string name, std::string help, MetricLabels labels) {
  std::lock_guard lock(mutex_);
  SKERRY_CHECK_MSG(name.ends_with("_seconds"), "histograms hold seconds");
  Series& series = Add(std::move(name), std::move(help), Type::kHistogram, labels);
  series.histogram = std::make_unique<Histogram>(shards_);
  return *series.histogram;
}

void Metrics::AddGauge(std::string name, std::string help, MetricLabels labels, ReadValue read) {
  std::lock_guard lock(mutex_);
  Add(std::move(name), std::move(help), Type::kGauge, labels).read = std::move(read);
}

void Metrics::AddCounterReading(std::string name, std::string help, MetricLabels labels,
                                ReadValue read) {
  std::lock_guard lock(mutex_);
  Add(std::move(name), std::move(help), Type::kCounter, labels).read = std::move(read);
}

void Metrics::RenderHistogram(const Family& family, const Series& series, std::string* out) {
  const Histogram::Reading reading = series.histogram->Read();
  if (reading.count == 0) return;
  uint64_t below = 0;
  for (size_t i = 0; i < Histogram::kBounds; ++i) {
    below += reading.buckets[i];
    const double bound = std::chrono::duration<double>(Histogram::Bound(i)).count();
    AppendSample(family.name, "_bucket", series.labels, fmt::format("le=\"{:g}\"", bound),
                 static_cast<double>(below), out);
  }
  AppendSample(family.name, "_bucket", series.labels, "le=\"+Inf\"",
               static_cast<double>(reading.count), out);
  AppendSample(family.name, "_sum", series.labels, "",
               std::chrono::duration<double>(reading.sum).count(), out);
  AppendSample(family.name, "_count", series.labels, "", static_cast<double>(reading.count), out);
}

std::string Metrics::Render() const {
  std::lock_guard lock(mutex_);
  std::string out;
  for (const Family& family : families_) {
    std::string samples;
    for (const auto& series : family.series) {
      if (series->histogram != nullptr) {
        RenderHistogram(family, *series, &samples);
        continue;
      }
      const double value = series->counter != nullptr
                               ? static_cast<double>(series->counter->Value())
                               : series->read();
      AppendSample(family.name, "", series->labels, "", value, &samples);
    }
    if (samples.empty()) continue;
    static constexpr const char* kTypes[] = {"counter", "gauge", "histogram"};
    out += "# HELP " + family.name + " ";
    AppendEscaped(family.help, /*quotes=*/false, &out);
    out += fmt::format("\n# TYPE {} {}\n", family.name, kTypes[static_cast<size_t>(family.type)]);
    out += samples;
  }
  return out;
}

}  // namespace skerry
