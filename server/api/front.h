#pragma once

#include "base/executor.h"
#include "base/http.h"
#include "base/task.h"

namespace skerry::api {

// One of the APIs that share the data port. The node asks its fronts in order; the first that
// matches serves. Thread-safe.
class Front {
 public:
  virtual ~Front() = default;
  virtual bool Matches(const HttpRequest& request) const = 0;
  // Started on `reactor`; may end anywhere. The request outlives the task.
  virtual Task<HttpResponse> Serve(const HttpRequest& request, Executor& reactor) = 0;
};

}  // namespace skerry::api
