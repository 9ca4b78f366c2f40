#include "storage/expression/key_condition.h"

#include <optional>
#include <utility>
#include <vector>

#include "storage/expression/messages.h"

namespace skerry::expression {
namespace {

using document::AttributeValue;
using document::Type;
using Range = KeyCondition::Range;

std::optional<Range> ComparatorRange(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return Range::kEqual;
    case Operator::kLess:
      return Range::kLess;
    case Operator::kLessOrEqual:
      return Range::kLessOrEqual;
    case Operator::kGreater:
      return Range::kGreater;
    case Operator::kGreaterOrEqual:
      return Range::kGreaterOrEqual;
    case Operator::kBetween:
      return Range::kBetween;
    case Operator::kBeginsWith:
      return Range::kBeginsWith;
    default:
      return std::nullopt;
  }
}

// `:v < key` says the same as `key > :v`.
Range Mirrored(Range range) {
  switch (range) {
    case Range::kLess:
      return Range::kGreater;
    case Range::kLessOrEqual:
      return Range::kGreaterOrEqual;
    case Range::kGreater:
      return Range::kLess;
    case Range::kGreaterOrEqual:
      return Range::kLessOrEqual;
    default:
      return range;
  }
}

// The conjunction's terms, left to right; fails on every other operator.
class TermReader {
 public:
  explicit TermReader(const Condition& condition) : tree_(condition.tree) {
    open_.push_back(condition.root);
  }

  Result<std::vector<KeyTerm>> Read() {
    std::vector<KeyTerm> terms;
    // ANDs may nest either way; the next node to read stands last.
    while (!open_.empty()) {
      const Node& node = tree_.nodes[open_.back()];
      open_.pop_back();
      if (node.op == Operator::kAnd) {
        open_.push_back(tree_.child(node, 1));
        open_.push_back(tree_.child(node, 0));
        continue;
      }
      SKERRY_ASSIGN_OR_RETURN(const KeyTerm term, ReadTerm(node));
      for (const KeyTerm& other : terms) {
        if (other.name == term.name) return InvalidArgument(messages::KeyOnePerKey());
      }
      terms.push_back(term);
    }
    return terms;
  }

 private:
  Result<KeyTerm> ReadTerm(const Node& node) const {
    const std::optional<Range> range = ComparatorRange(node.op);
    if (!range.has_value()) {
      return InvalidArgument(messages::KeyOperator(OperatorName(node.op)));
    }
    const bool name_first = *range == Range::kBetween || *range == Range::kBeginsWith;
    if (name_first && tree_.nodes[tree_.child(node, 0)].kind == NodeKind::kValue) {
      return InvalidArgument(messages::KeyFirstOperand(OperatorName(node.op)));
    }
    KeyTerm term{.range = range};
    bool named = false;
    for (uint32_t i = 0; i < node.count; ++i) {
      const Node& operand = tree_.nodes[tree_.child(node, i)];
      if (operand.kind == NodeKind::kOperation) return InvalidArgument(messages::KeyNested());
      if (operand.kind == NodeKind::kValue) {
        (term.low == nullptr ? term.low : term.high) = &tree_.values[operand.first];
        continue;
      }
      if (named) return InvalidArgument(messages::KeyManyNames());
      named = true;
      if (i > 0) term.range = Mirrored(*range);
      if (operand.count > 1) return InvalidArgument(messages::KeyNestedName());
      term.name = tree_.path(operand)[0].name;
    }
    if (!named) return InvalidArgument(messages::KeyNoName());
    return term;
  }

  const Tree& tree_;
  std::vector<NodeId> open_;
};

Status CheckOperandType(const KeyTerm& term, Type type, std::string_view role) {
  if (term.low == nullptr) return InvalidArgument(messages::KeyNeedsScalar(role));
  const bool matches = term.low->is(type) && (term.high == nullptr || term.high->is(type));
  return matches ? OkStatus() : InvalidArgument(messages::KeyType());
}

}  // namespace

