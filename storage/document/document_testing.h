#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "storage/document/attribute_value.h"

// Random numbers, values and items for property tests (rapidcheck). Small alphabets, so that
// prefixes, equal names and zero bytes come up often.

namespace skerry::document::testing {

// Any valid number; edges of digits and magnitude among them.
inline rc::Gen<Number> AnyNumber() {
  return rc::gen::exec([] {
    const int digits = *rc::gen::weightedElement<int>(
        {{4, *rc::gen::inRange(1, 6)}, {2, *rc::gen::inRange(1, 39)}, {1, 38}});
    unsigned __int128 coefficient = *rc::gen::inRange(1, 10);
    for (int i = 1; i < digits; ++i) {
      const int digit =
          *rc::gen::weightedElement<int>({{2, *rc::gen::inRange(0, 10)}, {1, 9}, {1, 0}});
      coefficient = coefficient * 10 + digit;
    }
    int exponent = 0;
    for (; coefficient % 10 == 0; coefficient /= 10) ++exponent;
    const int significant = digits - exponent;
    const int low = Number::kMinMagnitude - (significant - 1);
    const int high = Number::kMaxMagnitude - (significant - 1);
    exponent = *rc::gen::weightedElement<int>({{6, *rc::gen::inRange(-6, 7)},
                                               {3, *rc::gen::inRange(low, high + 1)},
                                               {1, low},
                                               {1, high}});
    exponent = std::clamp(exponent, low, high);
    if (*rc::gen::inRange(0, 20) == 0) return Number();
    return Number::FromParts(*rc::gen::arbitrary<bool>(), coefficient, exponent);
  });
}

inline rc::Gen<std::string> AnyBytes() {
  return rc::gen::container<std::string>(
      rc::gen::element('\0', '\x01', 'a', 'b', '\x7f', '\x80', '\xfe', '\xff'));
}

inline rc::Gen<std::string> AnyText() {
  return rc::gen::container<std::string>(rc::gen::element('\0', '\x01', 'a', 'b', 'Z', '~'));
}

template <typename T>
std::vector<T> SortedSet(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

inline rc::Gen<AttributeValue> AnyValue(int levels = 3);

inline rc::Gen<AttributeMap> AnyMap(int levels) {
  return rc::gen::map(
      rc::gen::scale(0.5, rc::gen::container<std::vector<std::pair<std::string, AttributeValue>>>(
                              rc::gen::pair(AnyText(), AnyValue(levels)))),
      [](std::vector<std::pair<std::string, AttributeValue>> entries) {
        AttributeMap map;
        for (auto& [name, value] : entries) map.Set(std::move(name), std::move(value));
        return map;
      });
}

inline rc::Gen<AttributeValue> AnyValue(int levels) {
  return rc::gen::exec([levels]() -> AttributeValue {
    switch (*rc::gen::inRange(0, levels > 0 ? 10 : 8)) {
      case 0:
        return AttributeValue::S(*AnyText());
      case 1:
        return AttributeValue::N(*AnyNumber());
      case 2:
        return AttributeValue::B(*AnyBytes());
      case 3:
        return AttributeValue::Bool(*rc::gen::arbitrary<bool>());
      case 4:
        return AttributeValue::OfNull();
      case 5:
        return AttributeValue::SS(
            SortedSet(*rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(AnyText()))));
      case 6:
        return AttributeValue::NS(
            SortedSet(*rc::gen::nonEmpty(rc::gen::container<std::vector<Number>>(AnyNumber()))));
      case 7:
        return AttributeValue::BS(SortedSet(
            *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(AnyBytes()))));
      case 8:
        return AttributeValue::L(*rc::gen::scale(
            0.5, rc::gen::container<std::vector<AttributeValue>>(AnyValue(levels - 1))));
      default:
        return AttributeValue::M(*AnyMap(levels - 1));
    }
  });
}

inline rc::Gen<Item> AnyItem() { return AnyMap(3); }

}  // namespace skerry::document::testing
