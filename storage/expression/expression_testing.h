#pragma once

#include <string>
#include <string_view>

#include "storage/document/attribute_value.h"
#include "storage/expression/compiler.h"

// A short notation for values, and tables of expressions with what comes of them, for the tests of
// this folder.

namespace skerry::expression::testing {

// "text", 5, true, null, b"0102" (hexadecimal), <"a", "b">, <1, 2>, <b"01">, ["x", 1], {a: 1}.
// Malformed notation is a broken invariant.
document::AttributeValue Value(std::string_view notation);
document::Item ItemOf(std::string_view notation);  // "{pk: "a", n: 5}"
std::string Show(const document::AttributeValue& value);
std::string Show(const document::Item& item);

// What every table works on: the item, the placeholders (an expression gets those that occur in
// it), and a key schema {pk: String, sk: Number}.
const document::Item& StandardItem();
std::string_view StandardName(std::string_view placeholder);  // empty: undefined
const document::AttributeValue* StandardValue(std::string_view placeholder);
KeySchema StandardSchema();

// Outcomes, as the tables show them. A fault is its message without "Invalid ...Expression: ".
std::string ConditionOutcome(std::string_view text);   // "true", "false" or a fault
std::string UpdateOutcomeOf(std::string_view text);    // "a: 1; -b" (b removed), "nothing", a fault
std::string UpdatedOutcome(std::string_view text);     // "old {...} new {...}" or a fault
std::string ProjectionOutcome(std::string_view text);  // the projected item or a fault
// "a", "a = 1", "a begins_with 1", "a between 1 and 2" (a: partition key's value), or a fault.
std::string KeyOutcome(std::string_view text);

// Legacy parameters; ';' stands between attributes: "n EQ [5]; s NULL" (filter, key conditions),
// "n exists=true value=5 op=EQ list=[5]" (Expected), "ADD n 1; DELETE s" (AttributeUpdates).
std::string FilterOutcome(std::string_view text);
std::string LegacyKeyOutcome(std::string_view text);
std::string ExpectedOutcome(std::string_view text);
std::string LegacyUpdateOutcome(std::string_view text);

// Each line of `table` is "expression => outcome"; white space around both is no part of them.
using Outcome = std::string (*)(std::string_view text);
void CheckTable(Outcome outcome, std::string_view table);

}  // namespace skerry::expression::testing
