#pragma once

#include <memory>

#include "base/status.h"
#include "proto/node/v1/partition.pb.h"
#include "storage/expression/ast.h"

// Compiled expressions as nodes send them to each other. A decoded one evaluates as the original
// does; what only a compiler needs (types, places in the text) is not in it.

namespace skerry::forwarding {

// Levels of operators that are understood; evaluators recurse over them. An update's text has at
// most 300 operators. So has a condition's, but the legacy parameters join any number of terms.
inline constexpr size_t kMaxUpdateLevels = 300;
inline constexpr size_t kMaxConditionLevels = 10'000;

void PutCondition(const expression::Condition& condition, proto::node::v1::Condition* out);
void PutUpdate(const expression::Update& update, proto::node::v1::Update* out);
void PutProjection(const expression::Projection& projection, proto::node::v1::Projection* out);

// Whatever is accepted can be evaluated, in time and memory proportional to its size, as if it had
// been compiled here: it is a tree, operators have the operands that they need, paths that are
// written or projected do not overlap.
// kInvalidArgument: malformed. kUnimplemented: a kind, operator or section that is not known.
Result<std::shared_ptr<const expression::Condition>> TakeCondition(
    proto::node::v1::Condition* condition);
Result<std::shared_ptr<const expression::Update>> TakeUpdate(proto::node::v1::Update* update);
Result<std::shared_ptr<const expression::Projection>> TakeProjection(
    proto::node::v1::Projection* projection);

}  // namespace skerry::forwarding
