#include "server/dynamodb/item_encoder.h"
#include "server/dynamodb/operation.h"
#include "server/dynamodb/shapes.h"

namespace skerry::dynamodb {
namespace {

using api::Operations;
using api::Outcome;
using api::RequestContext;

template <typename Request, typename Result, Shape (*shape)(),
          Task<Outcome<Result>> (Operations::*Method)(const RequestContext&, Request)>
Task<Outcome<std::string>> Serve(const Call& call) {
  Request request;
  std::vector<NamedByArn> arns;
  if (auto fault = DecodeRequest(call, shape(), &request, &arns)) co_return *std::move(fault);
  Outcome<Result> result = co_await (call.operations.*Method)(call.context, std::move(request));
  if (!result.ok()) co_return std::move(result.error());
  std::string body;
  if (!Encode(*result, arns, &body)) {
    co_return api::InternalServerError("A stored item cannot be read");
  }
  co_return body;
}

constexpr Operation kOperations[] = {
    {"GetItem", Serve<api::GetItemRequest, api::GetItemResult, GetItemShape, &Operations::GetItem>,
     GetItemShape},
    {"PutItem", Serve<api::PutItemRequest, api::WriteResult, PutItemShape, &Operations::PutItem>,
     PutItemShape},
    {"UpdateItem",
     Serve<api::UpdateItemRequest, api::WriteResult, UpdateItemShape, &Operations::UpdateItem>,
     UpdateItemShape},
    {"Query", Serve<api::QueryRequest, api::ReadManyResult, QueryShape, &Operations::Query>,
     QueryShape},
    {"DeleteItem",
     Serve<api::DeleteItemRequest, api::WriteResult, DeleteItemShape, &Operations::DeleteItem>,
     DeleteItemShape},
    {"BatchGetItem",
     Serve<api::BatchGetItemRequest, api::BatchGetItemResult, BatchGetItemShape,
           &Operations::BatchGetItem>,
     BatchGetItemShape},
    {"BatchWriteItem",
     Serve<api::BatchWriteItemRequest, api::BatchWriteItemResult, BatchWriteItemShape,
           &Operations::BatchWriteItem>,
     BatchWriteItemShape},
    {"Scan", Serve<api::ScanRequest, api::ReadManyResult, ScanShape, &Operations::Scan>, ScanShape},
};

}  // namespace

std::span<const Operation> ItemOperations() { return kOperations; }

}  // namespace skerry::dynamodb
