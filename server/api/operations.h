#pragma once

#include "base/task.h"
#include "server/api/context.h"
#include "server/api/error.h"
#include "server/api/item_types.h"
#include "server/api/table_types.h"

namespace skerry::api {

// The coordinator as the fronts see it: DynamoDB's operations on typed requests. Thread-safe. The
// context outlives the task; the request is taken over. The task may end on another executor than
// it began on.
class Operations {
 public:
  virtual ~Operations() = default;

  virtual Task<Outcome<GetItemResult>> GetItem(const RequestContext&, GetItemRequest) = 0;
  virtual Task<Outcome<WriteResult>> PutItem(const RequestContext&, PutItemRequest) = 0;
  virtual Task<Outcome<WriteResult>> UpdateItem(const RequestContext&, UpdateItemRequest) = 0;
  virtual Task<Outcome<WriteResult>> DeleteItem(const RequestContext&, DeleteItemRequest) = 0;
  virtual Task<Outcome<ReadManyResult>> Query(const RequestContext&, QueryRequest) = 0;
  virtual Task<Outcome<ReadManyResult>> Scan(const RequestContext&, ScanRequest) = 0;
  virtual Task<Outcome<BatchGetItemResult>> BatchGetItem(const RequestContext&,
                                                         BatchGetItemRequest) = 0;
  virtual Task<Outcome<BatchWriteItemResult>> BatchWriteItem(const RequestContext&,
                                                             BatchWriteItemRequest) = 0;

  virtual Task<Outcome<TableDescription>> CreateTable(const RequestContext&,
                                                      CreateTableRequest) = 0;
  virtual Task<Outcome<TableDescription>> DescribeTable(const RequestContext&,
                                                        TableNameRequest) = 0;
  virtual Task<Outcome<ListTablesResult>> ListTables(const RequestContext&, ListTablesRequest) = 0;
  virtual Task<Outcome<TableDescription>> UpdateTable(const RequestContext&,
                                                      UpdateTableRequest) = 0;
  virtual Task<Outcome<TableDescription>> DeleteTable(const RequestContext&, TableNameRequest) = 0;
  virtual Task<Outcome<Empty>> TagResource(const RequestContext&, TagResourceRequest) = 0;
  virtual Task<Outcome<Empty>> UntagResource(const RequestContext&, UntagResourceRequest) = 0;
  virtual Task<Outcome<ListTagsOfResourceResult>> ListTagsOfResource(const RequestContext&,
                                                                     ListTagsOfResourceRequest) = 0;
  virtual Task<Outcome<DescribeLimitsResult>> DescribeLimits(const RequestContext&) = 0;
  // Name and ARN of a table that exists (name or ARN given), else ResourceNotFoundException: what
  // the Describe operations of features that are off need.
  virtual Task<Outcome<TableRef>> FindTable(const RequestContext&, TableNameRequest) = 0;
};

}  // namespace skerry::api
