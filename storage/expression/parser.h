#pragma once

#include <string_view>
#include <vector>

#include "base/status.h"
#include "storage/expression/ast.h"

namespace skerry::expression {

inline constexpr size_t kMaxExpressionBytes = 4096;

// A path element as written: its text names a name, a placeholder or an index.
struct RawElement {
  enum class Kind : uint8_t { kName, kPlaceholder, kIndex };
  Kind kind = Kind::kName;
  uint32_t offset = 0;
  uint32_t length = 0;
};

// What the grammar alone says. Nodes are as in Tree, but paths refer to `elements` and values to
// their placeholder's text.
struct Syntax {
  std::string_view text;  // borrowed
  std::vector<Node> nodes;
  std::vector<NodeId> children;
  std::vector<RawElement> elements;
  bool redundant_parentheses = false;

  NodeId root = kNoNode;              // conditions
  std::vector<UpdateAction> actions;  // updates
  // The first section that is used again, and the number of actions up to its end; 0: none is.
  Section used_twice = Section::kSet;
  size_t used_twice_end = 0;
  std::vector<NodeId> paths;  // projections

  std::string_view Text(uint32_t offset, uint32_t length) const {
    return text.substr(offset, length);
  }
};

// The grammars of README.md. Failures carry the message's detail, without "Invalid ...: ". Depth
// is kept on a stack of the parser's own: text of any nesting is safe. `text` outlives the result.
Result<Syntax> ParseCondition(std::string_view text);
Result<Syntax> ParseUpdate(std::string_view text);
Result<Syntax> ParseProjection(std::string_view text);

}  // namespace skerry::expression
