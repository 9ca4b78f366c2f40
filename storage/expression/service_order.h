#pragma once

#include <string_view>
#include <vector>

namespace skerry::expression {

// Puts distinct ASCII words into the order in which the service lists them in messages: that of a
// Java HashSet that they were added to in the given order (observed). Some of its messages name
// several placeholders, or one of several faults, in this order.
void OrderAsService(std::vector<std::string_view>* words);

}  // namespace skerry::expression
