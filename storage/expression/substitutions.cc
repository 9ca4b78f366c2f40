#include "storage/expression/substitutions.h"

#include <algorithm>
#include <numeric>

#include "storage/expression/lexer.h"
#include "storage/expression/messages.h"
#include "storage/expression/service_order.h"

namespace skerry::expression {
namespace {

constexpr std::string_view kNames = "ExpressionAttributeNames";
constexpr std::string_view kValues = "ExpressionAttributeValues";
constexpr size_t kMaxPlaceholderBytes = 255;
constexpr size_t kMaxAttributeNameBytes = 65535;
constexpr size_t kPlainSearchMax = 16;

Status CheckKey(std::string_view map, std::string_view key, char sigil) {
  if (key.empty()) return InvalidArgument(messages::PlaceholderEmpty(map));
  if (key.size() > kMaxPlaceholderBytes) {
    return InvalidArgument(messages::PlaceholderTooLong(map, key.size(), sigil == '#'));
  }
  if (!IsPlaceholder(key, sigil)) return InvalidArgument(messages::PlaceholderSyntax(map, key));
  return OkStatus();
}

// `size`: of the whole map.
Status UnusedError(std::string_view map, size_t size, std::vector<std::string_view> unused) {
  OrderAsService(JavaCapacityFor(size), &unused);
  std::string keys;
  for (std::string_view key : unused) {
    if (!keys.empty()) keys += ", ";
    keys += key;
  }
  return InvalidArgument(messages::Unused(map, keys));
}

}  // namespace

Substitutions::Substitutions(const NameMap* names, const document::AttributeMap* values)
    : names_(names), values_(values) {
  if (names != nullptr) {
    name_used_.resize(names->size(), false);
    if (names->size() > kPlainSearchMax) {
      names_sorted_.resize(names->size());
      std::iota(names_sorted_.begin(), names_sorted_.end(), 0);
      std::sort(names_sorted_.begin(), names_sorted_.end(),
                [&](uint32_t a, uint32_t b) { return (*names)[a].first < (*names)[b].first; });
    }
  }
  if (values != nullptr) value_used_.resize(values->size(), false);
}

Status Substitutions::CheckMaps() const {
  if (names_ != nullptr) {
    if (names_->empty()) return InvalidArgument(messages::MapEmpty(kNames));
    for (const auto& [key, name] : *names_) {
      SKERRY_RETURN_IF_ERROR(CheckKey(kNames, key, '#'));
      if (name.empty()) return InvalidArgument(messages::EmptyAttributeName(key));
      if (name.size() > kMaxAttributeNameBytes) {
        return InvalidArgument(messages::AttributeNameTooLarge(key));
      }
    }
  }
  if (values_ != nullptr) {
    if (values_->empty()) return InvalidArgument(messages::MapEmpty(kValues));
    for (const auto& [key, value] : *values_) {
      SKERRY_RETURN_IF_ERROR(CheckKey(kValues, key, ':'));
    }
  }
  return OkStatus();
}

const std::string* Substitutions::FindName(std::string_view placeholder) {
  if (names_ == nullptr) return nullptr;
  size_t found = names_->size();
  if (names_sorted_.empty()) {
    for (size_t i = 0; i < names_->size(); ++i) {
      if ((*names_)[i].first == placeholder) {
        found = i;
        break;
      }
    }
  } else {
    const auto it = std::lower_bound(
        names_sorted_.begin(), names_sorted_.end(), placeholder,
        [&](uint32_t i, std::string_view key) { return (*names_)[i].first < key; });
    if (it != names_sorted_.end() && (*names_)[*it].first == placeholder) found = *it;
  }
  if (found == names_->size()) return nullptr;
  name_used_[found] = true;
  return &(*names_)[found].second;
}

const document::AttributeValue* Substitutions::FindValue(std::string_view placeholder) {
  if (values_ == nullptr) return nullptr;
  const auto it =
      std::lower_bound(values_->begin(), values_->end(), placeholder,
                       [](const auto& entry, std::string_view key) { return entry.first < key; });
  if (it == values_->end() || it->first != placeholder) return nullptr;
  value_used_[static_cast<size_t>(it - values_->begin())] = true;
  return &it->second;
}

Status Substitutions::CheckAllUsed() const {
  std::vector<std::string_view> unused;
  for (size_t i = 0; i < name_used_.size(); ++i) {
    if (!name_used_[i]) unused.push_back((*names_)[i].first);
  }
  if (!unused.empty()) return UnusedError(kNames, names_->size(), std::move(unused));
  for (size_t i = 0; i < value_used_.size(); ++i) {
    if (!value_used_[i]) unused.push_back((values_->begin() + static_cast<ptrdiff_t>(i))->first);
  }
  if (!unused.empty()) return UnusedError(kValues, values_->size(), std::move(unused));
  return OkStatus();
}

}  // namespace skerry::expression
