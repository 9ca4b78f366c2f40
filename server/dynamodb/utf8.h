#pragma once

#include <string_view>

namespace skerry::dynamodb {

// Whether the bytes are UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms).
bool IsUtf8(std::string_view bytes);

}  // namespace skerry::dynamodb
