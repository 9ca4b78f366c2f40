#include "storage/expression/ast.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace skerry::expression {
namespace {

constexpr auto kOperatorNames = std::to_array<std::string_view>({"=",
                                                                 "<>",
                                                                 "<",
                                                                 "<=",
                                                                 ">",
                                                                 ">=",
                                                                 "BETWEEN",
                                                                 "IN",
                                                                 "AND",
                                                                 "OR",
                                                                 "NOT",
                                                                 "+",
                                                                 "-",
                                                                 "attribute_exists",
                                                                 "attribute_not_exists",
                                                                 "attribute_type",
                                                                 "begins_with",
                                                                 "contains",
                                                                 "size",
                                                                 "if_not_exists",
                                                                 "list_append",
                                                                 ""});
static_assert(kOperatorNames.size() == static_cast<size_t>(Operator::kUnknownFunction) + 1);

}  // namespace

std::string_view OperatorName(Operator op) { return kOperatorNames[static_cast<size_t>(op)]; }

bool IsFunction(Operator op) { return op >= Operator::kAttributeExists; }

Operator FunctionByName(std::string_view name) {
  for (auto i = static_cast<size_t>(Operator::kAttributeExists); i < kOperatorNames.size(); ++i) {
    if (kOperatorNames[i] == name) return static_cast<Operator>(i);
  }
  return Operator::kUnknownFunction;
}

std::string_view SectionName(Section section) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"SET", "REMOVE", "ADD", "DELETE"});
  return kNames[static_cast<size_t>(section)];
}

bool operator==(const PathView& a, const PathView& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

std::string PathText(const PathView& path) {
  std::string text = "[";
  for (const PathElement& element : path) {
    if (&element != path.begin()) text += ", ";
    if (element.is_index) {
      fmt::format_to(std::back_inserter(text), "[{}]", element.index);
    } else {
      text += element.name;
    }
  }
  text += ']';
  return text;
}

const document::AttributeValue* FindPath(const PathView& path, const document::Item& item) {
  const document::AttributeValue* value = item.Find(path[0].name);
  for (size_t i = 1; value != nullptr && i < path.size; ++i) {
    const PathElement& element = path[i];
    if (element.is_index) {
      if (!value->is(document::Type::kList) || element.index >= value->list().size()) {
        return nullptr;
      }
      value = &value->list()[element.index];
    } else {
      if (!value->is(document::Type::kMap)) return nullptr;
      value = value->map().Find(element.name);
    }
  }
  return value;
}

NodeId Tree::AddPath(std::string name) {
  nodes.push_back(
      {.kind = NodeKind::kPath, .first = static_cast<uint32_t>(elements.size()), .count = 1});
  elements.push_back({.name = std::move(name)});
  return static_cast<NodeId>(nodes.size() - 1);
}

NodeId Tree::AddValue(document::AttributeValue value) {
  nodes.push_back({.kind = NodeKind::kValue, .first = static_cast<uint32_t>(values.size())});
  values.push_back(std::move(value));
  return static_cast<NodeId>(nodes.size() - 1);
}

NodeId Tree::AddOperation(Operator op, const std::vector<NodeId>& operands) {
  nodes.push_back({.kind = NodeKind::kOperation,
                   .op = op,
                   .first = static_cast<uint32_t>(children.size()),
                   .count = static_cast<uint32_t>(operands.size())});
  children.insert(children.end(), operands.begin(), operands.end());
  return static_cast<NodeId>(nodes.size() - 1);
}

}  // namespace skerry::expression
