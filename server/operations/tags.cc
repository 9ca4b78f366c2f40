// TagResource, UntagResource, ListTagsOfResource (AWS, "Adding tags and labels to resources").

#include <algorithm>
#include <set>

#include "server/operations/coordinator.h"

namespace skerry::operations {
namespace {

constexpr size_t kMaxTags = 50;
constexpr size_t kTagsPerPage = 10;
// A lost race with another change of the table is tried again this often.
constexpr int kTries = 5;

// The table of an ARN such as arn:aws:dynamodb:us-east-1:000000000000:table/Music; region and
// account do not matter.
Result<std::string> TableOfArn(std::string_view arn) {
  const size_t at = arn.find(":table/");
  if (!arn.starts_with("arn:") || at == std::string_view::npos || at + 7 == arn.size()) {
    return InvalidArgument("Invalid TableArn: Invalid ResourceArn provided as input " +
                           std::string(arn));
  }
  return std::string(arn.substr(at + 7));
}

api::ApiError ResourceNotFound(const std::string& arn) {
  return api::ResourceNotFoundException("Requested resource not found: ResourcArn: " + arn +
                                        " not found");
}

void Put(const api::Tag& tag, catalog::TableRecord* record) {
  for (auto& stored : *record->mutable_tags()) {
    if (stored.key() != tag.key) continue;
    stored.set_value(tag.value);
    return;
  }
  auto* stored = record->add_tags();
  stored->set_key(tag.key);
  stored->set_value(tag.value);
}

}  // namespace

// Applies `change` to the record of the resource's table until no other change comes between.
template <typename Change>
Task<api::Outcome<api::Empty>> Coordinator::ChangeTags(const api::RequestContext& context,
                                                       std::string arn, Change change) {
  Result<std::string> name = TableOfArn(arn);
  if (!name.ok()) co_return name.status();
  Status last;
  for (int i = 0; i < kTries; ++i) {
    co_await BringViewUpToDate();
    catalog::TablePtr table = router_.Find(context.account, *name);
    if (table == nullptr) co_return ResourceNotFound(arn);
    catalog::TableRecord record = table->record;
    if (Status status = change(&record); !status.ok()) co_return status;
    Result<catalog::TablePtr> updated = co_await catalog_.Update(table, std::move(record));
    if (updated.ok()) co_return api::Empty{};
    last = updated.status();
    if (last.code() != StatusCode::kAborted) break;
  }
  co_return last;
}

Task<api::Outcome<api::Empty>> Coordinator::TagResource(const api::RequestContext& context,
                                                        api::TagResourceRequest request) {
  std::set<std::string> keys;
  for (const api::Tag& tag : request.tags) {
    if (!keys.insert(tag.key).second) {
      co_return api::ValidationException("Duplicate tag key found: " + tag.key);
    }
  }
  co_return co_await ChangeTags(
      context, std::move(request.resource_arn), [&request](catalog::TableRecord* record) -> Status {
        for (const api::Tag& tag : request.tags) Put(tag, record);
        if (static_cast<size_t>(record->tags_size()) > kMaxTags) {
          return InvalidArgument("Too many tags: the limit is 50 tags for a resource");
        }
        return OkStatus();
      });
}

Task<api::Outcome<api::Empty>> Coordinator::UntagResource(const api::RequestContext& context,
                                                          api::UntagResourceRequest request) {
  co_return co_await ChangeTags(
      context, std::move(request.resource_arn), [&request](catalog::TableRecord* record) -> Status {
        auto* tags = record->mutable_tags();
        const auto& keys = request.tag_keys;
        tags->erase(std::remove_if(tags->begin(), tags->end(),
                                   [&keys](const auto& tag) {
                                     return std::find(keys.begin(), keys.end(), tag.key()) !=
                                            keys.end();
                                   }),
                    tags->end());
        return OkStatus();
      });
}

Task<api::Outcome<api::ListTagsOfResourceResult>> Coordinator::ListTagsOfResource(
    const api::RequestContext& context, api::ListTagsOfResourceRequest request) {
  Result<std::string> name = TableOfArn(request.resource_arn);
  if (!name.ok()) co_return name.status();
  co_await BringViewUpToDate();
  catalog::TablePtr table = router_.Find(context.account, *name);
  if (table == nullptr) co_return ResourceNotFound(request.resource_arn);
  // The token is the key of the last tag on the page before.
  api::ListTagsOfResourceResult result;
  bool started = !request.next_token.has_value();
  for (const auto& tag : table->record.tags()) {
    if (!started) {
      started = tag.key() == *request.next_token;
      continue;
    }
    if (result.tags.size() == kTagsPerPage) {
      result.next_token = result.tags.back().key;
      break;
    }
    result.tags.push_back({tag.key(), tag.value()});
  }
  if (!started) co_return api::ValidationException("Invalid NextToken");
  co_return result;
}

}  // namespace skerry::operations
