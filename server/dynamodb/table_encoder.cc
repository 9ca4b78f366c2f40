#include "server/dynamodb/table_encoder.h"

#include "server/dynamodb/json_writer.h"

namespace skerry::dynamodb {
namespace {

using api::BillingMode;

std::string_view Name(api::KeyType type) { return type == api::KeyType::kHash ? "HASH" : "RANGE"; }

std::string_view Name(api::ScalarAttributeType type) {
  switch (type) {
    case api::ScalarAttributeType::kS:
      return "S";
    case api::ScalarAttributeType::kN:
      return "N";
    case api::ScalarAttributeType::kB:
      return "B";
  }
  return "";
}

std::string_view Name(api::ProjectionType type) {
  switch (type) {
    case api::ProjectionType::kAll:
      return "ALL";
    case api::ProjectionType::kKeysOnly:
      return "KEYS_ONLY";
    case api::ProjectionType::kInclude:
      return "INCLUDE";
  }
  return "";
}

std::string_view Name(BillingMode mode) {
  return mode == BillingMode::kProvisioned ? "PROVISIONED" : "PAY_PER_REQUEST";
}

std::string_view Name(api::TableStatus status) {
  switch (status) {
    case api::TableStatus::kCreating:
      return "CREATING";
    case api::TableStatus::kUpdating:
      return "UPDATING";
    case api::TableStatus::kDeleting:
      return "DELETING";
    case api::TableStatus::kActive:
      return "ACTIVE";
  }
  return "";
}

std::string_view Name(api::TableClass table_class) {
  return table_class == api::TableClass::kStandard ? "STANDARD" : "STANDARD_INFREQUENT_ACCESS";
}

// The members of one object.
class Object {
 public:
  explicit Object(std::string* out) : out_(out) { out_->push_back('{'); }
  void Close() { out_->push_back('}'); }

  std::string* Member(std::string_view name) {
    separator_.Member(name, out_);
    return out_;
  }
  void String(std::string_view name, std::string_view value) {
    AppendJsonString(value, Member(name));
  }
  void Integer(std::string_view name, int64_t value) { AppendInteger(value, Member(name)); }
  void Bool(std::string_view name, bool value) { Member(name)->append(value ? "true" : "false"); }
  void Time(std::string_view name, double seconds) { AppendTimestamp(seconds, Member(name)); }
  void OptionalInteger(std::string_view name, const std::optional<int64_t>& value) {
    if (value) Integer(name, *value);
  }
  void OptionalTime(std::string_view name, const std::optional<double>& seconds) {
    if (seconds) Time(name, *seconds);
  }
  template <typename T, typename Append>
  void List(std::string_view name, const std::vector<T>& elements, Append append) {
    Member(name)->push_back('[');
    Separator separator;
    for (const T& element : elements) {
      separator.Next(out_);
      append(element, out_);
    }
    out_->push_back(']');
  }

