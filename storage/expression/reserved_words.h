#pragma once

#include <string_view>

namespace skerry::expression {

// Whether `word` is one of the 573 reserved words (AWS, "Reserved words in DynamoDB"), in any case:
// an expression may use such an attribute name through a placeholder only.
bool IsReservedWord(std::string_view word);

}  // namespace skerry::expression
