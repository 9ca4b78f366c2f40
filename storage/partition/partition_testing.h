#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "storage/engine/memory/memory_engine.h"
#include "storage/partition/partition.h"

namespace skerry::partition {

inline constexpr GroupId kTestGroup(7);

// Items with the key "id" and nothing else that is known of them.
inline std::shared_ptr<const Schema> PlainSchema() {
  auto schema = std::make_shared<Schema>();
  schema->key.partition_key = "id";
  return schema;
}

// A node's engine with one partition, which survives crashes as an engine does. Tests add what
// they write and look at.
struct PartitionOnEngine {
  PartitionOnEngine() : store(engine::MemoryStore::Create({})) { Open(); }

  void Open() {
    engine = store->Open();
    auto opened = Partition::Open(*engine, kTestGroup, PlainSchema());
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    partition = std::move(*opened);
  }
  void Crash() {
    partition = nullptr;
    store->Crash();
    engine = nullptr;
    Open();
  }

  std::shared_ptr<engine::MemoryStore> store;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<Partition> partition;
};

}  // namespace skerry::partition
