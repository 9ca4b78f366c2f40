#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "storage/document/attribute_value.h"
#include "storage/expression/legacy.h"

// Expressions of one request, from text or legacy parameters to trees that can be evaluated.
// Failures are InvalidArgument with the service's own message: they become ValidationException word
// for word. Compiled expressions are immutable and thread-safe; they own what they need.

namespace skerry::expression {

using NameMap = ByName<std::string>;  // ExpressionAttributeNames, in the order sent

class Condition;  // also filters
class Update;
class Projection;

struct KeySchema {
  std::string partition_key;
  document::Type partition_type = document::Type::kString;
  std::optional<std::string> sort_key;
  document::Type sort_type = document::Type::kString;
};

// What a Query selects: one partition key value and a range of sort keys.
struct KeyCondition {
  enum class Range {
    kAll,
    kEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kBetween,
    kBeginsWith
  };
  document::AttributeValue partition_value;
  Range range = Range::kAll;
  document::AttributeValue low;   // the operand, or BETWEEN's lower bound
  document::AttributeValue high;  // BETWEEN's upper bound
};

// One per request: compiles its expressions in the order in which the service checks them and keeps
// track of the placeholders used. Absent maps are null. Outlived by what it borrows; results
// outlive it.
class Compiler {
 public:
  Compiler(const NameMap* names, const document::AttributeMap* values);
  ~Compiler();

  // Checks on the two maps alone (empty maps, bad placeholders, maps without any expression). That
  // values need an expression which can use them is the caller's to check: a projection cannot.
  Status CheckSubstitutions(bool any_expression);

  // `parameter` names the request's member in messages: "ConditionExpression", "FilterExpression".
  Result<std::shared_ptr<const Condition>> CompileCondition(std::string_view parameter,
                                                            std::string_view text);
  Result<std::shared_ptr<const Update>> CompileUpdate(std::string_view text);
  Result<std::shared_ptr<const Projection>> CompileProjection(std::string_view text);
  // What it says of which key is told by SelectKeys, after CheckAllUsed.
  Result<std::shared_ptr<const Condition>> CompileKeyCondition(std::string_view text);

  // Call when all expressions are compiled: every placeholder must have been used.
  Status CheckAllUsed() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The range of keys that a compiled key condition selects: `pk = :v`, and perhaps one condition on
// the sort key, in either order. Fails on everything else, and where types differ from the schema.
Result<KeyCondition> SelectKeys(const Condition& condition, const KeySchema& schema);

// Legacy parameters. `or_operator`: ConditionalOperator=OR.
Result<std::shared_ptr<const Condition>> ConditionFromExpected(
    const ByName<LegacyExpected>& expected, bool or_operator);
Result<std::shared_ptr<const Condition>> ConditionFromFilter(const ByName<LegacyCondition>& filter,
                                                             bool or_operator);
// Given a schema it refuses key attributes, in turn with each attribute's other faults.
Result<std::shared_ptr<const Update>> UpdateFromLegacy(const ByName<LegacyUpdate>& updates,
                                                       const KeySchema* schema = nullptr);
Result<std::shared_ptr<const Projection>> ProjectionFromAttributesToGet(
    const std::vector<std::string>& names);
Result<KeyCondition> KeyConditionFromLegacy(const ByName<LegacyCondition>& conditions,
                                            const KeySchema& schema);

// Evaluation. Pure; safe to run twice.

// `item` is null where no item exists (a condition on a missing item sees no attributes).
Result<bool> Evaluate(const Condition& condition, const document::Item* item);

struct UpdateOutcome {
  document::Item item;  // after the update
  // For ReturnValues UPDATED_OLD and UPDATED_NEW: the top-level attributes in which the update's
  // paths name a value, before and after.
  document::Item updated_old;
  document::Item updated_new;
};
// Whether updated_old and updated_new are wanted: they cost copies.
enum class Returned { kItem, kUpdated };
// `old` is null where no item exists; `key` holds the key attributes, which the new item gets.
Result<UpdateOutcome> Apply(const Update& update, const document::Item* old,
                            const document::Item& key, Returned returned = Returned::kUpdated);
// Fails with the service's message if the update touches a key attribute. Comes before
// CheckKeyPaths.
Status CheckKeysUntouched(const Update& update, const KeySchema& schema);
// Fails with the service's message if a path goes into a key attribute (`key.a`, `key[0]`): keys
// are scalars. Key conditions check it themselves.
Status CheckKeyPaths(const Condition& condition, const KeySchema& schema);
Status CheckKeyPaths(const Update& update, const KeySchema& schema);
Status CheckKeyPaths(const Projection& projection, const KeySchema& schema);
// The same for the sort key of a secondary index.
Status CheckIndexKeyPaths(const Condition& condition, std::string_view index_key);
Status CheckIndexKeyPaths(const Update& update, std::string_view index_key);
Status CheckIndexKeyPaths(const Projection& projection, std::string_view index_key);

document::Item Project(const Projection& projection, const document::Item& item);
// Top-level attribute names that are all a projection or condition needs (index projections, key
// attributes that a filter must not name).
std::vector<std::string> TopLevelNames(const Projection& projection);
std::vector<std::string> TopLevelNames(const Condition& condition);

}  // namespace skerry::expression