 private:
  std::string* out_;
  Separator separator_;
};

void AppendDefinition(const api::AttributeDefinition& definition, std::string* out) {
  Object object(out);
  object.String("AttributeName", definition.attribute_name);
  object.String("AttributeType", Name(definition.attribute_type));
  object.Close();
}

void AppendKeyElement(const api::KeySchemaElement& element, std::string* out) {
  Object object(out);
  object.String("AttributeName", element.attribute_name);
  object.String("KeyType", Name(element.key_type));
  object.Close();
}

void AppendProjection(const api::Projection& projection, std::string* out) {
  Object object(out);
  if (projection.projection_type) {
    object.String("ProjectionType", Name(*projection.projection_type));
  }
  if (projection.non_key_attributes) {
    object.List("NonKeyAttributes", *projection.non_key_attributes, AppendJsonString);
  }
  object.Close();
}

void AppendLocalIndex(const api::LocalSecondaryIndexDescription& description, std::string* out) {
  Object object(out);
  object.String("IndexName", description.index.index_name);
  object.List("KeySchema", description.index.key_schema, AppendKeyElement);
  AppendProjection(description.index.projection, object.Member("Projection"));
  object.Integer("IndexSizeBytes", description.index_size_bytes);
  object.Integer("ItemCount", description.item_count);
  object.String("IndexArn", description.index_arn);
  object.Close();
}

void AppendThroughput(const api::TableDescription& table, std::string* out) {
  Object object(out);
  object.OptionalTime("LastIncreaseDateTime", table.last_increase_date_time);
  object.OptionalTime("LastDecreaseDateTime", table.last_decrease_date_time);
  object.Integer("NumberOfDecreasesToday", table.number_of_decreases_today);
  object.Integer("ReadCapacityUnits", table.provisioned_throughput.read_capacity_units);
  object.Integer("WriteCapacityUnits", table.provisioned_throughput.write_capacity_units);
  object.Close();
}

void AppendBillingMode(const api::TableDescription& table, std::string* out) {
  Object object(out);
  object.String("BillingMode", Name(table.billing_mode));
  object.OptionalTime("LastUpdateToPayPerRequestDateTime",
                      table.last_update_to_pay_per_request_date_time);
  object.Close();
}

// arn:aws:dynamodb:REGION:ACCOUNT:table/NAME -> arn:aws:kms:REGION:ACCOUNT:key/ID
std::string KeyArn(std::string_view table_arn, std::string_view key) {
  if (key.starts_with("arn:")) return std::string(key);
  const size_t service = table_arn.find(":dynamodb:");
  const size_t resource = table_arn.rfind(":table/");
  std::string arn = "arn:aws:kms";
  if (service != std::string_view::npos && resource != std::string_view::npos) {
    const size_t from = service + std::string_view(":dynamodb").size();
    arn.append(table_arn.substr(from, resource - from));
  }
  arn.append(key.starts_with("alias/") ? ":" : ":key/").append(key);
  return arn;
}

// Present when a key of the Key Management Service was asked for: with the service's own key a
// table shows nothing.
void AppendSse(const api::TableDescription& table, Object* object) {
  if (!table.sse || !table.sse->enabled.value_or(false)) return;
  Object sse(object->Member("SSEDescription"));
  sse.String("Status", "ENABLED");
  sse.String("SSEType", table.sse->sse_type.value_or("KMS"));
  sse.String("KMSMasterKeyArn",
             KeyArn(table.table_arn, table.sse->kms_master_key_id.value_or("alias/aws/dynamodb")));
  sse.Close();
}

void AppendCapacityOptions(const api::TableDescription& table, Object* object) {
  if (table.on_demand_throughput) {
    Object throughput(object->Member("OnDemandThroughput"));
    throughput.OptionalInteger("MaxReadRequestUnits",
                               table.on_demand_throughput->max_read_request_units);
    throughput.OptionalInteger("MaxWriteRequestUnits",
                               table.on_demand_throughput->max_write_request_units);
    throughput.Close();
  }
  if (table.warm_throughput) {
    Object throughput(object->Member("WarmThroughput"));
    throughput.OptionalInteger("ReadUnitsPerSecond", table.warm_throughput->read_units_per_second);
    throughput.OptionalInteger("WriteUnitsPerSecond",
                               table.warm_throughput->write_units_per_second);
    throughput.String("Status", "ACTIVE");
    throughput.Close();
  }
  if (table.table_class) {
    Object table_class(object->Member("TableClassSummary"));
    table_class.String("TableClass", Name(*table.table_class));
    table_class.OptionalTime("LastUpdateDateTime", table.table_class_last_update_date_time);
    table_class.Close();
  }
}

}  // namespace

void EncodeTable(std::string_view member, const api::TableDescription& table, std::string* out) {
  out->append("{\"").append(member).append("\":");
  Object object(out);
  object.List("AttributeDefinitions", table.attribute_definitions, AppendDefinition);
  object.String("TableName", table.table_name);
  object.List("KeySchema", table.key_schema, AppendKeyElement);
  object.String("TableStatus", Name(table.table_status));
  object.Time("CreationDateTime", table.creation_date_time);
  AppendThroughput(table, object.Member("ProvisionedThroughput"));
  object.Integer("TableSizeBytes", table.table_size_bytes);
  object.Integer("ItemCount", table.item_count);
  object.String("TableArn", table.table_arn);
  object.String("TableId", table.table_id);
  if (table.billing_mode == BillingMode::kPayPerRequest ||
      table.last_update_to_pay_per_request_date_time) {
    AppendBillingMode(table, object.Member("BillingModeSummary"));
  }
  if (!table.local_secondary_indexes.empty()) {
    object.List("LocalSecondaryIndexes", table.local_secondary_indexes, AppendLocalIndex);
  }
  AppendSse(table, &object);
  AppendCapacityOptions(table, &object);
  object.Bool("DeletionProtectionEnabled", table.deletion_protection_enabled);
  object.Close();
  out->push_back('}');
}

void Encode(const api::ListTablesResult& result, std::string* out) {
  Object object(out);
  object.List("TableNames", result.table_names, AppendJsonString);
  if (result.last_evaluated_table_name) {
    object.String("LastEvaluatedTableName", *result.last_evaluated_table_name);
  }
  object.Close();
}

void Encode(const api::ListTagsOfResourceResult& result, std::string* out) {
  Object object(out);
  object.List("Tags", result.tags, [](const api::Tag& tag, std::string* to) {
    Object one(to);
    one.String("Key", tag.key);
    one.String("Value", tag.value);
    one.Close();
  });
  if (result.next_token) object.String("NextToken", *result.next_token);
  object.Close();
}

void Encode(const api::DescribeLimitsResult& result, std::string* out) {
  Object object(out);
  object.Integer("AccountMaxReadCapacityUnits", result.account_max_read_capacity_units);
  object.Integer("AccountMaxWriteCapacityUnits", result.account_max_write_capacity_units);
  object.Integer("TableMaxReadCapacityUnits", result.table_max_read_capacity_units);
  object.Integer("TableMaxWriteCapacityUnits", result.table_max_write_capacity_units);
  object.Close();
}

}  // namespace skerry::dynamodb
