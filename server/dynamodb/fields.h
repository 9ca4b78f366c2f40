#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/dynamodb/attribute_values.h"
#include "server/dynamodb/decoder.h"
#include "storage/expression/compiler.h"

// What the tables of members are written with: how each C++ type of the api's structs is decoded,
// and Into<Struct, &Struct::field>, the DecodeFn of a field. Included by the shape files alone.

namespace skerry::dynamodb {

// Specialised for every enumeration: `names`, in the order in which the service lists them, and
// `values` beside them.
template <typename E>
struct EnumNames;

// Specialised for every struct that is a shape: `static Shape shape()`.
template <typename T>
struct ShapeOf;

inline void Read(Decoder& decoder, const Constraint& constraint, std::string* out) {
  *out = decoder.TakeString();
  if (decoder.reader().ok()) decoder.CheckString(*out, constraint);
}

inline void Read(Decoder& decoder, const Constraint&, bool* out) { *out = decoder.TakeBool(); }

template <typename T>
  requires std::is_same_v<T, int32_t> || std::is_same_v<T, int64_t>
void Read(Decoder& decoder, const Constraint& constraint, T* out) {
  *out = static_cast<T>(decoder.TakeInteger(sizeof(T) == 4 ? "Integer" : "Long",
                                            std::numeric_limits<T>::min(),
                                            std::numeric_limits<T>::max()));
  if (decoder.reader().ok()) decoder.CheckNumber(*out, constraint);
}

template <typename E>
  requires std::is_enum_v<E>
void Read(Decoder& decoder, const Constraint&, E* out) {
  const std::string_view text = decoder.TakeString();
  if (!decoder.reader().ok()) return;
  const auto& names = EnumNames<E>::names;
  const auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end()) {
    decoder.CheckAllowed(text, names);
  } else {
    *out = EnumNames<E>::values[static_cast<size_t>(at - names.begin())];
  }
}

template <typename T>
  requires requires { ShapeOf<T>::shape(); }
void Read(Decoder& decoder, const Constraint&, T* out) {
  if (decoder.BeginStructure()) decoder.DecodeStructure(ShapeOf<T>::shape(), out);
}

inline void Read(Decoder& decoder, const Constraint&, document::AttributeMap* out) {
  DecodeItem(decoder, out);
}

inline void Read(Decoder& decoder, const Constraint&, document::AttributeValue* out) {
  DecodeValue(decoder, out);
}

// A list as constraints print it, which they do for strings only.
template <typename T>
std::string Printed(const std::vector<T>& list) {
  std::string out = "[";
  if constexpr (std::is_same_v<T, std::string>) {
    for (const std::string& element : list) {
      if (out.size() > 1) out.append(", ");
      out.append(element);
    }
  }
  return out + "]";
}

template <typename T>
void ReadList(Decoder& decoder, const Constraint& own, const Constraint& element,
              std::vector<T>* out) {
  out->clear();
  if (!decoder.BeginList()) return;
  uint32_t index = 0;
  while (decoder.reader().NextElement()) {
    decoder.PushElement(index++);
    if (decoder.TakeNull()) {
      decoder.Violated(messages::NotNull(decoder.Path()));
    } else {
      Read(decoder, element, &out->emplace_back());
    }
    decoder.Pop();
  }
  const auto n = static_cast<int64_t>(index);
  if (decoder.reader().ok() && (n < own.min || n > own.max)) {
    decoder.CheckLength(index, Printed(*out), own);
  }
}

// Of entries with one name the last counts, in its place.
template <typename T>
void DropReplaced(std::vector<std::pair<std::string, T>>* entries) {
  std::vector<size_t> order(entries->size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const int names = (*entries)[a].first.compare((*entries)[b].first);
    return names < 0 || (names == 0 && a < b);
  });
  std::vector<bool> replaced(entries->size());
  for (size_t i = 0; i + 1 < order.size(); ++i) {
    replaced[order[i]] = (*entries)[order[i]].first == (*entries)[order[i + 1]].first;
  }
  size_t kept = 0;
  for (size_t i = 0; i < entries->size(); ++i) {
    if (replaced[i]) continue;
    if (kept != i) (*entries)[kept] = std::move((*entries)[i]);
    ++kept;
  }
  entries->resize(kept);
}

// A map from names to anything but attribute values. `read` is called at each value that is not
// null.
template <typename T, typename ReadValue>
void ReadMap(Decoder& decoder, const Constraint& own, std::vector<std::pair<std::string, T>>* out,
             ReadValue read) {
  out->clear();
  if (!decoder.BeginMap()) return;
  std::string_view key;
  while (decoder.reader().NextKey(&key)) {
    std::string name(key);
    decoder.PushEntry(name, static_cast<uint32_t>(out->size()));
    T value{};
    if (!decoder.TakeNull()) {
      read(&value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      decoder.ValueFault(messages::NullExpressionName(name));
    } else {
      decoder.Violated(messages::NotNull(decoder.Path()));
    }
    decoder.Pop();
    out->emplace_back(std::move(name), std::move(value));
  }
  if (!decoder.reader().ok()) return;
  if (out->size() > 1) DropReplaced(out);
  if (static_cast<int64_t>(out->size()) < own.min) decoder.CheckLength(out->size(), "{}", own);
}

template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};
template <typename T>
struct IsByName : std::false_type {};
template <typename T>
struct IsByName<std::vector<std::pair<std::string, T>>> : std::true_type {};
template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
void ReadField(Decoder& decoder, const Member& member, T* out) {
  if constexpr (IsOptional<T>::value) {
    ReadField(decoder, member, &out->emplace());
  } else if constexpr (IsByName<T>::value) {
    ReadMap(decoder, member.own, out, [&](auto* value) { Read(decoder, member.element, value); });
  } else if constexpr (IsVector<T>::value) {
    ReadList(decoder, member.own, member.element, out);
  } else {
    Read(decoder, member.own, out);
  }
}

// Into<Struct, &Struct::a, &A::b>: the field object.a.b.
template <typename T, auto First, auto... Rest>
void Into(Decoder& decoder, void* object, const Member& member) {
  auto& field = static_cast<T*>(object)->*First;
  if constexpr (sizeof...(Rest) == 0) {
    ReadField(decoder, member, &field);
  } else {
    Into<std::remove_reference_t<decltype(field)>, Rest...>(decoder, &field, member);
  }
}

// A table's name or ARN.
template <typename T, auto Field>
void TableInto(Decoder& decoder, void* object, const Member& member) {
  auto& field = static_cast<T*>(object)->*Field;
  ReadField(decoder, member, &field);
  if (!decoder.reader().ok()) return;
  if constexpr (IsOptional<std::remove_reference_t<decltype(field)>>::value) {
    decoder.ResolveTableName(&*field);
  } else {
    decoder.ResolveTableName(&field);
  }
}

// ExpressionAttributeValues.
template <typename T, auto First, auto... Rest>
void ValuesInto(Decoder& decoder, void* object, const Member& member) {
  auto& field = static_cast<T*>(object)->*First;
  if constexpr (sizeof...(Rest) == 0) {
    DecodeExpressionValues(decoder, &field.emplace());
  } else {
    ValuesInto<std::remove_reference_t<decltype(field)>, Rest...>(decoder, &field, member);
  }
}

}  // namespace skerry::dynamodb
