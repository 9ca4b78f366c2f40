#include "storage/expression/expression_testing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "storage/expression/ast.h"

namespace skerry::expression::testing {
namespace {

using document::AttributeMap;
using document::AttributeValue;
using document::Item;
using document::List;
using document::Number;
using document::Type;

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  AttributeValue ReadValue();
  bool done() {
    SkipSpace();
    return in_.empty();
  }

 private:
  void SkipSpace() {
    while (!in_.empty() && (in_[0] == ' ' || in_[0] == '\n')) in_.remove_prefix(1);
  }
  bool Take(std::string_view token) {
    SkipSpace();
    if (!in_.starts_with(token)) return false;
    in_.remove_prefix(token.size());
    return true;
  }
  std::string Until(char end) {
    const size_t at = in_.find(end);
    SKERRY_CHECK(at != std::string_view::npos);
    std::string text(in_.substr(0, at));
    in_.remove_prefix(at + 1);
    return text;
  }
  std::string Hex() {
    const std::string digits = Until('"');
    std::string bytes;
    for (size_t i = 0; i < digits.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    }
    return bytes;
  }
  template <typename F>
  void Members(std::string_view end, const F& read) {
    while (!Take(end)) {
      read();
      Take(",");
    }
  }
  AttributeValue ReadSet();
  AttributeValue ReadNumber();

