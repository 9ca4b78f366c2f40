#include "server/operations/table_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

namespace skerry::operations {
namespace {

using api::KeySchemaElement;
using api::KeyType;
using api::ProjectionType;

constexpr size_t kMaxLocalIndexes = 5;
constexpr size_t kMaxGlobalIndexes = 20;
constexpr size_t kMaxProjectedNames = 100;
constexpr int64_t kMaxUnitsPerTable = 40000;

template <typename... Args>
Status Invalid(fmt::format_string<Args...> text, Args&&... args) {
  return InvalidArgument("One or more parameter values were invalid: " +
                         fmt::format(text, std::forward<Args>(args)...));
}

std::vector<std::string> DefinedNames(const api::CreateTableRequest& request) {
  std::vector<std::string> names;
  for (const auto& definition : *request.attribute_definitions) {
    names.push_back(definition.attribute_name);
  }
  return names;
}

Status CheckKeySchema(const std::vector<KeySchemaElement>& schema) {
  if (schema.size() > 2) {
    return InvalidArgument(
        "1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member "
        "must "
        "have length less than or equal to 2");
  }
  if (schema[0].key_type != KeyType::kHash) {
    return InvalidArgument("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (schema.size() < 2) return OkStatus();
  if (schema[0].attribute_name == schema[1].attribute_name) {
    return InvalidArgument(
        "Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  if (schema[1].key_type != KeyType::kRange) {
    return InvalidArgument(
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
  return OkStatus();
}

std::vector<std::string> KeyNames(const std::vector<KeySchemaElement>& schema) {
  std::vector<std::string> names;
  for (const KeySchemaElement& element : schema) names.push_back(element.attribute_name);
  return names;
}

bool IsDefined(const std::vector<std::string>& defined, const std::string& name) {
  return std::find(defined.begin(), defined.end(), name) != defined.end();
}

Status CheckDefined(const std::vector<std::string>& defined,
                    const std::vector<KeySchemaElement>& schema) {
  const std::vector<std::string> keys = KeyNames(schema);
  for (const std::string& key : keys) {
    if (!IsDefined(defined, key)) {
      return Invalid(
          "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], "
          "AttributeDefinitions: [{}]",
          fmt::join(keys, ", "), fmt::join(defined, ", "));
    }
  }
  return OkStatus();
}

Status CheckProjection(const api::Projection& projection) {
  if (!projection.projection_type) return Invalid("Unknown ProjectionType: null");
  const bool has_names = projection.non_key_attributes.has_value();
  switch (*projection.projection_type) {
    case ProjectionType::kAll:
      if (has_names) return Invalid("ProjectionType is ALL, but NonKeyAttributes is specified");
      break;
    case ProjectionType::kKeysOnly:
      if (has_names)
        return Invalid("ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified");
      break;
    case ProjectionType::kInclude:
      if (!has_names)
        return Invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
      break;
  }
  if (!has_names) return OkStatus();
  std::set<std::string> seen;
  for (const std::string& name : *projection.non_key_attributes) {
    if (!seen.insert(name).second) {
      return Invalid("Duplicate attribute name in NonKeyAttributes: {}", name);
    }
  }
  return OkStatus();
}

Status CheckLocalIndex(const api::CreateTableRequest& request,
                       const std::vector<std::string>& defined,
                       const api::LocalSecondaryIndex& index) {
  const std::vector<KeySchemaElement>& table_key = *request.key_schema;
  SKERRY_RETURN_IF_ERROR(CheckKeySchema(index.key_schema));
  if (index.key_schema[0].attribute_name != table_key[0].attribute_name) {
    return Invalid(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: {}. "
        "index hash key: {}, table hash key: {}",
        index.index_name, index.key_schema[0].attribute_name, table_key[0].attribute_name);
  }
  if (index.key_schema.size() < 2) {
    return Invalid("Index KeySchema does not have a range key for index: {}", index.index_name);
  }
  SKERRY_RETURN_IF_ERROR(CheckDefined(defined, index.key_schema));
  return CheckProjection(index.projection);
}

Status CheckLocalIndexes(const api::CreateTableRequest& request,
                         const std::vector<std::string>& defined, std::set<std::string>* names,
                         size_t* projected) {
  if (!request.local_secondary_indexes) return OkStatus();
  if (request.local_secondary_indexes->empty()) {
    return Invalid("List of LocalSecondaryIndexes is empty");
  }
  if (request.key_schema->size() < 2) {
    return Invalid(
        "Table KeySchema does not have a range key, which is required when specifying a "
        "LocalSecondaryIndex");
  }
  for (const api::LocalSecondaryIndex& index : *request.local_secondary_indexes) {
    SKERRY_RETURN_IF_ERROR(CheckLocalIndex(request, defined, index));
    if (!names->insert(index.index_name).second) {
      return Invalid("Duplicate index name: {}", index.index_name);
    }
    if (index.projection.non_key_attributes)
      *projected += index.projection.non_key_attributes->size();
  }
  if (request.local_secondary_indexes->size() > kMaxLocalIndexes) {
    return Invalid("Number of LocalSecondaryIndexes exceeds per-table limit of {}",
                   kMaxLocalIndexes);
  }
  return OkStatus();
}

Status CheckGlobalIndexes(const api::CreateTableRequest& request,
                          const std::vector<std::string>& defined, std::set<std::string>* names,
                          size_t* projected) {
  if (!request.global_secondary_indexes) return OkStatus();
  if (request.global_secondary_indexes->empty()) {
    return Invalid("List of GlobalSecondaryIndexes is empty");
  }
  const bool on_demand = request.billing_mode == api::BillingMode::kPayPerRequest;
  for (const api::GlobalSecondaryIndex& index : *request.global_secondary_indexes) {
    SKERRY_RETURN_IF_ERROR(CheckKeySchema(index.key_schema));
    SKERRY_RETURN_IF_ERROR(CheckDefined(defined, index.key_schema));
    SKERRY_RETURN_IF_ERROR(CheckProjection(index.projection));
    if (!names->insert(index.index_name).second) {
      return Invalid("Duplicate index name: {}", index.index_name);
    }
    if (on_demand && index.provisioned_throughput) {
      return Invalid(
          "ProvisionedThroughput should not be specified for index: {} when BillingMode is "
          "PAY_PER_REQUEST",
          index.index_name);
    }
    if (!on_demand && !index.provisioned_throughput) {
      return Invalid("ProvisionedThroughput must be specified for index: {}", index.index_name);
    }
    if (index.provisioned_throughput) {
      SKERRY_RETURN_IF_ERROR(CheckThroughput(*index.provisioned_throughput));
    }
    if (index.projection.non_key_attributes)
      *projected += index.projection.non_key_attributes->size();
  }
  if (request.global_secondary_indexes->size() > kMaxGlobalIndexes) {
    return Invalid("GlobalSecondaryIndex count exceeds the per-table limit of {}",
                   kMaxGlobalIndexes);
  }
  return OkStatus();
}

Status CheckAllDefinitionsUsed(const api::CreateTableRequest& request,
                               const std::vector<std::string>& defined) {
  std::vector<std::string> used = KeyNames(*request.key_schema);
  const auto add = [&used](const std::vector<KeySchemaElement>& schema) {
    for (const std::string& name : KeyNames(schema)) {
      if (!IsDefined(used, name)) used.push_back(name);
    }
  };
  if (request.local_secondary_indexes) {
    for (const auto& index : *request.local_secondary_indexes) add(index.key_schema);
  }
  if (request.global_secondary_indexes) {
    for (const auto& index : *request.global_secondary_indexes) add(index.key_schema);
  }
  if (defined.size() == used.size()) return OkStatus();
  if (!request.local_secondary_indexes && !request.global_secondary_indexes) {
    return Invalid(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  }
  return Invalid(
      "Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]",
      fmt::join(defined, ", "), fmt::join(used, ", "));
}

Status CheckBilling(const api::CreateTableRequest& request) {
  const auto mode = request.billing_mode.value_or(api::BillingMode::kProvisioned);
  if (mode == api::BillingMode::kPayPerRequest) {
    if (request.provisioned_throughput) {
      return Invalid(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
          "PAY_PER_REQUEST");
    }
    return OkStatus();
  }
  if (!request.provisioned_throughput) {
    return Invalid(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
        "PROVISIONED");
  }
  if (request.on_demand_throughput) {
    return Invalid("OnDemandThroughput cannot be specified when BillingMode is PROVISIONED");
  }
  return CheckThroughput(*request.provisioned_throughput);
}

Status CheckTags(const api::CreateTableRequest& request) {
  if (!request.tags) return OkStatus();
  std::set<std::string> seen;
  for (const api::Tag& tag : *request.tags) {
    if (!seen.insert(tag.key).second) return Invalid("Duplicate tag key: {}", tag.key);
  }
  return OkStatus();
}

// What a right request may ask for and Skerry cannot do yet.
Status CheckFeatures(const api::CreateTableRequest& request) {
  if (request.global_secondary_indexes) {
    return NotYet("GlobalSecondaryIndexes", "global secondary indexes");
  }
  if (request.stream_specification && request.stream_specification->stream_enabled) {
    return NotYet("StreamSpecification", "streams");
  }
  if (request.has_vector_indexes) return NotYet("VectorIndexes", "vector indexes");
  if (request.resource_policy) return NotYet("ResourcePolicy", "resource policies");
  if (request.global_table_source_arn) return NotYet("GlobalTableSourceArn", "global tables");
  return OkStatus();
}

}  // namespace

Status NotYet(std::string_view member, std::string_view feature) {
  return Unimplemented(
      fmt::format("{} is not supported: Skerry does not have {} yet", member, feature));
}

Status CheckThroughput(const api::ProvisionedThroughput& throughput) {
  if (throughput.read_capacity_units > kMaxUnitsPerTable) {
    return Invalid("Given value {} for ReadCapacityUnits is out of bounds",
                   throughput.read_capacity_units);
  }
  if (throughput.write_capacity_units > kMaxUnitsPerTable) {
    return Invalid("Given value {} for WriteCapacityUnits is out of bounds",
                   throughput.write_capacity_units);
  }
  return OkStatus();
}

Status CheckCreateTable(const api::CreateTableRequest& request) {
  if (!request.key_schema || request.key_schema->empty()) {
    return InvalidArgument(
        "No defined key schema.  A key schema containing at least a hash key must be defined for "
        "all "
        "tables");
  }
  if (!request.attribute_definitions) return InvalidArgument("No Attribute Schema Defined");
  SKERRY_RETURN_IF_ERROR(CheckBilling(request));
  SKERRY_RETURN_IF_ERROR(CheckKeySchema(*request.key_schema));
  const std::vector<std::string> defined = DefinedNames(request);
  const std::set<std::string> distinct(defined.begin(), defined.end());
  if (distinct.size() != defined.size()) {
    return InvalidArgument("Cannot have two attributes with the same name");
  }
  for (const std::string& key : KeyNames(*request.key_schema)) {
    if (!IsDefined(defined, key)) {
      return InvalidArgument("Invalid KeySchema: Some index key attribute have no definition");
    }
  }
  std::set<std::string> index_names;
  size_t projected = 0;
  SKERRY_RETURN_IF_ERROR(CheckLocalIndexes(request, defined, &index_names, &projected));
  SKERRY_RETURN_IF_ERROR(CheckGlobalIndexes(request, defined, &index_names, &projected));
  SKERRY_RETURN_IF_ERROR(CheckAllDefinitionsUsed(request, defined));
  if (projected > kMaxProjectedNames) {
    return Invalid("Number of attributes projected across all indexes exceeds the limit of {}",
                   kMaxProjectedNames);
  }
  SKERRY_RETURN_IF_ERROR(CheckTags(request));
  return CheckFeatures(request);
}

}  // namespace skerry::operations
