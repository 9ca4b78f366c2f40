#include "server/dynamodb/utf8.h"

#include <simdjson.h>

namespace skerry::dynamodb {

bool IsUtf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

}  // namespace skerry::dynamodb