  std::string_view in_;
};

AttributeValue Reader::ReadSet() {
  std::vector<std::string> strings;
  std::vector<std::string> binaries;
  std::vector<Number> numbers;
  Members(">", [&] {
    const AttributeValue member = ReadValue();
    if (member.is(Type::kString)) strings.push_back(member.string());
    if (member.is(Type::kBinary)) binaries.push_back(member.binary());
    if (member.is(Type::kNumber)) numbers.push_back(member.number());
  });
  std::sort(strings.begin(), strings.end());
  std::sort(binaries.begin(), binaries.end());
  std::sort(numbers.begin(), numbers.end());
  if (!strings.empty()) return AttributeValue::SS(strings);
  if (!binaries.empty()) return AttributeValue::BS(binaries);
  return AttributeValue::NS(numbers);
}

AttributeValue Reader::ReadNumber() {
  const size_t length = std::min(in_.find_first_not_of("+-.0123456789E"), in_.size());
  const Result<Number> number = Number::Parse(in_.substr(0, length));
  SKERRY_CHECK_MSG(number.ok(), "not the notation of a value");
  in_.remove_prefix(length);
  return AttributeValue::N(*number);
}

AttributeValue Reader::ReadValue() {
  SkipSpace();
  if (Take("\"")) return AttributeValue::S(Until('"'));
  if (Take("b\"")) return AttributeValue::B(Hex());
  if (Take("true")) return AttributeValue::Bool(true);
  if (Take("false")) return AttributeValue::Bool(false);
  if (Take("null")) return AttributeValue::OfNull();
  if (Take("<")) return ReadSet();
  if (Take("[")) {
    List list;
    Members("]", [&] { list.push_back(ReadValue()); });
    return AttributeValue::L(list);
  }
  if (Take("{")) {
    AttributeMap map;
    Members("}", [&] {
      SkipSpace();
      std::string name = Until(':');
      map.Set(std::move(name), ReadValue());
    });
    return AttributeValue::M(map);
  }
  return ReadNumber();
}

template <typename Members, typename F>
std::string Join(const Members& members, const F& show) {
  std::string text;
  for (const auto& member : members) {
    if (!text.empty()) text += ", ";
    text += show(member);
  }
  return text;
}

std::string Quoted(const std::string& text) { return '"' + text + '"'; }
std::string HexText(const std::string& bytes) {
  std::string text = "b\"";
  for (char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text + '"';
}

std::string Fault(const Status& status) {
  std::string_view message = status.message();
  for (std::string_view kind : {"Condition", "Update", "Projection", "KeyCondition"}) {
    const std::string prefix = fmt::format("Invalid {}Expression: ", kind);
    if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
  }
  return std::string(message);
}

// The placeholders that occur in a text and are defined.
struct Placeholders {
  NameMap names;
  AttributeMap values;

  explicit Placeholders(std::string_view text) {
    static constexpr std::string_view kWord =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    for (size_t at = text.find_first_of("#:"); at < text.size();
         at = text.find_first_of("#:", at + 1)) {
      const size_t end = std::min(text.find_first_not_of(kWord, at + 1), text.size());
      const std::string key(text.substr(at, end - at));
      const bool known = std::any_of(names.begin(), names.end(),
                                     [&](const auto& entry) { return entry.first == key; });
      const std::string_view name = StandardName(key);
      if (!name.empty() && !known) names.emplace_back(key, name);
      if (const AttributeValue* value = StandardValue(key)) values.Set(key, *value);
    }
  }
  Compiler MakeCompiler() const {
    return Compiler(names.empty() ? nullptr : &names, values.empty() ? nullptr : &values);
  }
};

std::string ChangesText(const Item& before, const Item& after) {
  std::map<std::string, std::string> changes;
  for (const auto& [name, value] : before) {
    if (after.Find(name) == nullptr) changes[name] = "-" + name;
  }
  for (const auto& [name, value] : after) {
    const AttributeValue* old = before.Find(name);
    if (old == nullptr || !(*old == value)) changes[name] = name + ": " + Show(value);
  }
  std::string text;
  for (const auto& [name, change] : changes) text += (text.empty() ? "" : "; ") + change;
  return text.empty() ? "nothing" : text;
}

Result<UpdateOutcome> ApplyStandard(std::string_view text) {
  const Placeholders placeholders(text);
  Compiler compiler = placeholders.MakeCompiler();
  SKERRY_ASSIGN_OR_RETURN(const auto update, compiler.CompileUpdate(text));
  SKERRY_RETURN_IF_ERROR(compiler.CheckAllUsed());
  SKERRY_RETURN_IF_ERROR(CheckKeysUntouched(*update, StandardSchema()));
  SKERRY_RETURN_IF_ERROR(CheckKeyPaths(*update, StandardSchema()));
  return Apply(*update, &StandardItem(), ItemOf("{pk: \"a\"}"));
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = std::min(text.find(separator), text.size());
    parts.push_back(Trim(text.substr(0, end)));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string TakeWord(std::string_view* text) {
  const size_t end = std::min(text->find(' '), text->size());
  std::string word(text->substr(0, end));
  *text = Trim(text->substr(end));
  return word;
}

// "n EQ [5]; s NULL"
ByName<LegacyCondition> LegacyConditions(std::string_view text) {
  ByName<LegacyCondition> conditions;
  for (std::string_view part : Split(text, ';')) {
    const std::string name = TakeWord(&part);
    LegacyCondition condition;
    condition.comparison_operator = TakeWord(&part);
    if (!part.empty()) condition.attribute_value_list = Value(part).list();
    conditions.emplace_back(name, condition);
  }
  return conditions;
}

std::string HoldsText(const Result<std::shared_ptr<const Condition>>& condition) {
  if (!condition.ok()) return Fault(condition.status());
  const Result<bool> holds = Evaluate(**condition, &StandardItem());
  return holds.ok() ? (*holds ? "true" : "false") : Fault(holds.status());
}

std::string KeysText(const Result<KeyCondition>& keys) {
  static constexpr std::string_view kRanges[] = {
      "", "=", "<", "<=", ">", ">=", "between", "begins_with"};
  if (!keys.ok()) return Fault(keys.status());
  std::string text = Show(keys->partition_value);
  if (keys->range == KeyCondition::Range::kAll) return text;
  text += fmt::format(" {} {}", kRanges[static_cast<size_t>(keys->range)], Show(keys->low));
  if (keys->range == KeyCondition::Range::kBetween) text += " and " + Show(keys->high);
  return text;
}

}  // namespace

AttributeValue Value(std::string_view notation) {
  Reader reader(notation);
  AttributeValue value = reader.ReadValue();
  SKERRY_CHECK_MSG(reader.done(), "more than one value");
  return value;
}

Item ItemOf(std::string_view notation) { return Value(notation).map(); }

std::string Show(const AttributeValue& value) {
  auto show = [](const AttributeValue& element) { return Show(element); };
  switch (value.type()) {
    case Type::kString:
      return Quoted(value.string());
    case Type::kNumber:
      return value.number().ToString();
    case Type::kBinary:
      return HexText(value.binary());
    case Type::kBool:
      return value.boolean() ? "true" : "false";
    case Type::kNull:
      return "null";
    case Type::kStringSet:
      return "<" + Join(value.string_set(), Quoted) + ">";
    case Type::kNumberSet:
      return "<" + Join(value.number_set(), [](const Number& n) { return n.ToString(); }) + ">";
    case Type::kBinarySet:
      return "<" + Join(value.binary_set(), HexText) + ">";
    case Type::kList:
      return "[" + Join(value.list(), show) + "]";
    case Type::kMap:
      return Show(value.map());
  }
  return "";
}

std::string Show(const Item& item) {
  return "{" + Join(item, [](const auto& e) { return e.first + ": " + Show(e.second); }) + "}";
}

const Item& StandardItem() {
  static const Item kItem = ItemOf(
      R"({pk: "a", s: "hello", n: 5, b: b"010203", bo: true, nu: null, e: "", el: [], em: {},
          ss: <"x", "y", "z">, ns: <1, 2, 3>, bs: <b"01", b"02">, l: [0, 1, 2, 3, 4],
          m: {a: 1, b: {c: "deep"}, l: ["p", "q"]}, x.y: "dotted"})");
  return kItem;
}

std::string_view StandardName(std::string_view placeholder) {
  static const std::map<std::string_view, std::string_view> kNames = {
      {"#n", "n"},    {"#a", "a"},   {"#b", "b"},   {"#m", "m"},
      {"#d", "data"}, {"#pk", "pk"}, {"#sk", "sk"}, {"#dot", "x.y"}};
  const auto found = kNames.find(placeholder);
  return found == kNames.end() ? std::string_view() : found->second;
}

const AttributeValue* StandardValue(std::string_view placeholder) {
  static const Item kValues = ItemOf(
      R"({0: 0, 1: 1, 2: 2, 3: 3, 5: 5, s: "x", t: "y", e: "", h: "hel", ll: "ll", S: "S", N: "N",
          L: "L", M: "M", SS: "SS", b: b"01", b23: b"0203", bo: true, nu: null, ss: <"a">,
          x: <"x">, xy: <"x", "y">, xyz: <"x", "y", "z">, ns: <1>, n12: <1, 2>, n123: <1, 2, 3>,
          bs: <b"01">, l: [], l1: [1], m: {}, mk: {k: "v"}, mc: {c: "deep"},
          big: 9.9999999999999999999999999999999999999E+125, e38: 1E+38, tiny: 1E-130})");
  return placeholder.starts_with(':') ? kValues.Find(placeholder.substr(1)) : nullptr;
}

