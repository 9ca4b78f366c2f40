#include "server/dynamodb/item_encoder.h"

#include "server/dynamodb/base64.h"
#include "server/dynamodb/json_writer.h"

namespace skerry::dynamodb {
namespace {

using document::AttributeMap;
using document::AttributeValue;
using document::Type;
using document::ValueReader;

std::string_view AsSent(std::string_view name, NamesAsSent arns) {
  for (const NamedByArn& table : arns) {
    if (table.name == name) return table.arn;
  }
  return name;
}

void AppendBool(bool value, std::string* out) { out->append(value ? "true" : "false"); }

// {"S": as the value begins.
void BeginValue(Type type, std::string* out) {
  out->append("{\"").append(document::TypeName(type)).append("\":");
}

void AppendQuotedBase64(std::string_view bytes, std::string* out) {
  out->push_back('"');
  AppendBase64(bytes, out);
  out->push_back('"');
}

void AppendQuoted(std::string_view plain, std::string* out) {
  out->push_back('"');
  out->append(plain);
  out->push_back('"');
}

// --- From the stored form ---

bool AppendStoredMap(ValueReader* reader, uint64_t count, int depth, std::string* out);

void AppendStoredScalar(Type type, std::string_view bytes, std::string* out) {
  switch (type) {
    case Type::kNumber:
    case Type::kNumberSet:
      return AppendQuoted(bytes, out);
    case Type::kBinary:
    case Type::kBinarySet:
      return AppendQuotedBase64(bytes, out);
    default:
      return AppendJsonString(bytes, out);
  }
}

bool AppendStoredValue(ValueReader* reader, int depth, std::string* out) {
  if (depth > document::kMaxEncodedDepth) return false;
  const ValueReader::Token token = reader->ReadValue();
  if (!reader->ok()) return false;
  BeginValue(token.type, out);
  switch (token.type) {
    case Type::kString:
    case Type::kNumber:
    case Type::kBinary:
      AppendStoredScalar(token.type, token.bytes, out);
      break;
    case Type::kBool:
      AppendBool(token.boolean, out);
      break;
    case Type::kNull:
      out->append("true");
      break;
    case Type::kMap:
      if (!AppendStoredMap(reader, token.count, depth + 1, out)) return false;
      break;
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
    case Type::kList:
      out->push_back('[');
      for (uint64_t i = 0; i < token.count && reader->ok(); ++i) {
        if (i > 0) out->push_back(',');
        if (token.type == Type::kList) {
          if (!AppendStoredValue(reader, depth + 1, out)) return false;
        } else {
          AppendStoredScalar(token.type, reader->ReadSetMember(token.type), out);
        }
      }
      out->push_back(']');
      break;
  }
  out->push_back('}');
  return reader->ok();
}

bool AppendStoredMap(ValueReader* reader, uint64_t count, int depth, std::string* out) {
  out->push_back('{');
  for (uint64_t i = 0; i < count && reader->ok(); ++i) {
    if (i > 0) out->push_back(',');
    AppendJsonString(reader->ReadName(), out);
    out->push_back(':');
    if (!AppendStoredValue(reader, depth, out)) return false;
  }
  out->push_back('}');
  return reader->ok();
}

// --- From values: keys and what could not be processed ---

template <typename T, typename Append>
void AppendList(const std::vector<T>& values, std::string* out, Append append) {
  out->push_back('[');
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out->push_back(',');
    append(values[i], out);
  }
  out->push_back(']');
}

void AppendNumber(const document::Number& number, std::string* out) {
  out->push_back('"');
  number.AppendTo(out);
  out->push_back('"');
}

void AppendValue(const AttributeValue& value, std::string* out) {
  BeginValue(value.type(), out);
  switch (value.type()) {
    case Type::kString:
      AppendJsonString(value.string(), out);
      break;
    case Type::kNumber:
      AppendNumber(value.number(), out);
      break;
    case Type::kBinary:
      AppendQuotedBase64(value.binary(), out);
      break;
    case Type::kBool:
      AppendBool(value.boolean(), out);
      break;
    case Type::kNull:
      out->append("true");
      break;
    case Type::kStringSet:
      AppendList(value.string_set(), out, AppendJsonString);
      break;
    case Type::kNumberSet:
      AppendList(value.number_set(), out, AppendNumber);
      break;
    case Type::kBinarySet:
      AppendList(value.binary_set(), out, AppendQuotedBase64);
      break;
    case Type::kList:
      AppendList(value.list(), out, AppendValue);
      break;
    case Type::kMap:
      AppendAttributes(value.map(), out);
      break;
  }
  out->push_back('}');
}

bool AppendItems(const std::vector<api::EncodedItem>& items, std::string* out) {
  out->push_back('[');
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out->push_back(',');
    if (!AppendEncodedItem(items[i], out)) return false;
  }
  out->push_back(']');
  return true;
}

