#pragma once

#include <atomic>
#include <string>

#include "base/clock.h"
#include "base/prng.h"
#include "server/api/operations.h"
#include "server/catalog/catalog.h"
#include "server/router/router.h"

namespace skerry::operations {

struct CoordinatorOptions {
  std::string region = "us-east-1";  // of the ARNs of tables made here
};

// DynamoDB's operations on this cluster: each in a file of its own (put_item.cc, query.cc, ...),
// what they share in expressions.h, capacity.h, single_write.h, read_many.h and tables.h. Stateless
// but for what it refers to, which outlives it. Thread-safe.
class Coordinator final : public api::Operations {
 public:
  Coordinator(catalog::Catalog& catalog, const router::Router& router, const Clock& clock,
              uint64_t seed, CoordinatorOptions options);

  Task<api::Outcome<api::GetItemResult>> GetItem(const api::RequestContext&,
                                                 api::GetItemRequest) override;
  Task<api::Outcome<api::WriteResult>> PutItem(const api::RequestContext&,
                                               api::PutItemRequest) override;
  Task<api::Outcome<api::WriteResult>> UpdateItem(const api::RequestContext&,
                                                  api::UpdateItemRequest) override;
  Task<api::Outcome<api::WriteResult>> DeleteItem(const api::RequestContext&,
                                                  api::DeleteItemRequest) override;
  Task<api::Outcome<api::ReadManyResult>> Query(const api::RequestContext&,
                                                api::QueryRequest) override;
  Task<api::Outcome<api::ReadManyResult>> Scan(const api::RequestContext&,
                                               api::ScanRequest) override;
  Task<api::Outcome<api::BatchGetItemResult>> BatchGetItem(const api::RequestContext&,
                                                           api::BatchGetItemRequest) override;
  Task<api::Outcome<api::BatchWriteItemResult>> BatchWriteItem(const api::RequestContext&,
                                                               api::BatchWriteItemRequest) override;

  Task<api::Outcome<api::TableDescription>> CreateTable(const api::RequestContext&,
                                                        api::CreateTableRequest) override;
  Task<api::Outcome<api::TableDescription>> DescribeTable(const api::RequestContext&,
                                                          api::TableNameRequest) override;
  Task<api::Outcome<api::ListTablesResult>> ListTables(const api::RequestContext&,
                                                       api::ListTablesRequest) override;
  Task<api::Outcome<api::TableDescription>> UpdateTable(const api::RequestContext&,
                                                        api::UpdateTableRequest) override;
  Task<api::Outcome<api::TableDescription>> DeleteTable(const api::RequestContext&,
                                                        api::TableNameRequest) override;
  Task<api::Outcome<api::Empty>> TagResource(const api::RequestContext&,
                                             api::TagResourceRequest) override;
  Task<api::Outcome<api::Empty>> UntagResource(const api::RequestContext&,
                                               api::UntagResourceRequest) override;
  Task<api::Outcome<api::ListTagsOfResourceResult>> ListTagsOfResource(
      const api::RequestContext&, api::ListTagsOfResourceRequest) override;
  Task<api::Outcome<api::DescribeLimitsResult>> DescribeLimits(const api::RequestContext&) override;
  Task<api::Outcome<api::TableRef>> FindTable(const api::RequestContext&,
                                              api::TableNameRequest) override;

 private:
  // The table that an item operation may use, or ResourceNotFoundException.
  api::Outcome<catalog::TablePtr> UsableTable(const api::RequestContext& context,
                                              std::string_view name) const;
  // Before it is said that there is no table: another node of a cluster may have made it a moment
  // ago, or this one may have been away. A failure: nobody can say.
  Task<Status> LookAgain();
  // Before an operation on tables: what other nodes have changed is seen, if the catalog can be
  // asked at all.
  Task<void> BringViewUpToDate();
  std::string NewTableId();
  template <typename Change>
  Task<api::Outcome<api::Empty>> ChangeTags(const api::RequestContext& context, std::string arn,
                                            Change change);

  catalog::Catalog& catalog_;
  const router::Router& router_;
  const Clock& clock_;
  const CoordinatorOptions options_;
  std::atomic<uint64_t> id_seed_;
};

}  // namespace skerry::operations
