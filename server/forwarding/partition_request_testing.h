#pragma once

#include <rapidcheck.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "server/forwarding/codec.h"
#include "storage/document/document_testing.h"
#include "storage/expression/ast.h"
#include "storage/expression/compiler.h"
#include "storage/expression/legacy.h"
#include "storage/partition/row_key.h"

// Random requests for one table, whose expressions are compiled from text or legacy parameters and
// often hold for, or change, its random items.

namespace skerry::forwarding::testing {

using document::AttributeMap;
using document::AttributeValue;
using document::Item;

// Keys h (S) and r (N); a local index on x (S).
inline const partition::Schema& TestSchema() {
  static const partition::Schema kSchema = {
      .key = {.partition_key = "h", .sort_key = "r", .sort_type = document::Type::kNumber},
      .local_indexes = {{.id = 7, .name = "by_x", .key = {.partition_key = "h", .sort_key = "x"}}}};
  return kSchema;
}

inline const AttributeMap& TestValues() {
  static const AttributeMap kValues = {
      {":1", AttributeValue::N(document::Number::FromInt(1))},
      {":2", AttributeValue::N(document::Number::FromInt(2))},
      {":s", AttributeValue::S("a")},
      {":t", AttributeValue::S("ab")},
      {":S", AttributeValue::S("S")},
      {":b", AttributeValue::B(std::string("\0\xff", 2))},
      {":ss", AttributeValue::SS({"a", "b"})},
      {":ns", AttributeValue::NS({document::Number::FromInt(1)})},
      {":l", AttributeValue::L({AttributeValue::S("a"), AttributeValue::OfNull()})},
      {":m", AttributeValue::M({{"a", AttributeValue::Bool(true)}})}};
  return kValues;
}

// Only those that a text uses may come with it.
inline expression::Compiler CompilerFor(std::string_view text, AttributeMap* values) {
  for (const auto& [name, value] : TestValues()) {
    for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
      values->Set(name, value);
    }
  }
  return expression::Compiler(nullptr, values->empty() ? nullptr : values);
}

inline std::shared_ptr<const expression::Condition> Condition(const std::string& text) {
  AttributeMap values;
  auto compiled = CompilerFor(text, &values).CompileCondition("ConditionExpression", text);
  SKERRY_CHECK_MSG(compiled.ok(), text.c_str());
  return *compiled;
}
inline std::shared_ptr<const expression::Update> Update(const std::string& text) {
  AttributeMap values;
  auto compiled = CompilerFor(text, &values).CompileUpdate(text);
  SKERRY_CHECK_MSG(compiled.ok(), text.c_str());
  return *compiled;
}
inline std::shared_ptr<const expression::Projection> Projection(const std::string& text) {
  auto compiled = expression::Compiler(nullptr, nullptr).CompileProjection(text);
  SKERRY_CHECK_MSG(compiled.ok(), text.c_str());
  return *compiled;
}

inline std::string AnyOf(std::vector<std::string> words) {
  return *rc::gen::elementOf(std::move(words));
}

inline std::string AnyConditionText(int depth) {
  const int form = depth == 0 ? 0 : *rc::gen::inRange(0, 4);
  if (form == 1) return "NOT (" + AnyConditionText(depth - 1) + ")";
  if (form >= 2) {
    const std::string left = AnyConditionText(depth - 1);
    return left + (form == 2 ? " AND " : " OR ") + AnyConditionText(depth - 1);
  }
  return AnyOf({"n = :1", "n <> :2", "n < :2", "n <= :1", "n > :1", "n >= :2", "x = :s",
                "n BETWEEN :1 AND :2", "x IN (:s, :t, n)", "attribute_exists(x)",
                "attribute_not_exists(m.a)", "attribute_type(x, :S)", "begins_with(x, :s)",
                "contains(l, :s)", "size(x) > :1", "m.a.b[3] = :b", "l[1] <> :m", "size(l) = n"});
}

inline std::shared_ptr<const expression::Condition> AnyCondition() {
  if (*rc::gen::inRange(0, 3) > 0) return Condition(AnyConditionText(3));
  expression::ByName<expression::LegacyCondition> terms;
  const auto one = [](std::string op, std::vector<AttributeValue> list) {
    expression::LegacyCondition term;
    term.comparison_operator = std::move(op);
    if (!list.empty()) term.attribute_value_list = std::move(list);
    return term;
  };
  const int count = *rc::gen::inRange(0, 4);
  if (count > 0)
    terms.emplace_back("n", one("BETWEEN", {*TestValues().Find(":1"), *TestValues().Find(":2")}));
  if (count > 1) terms.emplace_back("x", one("NOT_CONTAINS", {*TestValues().Find(":s")}));
  if (count > 2) terms.emplace_back("l", one("NULL", {}));
  auto compiled = expression::ConditionFromFilter(terms, *rc::gen::arbitrary<bool>());
  SKERRY_CHECK(compiled.ok());
  return *compiled;
}

