#pragma once

#include "server/dynamodb/decoder.h"

namespace skerry::dynamodb {

// Members that operations refuse, since Skerry does not have what they ask for: checked in full
// against the model and then forgotten. Each stands at the member's value.

void CheckVectorIndexes(Decoder& decoder, void*, const Member& member);
void CheckVectorIndexUpdates(Decoder& decoder, void*, const Member& member);
void CheckReplicaUpdates(Decoder& decoder, void*, const Member& member);
void CheckWitnessUpdates(Decoder& decoder, void*, const Member& member);
void CheckConsistencyMode(Decoder& decoder, void*, const Member& member);
void CheckReplicationMode(Decoder& decoder, void*, const Member& member);
void CheckBool(Decoder& decoder, void*, const Member& member);

// Checks a member and tells the operation that it was there.
template <typename T, auto Field, DecodeFn Check>
void PresenceInto(Decoder& decoder, void* object, const Member& member) {
  static_cast<T*>(object)->*Field = true;
  Check(decoder, nullptr, member);
}

// Checks a member of which the operation knows nothing, and refuses it.
template <DecodeFn Check>
void Refused(Decoder& decoder, void*, const Member& member) {
  Check(decoder, nullptr, member);
  decoder.Refuse(member.name);
}

}  // namespace skerry::dynamodb
