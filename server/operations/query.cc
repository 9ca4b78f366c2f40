#include <algorithm>

#include "server/operations/coordinator.h"
#include "server/operations/messages.h"
#include "server/operations/projections.h"
#include "server/operations/read_many.h"
#include "storage/document/key_encoding.h"
#include "storage/partition/messages.h"
#include "storage/partition/row_key.h"

namespace skerry::operations {
namespace {

using expression::KeyCondition;

Status CheckParameters(const api::QueryRequest& request) {
  // KeyConditions are older than KeyConditionExpression, and go with the other expressions.
  const bool both_key_conditions =
      request.key_conditions.has_value() && request.key_condition_expression.has_value();
  SKERRY_RETURN_IF_ERROR(CheckNotMixed(
      Present()
          .Add("AttributesToGet", request.attributes_to_get.has_value())
          .Add("QueryFilter", request.query_filter.has_value())
          .Add("ConditionalOperator", request.conditional_operator.has_value())
          .Add("KeyConditions", both_key_conditions),
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

// The partition key is told of before the sort key.
Status CheckFilterHasNoKeys(const PageQuery& query, const expression::KeySchema& key,
                            std::string_view message) {
  if (query.read.filter == nullptr) return OkStatus();
  const auto names = expression::TopLevelNames(*query.read.filter);
  const auto check = [&names, message](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) return OkStatus();
    return InvalidArgument(std::string(message) + name);
  };
  SKERRY_RETURN_IF_ERROR(check(key.partition_key));
  return key.sort_key ? check(*key.sort_key) : OkStatus();
}

// What is written in the language of expressions, checked as far as it can be without knowing the
// keys' values; returns the key condition, or null where KeyConditions has it.
Result<std::shared_ptr<const expression::Condition>> CompileExpressions(
    const api::QueryRequest& request, PageQuery* query) {
  expression::Compiler compiler(OrNull(request.expression_attribute_names),
                                OrNull(request.expression_attribute_values));
  SKERRY_RETURN_IF_ERROR(compiler.CheckSubstitutions(request.filter_expression ||
                                                     request.projection_expression ||
                                                     request.key_condition_expression));
  partition::ReadRequest& read = query->read;
  if (request.filter_expression) {
    SKERRY_ASSIGN_OR_RETURN(
        read.filter, compiler.CompileCondition("FilterExpression", *request.filter_expression));
  }
  if (request.projection_expression) {
    SKERRY_ASSIGN_OR_RETURN(read.projection,
                            compiler.CompileProjection(*request.projection_expression));
  }
  std::shared_ptr<const expression::Condition> selection;
  if (request.key_condition_expression) {
    SKERRY_ASSIGN_OR_RETURN(selection,
                            compiler.CompileKeyCondition(*request.key_condition_expression));
  }
  SKERRY_RETURN_IF_ERROR(compiler.CheckAllUsed());
  SKERRY_RETURN_IF_ERROR(CheckKeyPaths(read.filter.get(), *query->table->schema));
  SKERRY_RETURN_IF_ERROR(CheckKeyPaths(read.projection.get(), *query->table->schema));
  SKERRY_RETURN_IF_ERROR(CheckKeyPaths(selection.get(), *query->table->schema));
  return selection;
}

// KeyConditions go with both forms, so they stand between: after the expressions, before what
// expressions replaced.
Result<KeyCondition> Compile(const api::QueryRequest& request, const expression::KeySchema& key,
                             PageQuery* query) {
  SKERRY_ASSIGN_OR_RETURN(const auto selection, CompileExpressions(request, query));
  Result<KeyCondition> condition = InvalidArgument(std::string(messages::kNoKeyCondition));
  if (selection != nullptr) {
    condition = expression::SelectKeys(*selection, key);
  } else if (request.key_conditions) {
    condition = expression::KeyConditionFromLegacy(*request.key_conditions, key);
  }
  SKERRY_RETURN_IF_ERROR(condition.status());
  partition::ReadRequest& read = query->read;
  if (request.query_filter && !request.query_filter->empty()) {
    SKERRY_ASSIGN_OR_RETURN(
        read.filter,
        expression::ConditionFromFilter(*request.query_filter, IsOr(request.conditional_operator)));
  }
  if (request.attributes_to_get) {
    SKERRY_ASSIGN_OR_RETURN(read.projection, ProjectionOfNames(*request.attributes_to_get));
  }
  return condition;
}

Status CheckOperands(const KeyCondition& condition, const PageQuery& query) {
  const partition::LocalIndex* index = query.index;
  const auto check = [index](const std::string& name, const document::AttributeValue& value) {
    Status status = partition::CheckKeyValue(name, value);
    if (status.ok() || index == nullptr) return status;
    return InvalidArgument(
        partition::messages::EmptyIndexKeyValue(name, value.type(), index->name));
  };
  const expression::KeySchema& key = index == nullptr ? query.table->schema->key : index->key;
  SKERRY_RETURN_IF_ERROR(check(key.partition_key, condition.partition_value));
  if (condition.range == KeyCondition::Range::kAll) return OkStatus();
  SKERRY_RETURN_IF_ERROR(check(*key.sort_key, condition.low));
  SKERRY_RETURN_IF_ERROR(partition::CheckSortKeySize(condition.low));
  if (condition.range != KeyCondition::Range::kBetween) return OkStatus();
  SKERRY_RETURN_IF_ERROR(check(*key.sort_key, condition.high));
  return partition::CheckSortKeySize(condition.high);
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
  if (!table.ok()) {
    Status looked = co_await LookAgain();
    if (!looked.ok()) co_return looked;
    table = UsableTable(context, request.table_name);
  }
  if (!table.ok()) co_return table.error();
  PageQuery query;
  query.table = *table;
  if (Status status = FindIndex(request, &query); !status.ok()) co_return status;
  const expression::KeySchema& key =
      query.index == nullptr ? query.table->schema->key : query.index->key;
  Result<KeyCondition> condition = Compile(request, key, &query);
  if (!condition.ok()) co_return condition.status();
  if (Status status = CheckOperands(*condition, query); !status.ok()) co_return status;
  query.read.forward = request.scan_index_forward.value_or(true);
  query.read.max_items = request.limit ? static_cast<uint64_t>(*request.limit) : UINT64_MAX;
  SetBounds(*condition, &query);
  if (Status status = ApplyStartKey(request, *condition, &query); !status.ok()) co_return status;
  const std::string_view filter_on_key =
      request.filter_expression ? messages::kFilterOnKey : messages::kQueryFilterOnKey;
  if (Status status = CheckFilterHasNoKeys(query, key, filter_on_key); !status.ok()) {
    co_return status;
  }
  if (Status status = CheckFilterIsProjected(query); !status.ok()) co_return status;
  if (Status status = ApplySelect(request, &query); !status.ok()) co_return status;
  co_return co_await ReadPage(router_, std::move(query), std::move(request.table_name),
                              request.return_consumed_capacity,
                              request.consistent_read.value_or(false));
}

}  // namespace skerry::operations
