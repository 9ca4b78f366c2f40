#include "server/dynamodb/operation.h"
#include "server/dynamodb/shapes.h"
#include "server/dynamodb/table_encoder.h"

namespace skerry::dynamodb {
namespace {

using api::Operations;
using api::Outcome;
using api::RequestContext;
using api::TableDescription;

void AppendDescription(const TableDescription& table, std::string* out) {
  EncodeTable("TableDescription", table, out);
}
void AppendTable(const TableDescription& table, std::string* out) {
  EncodeTable("Table", table, out);
}
// TagResource and UntagResource answer with no body at all.
void AppendNothing(const api::Empty&, std::string*) {}

template <typename Request, typename Result, Shape (*shape)(),
          Task<Outcome<Result>> (Operations::*Method)(const RequestContext&, Request),
          void (*Append)(const Result&, std::string*)>
Task<Outcome<std::string>> Serve(const Call& call) {
  Request request;
  std::vector<NamedByArn> arns;
  if (auto fault = DecodeRequest(call, shape(), &request, &arns)) co_return *std::move(fault);
  Outcome<Result> result = co_await (call.operations.*Method)(call.context, std::move(request));
  if (!result.ok()) co_return std::move(result.error());
  std::string body;
  Append(*result, &body);
  co_return body;
}

Shape NoMembers() { return {}; }

Task<Outcome<std::string>> DescribeLimits(const Call& call) {
  std::vector<NamedByArn> arns;
  if (auto fault = DecodeRequest(call, NoMembers(), nullptr, &arns)) co_return *std::move(fault);
  Outcome<api::DescribeLimitsResult> result = co_await call.operations.DescribeLimits(call.context);
  if (!result.ok()) co_return std::move(result.error());
  std::string body;
  Encode(*result, &body);
  co_return body;
}

constexpr Operation kOperations[] = {
    {"CreateTable",
     Serve<api::CreateTableRequest, TableDescription, CreateTableShape, &Operations::CreateTable,
           AppendDescription>,
     CreateTableShape},
    {"DescribeTable",
     Serve<api::TableNameRequest, TableDescription, TableNameShape, &Operations::DescribeTable,
           AppendTable>,
     TableNameShape},
    {"ListTables",
     Serve<api::ListTablesRequest, api::ListTablesResult, ListTablesShape, &Operations::ListTables,
           Encode>,
     ListTablesShape},
    {"UpdateTable",
     Serve<api::UpdateTableRequest, TableDescription, UpdateTableShape, &Operations::UpdateTable,
           AppendDescription>,
     UpdateTableShape},
    {"DeleteTable",
     Serve<api::TableNameRequest, TableDescription, TableNameShape, &Operations::DeleteTable,
           AppendDescription>,
     TableNameShape},
    {"TagResource",
     Serve<api::TagResourceRequest, api::Empty, TagResourceShape, &Operations::TagResource,
           AppendNothing>,
     TagResourceShape},
    {"UntagResource",
     Serve<api::UntagResourceRequest, api::Empty, UntagResourceShape, &Operations::UntagResource,
           AppendNothing>,
     UntagResourceShape},
    {"ListTagsOfResource",
     Serve<api::ListTagsOfResourceRequest, api::ListTagsOfResourceResult, ListTagsOfResourceShape,
           &Operations::ListTagsOfResource, Encode>,
     ListTagsOfResourceShape},
    {"DescribeLimits", DescribeLimits, NoMembers},
};

}  // namespace

std::span<const Operation> TableOperations() { return kOperations; }

}  // namespace skerry::dynamodb
