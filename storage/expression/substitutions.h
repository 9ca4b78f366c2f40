#pragma once

#include <absl/container/inlined_vector.h>

#include <string>
#include <string_view>

#include "base/status.h"
#include "storage/document/attribute_value.h"
#include "storage/expression/compiler.h"

namespace skerry::expression {

// The placeholders of one request and which of them its expressions have used. Borrows both maps;
// null stands for an absent one.
class Substitutions {
 public:
  Substitutions(const NameMap* names, const document::AttributeMap* values);

  // Faults of the maps themselves, names before values.
  Status CheckMaps() const;

  // By placeholder, sigil included; null if undefined. Marks it used.
  const std::string* FindName(std::string_view placeholder);
  const document::AttributeValue* FindValue(std::string_view placeholder);

  Status CheckAllUsed() const;

  const NameMap* names() const { return names_; }
  const document::AttributeMap* values() const { return values_; }

 private:
  const NameMap* names_;
  const document::AttributeMap* values_;
  // Positions in *names_ sorted by name; empty while the map is small enough for a plain search.
  std::vector<uint32_t> names_sorted_;
  absl::InlinedVector<bool, 16> name_used_;
  absl::InlinedVector<bool, 16> value_used_;
};

}  // namespace skerry::expression
