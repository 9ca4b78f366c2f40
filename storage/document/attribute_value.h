#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "storage/document/number.h"

// The data model of DynamoDB (API reference, AttributeValue): what a request's values are decoded
// into and what expressions work on. Stored items have the compact form of item_codec.h. Value
// types without invariants of their own beyond those said here; thread-compatible.

namespace skerry::document {

enum class Type : uint8_t {
  kString,
  kNumber,
  kBinary,
  kBool,
  kNull,
  kStringSet,
  kNumberSet,
  kBinarySet,
  kList,
  kMap,
};

// "S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M".
std::string_view TypeName(Type type);

class AttributeValue;

// A map from names to values, kept sorted by the names' bytes.
class AttributeMap {
 public:
  using Entry = std::pair<std::string, AttributeValue>;
  using Entries = std::vector<Entry>;

  AttributeMap();
  AttributeMap(const AttributeMap&);
  AttributeMap(AttributeMap&&) noexcept;
  AttributeMap& operator=(const AttributeMap&);
  AttributeMap& operator=(AttributeMap&&) noexcept;
  ~AttributeMap();
  AttributeMap(std::initializer_list<Entry> entries);
  // Takes over entries in any order; of those with one name the last counts. Costs next to nothing
  // if they are sorted, n log n comparisons if not.
  static AttributeMap FromEntries(Entries entries);

  bool empty() const;
  size_t size() const;
  void reserve(size_t n);

  const AttributeValue* Find(std::string_view name) const;
  AttributeValue* Find(std::string_view name);
  // Inserts or replaces. Appending in sorted order costs no search. References to values last until
  // the next insertion or removal.
  AttributeValue& Set(std::string name, AttributeValue value);
  // Inserts unless the name is there already; false if it was.
  bool Insert(std::string name, AttributeValue value);
  bool Erase(std::string_view name);

  Entries::const_iterator begin() const;
  Entries::const_iterator end() const;
  // Names must not be changed through these.
  Entries::iterator begin();
  Entries::iterator end();

  bool operator==(const AttributeMap& other) const;

 private:
  // Where an entry of that name is or belongs.
  Entries::iterator PlaceOf(std::string_view name);

  Entries entries_;
};

using List = std::vector<AttributeValue>;

struct Null {
  bool operator==(const Null&) const = default;
};
struct Binary {
  std::string bytes;
  auto operator<=>(const Binary&) const = default;
};
// Sets are sorted and have no duplicates; never empty in a stored item.
struct StringSet {
  std::vector<std::string> values;
  bool operator==(const StringSet&) const = default;
};
struct NumberSet {
  std::vector<Number> values;
  bool operator==(const NumberSet&) const = default;
};
struct BinarySet {
  std::vector<std::string> values;
  bool operator==(const BinarySet&) const = default;
};

class AttributeValue {
 public:
  // Alternatives stand in the order of Type.
  using Variant = std::variant<std::string, Number, Binary, bool, Null, StringSet, NumberSet,
                               BinarySet, List, AttributeMap>;

  AttributeValue() : value_(Null{}) {}
  static AttributeValue S(std::string v) { return AttributeValue(Variant(std::move(v))); }
  static AttributeValue N(Number v) { return AttributeValue(Variant(v)); }
  static AttributeValue B(std::string bytes) {
    return AttributeValue(Variant(Binary{std::move(bytes)}));
  }
  static AttributeValue Bool(bool v) { return AttributeValue(Variant(v)); }
  static AttributeValue OfNull() { return AttributeValue(Variant(Null{})); }
  static AttributeValue SS(std::vector<std::string> sorted) {
    return AttributeValue(Variant(StringSet{std::move(sorted)}));
  }
  static AttributeValue NS(std::vector<Number> sorted) {
    return AttributeValue(Variant(NumberSet{std::move(sorted)}));
  }
  static AttributeValue BS(std::vector<std::string> sorted) {
    return AttributeValue(Variant(BinarySet{std::move(sorted)}));
  }
  static AttributeValue L(List v) { return AttributeValue(Variant(std::move(v))); }
  static AttributeValue M(AttributeMap v) { return AttributeValue(Variant(std::move(v))); }

  Type type() const { return static_cast<Type>(value_.index()); }
  bool is(Type t) const { return type() == t; }

  // The caller knows the type (a wrong one is a broken invariant).
  const std::string& string() const { return std::get<std::string>(value_); }
  const Number& number() const { return std::get<Number>(value_); }
  const std::string& binary() const { return std::get<Binary>(value_).bytes; }
  bool boolean() const { return std::get<bool>(value_); }
  const std::vector<std::string>& string_set() const { return std::get<StringSet>(value_).values; }
  const std::vector<Number>& number_set() const { return std::get<NumberSet>(value_).values; }
  const std::vector<std::string>& binary_set() const { return std::get<BinarySet>(value_).values; }
  const List& list() const { return std::get<List>(value_); }
  List& list() { return std::get<List>(value_); }
  const AttributeMap& map() const { return std::get<AttributeMap>(value_); }
  AttributeMap& map() { return std::get<AttributeMap>(value_); }

  const Variant& variant() const { return value_; }
  bool operator==(const AttributeValue& other) const = default;

 private:
  explicit AttributeValue(Variant value) : value_(std::move(value)) {}
  Variant value_;
};

inline bool AttributeMap::empty() const { return entries_.empty(); }
inline size_t AttributeMap::size() const { return entries_.size(); }
inline AttributeMap::Entries::const_iterator AttributeMap::begin() const {
  return entries_.begin();
}
inline AttributeMap::Entries::const_iterator AttributeMap::end() const { return entries_.end(); }
inline AttributeMap::Entries::iterator AttributeMap::begin() { return entries_.begin(); }
inline AttributeMap::Entries::iterator AttributeMap::end() { return entries_.end(); }

// An item: its attributes, key attributes included.
using Item = AttributeMap;

}  // namespace skerry::document