// --- Capacity and item collections ---

uint64_t Halves(const api::CapacityUnits& units, bool is_write) {
  return is_write ? units.write_units * 2 : units.read_halves;
}

void AppendUnits(const api::CapacityUnits& units, bool is_write, std::string* out) {
  out->append("{\"CapacityUnits\":");
  AppendHalves(Halves(units, is_write), out);
  out->push_back('}');
}

void AppendIndexes(std::string_view member, const api::ByName<api::CapacityUnits>& indexes,
                   bool is_write, std::string* out) {
  if (indexes.empty()) return;
  out->append(",\"").append(member).append("\":{");
  Separator separator;
  for (const auto& [name, units] : indexes) {
    separator.Next(out);
    AppendJsonString(name, out);
    out->push_back(':');
    AppendUnits(units, is_write, out);
  }
  out->push_back('}');
}

void AppendConsumedCapacity(const api::ConsumedCapacity& consumed, NamesAsSent arns,
                            std::string* out) {
  uint64_t halves = Halves(consumed.table, consumed.is_write);
  for (const auto& [name, units] : consumed.local_indexes) {
    halves += Halves(units, consumed.is_write);
  }
  for (const auto& [name, units] : consumed.global_indexes) {
    halves += Halves(units, consumed.is_write);
  }
  out->append("{\"TableName\":");
  AppendJsonString(AsSent(consumed.table_name, arns), out);
  out->append(",\"CapacityUnits\":");
  AppendHalves(halves, out);
  if (consumed.detail == api::ReturnConsumedCapacity::kIndexes) {
    out->append(",\"Table\":");
    AppendUnits(consumed.table, consumed.is_write, out);
    AppendIndexes("LocalSecondaryIndexes", consumed.local_indexes, consumed.is_write, out);
    AppendIndexes("GlobalSecondaryIndexes", consumed.global_indexes, consumed.is_write, out);
  }
  out->push_back('}');
}

void AppendConsumedCapacities(const std::vector<api::ConsumedCapacity>& consumed, NamesAsSent arns,
                              std::string* out) {
  if (consumed.empty()) return;
  out->append(",\"ConsumedCapacity\":[");
  Separator separator;
  for (const api::ConsumedCapacity& one : consumed) {
    separator.Next(out);
    AppendConsumedCapacity(one, arns, out);
  }
  out->push_back(']');
}

bool AppendCollectionMetrics(const api::ItemCollectionMetrics& metrics, std::string* out) {
  out->append("{\"ItemCollectionKey\":");
  if (!AppendEncodedItem(metrics.item_collection_key, out)) return false;
  out->append(",\"SizeEstimateRangeGB\":[");
  AppendDouble(metrics.size_low_gb, out);
  out->push_back(',');
  AppendDouble(metrics.size_high_gb, out);
  out->append("]}");
  return true;
}

void AppendKeysAndAttributes(const api::KeysAndAttributes& request, std::string* out) {
  out->push_back('{');
  Separator separator;
  separator.Member("Keys", out);
  AppendList(request.keys, out, AppendAttributes);
  if (request.attributes_to_get) {
    separator.Member("AttributesToGet", out);
    AppendList(*request.attributes_to_get, out, AppendJsonString);
  }
  if (request.consistent_read) {
    separator.Member("ConsistentRead", out);
    AppendBool(*request.consistent_read, out);
  }
  if (request.projection_expression) {
    separator.Member("ProjectionExpression", out);
    AppendJsonString(*request.projection_expression, out);
  }
  if (request.expression_attribute_names) {
    separator.Member("ExpressionAttributeNames", out);
    out->push_back('{');
    Separator names;
    for (const auto& [placeholder, name] : *request.expression_attribute_names) {
      names.Next(out);
      AppendJsonString(placeholder, out);
      out->push_back(':');
      AppendJsonString(name, out);
    }
    out->push_back('}');
  }
  out->push_back('}');
}

void AppendWriteRequest(const api::WriteRequest& request, std::string* out) {
  if (request.put_item) {
    out->append("{\"PutRequest\":{\"Item\":");
    AppendAttributes(*request.put_item, out);
  } else {
    out->append("{\"DeleteRequest\":{\"Key\":");
    AppendAttributes(request.delete_key ? *request.delete_key : AttributeMap(), out);
  }
  out->append("}}");
}

}  // namespace

