#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "server/api/operations.h"

namespace skerry::simulation {

// The workload's items: string keys `pk` (and `sk`, in tables that have one), a number `n` that the
// checkers judge, a set `s`, and `pad`, which is of some size.

api::CreateTableRequest TableRequest(const std::string& name, bool sort_key);

document::AttributeValue NumberOf(int64_t value);
// `n` of an item, 0 if there is no item or no such attribute.
int64_t ValueOf(std::string_view encoded);
std::set<std::string> SetOf(std::string_view encoded);
// `sk`, or `pk` where there is none.
std::string NameOf(std::string_view encoded);
std::string NameOfKey(const document::AttributeMap& key);

api::GetItemRequest GetRequest(const std::string& table, document::AttributeMap key);
// Adds one to `n` and wants to be told the sum.
api::UpdateItemRequest AddRequest(const std::string& table, document::AttributeMap key);
api::UpdateItemRequest AddToSetRequest(const std::string& table, document::AttributeMap key,
                                       const std::string& element);
// Conditions: there is no item; `n` is so much.
api::WriteCondition IfAbsent();
api::WriteCondition IfValueIs(int64_t value);

}  // namespace skerry::simulation
