#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "server/api/context.h"
#include "server/api/error.h"
#include "server/api/operations.h"
#include "server/dynamodb/decoder.h"

namespace skerry::dynamodb {

// One request on its way through the front. Outlives the handler's task.
struct Call {
  api::Operations& operations;
  const api::RequestContext& context;
  const Dialect& dialect;
  const NameRules& names;
  std::string_view host;  // as the client reached us
  std::string_view body;
};

// Decodes the body, asks api::Operations, encodes: the answer's body, or the error.
using Handler = Task<api::Outcome<std::string>> (*)(const Call& call);

struct Operation {
  std::string_view name;
  Handler handler;
  Shape (*shape)();  // of its request
};

// The operations that there are, in three families.
std::span<const Operation> ItemOperations();
std::span<const Operation> TableOperations();
// Reads of features that Skerry does not have yet: they answer as a table with the feature off.
std::span<const Operation> FeatureOffOperations();

// Null if there is none of that name.
const Operation* FindOperation(std::string_view name);

// Operations of the service's models that Skerry does not have yet, by name.
std::span<const std::string_view> OperationsNotBuilt();
std::span<const std::string_view> StreamsOperationsNotBuilt();

// Fills `request` from the call's body, or says what is wrong with it.
std::optional<api::ApiError> DecodeRequest(const Call& call, Shape shape, void* request,
                                           std::vector<NamedByArn>* arns);

}  // namespace skerry::dynamodb
