#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/metrics.h"
#include "server/api/authenticator.h"
#include "server/api/front.h"
#include "server/api/operations.h"
#include "server/dynamodb/messages.h"
#include "server/dynamodb/operation_metrics.h"

namespace skerry::dynamodb {

struct DynamoDbOptions {
  std::string region = "us-east-1";
  bool separate_accounts = false;  // tables of other accounts are not seen, nor reached by ARN
  uint64_t request_id_seed = 0;    // random, for each start of the node
  Dialect dialect;
  bool cors = true;
  std::string cors_origin = "*";
  Metrics* metrics = nullptr;  // counts operations there; outlives the front
};

// The JSON protocol of DynamoDB (AWS JSON 1.0: a POST whose X-Amz-Target names the operation), and
// the unsigned health check that AWS's endpoints have. Decodes, validates, asks Operations,
// encodes. Thread-safe; Operations and Authenticator outlive it.
//
// A request in a foreign shape is answered by an error in the 400s, never by a 500. The answer
// carries x-amzn-RequestId, and asks the connection for x-amz-crc32 of the bytes as sent.
class DynamoDbFront final : public api::Front {
 public:
  DynamoDbFront(api::Operations& operations, const api::Authenticator& authenticator,
                DynamoDbOptions options);

  // The port's root, /healthz, and whatever names a DynamoDB target.
  bool Matches(const HttpRequest& request) const override;
  Task<HttpResponse> Serve(const HttpRequest& request, Executor& reactor) override;

 private:
  // `*operation_name` becomes the name of what was asked for, if that is one.
  Task<api::Outcome<std::string>> Run(const HttpRequest& request, Executor& reactor,
                                      std::string_view* operation_name);

  api::Operations& operations_;
  const api::Authenticator& authenticator_;
  const DynamoDbOptions options_;
  std::optional<OperationMetrics> metrics_;
};

}  // namespace skerry::dynamodb
