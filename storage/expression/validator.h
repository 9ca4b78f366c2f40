#pragma once

#include "base/status.h"
#include "storage/expression/parser.h"
#include "storage/expression/substitutions.h"

namespace skerry::expression {

// The two passes between grammar and tree, in the service's order. Failures carry the message's
// detail, without "Invalid ...: ".

// First pass: what can be said without the placeholders (parentheses, reserved words, list indexes,
// functions where they may stand, sections). In the order of the text, a function before its
// operands.
Status CheckForm(const Syntax& syntax);

// Second pass: resolves placeholders and checks operands, operators after their operands. Moves
// the syntax's vectors into the result.
Result<Condition> ResolveCondition(Syntax syntax, Substitutions* substitutions);
Result<Update> ResolveUpdate(Syntax syntax, Substitutions* substitutions);
Result<Projection> ResolveProjection(Syntax syntax, Substitutions* substitutions);

}  // namespace skerry::expression