inline std::shared_ptr<const expression::Update> AnyUpdate() {
  if (*rc::gen::inRange(0, 4) == 0) {
    expression::ByName<expression::LegacyUpdate> updates;
    updates.emplace_back("n", expression::LegacyUpdate{.value = *TestValues().Find(":1"),
                                                       .action = AnyOf({"ADD", "PUT"})});
    updates.emplace_back("l", expression::LegacyUpdate{.value = *TestValues().Find(":l"),
                                                       .action = AnyOf({"ADD", "PUT"})});
    updates.emplace_back("q", expression::LegacyUpdate{.value = {}, .action = "DELETE"});
    auto compiled = expression::UpdateFromLegacy(updates);
    SKERRY_CHECK(compiled.ok());
    return *compiled;
  }
  return Update(
      "SET " + AnyOf({"n = :1", "n = n + :1", "n = if_not_exists(n, :2) - :1", "n = x"}) + ", " +
      AnyOf({"l = :l", "l = list_append(if_not_exists(l, :l), :l)", "l[1] = :m", "l[7] = :s"}) +
      ", " + AnyOf({"m = :m", "m.a = :b", "x = :t", "z = :ss"}) + " " +
      AnyOf({"", "REMOVE q", "REMOVE q[0], q[2]", "REMOVE q.a, p"}) + " " +
      AnyOf({"", "ADD c :1", "ADD c :ss", "ADD c.d :ns"}) + " " +
      AnyOf({"", "DELETE d :ss", "DELETE d :ns"}));
}

// With the key attributes, and those that the expressions name.
inline Item AnyTableItem() {
  Item item = *document::testing::AnyItem();
  item.Set("h", AttributeValue::S("h" + *document::testing::AnyText()));
  item.Set("r", AttributeValue::N(*document::testing::AnyNumber()));
  item.Erase("x");
  if (*rc::gen::arbitrary<bool>()) item.Set("x", AttributeValue::S(AnyOf({"a", "ab", "b"})));
  if (*rc::gen::arbitrary<bool>()) {
    item.Set("n", AttributeValue::N(document::Number::FromInt(*rc::gen::inRange(0, 4))));
  }
  for (const char* name : {"l", "m", "c", "d", "q"}) {
    if (*rc::gen::arbitrary<bool>()) item.Set(name, *document::testing::AnyValue());
    if (*rc::gen::inRange(0, 4) == 0) item.Set(name, *TestValues().Find(":l"));
  }
  return item;
}

inline Item KeyOf(const Item& item) { return {{"h", *item.Find("h")}, {"r", *item.Find("r")}}; }

inline partition::WriteRequest AnyWrite() {
  partition::WriteRequest write;
  const Item item = AnyTableItem();
  write.kind = *rc::gen::element(
      partition::WriteRequest::Kind::kPut, partition::WriteRequest::Kind::kDelete,
      partition::WriteRequest::Kind::kUpdate, partition::WriteRequest::Kind::kUpdate);
  write.item = write.kind == partition::WriteRequest::Kind::kPut ? item : KeyOf(item);
  write.row_key = partition::ItemRowKey(TestSchema().key, item);
  if (write.kind == partition::WriteRequest::Kind::kUpdate && *rc::gen::inRange(0, 5) > 0) {
    write.update = AnyUpdate();
    write.legacy = write.update->legacy;
  }
  if (*rc::gen::arbitrary<bool>()) write.condition = AnyCondition();
  write.creates = *rc::gen::arbitrary<bool>();
  write.want_old = *rc::gen::arbitrary<bool>();
  write.want_new = *rc::gen::arbitrary<bool>();
  write.want_updated = *rc::gen::arbitrary<bool>();
  write.sole_copy = *rc::gen::arbitrary<bool>();
  return write;
}

inline partition::ReadRequest AnyRead() {
  partition::ReadRequest read;
  if (*rc::gen::arbitrary<bool>()) read.index = &TestSchema().local_indexes[0];
  const auto low = *rc::gen::arbitrary<uint64_t>();
  read.lower = partition::FirstRow(read.index, low) + *document::testing::AnyBytes();
  read.upper = partition::RowsEnd(read.index);
  read.forward = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) read.max_items = *rc::gen::arbitrary<uint64_t>();
  if (*rc::gen::arbitrary<bool>()) {
    read.max_bytes = *rc::gen::inRange<size_t>(0, partition::kMaxPageBytes + 1);
  }
  read.count_only = *rc::gen::arbitrary<bool>();
  read.fetch_items = read.index != nullptr && *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) read.filter = AnyCondition();
  if (*rc::gen::arbitrary<bool>()) {
    read.projection = Projection(AnyOf({"n", "l[1], l[0], m.a, m.b", "x, h, r", "q[2].a, q[0]"}));
  }
  return read;
}

}  // namespace skerry::forwarding::testing
