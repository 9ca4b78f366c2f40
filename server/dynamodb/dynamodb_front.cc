#include "server/dynamodb/dynamodb_front.h"

#include <utility>

#include "base/log.h"
#include "server/dynamodb/envelope.h"
#include "server/dynamodb/operation.h"
#include "server/dynamodb/wire_errors.h"

namespace skerry::dynamodb {
namespace {

bool IsRead(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

bool IsHealthCheck(const HttpRequest& request) {
  return IsRead(request) && (request.Path() == "/" || request.Path() == "/healthz");
}

// What the client is not told; it has the id.
void LogFailure(const HttpRequest& request, const std::string& id, const api::ApiError& error) {
  LogError("a request failed", {{"request_id", id},
                                {"target", std::string(request.Header(kTarget))},
                                {"error", error.detail.empty() ? error.message : error.detail}});
}

}  // namespace

DynamoDbFront::DynamoDbFront(api::Operations& operations, const api::Authenticator& authenticator,
                             DynamoDbOptions options)
    : operations_(operations), authenticator_(authenticator), options_(std::move(options)) {
  if (options_.metrics != nullptr) metrics_.emplace(options_.metrics);
}

bool DynamoDbFront::Matches(const HttpRequest& request) const {
  const std::string_view path = request.Path();
  return path == "/" || path == "/healthz" || request.Header(kTarget).starts_with("DynamoDB");
}

Task<HttpResponse> DynamoDbFront::Serve(const HttpRequest& request, Executor& reactor) {
  const bool cors = options_.cors && request.HasHeader("Origin");
  if (request.method == "OPTIONS" && options_.cors) {
    co_return Preflight(request, options_.cors_origin);
  }
  HttpResponse response;
  if (IsHealthCheck(request)) {
    response.headers.emplace_back("Content-Type", "text/plain");
    response.body = "healthy: dynamodb." + options_.region + ".amazonaws.com ";
  } else {
    const MonotonicTime began = reactor.clock().Now();
    std::string_view operation;
    api::Outcome<std::string> answer = co_await Run(request, reactor, &operation);
    std::string id = RequestId(options_.request_id_seed, request.id);
    if (answer.ok()) {
      response.body = *std::move(answer);
    } else {
      response.status = WireErrorOf(answer.error().type).status;
      EncodeError(answer.error(), &response.body);
      if (response.status == 500) LogFailure(request, id, answer.error());
    }
    AddAnswerHeaders(std::move(id), &response);
    if (metrics_) {
      metrics_->Count(operation, response.status, reactor.clock().Now() - began, reactor);
    }
  }
  if (cors) AddCorsHeaders(options_.cors_origin, &response);
  co_return response;
}

Task<api::Outcome<std::string>> DynamoDbFront::Run(const HttpRequest& request, Executor& reactor,
                                                   std::string_view* operation_name) {
  // Who asks comes before what is asked.
  api::Outcome<api::Identity> identity = authenticator_.Authenticate(request);
  if (!identity.ok()) co_return std::move(identity.error());
  if (request.method != "POST") {
    co_return api::ApiError{
        api::ErrorType::kUnknownOperation, std::string(messages::kUnknownOperation), {}};
  }
  api::Outcome<const Operation*> operation = OperationOfTarget(request.Header(kTarget));
  if (!operation.ok()) co_return std::move(operation.error());
  *operation_name = (*operation)->name;
  const api::RequestContext context{
      .reactor = reactor, .account = identity->account, .request_id = request.id};
  const NameRules names{options_.separate_accounts, identity->account};
  const Call call{operations_, context, options_.dialect, names, request.Header("Host"),
                  request.body};
  co_return co_await (*operation)->handler(call);
}

}  // namespace skerry::dynamodb