Result<KeyCondition> KeyConditionFromTerms(const std::vector<KeyTerm>& terms,
                                           const KeySchema& schema) {
  if (terms.empty() || terms.size() > 2) return InvalidArgument(messages::KeyConditionCount());
  const KeyTerm* partition = nullptr;
  const KeyTerm* other = nullptr;
  for (const KeyTerm& term : terms) {
    (term.name == schema.partition_key ? partition : other) = &term;
  }
  if (terms.size() == 2 && !schema.sort_key.has_value()) {
    return InvalidArgument(messages::KeyUnsupported());
  }
  if (partition == nullptr) return InvalidArgument(messages::KeyMissed());
  SKERRY_RETURN_IF_ERROR(CheckOperandType(*partition, schema.partition_type, "Hash"));
  if (partition->range != Range::kEqual) return InvalidArgument(messages::KeyUnsupported());
  KeyCondition result;
  result.partition_value = *partition->low;
  if (other == nullptr) return result;
  if (other->name != schema.sort_key) return InvalidArgument(messages::KeyMissed());
  SKERRY_RETURN_IF_ERROR(CheckOperandType(*other, schema.sort_type, "Range"));
  if (!other->range.has_value()) return InvalidArgument(messages::KeyNotIndexable());
  result.range = *other->range;
  result.low = *other->low;
  if (result.range == Range::kBetween) result.high = *other->high;
  return result;
}

namespace {

// The first name that a path goes on from and that `is_key` knows; null: no path goes into a key.
template <typename Predicate>
const std::string* EnteredKey(const Tree& tree, const Predicate& is_key) {
  for (const Node& node : tree.nodes) {
    if (node.kind != NodeKind::kPath || node.count == 1) continue;
    const std::string& name = tree.path(node)[0].name;
    if (is_key(name)) return &name;
  }
  return nullptr;
}

Status CheckTreeKeyPaths(const Tree& tree, const KeySchema& schema) {
  const std::string* name = EnteredKey(tree, [&schema](const std::string& first) {
    return first == schema.partition_key || first == schema.sort_key;
  });
  if (name == nullptr) return OkStatus();
  return InvalidArgument(messages::KeyPathNotScalar("Key", *name));
}

Status CheckTreeIndexKeyPaths(const Tree& tree, std::string_view index_key) {
  const std::string* name =
      EnteredKey(tree, [index_key](const std::string& first) { return first == index_key; });
  if (name == nullptr) return OkStatus();
  return InvalidArgument(messages::KeyPathNotScalar("IndexKey", *name));
}

}  // namespace

Status CheckKeyPaths(const Condition& condition, const KeySchema& schema) {
  return CheckTreeKeyPaths(condition.tree, schema);
}
Status CheckKeyPaths(const Update& update, const KeySchema& schema) {
  return CheckTreeKeyPaths(update.tree, schema);
}
Status CheckKeyPaths(const Projection& projection, const KeySchema& schema) {
  return CheckTreeKeyPaths(projection.tree, schema);
}
Status CheckIndexKeyPaths(const Condition& condition, std::string_view index_key) {
  return CheckTreeIndexKeyPaths(condition.tree, index_key);
}
Status CheckIndexKeyPaths(const Update& update, std::string_view index_key) {
  return CheckTreeIndexKeyPaths(update.tree, index_key);
}
Status CheckIndexKeyPaths(const Projection& projection, std::string_view index_key) {
  return CheckTreeIndexKeyPaths(projection.tree, index_key);
}

Result<KeyCondition> SelectKeys(const Condition& condition, const KeySchema& schema) {
  SKERRY_RETURN_IF_ERROR(CheckKeyPaths(condition, schema));
  SKERRY_ASSIGN_OR_RETURN(const std::vector<KeyTerm> terms, TermReader(condition).Read());
  return KeyConditionFromTerms(terms, schema);
}

}  // namespace skerry::expression
