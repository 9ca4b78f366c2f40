#include <fmt/format.h>

#include "server/operations/coordinator.h"
#include "server/operations/messages.h"
#include "server/operations/projections.h"
#include "server/operations/read_many.h"
#include "storage/partition/row_key.h"

namespace skerry::operations {
namespace {

Status CheckParameters(const api::ScanRequest& request) {
  SKERRY_RETURN_IF_ERROR(
      CheckNotMixed(Present()
                        .Add("AttributesToGet", request.attributes_to_get.has_value())
                        .Add("ScanFilter", request.scan_filter.has_value())
                        .Add("ConditionalOperator", request.conditional_operator.has_value()),
                    Present()
                        .Add("ProjectionExpression", request.projection_expression.has_value())
                        .Add("FilterExpression", request.filter_expression.has_value())));
  const bool filter = request.filter_expression.has_value();
  return CheckSubstitutionsUsable(
      OrNull(request.expression_attribute_names), OrNull(request.expression_attribute_values),
      filter || request.projection_expression, {{"FilterExpression", filter}});
}

Status CheckSegment(const api::ScanRequest& request) {
  if (request.total_segments && !request.segment) {
    return InvalidArgument(std::string(messages::kSegmentMissing));
  }
  if (request.segment && !request.total_segments) {
    return InvalidArgument(std::string(messages::kTotalSegmentsMissing));
  }
  if (request.segment && *request.segment >= *request.total_segments) {
    return InvalidArgument(
        fmt::format("The Segment parameter is zero-based and must be less than parameter "
                    "TotalSegments: Segment: {} is not less than TotalSegments: {}",
                    *request.segment, *request.total_segments));
  }
  return OkStatus();
}

Status Compile(const api::ScanRequest& request, PageQuery* query) {
  expression::Compiler compiler(OrNull(request.expression_attribute_names),
                                OrNull(request.expression_attribute_values));
  SKERRY_RETURN_IF_ERROR(
      compiler.CheckSubstitutions(request.filter_expression || request.projection_expression));
  if (request.filter_expression) {
    SKERRY_ASSIGN_OR_RETURN(
        query->read.filter,
        compiler.CompileCondition("FilterExpression", *request.filter_expression));
  } else if (request.scan_filter && !request.scan_filter->empty()) {
    SKERRY_ASSIGN_OR_RETURN(
        query->read.filter,
        expression::ConditionFromFilter(*request.scan_filter, IsOr(request.conditional_operator)));
  }
  SKERRY_RETURN_IF_ERROR(
      CheckConditionalOperator(request.conditional_operator, request.scan_filter));
  if (request.projection_expression) {
    SKERRY_ASSIGN_OR_RETURN(query->read.projection,
                            compiler.CompileProjection(*request.projection_expression));
  } else if (request.attributes_to_get) {
    SKERRY_ASSIGN_OR_RETURN(query->read.projection, ProjectionOfNames(*request.attributes_to_get));
  }
  return compiler.CheckAllUsed();
}

Status CheckPaths(const PageQuery& query) {
  SKERRY_RETURN_IF_ERROR(CheckKeyPaths(query.read.filter.get(), *query.table->schema));
  return CheckKeyPaths(query.read.projection.get(), *query.table->schema);
}

// Segments are equal slices of the hash space, so that they never share an item.
uint64_t SegmentStart(uint64_t segment, uint64_t total) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(segment) << 64) / total);
}

void SetBounds(const api::ScanRequest& request, PageQuery* query) {
  partition::ReadRequest& read = query->read;
  read.lower = partition::FirstRow(query->index, 0);
  read.upper = partition::RowsEnd(query->index);
  if (!request.segment) return;
  const uint64_t total = static_cast<uint64_t>(*request.total_segments);
  const uint64_t segment = static_cast<uint64_t>(*request.segment);
  read.lower = partition::FirstRow(query->index, SegmentStart(segment, total));
  if (segment + 1 < total) {
    read.upper = partition::FirstRow(query->index, SegmentStart(segment + 1, total));
  }
}

// The start key is looked at before Select and the segments are, and then must lie in the segment
// asked for.
Status ApplyBounds(const api::ScanRequest& request, PageQuery* query) {
  std::string row;
  if (request.exclusive_start_key) {
    SKERRY_ASSIGN_OR_RETURN(row, StartRow(*query, *request.exclusive_start_key));
  }
  SKERRY_RETURN_IF_ERROR(ApplySelect(request, query));
  SKERRY_RETURN_IF_ERROR(CheckSegment(request));
  SKERRY_RETURN_IF_ERROR(CheckPaths(*query));
  SetBounds(request, query);
  if (!request.exclusive_start_key) return OkStatus();
  if (row < query->read.lower || row >= query->read.upper) {
    return InvalidArgument(std::string(messages::kStartKeyOutsideSegment));
  }
  StartAfter(row, &query->read);
  return OkStatus();
}

}  // namespace

Task<api::Outcome<api::ReadManyResult>> Coordinator::Scan(const api::RequestContext& context,
                                                          api::ScanRequest request) {
  if (Status status = CheckParameters(request); !status.ok()) co_return status;
  api::Outcome<catalog::TablePtr> table = UsableTable(context, request.table_name);
  if (!table.ok()) {
    Status looked = co_await LookAgain();
    if (!looked.ok()) co_return looked;
    table = UsableTable(context, request.table_name);
  }
  if (!table.ok()) co_return table.error();
  PageQuery query;
  query.table = *table;
  if (Status status = FindIndex(request, &query); !status.ok()) co_return status;
  if (Status status = Compile(request, &query); !status.ok()) co_return status;
  query.read.max_items = request.limit ? static_cast<uint64_t>(*request.limit) : UINT64_MAX;
  if (Status status = ApplyBounds(request, &query); !status.ok()) co_return status;
  co_return co_await ReadPage(router_, std::move(query), std::move(request.table_name),
                              request.return_consumed_capacity,
                              request.consistent_read.value_or(false));
}

}  // namespace skerry::operations
