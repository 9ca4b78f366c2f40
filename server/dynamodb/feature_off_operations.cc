#include "server/dynamodb/fields.h"
#include "server/dynamodb/json_writer.h"
#include "server/dynamodb/operation.h"

// Reads that tools make of every table (Terraform after each create): the answer of a table that
// has the feature off. Requests are validated in full.

namespace skerry::dynamodb {
namespace {

using api::Outcome;
using api::TableRef;

constexpr std::string_view kBackupTypes[] = {"USER", "SYSTEM", "AWS_BACKUP", "ALL"};

constexpr Presence kRequired = Presence::kRequired;
constexpr Presence kOptional = Presence::kOptional;

constexpr Constraint kTableArn = {.min = 1, .max = 1024};
constexpr Constraint kTableName = {.min = 3, .max = 255, .name_pattern = true};
constexpr Constraint kIndexName = {.min = 3, .max = 255, .name_pattern = true};
constexpr Constraint kResourceArn = {.min = 1, .max = 1283};
constexpr Constraint kUpTo25 = {.min = 1, .max = 25};
constexpr Constraint kUpTo100 = {.max = 100};
constexpr Constraint kBackupsLimit = {.min = 1, .max = 100};
constexpr Constraint kPositive = {.min = 1};
constexpr Constraint kBackupArn = {.min = 37, .max = 1024};
constexpr Constraint kBackupType = {.allowed = kBackupTypes};
constexpr Constraint kImportToken = {.min = 112, .max = 1024};

// What the requests hold between them.
struct FeatureRequest {
  std::string table_name;
  std::optional<std::string> optional_table;
  std::optional<std::string> index_name;
  std::optional<std::string> token;
  std::optional<std::string> text;
  std::optional<int32_t> limit;
  std::optional<int64_t> time;
};
using R = FeatureRequest;

constexpr Member kTableOnly[] = {
    {"TableName", TableInto<R, &R::table_name>, kRequired, kTableArn},
};
constexpr Member kDescribeContributorInsights[] = {
    {"TableName", TableInto<R, &R::table_name>, kRequired, kTableArn},
    {"IndexName", Into<R, &R::index_name>, kOptional, kIndexName},
};
constexpr Member kListContributorInsights[] = {
    {"TableName", TableInto<R, &R::optional_table>, kOptional, kTableArn},
    {"NextToken", Into<R, &R::token>},
    {"MaxResults", Into<R, &R::limit>, kOptional, kUpTo100},
};
constexpr Member kGetResourcePolicy[] = {
    {"ResourceArn", TableInto<R, &R::table_name>, kRequired, kResourceArn},
};
constexpr Member kListExports[] = {
    {"TableArn", TableInto<R, &R::optional_table>, kOptional, kTableArn},
    {"MaxResults", Into<R, &R::limit>, kOptional, kUpTo25},
    {"NextToken", Into<R, &R::token>},
};
constexpr Member kListImports[] = {
    {"TableArn", TableInto<R, &R::optional_table>, kOptional, kTableArn},
    {"PageSize", Into<R, &R::limit>, kOptional, kUpTo25},
    {"NextToken", Into<R, &R::token>, kOptional, kImportToken},
};
constexpr Member kListBackups[] = {
    {"TableName", TableInto<R, &R::optional_table>, kOptional, kTableArn},
    {"Limit", Into<R, &R::limit>, kOptional, kBackupsLimit},
    {"TimeRangeLowerBound", Into<R, &R::time>},
    {"TimeRangeUpperBound", Into<R, &R::time>},
    {"ExclusiveStartBackupArn", Into<R, &R::token>, kOptional, kBackupArn},
    {"BackupType", Into<R, &R::text>, kOptional, kBackupType},
};
constexpr Member kListGlobalTables[] = {
    {"ExclusiveStartGlobalTableName", Into<R, &R::token>, kOptional, kTableName},
    {"Limit", Into<R, &R::limit>, kOptional, kPositive},
    {"RegionName", Into<R, &R::text>},
};

Shape TableOnly() { return kTableOnly; }
Shape DescribeContributorInsightsShape() { return kDescribeContributorInsights; }
Shape ListContributorInsightsShape() { return kListContributorInsights; }
Shape GetResourcePolicyShape() { return kGetResourcePolicy; }
Shape ListExportsShape() { return kListExports; }
Shape ListImportsShape() { return kListImports; }
Shape ListBackupsShape() { return kListBackups; }
Shape ListGlobalTablesShape() { return kListGlobalTables; }
Shape NoMembers() { return {}; }

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

// --- Of one table, which must exist ---

using Answer = Outcome<std::string> (*)(const TableRef& table, const FeatureRequest& request);

Outcome<std::string> TimeToLive(const TableRef&, const FeatureRequest&) {
  return std::string(R"({"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}})");
}

Outcome<std::string> ContinuousBackups(const TableRef&, const FeatureRequest&) {
  return std::string(
      R"({"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED",)"
      R"("PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"DISABLED"}}})");
}