KeySchema StandardSchema() {
  return {.partition_key = "pk", .sort_key = "sk", .sort_type = Type::kNumber};
}

std::string ConditionOutcome(std::string_view text) {
  const Placeholders placeholders(text);
  Compiler compiler = placeholders.MakeCompiler();
  const auto condition = compiler.CompileCondition("ConditionExpression", text);
  if (!condition.ok()) return Fault(condition.status());
  if (const Status used = compiler.CheckAllUsed(); !used.ok()) return Fault(used);
  if (const Status keys = CheckKeyPaths(**condition, StandardSchema()); !keys.ok()) {
    return Fault(keys);
  }
  const Result<bool> holds = Evaluate(**condition, &StandardItem());
  return holds.ok() ? (*holds ? "true" : "false") : Fault(holds.status());
}

std::string UpdateOutcomeOf(std::string_view text) {
  const Result<UpdateOutcome> outcome = ApplyStandard(text);
  return outcome.ok() ? ChangesText(StandardItem(), outcome->item) : Fault(outcome.status());
}

std::string UpdatedOutcome(std::string_view text) {
  const Result<UpdateOutcome> outcome = ApplyStandard(text);
  if (!outcome.ok()) return Fault(outcome.status());
  return "old " + Show(outcome->updated_old) + " new " + Show(outcome->updated_new);
}

