#include "server/dynamodb/refused_shapes.h"

#include "server/dynamodb/fields.h"

namespace skerry::dynamodb {
namespace {

constexpr std::string_view kDistanceFunctions[] = {"COSINE", "DOT_PRODUCT", "EUCLIDEAN"};
constexpr std::string_view kSearchSchemaTypes[] = {"HASH", "INLINE_FILTER"};
constexpr std::string_view kProjectionTypes[] = {"ALL", "INCLUDE", "KEYS_ONLY"};
constexpr std::string_view kTableClasses[] = {"STANDARD", "STANDARD_INFREQUENT_ACCESS"};
constexpr std::string_view kDisassociationModes[] = {"WAIT_FOR_REPLICATION"};
constexpr std::string_view kConsistencyModes[] = {"EVENTUAL", "STRONG"};
constexpr std::string_view kReplicationModes[] = {"ENABLED", "DISABLED", "ENABLED_WITH_OVERRIDES"};

constexpr Presence kRequired = Presence::kRequired;
constexpr Presence kOptional = Presence::kOptional;

constexpr Constraint kAny = {};
constexpr Constraint kNotEmpty = {.min = 1};
constexpr Constraint kPositive = {.min = 1};
constexpr Constraint kExactlyOne = {.min = 1, .max = 1};
constexpr Constraint kIndexName = {.min = 3, .max = 255, .name_pattern = true};
constexpr Constraint kAttributeName = {.max = 65535};
constexpr Constraint kVectorAttributeName = {.min = 1, .max = 255};
constexpr Constraint kNonKeyAttributes = {.min = 1, .max = 20};
constexpr Constraint kNonKeyAttributeName = {.min = 1, .max = 255};
constexpr Constraint kDistanceFunction = {.allowed = kDistanceFunctions};
constexpr Constraint kSearchSchemaType = {.allowed = kSearchSchemaTypes};
constexpr Constraint kProjectionType = {.allowed = kProjectionTypes};
constexpr Constraint kTableClass = {.allowed = kTableClasses};
constexpr Constraint kDisassociationMode = {.allowed = kDisassociationModes};

void CheckText(Decoder& decoder, void*, const Member& member) {
  std::string text;
  Read(decoder, member.own, &text);
}
void CheckLong(Decoder& decoder, void*, const Member& member) {
  int64_t number = 0;
  Read(decoder, member.own, &number);
}
void CheckTexts(Decoder& decoder, void*, const Member& member) {
  std::vector<std::string> texts;
  ReadList(decoder, member.own, member.element, &texts);
}

// Shapes whose members go nowhere.
template <const auto& members>
void CheckStructure(Decoder& decoder, void*, const Member&) {
  if (decoder.BeginStructure()) decoder.DecodeStructure(members, nullptr);
}
template <const auto& members>
struct Forgotten {};
template <const auto& members>
void Read(Decoder& decoder, const Constraint&, Forgotten<members>*) {
  if (decoder.BeginStructure()) decoder.DecodeStructure(members, nullptr);
}
template <const auto& members>
void CheckStructures(Decoder& decoder, const Constraint& own) {
  std::vector<Forgotten<members>> elements;
  ReadList(decoder, own, kAny, &elements);
}
template <const auto& members>
void CheckList(Decoder& decoder, void*, const Member& member) {
  CheckStructures<members>(decoder, member.own);
}

// --- Vector indexes ---

constexpr Member kVectorAttribute[] = {
    {"AttributeName", CheckText, kRequired, kVectorAttributeName},
};
constexpr Member kSearchSchemaElement[] = {
    {"AttributeName", CheckText, kRequired, kAttributeName},
    {"SearchSchemaElementType", CheckText, kRequired, kSearchSchemaType},
};
constexpr Member kProjection[] = {
    {"ProjectionType", CheckText, kOptional, kProjectionType},
    {"NonKeyAttributes", CheckTexts, kOptional, kNonKeyAttributes, kNonKeyAttributeName},
};
constexpr Member kVectorIndex[] = {
    {"IndexName", CheckText, kRequired, kIndexName},
    {"VectorAttribute", CheckStructure<kVectorAttribute>, kRequired},
    {"SearchSchema", CheckList<kSearchSchemaElement>, kOptional, kNotEmpty},
    {"Projection", CheckStructure<kProjection>, kRequired},
    {"Dimensions", CheckLong, kRequired, kPositive},
    {"DistanceFunction", CheckText, kRequired, kDistanceFunction},
};
constexpr Member kIndexNameOnly[] = {
    {"IndexName", CheckText, kRequired, kIndexName},
};
constexpr Member kVectorIndexUpdate[] = {
    {"Create", CheckStructure<kVectorIndex>},
    {"Delete", CheckStructure<kIndexNameOnly>},
};

// --- Replicas ---

constexpr Member kReadCapacity[] = {
    {"ReadCapacityUnits", CheckLong, kOptional, kPositive},
};
constexpr Member kMaxReads[] = {
    {"MaxReadRequestUnits", CheckLong},
};
constexpr Member kReplicaIndex[] = {
    {"IndexName", CheckText, kRequired, kIndexName},
    {"ProvisionedThroughputOverride", CheckStructure<kReadCapacity>},
    {"OnDemandThroughputOverride", CheckStructure<kMaxReads>},
};
constexpr Member kReplica[] = {
    {"RegionName", CheckText, kRequired},
    {"KMSMasterKeyId", CheckText},
    {"ProvisionedThroughputOverride", CheckStructure<kReadCapacity>},
    {"OnDemandThroughputOverride", CheckStructure<kMaxReads>},
    {"GlobalSecondaryIndexes", CheckList<kReplicaIndex>, kOptional, kNotEmpty},
    {"TableClassOverride", CheckText, kOptional, kTableClass},
};
constexpr Member kRegionOnly[] = {
    {"RegionName", CheckText, kRequired},
};
constexpr Member kDisassociate[] = {
    {"RegionName", CheckText, kRequired},
    {"DisassociationMode", CheckText, kRequired, kDisassociationMode},
};
constexpr Member kReplicaUpdate[] = {
    {"Create", CheckStructure<kReplica>},
    {"Update", CheckStructure<kReplica>},
    {"Delete", CheckStructure<kRegionOnly>},
    {"Disassociate", CheckStructure<kDisassociate>},
};
constexpr Member kWitnessUpdate[] = {
    {"Create", CheckStructure<kRegionOnly>},
    {"Delete", CheckStructure<kRegionOnly>},
};

void CheckAllowedText(Decoder& decoder, std::span<const std::string_view> allowed) {
  std::string text;
  Read(decoder, {.allowed = allowed}, &text);
}

}  // namespace

void CheckVectorIndexes(Decoder& decoder, void*, const Member&) {
  CheckStructures<kVectorIndex>(decoder, kAny);
}
void CheckVectorIndexUpdates(Decoder& decoder, void*, const Member&) {
  CheckStructures<kVectorIndexUpdate>(decoder, kAny);
}
void CheckReplicaUpdates(Decoder& decoder, void*, const Member&) {
  CheckStructures<kReplicaUpdate>(decoder, kNotEmpty);
}
void CheckWitnessUpdates(Decoder& decoder, void*, const Member&) {
  CheckStructures<kWitnessUpdate>(decoder, kExactlyOne);
}
void CheckConsistencyMode(Decoder& decoder, void*, const Member&) {
  CheckAllowedText(decoder, kConsistencyModes);
}
void CheckReplicationMode(Decoder& decoder, void*, const Member&) {
  CheckAllowedText(decoder, kReplicationModes);
}
void CheckBool(Decoder& decoder, void*, const Member&) { decoder.TakeBool(); }

}  // namespace skerry::dynamodb
