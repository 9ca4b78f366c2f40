#pragma once

#include <string>
#include <string_view>

#include "server/api/error.h"

namespace skerry::dynamodb {

// How one of the service's exceptions looks on the wire.
struct WireError {
  api::ErrorType type;
  std::string_view wire_type;  // name space and name: what __type holds
  int status;
  std::string_view message_member;  // "message" or "Message", as the service spells it for the type
};

// Of every ErrorType.
const WireError& WireErrorOf(api::ErrorType type);

// Appends the body of an error answer: {"__type":...,"message":...} and the item, if it has one.
void EncodeError(const api::ApiError& error, std::string* out);

}  // namespace skerry::dynamodb