std::string ProjectionOutcome(std::string_view text) {
  const Placeholders placeholders(text);
  Compiler compiler = placeholders.MakeCompiler();
  const auto projection = compiler.CompileProjection(text);
  if (!projection.ok()) return Fault(projection.status());
  if (const Status keys = CheckKeyPaths(**projection, StandardSchema()); !keys.ok()) {
    return Fault(keys);
  }
  return Show(Project(**projection, StandardItem()));
}

std::string KeyOutcome(std::string_view text) {
  const Placeholders placeholders(text);
  Compiler compiler = placeholders.MakeCompiler();
  const auto condition = compiler.CompileKeyCondition(text);
  if (!condition.ok()) return Fault(condition.status());
  return KeysText(SelectKeys(**condition, StandardSchema()));
}

std::string FilterOutcome(std::string_view text) {
  return HoldsText(ConditionFromFilter(LegacyConditions(text), /*or_operator=*/false));
}

std::string LegacyKeyOutcome(std::string_view text) {
  return KeysText(KeyConditionFromLegacy(LegacyConditions(text), StandardSchema()));
}

std::string ExpectedOutcome(std::string_view text) {
  ByName<LegacyExpected> all;
  for (std::string_view part : Split(text, ';')) {
    const std::string name = TakeWord(&part);
    LegacyExpected expected;
    while (!part.empty()) {
      const size_t equals = part.find('=');
      const std::string_view member = part.substr(0, equals);
      part.remove_prefix(equals + 1);
      // Only the last member's notation has spaces.
      const bool list = part.starts_with('[') || part.starts_with('<');
      const std::string word = list ? std::string(std::exchange(part, {})) : TakeWord(&part);
      if (member == "exists") expected.exists = word == "true";
      if (member == "value") expected.value = Value(word);
      if (member == "op") expected.comparison_operator = word;
      if (member == "list") expected.attribute_value_list = Value(word).list();
    }
    all.emplace_back(name, expected);
  }
  return HoldsText(ConditionFromExpected(all, /*or_operator=*/false));
}

std::string LegacyUpdateOutcome(std::string_view text) {
  ByName<LegacyUpdate> updates;
  for (std::string_view part : Split(text, ';')) {
    LegacyUpdate update;
    update.action = TakeWord(&part);
    const std::string name = TakeWord(&part);
    if (!part.empty()) update.value = Value(part);
    updates.emplace_back(name, update);
  }
  const KeySchema schema = StandardSchema();
  const auto update = UpdateFromLegacy(updates, &schema);
  if (!update.ok()) return Fault(update.status());
  const auto outcome = Apply(**update, &StandardItem(), {});
  return outcome.ok() ? ChangesText(StandardItem(), outcome->item) : Fault(outcome.status());
}

void CheckTable(Outcome outcome, std::string_view table) {
  size_t rows = 0;
  while (!table.empty()) {
    const size_t end = std::min(table.find('\n'), table.size());
    const std::string_view line = table.substr(0, end);
    table.remove_prefix(std::min(end + 1, table.size()));
    if (Trim(line).empty()) continue;
    const size_t arrow = line.find(" => ");
    ASSERT_NE(arrow, std::string_view::npos) << line;
    const std::string_view expression = Trim(line.substr(0, arrow));
    EXPECT_EQ(outcome(expression), Trim(line.substr(arrow + 4))) << "of: " << expression;
    ++rows;
  }
  EXPECT_GT(rows, 0U);
}

}  // namespace skerry::expression::testing