Outcome<std::string> ContributorInsights(const TableRef& table, const FeatureRequest& request) {
  // Insights are of tables and global indexes, and there are none of the latter.
  if (request.index_name) {
    return api::ResourceNotFoundException(
        "Requested resource not found: Index: " + *request.index_name + " not found");
  }
  return "{\"TableName\":" + Quoted(table.table_name) +
         ",\"ContributorInsightsStatus\":\"DISABLED\"}";
}

Outcome<std::string> KinesisDestination(const TableRef& table, const FeatureRequest&) {
  return "{\"TableName\":" + Quoted(table.table_name) + ",\"KinesisDataStreamDestinations\":[]}";
}

Outcome<std::string> ResourcePolicy(const TableRef& table, const FeatureRequest&) {
  return api::ApiError{
      api::ErrorType::kPolicyNotFound, messages::NoResourcePolicy(table.table_arn), {}};
}

Outcome<std::string> ReplicaAutoScaling(const TableRef& table, const FeatureRequest&) {
  return "{\"TableAutoScalingDescription\":{\"TableName\":" + Quoted(table.table_name) +
         ",\"TableStatus\":\"ACTIVE\",\"Replicas\":[]}}";
}

template <Shape (*shape)(), Answer answer,
          api::ErrorType not_found = api::ErrorType::kResourceNotFound>
Task<Outcome<std::string>> OfTable(const Call& call) {
  FeatureRequest request;
  std::vector<NamedByArn> arns;
  if (auto fault = DecodeRequest(call, shape(), &request, &arns)) co_return *std::move(fault);
  api::TableNameRequest find{request.table_name};
  Outcome<TableRef> table = co_await call.operations.FindTable(call.context, std::move(find));
  if (!table.ok()) {
    if (table.error().type != api::ErrorType::kResourceNotFound ||
        not_found == api::ErrorType::kResourceNotFound) {
      co_return std::move(table.error());
    }
    co_return api::ApiError{not_found, messages::TableNotFound(request.table_name), {}};
  }
  co_return answer(*table, request);
}

// --- Lists, which are empty ---

constexpr char kNoContributorInsights[] = R"({"ContributorInsightsSummaries":[]})";
constexpr char kNoExports[] = R"({"ExportSummaries":[]})";
constexpr char kNoImports[] = R"({"ImportSummaryList":[]})";
constexpr char kNoBackups[] = R"({"BackupSummaries":[]})";
constexpr char kNoGlobalTables[] = R"({"GlobalTables":[]})";

template <Shape (*shape)(), const char* answer>
Task<Outcome<std::string>> Nothing(const Call& call) {
  FeatureRequest request;
  std::vector<NamedByArn> arns;
  if (auto fault = DecodeRequest(call, shape(), &request, &arns)) co_return *std::move(fault);
  co_return std::string(answer);
}

// Clients that discover endpoints come back by the name that they used.
Task<Outcome<std::string>> DescribeEndpoints(const Call& call) {
  std::vector<NamedByArn> arns;
  if (auto fault = DecodeRequest(call, NoMembers(), nullptr, &arns)) co_return *std::move(fault);
  co_return "{\"Endpoints\":[{\"Address\":" + Quoted(call.host) +
      ",\"CachePeriodInMinutes\":1440}]}";
}

constexpr Operation kOperations[] = {
    {"DescribeTimeToLive", OfTable<TableOnly, TimeToLive>, TableOnly},
    {"DescribeContinuousBackups",
     OfTable<TableOnly, ContinuousBackups, api::ErrorType::kTableNotFound>, TableOnly},
    {"DescribeContributorInsights", OfTable<DescribeContributorInsightsShape, ContributorInsights>,
     DescribeContributorInsightsShape},
    {"ListContributorInsights", Nothing<ListContributorInsightsShape, kNoContributorInsights>,
     ListContributorInsightsShape},
    {"DescribeKinesisStreamingDestination", OfTable<TableOnly, KinesisDestination>, TableOnly},
    {"GetResourcePolicy", OfTable<GetResourcePolicyShape, ResourcePolicy>, GetResourcePolicyShape},
    {"ListExports", Nothing<ListExportsShape, kNoExports>, ListExportsShape},
    {"ListImports", Nothing<ListImportsShape, kNoImports>, ListImportsShape},
    {"ListBackups", Nothing<ListBackupsShape, kNoBackups>, ListBackupsShape},
    {"ListGlobalTables", Nothing<ListGlobalTablesShape, kNoGlobalTables>, ListGlobalTablesShape},
    {"DescribeEndpoints", DescribeEndpoints, NoMembers},
    {"DescribeTableReplicaAutoScaling", OfTable<TableOnly, ReplicaAutoScaling>, TableOnly},
};

}  // namespace

std::span<const Operation> FeatureOffOperations() { return kOperations; }

}  // namespace skerry::dynamodb
