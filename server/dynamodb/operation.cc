#include "server/dynamodb/operation.h"

namespace skerry::dynamodb {
namespace {

constexpr std::string_view kNotBuilt[] = {
    "BatchExecuteStatement",
    "CancelBulkOperation",
    "CreateBackup",
    "CreateGlobalTable",
    "DeleteBackup",
    "DeleteResourcePolicy",
    "DescribeBackup",
    "DescribeBulkOperation",
    "DescribeExport",
    "DescribeGlobalTable",
    "DescribeGlobalTableSettings",
    "DescribeImport",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExecuteStatement",
    "ExecuteTransaction",
    "ExportTableToPointInTime",
    "ImportTable",
    "ListBulkOperations",
    "PutResourcePolicy",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
    "SearchVectors",
    "StartBulkPutItems",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateContinuousBackups",
    "UpdateContributorInsights",
    "UpdateGlobalTable",
    "UpdateGlobalTableSettings",
    "UpdateKinesisStreamingDestination",
    "UpdateTableReplicaAutoScaling",
    "UpdateTimeToLive",
};
constexpr std::string_view kStreamsNotBuilt[] = {
    "DescribeStream",
    "GetRecords",
    "GetShardIterator",
    "ListStreams",
};

}  // namespace

const Operation* FindOperation(std::string_view name) {
  for (const auto& family : {ItemOperations(), TableOperations(), FeatureOffOperations()}) {
    for (const Operation& operation : family) {
      if (operation.name == name) return &operation;
    }
  }
  return nullptr;
}

std::span<const std::string_view> OperationsNotBuilt() { return kNotBuilt; }
std::span<const std::string_view> StreamsOperationsNotBuilt() { return kStreamsNotBuilt; }

std::optional<api::ApiError> DecodeRequest(const Call& call, Shape shape, void* request,
                                           std::vector<NamedByArn>* arns) {
  Decoder decoder(call.body, call.dialect, call.names);
  decoder.Decode(shape, request);
  std::optional<api::ApiError> fault = decoder.Fault();
  if (!fault) *arns = decoder.TakeArns();
  return fault;
}

}  // namespace skerry::dynamodb
