#include "storage/document/attribute_value.h"

#include <algorithm>
#include <numeric>

namespace skerry::document {
namespace {

struct NameLess {
  bool operator()(const AttributeMap::Entry& entry, std::string_view name) const {
    return entry.first < name;
  }
};

}  // namespace

std::string_view TypeName(Type type) {
  constexpr std::string_view kNames[] = {"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"};
  return kNames[static_cast<size_t>(type)];
}

AttributeMap::AttributeMap() = default;
AttributeMap::AttributeMap(const AttributeMap&) = default;
AttributeMap::AttributeMap(AttributeMap&&) noexcept = default;
AttributeMap& AttributeMap::operator=(const AttributeMap&) = default;
AttributeMap& AttributeMap::operator=(AttributeMap&&) noexcept = default;
AttributeMap::~AttributeMap() = default;

AttributeMap::AttributeMap(std::initializer_list<Entry> entries) {
  reserve(entries.size());
  for (const Entry& entry : entries) Set(entry.first, entry.second);
}

AttributeMap AttributeMap::FromEntries(Entries entries) {
  AttributeMap map;
  const auto not_before = [](const Entry& a, const Entry& b) { return a.first >= b.first; };
  if (std::adjacent_find(entries.begin(), entries.end(), not_before) == entries.end()) {
    map.entries_ = std::move(entries);
    return map;
  }
  // Entries are large: their places are sorted, then each moves once.
  std::vector<size_t> places(entries.size());
  std::iota(places.begin(), places.end(), size_t{0});
  std::sort(places.begin(), places.end(), [&](size_t a, size_t b) {
    const int names = entries[a].first.compare(entries[b].first);
    return names < 0 || (names == 0 && a < b);
  });
  map.reserve(entries.size());
  for (size_t i = 0; i < places.size(); ++i) {
    Entry& entry = entries[places[i]];
    const bool replaced = i + 1 < places.size() && entry.first == entries[places[i + 1]].first;
    if (!replaced) map.entries_.push_back(std::move(entry));
  }
  return map;
}

void AttributeMap::reserve(size_t n) { entries_.reserve(n); }

const AttributeValue* AttributeMap::Find(std::string_view name) const {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), name, NameLess());
  return at != entries_.end() && at->first == name ? &at->second : nullptr;
}

AttributeValue* AttributeMap::Find(std::string_view name) {
  return const_cast<AttributeValue*>(std::as_const(*this).Find(name));
}

AttributeMap::Entries::iterator AttributeMap::PlaceOf(std::string_view name) {
  if (entries_.empty() || entries_.back().first < name) return entries_.end();
  return std::lower_bound(entries_.begin(), entries_.end(), name, NameLess());
}

AttributeValue& AttributeMap::Set(std::string name, AttributeValue value) {
  const auto at = PlaceOf(name);
  if (at != entries_.end() && at->first == name) {
    at->second = std::move(value);
    return at->second;
  }
  return entries_.emplace(at, std::move(name), std::move(value))->second;
}

bool AttributeMap::Insert(std::string name, AttributeValue value) {
  const auto at = PlaceOf(name);
  if (at != entries_.end() && at->first == name) return false;
  entries_.emplace(at, std::move(name), std::move(value));
  return true;
}

bool AttributeMap::Erase(std::string_view name) {
  const auto at = PlaceOf(name);
  if (at == entries_.end() || at->first != name) return false;
  entries_.erase(at);
  return true;
}

bool AttributeMap::operator==(const AttributeMap& other) const {
  return entries_ == other.entries_;
}

}  // namespace skerry::document
