#include <algorithm>

#include "server/operations/coordinator.h"
#include "server/operations/messages.h"
#include "server/operations/read_many.h"
#include "storage/document/key_encoding.h"
#include "storage/partition/row_key.h"

namespace skerry::operations {
namespace {

using expression::KeyCondition;

Status CheckParameters(const api::QueryRequest& request) {
  SKERRY_RETURN_IF_ERROR(CheckNotMixed(
      Present()
          .Add("AttributesToGet", request.attributes_to_get.has_value())
          .Add("QueryFilter", request.query_filter.has_value())
          .Add("ConditionalOperator", request.conditional_operator.has_value())
          .Add("KeyConditions", request.key_conditions.has_value()),
      Present()
          .Add("ProjectionExpression", request.projection_expression.has_value())
          .Add("FilterExpression", request.filter_expression.has_value())
          .Add("KeyConditionExpression", request.key_condition_expression.has_value())));
  const bool filter = request.filter_expression.has_value();
  const bool key_condition = request.key_condition_expression.has_value();
  SKERRY_RETURN_IF_ERROR(CheckSubstitutionsUsable(
      OrNull(request.expression_attribute_names), OrNull(request.expression_attribute_values),
      filter || key_condition || request.projection_expression,
      {{"FilterExpression", filter}, {"KeyConditionExpression", key_condition}}));
  return CheckConditionalOperator(request.conditional_operator, request.query_filter);
}

Status CheckFilterHasNoKeys(const PageQuery& query, const expression::KeySchema& key,
                            std::string_view message) {
  if (query.read.filter == nullptr) return OkStatus();
  for (const std::string& name : expression::TopLevelNames(*query.read.filter)) {
    if (name == key.partition_key || name == key.sort_key) {
      return InvalidArgument(std::string(message) + name);
    }
  }
  return OkStatus();
}

Status CheckKeyPaths(const PageQuery& query, const expression::KeySchema& key) {
  if (query.read.filter != nullptr) {
    SKERRY_RETURN_IF_ERROR(expression::CheckKeyPaths(*query.read.filter, key));
  }
  if (query.read.projection != nullptr) {
    SKERRY_RETURN_IF_ERROR(expression::CheckKeyPaths(*query.read.projection, key));
  }
  return OkStatus();
}

Result<KeyCondition> CompileExpressions(const api::QueryRequest& request,
                                        const expression::KeySchema& key, PageQuery* query) {
  expression::Compiler compiler(OrNull(request.expression_attribute_names),
                                OrNull(request.expression_attribute_values));
  SKERRY_RETURN_IF_ERROR(compiler.CheckSubstitutions(request.filter_expression ||
                                                     request.projection_expression ||
                                                     request.key_condition_expression));
  if (request.filter_expression) {
    SKERRY_ASSIGN_OR_RETURN(
        query->read.filter,
        compiler.CompileCondition("FilterExpression", *request.filter_expression));
  }
  if (request.projection_expression) {
    SKERRY_ASSIGN_OR_RETURN(query->read.projection,
                            compiler.CompileProjection(*request.projection_expression));
  }
  if (!request.key_condition_expression) {
    SKERRY_RETURN_IF_ERROR(compiler.CheckAllUsed());
    return InvalidArgument(std::string(messages::kNoKeyCondition));
  }
  SKERRY_ASSIGN_OR_RETURN(const std::shared_ptr<const expression::Condition> selection,
                          compiler.CompileKeyCondition(*request.key_condition_expression));
  SKERRY_RETURN_IF_ERROR(compiler.CheckAllUsed());
  SKERRY_ASSIGN_OR_RETURN(KeyCondition condition, expression::SelectKeys(*selection, key));
  SKERRY_RETURN_IF_ERROR(CheckKeyPaths(*query, key));
  SKERRY_RETURN_IF_ERROR(CheckFilterHasNoKeys(*query, key, messages::kFilterOnKey));
  return condition;
}

Result<KeyCondition> CompileLegacy(const api::QueryRequest& request,
                                   const expression::KeySchema& key, PageQuery* query) {
  SKERRY_ASSIGN_OR_RETURN(KeyCondition condition,
                          expression::KeyConditionFromLegacy(*request.key_conditions, key));
  if (request.attributes_to_get) {
    SKERRY_ASSIGN_OR_RETURN(query->read.projection,
                            expression::ProjectionFromAttributesToGet(*request.attributes_to_get));
  }
  if (request.query_filter && !request.query_filter->empty()) {
    SKERRY_ASSIGN_OR_RETURN(
        query->read.filter,
        expression::ConditionFromFilter(*request.query_filter, IsOr(request.conditional_operator)));
    SKERRY_RETURN_IF_ERROR(CheckFilterHasNoKeys(*query, key, messages::kQueryFilterOnKey));
  }
  return condition;
}

Status CheckNotEmpty(const KeyCondition& condition, const expression::KeySchema& key) {
  SKERRY_RETURN_IF_ERROR(partition::CheckKeyValue(key.partition_key, condition.partition_value));
  if (condition.range == KeyCondition::Range::kAll) return OkStatus();
  SKERRY_RETURN_IF_ERROR(partition::CheckKeyValue(*key.sort_key, condition.low));
  if (condition.range != KeyCondition::Range::kBetween) return OkStatus();
  return partition::CheckKeyValue(*key.sort_key, condition.high);
}

// The rows that a key condition selects: a range within one item collection.
void SetBounds(const KeyCondition& condition, PageQuery* query) {
  const std::string collection =
      query->index == nullptr
          ? partition::ItemCollectionPrefix(condition.partition_value)
          : partition::IndexCollectionPrefix(*query->index, condition.partition_value);
  partition::ReadRequest& read = query->read;
  read.lower = collection;
  read.upper = document::PrefixSuccessor(collection);
  if (condition.range == KeyCondition::Range::kAll) return;

  std::string low = collection;
  if (condition.range == KeyCondition::Range::kBeginsWith) {
    document::AppendKeyPrefix(condition.low, &low);
  } else {
    document::AppendKeyValue(condition.low, &low);
  }
  // All rows whose sort key is the operand, whatever follows it in an index's row.
  const std::string above_low = document::PrefixSuccessor(low);
  switch (condition.range) {
    case KeyCondition::Range::kAll:
      break;
    case KeyCondition::Range::kEqual:
    case KeyCondition::Range::kBeginsWith:
      read.lower = low;
      read.upper = above_low;
      break;
    case KeyCondition::Range::kLess:
      read.upper = low;
      break;
    case KeyCondition::Range::kLessOrEqual:
      read.upper = above_low;
      break;
    case KeyCondition::Range::kGreater:
      read.lower = above_low;
      break;
    case KeyCondition::Range::kGreaterOrEqual:
      read.lower = low;
      break;
    case KeyCondition::Range::kBetween: {
      std::string high = collection;
      document::AppendKeyValue(condition.high, &high);
      read.lower = low;
      read.upper = document::PrefixSuccessor(high);
      break;
    }
  }
}

Status ApplyStartKey(const api::QueryRequest& request, const KeyCondition& condition,
                     PageQuery* query) {
  if (!request.exclusive_start_key) return OkStatus();
  SKERRY_ASSIGN_OR_RETURN(const std::string row, StartRow(*query, *request.exclusive_start_key));
  const std::string& name = query->table->schema->key.partition_key;
  if (*request.exclusive_start_key->Find(name) != condition.partition_value) {
    return InvalidArgument(std::string(messages::kStartKeyOtherPartition));
  }
  if (row < query->read.lower || row >= query->read.upper) {
    return InvalidArgument(std::string(messages::kStartKeyOutsideRange));
  }
  StartAfter(row, &query->read);
  return OkStatus();
}

}  // namespace

Task<api::Outcome<api::ReadManyResult>> Coordinator::Query(const api::RequestContext& context,
                                                           api::QueryRequest request) {
  if (Status status = CheckParameters(request); !status.ok()) co_return status;
  api::Outcome<catalog::TablePtr> table = UsableTable(context, request.table_name);
  if (!table.ok()) co_return table.error();
  PageQuery query;
  query.table = *table;
  if (Status status = FindIndex(request, &query); !status.ok()) co_return status;
  const expression::KeySchema& key =
      query.index == nullptr ? query.table->schema->key : query.index->key;
  Result<KeyCondition> condition = request.key_conditions
                                       ? CompileLegacy(request, key, &query)
                                       : CompileExpressions(request, key, &query);
  if (!condition.ok()) co_return condition.status();
  if (Status status = CheckNotEmpty(*condition, key); !status.ok()) co_return status;
  if (Status status = ApplySelect(request, &query); !status.ok()) co_return status;
  if (Status status = CheckFilterIsProjected(query); !status.ok()) co_return status;
  query.read.forward = request.scan_index_forward.value_or(true);
  query.read.max_items = request.limit ? static_cast<uint64_t>(*request.limit) : UINT64_MAX;
  SetBounds(*condition, &query);
  if (Status status = ApplyStartKey(request, *condition, &query); !status.ok()) co_return status;
  co_return co_await ReadPage(router_, std::move(query), std::move(request.table_name),
                              request.return_consumed_capacity,
                              request.consistent_read.value_or(false));
}

}  // namespace skerry::operations