bool AppendEncodedItem(std::string_view encoded, std::string* out) {
  ValueReader reader(encoded);
  const uint64_t count = reader.ReadCount();
  return reader.ok() && AppendStoredMap(&reader, count, 0, out);
}

void AppendAttributes(const AttributeMap& attributes, std::string* out) {
  out->push_back('{');
  Separator separator;
  for (const auto& [name, value] : attributes) {
    separator.Next(out);
    AppendJsonString(name, out);
    out->push_back(':');
    AppendValue(value, out);
  }
  out->push_back('}');
}

bool Encode(const api::GetItemResult& result, NamesAsSent arns, std::string* out) {
  Separator separator;
  out->push_back('{');
  if (result.item) {
    separator.Member("Item", out);
    if (!AppendEncodedItem(*result.item, out)) return false;
  }
  if (result.consumed_capacity) {
    separator.Member("ConsumedCapacity", out);
    AppendConsumedCapacity(*result.consumed_capacity, arns, out);
  }
  out->push_back('}');
  return true;
}

bool Encode(const api::WriteResult& result, NamesAsSent arns, std::string* out) {
  Separator separator;
  out->push_back('{');
  if (result.attributes) {
    separator.Member("Attributes", out);
    if (!AppendEncodedItem(*result.attributes, out)) return false;
  }
  if (result.consumed_capacity) {
    separator.Member("ConsumedCapacity", out);
    AppendConsumedCapacity(*result.consumed_capacity, arns, out);
  }
  if (result.item_collection_metrics) {
    separator.Member("ItemCollectionMetrics", out);
    if (!AppendCollectionMetrics(*result.item_collection_metrics, out)) return false;
  }
  out->push_back('}');
  return true;
}

bool Encode(const api::ReadManyResult& result, NamesAsSent arns, std::string* out) {
  Separator separator;
  out->push_back('{');
  if (!result.count_only) {
    separator.Member("Items", out);
    if (!AppendItems(result.items, out)) return false;
  }
  separator.Member("Count", out);
  AppendInteger(result.count, out);
  separator.Member("ScannedCount", out);
  AppendInteger(result.scanned_count, out);
  if (result.last_evaluated_key) {
    separator.Member("LastEvaluatedKey", out);
    AppendAttributes(*result.last_evaluated_key, out);
  }
  if (result.consumed_capacity) {
    separator.Member("ConsumedCapacity", out);
    AppendConsumedCapacity(*result.consumed_capacity, arns, out);
  }
  out->push_back('}');
  return true;
}

bool Encode(const api::BatchGetItemResult& result, NamesAsSent arns, std::string* out) {
  out->append("{\"Responses\":{");
  Separator tables;
  for (const auto& [table, items] : result.responses) {
    tables.Next(out);
    AppendJsonString(AsSent(table, arns), out);
    out->push_back(':');
    if (!AppendItems(items, out)) return false;
  }
  out->append("},\"UnprocessedKeys\":{");
  Separator unprocessed;
  for (const auto& [table, request] : result.unprocessed_keys) {
    unprocessed.Next(out);
    AppendJsonString(AsSent(table, arns), out);
    out->push_back(':');
    AppendKeysAndAttributes(request, out);
  }
  out->push_back('}');
  AppendConsumedCapacities(result.consumed_capacity, arns, out);
  out->push_back('}');
  return true;
}

bool Encode(const api::BatchWriteItemResult& result, NamesAsSent arns, std::string* out) {
  out->append("{\"UnprocessedItems\":{");
  Separator unprocessed;
  for (const auto& [table, requests] : result.unprocessed_items) {
    unprocessed.Next(out);
    AppendJsonString(AsSent(table, arns), out);
    out->push_back(':');
    AppendList(requests, out, AppendWriteRequest);
  }
  out->push_back('}');
  if (!result.item_collection_metrics.empty()) {
    out->append(",\"ItemCollectionMetrics\":{");
    Separator tables;
    for (const auto& [table, collections] : result.item_collection_metrics) {
      tables.Next(out);
      AppendJsonString(AsSent(table, arns), out);
      out->append(":[");
      Separator separator;
      for (const api::ItemCollectionMetrics& metrics : collections) {
        separator.Next(out);
        if (!AppendCollectionMetrics(metrics, out)) return false;
      }
      out->push_back(']');
    }
    out->push_back('}');
  }
  AppendConsumedCapacities(result.consumed_capacity, arns, out);
  out->push_back('}');
  return true;
}

}  // namespace skerry::dynamodb
