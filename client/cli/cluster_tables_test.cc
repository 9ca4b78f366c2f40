#include "client/cli/cluster_tables.h"

#include <gtest/gtest.h>

namespace skerry::cli {
namespace {

// Node 3 is away and drains; partition 8 has lost the majority of its voters as long as node 3 is
// away and node 1 only joins.
constexpr const char* kPage =
    R"({"self":1,"catalog_leader":2,"version":2,"version_hold":1,"version_waits_for":["node 3 has not come back to it yet"],
"nodes":[
 {"id":1,"state":"active","away":false,"zone":"a","replicas":2,"leads":1,"peer_address":"h1:8002","endpoint":"h1:8000","admin_endpoint":"h1:8001","oldest_version":1,"newest_version":2},
 {"id":2,"state":"active","away":false,"zone":"","replicas":1,"leads":0,"peer_address":"h2:8002","endpoint":"h2:8000","admin_endpoint":"","oldest_version":1,"newest_version":2},
 {"id":3,"state":"draining","away":true,"zone":"b","replicas":2,"leads":0,"peer_address":"h3:8002","endpoint":"h3:8000","admin_endpoint":"h3:8001","oldest_version":1,"newest_version":2},
 {"id":4,"state":"removed","away":true,"zone":"b","replicas":0,"leads":0,"peer_address":"h4:8002","endpoint":"h4:8000","admin_endpoint":"h4:8001","oldest_version":1,"newest_version":2}],
"partitions":[
 {"account":"000000000000","table":"t","group":7,"first_hash":"0000000000000000","last_hash":"7fffffffffffffff","leader":1,
  "replicas":[{"node":1,"voter":true,"leaving":false},{"node":2,"voter":true,"leaving":false},{"node":3,"voter":true,"leaving":true}]},
 {"account":"000000000000","table":"u","group":8,"first_hash":"8000000000000000","last_hash":"ffffffffffffffff","leader":0,
  "replicas":[{"node":3,"voter":true,"leaving":false},{"node":1,"voter":false,"leaving":false}]}]})";

TEST(ClusterTablesTest, Status) {
  const auto table = StatusTable(kPage);
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_EQ(*table,
            "asked node         1\n"
            "catalog's leader   2\n"
            "version            2, going back to 1\n"
            "nodes              2 active, 1 draining, 1 removed\n"
            "away               3\n"
            "draining           3\n"
            "partitions         2\n"
            "  moving           2\n"
            "  no leader known  1\n"
            "  no majority      1\n"
            "replicas away      2\n");
  EXPECT_EQ(*StatusJson(kPage),
            "{\"self\":1,\"catalog_leader\":2,\"version\":2,\"version_hold\":1,"
            "\"active\":2,\"draining\":[3],\"removed\":1,"
            "\"away\":[3],\"partitions\":2,\"moving\":2,\"without_leader\":1,"
            "\"without_majority\":1,\"replicas_away\":2}\n");
}

TEST(ClusterTablesTest, Nodes) {
  const auto table = NodesTable(kPage);
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_EQ(*table,
            "NODE  STATE           ZONE  REPLICAS  LEADS  VERSIONS  ENDPOINT  PEERS    ADMIN\n"
            "1     active          a     2         1      1-2       h1:8000   h1:8002  h1:8001\n"
            "2     active          -     1         0      1-2       h2:8000   h2:8002  -\n"
            "3     draining, away  b     2         0      1-2       h3:8000   h3:8002  h3:8001\n"
            "4     removed, away   b     0         0      1-2       h4:8000   h4:8002  h4:8001\n");
  EXPECT_TRUE(NodesJson(kPage)->starts_with("[{\"id\":1,\"state\":\"active\""));
}

TEST(ClusterTablesTest, Version) {
  EXPECT_EQ(*VersionTable(kPage),
            "version        2, going back to 1\n"
            "waits          node 3 has not come back to it yet\n"
            "node 1 speaks  1-2\n"
            "node 2 speaks  1-2\n"
            "node 3 speaks  1-2\n");
  EXPECT_TRUE(VersionJson(kPage)->starts_with(
      "{\"version\":2,\"version_hold\":1,\"version_waits_for\":[\"node 3 has not come back to it "
      "yet\"],\"nodes\":[{\"id\":1,\"oldest_version\":1,\"newest_version\":2},"));
}

TEST(ClusterTablesTest, Partitions) {
  const auto table = PartitionsTable(kPage, "", "");
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_EQ(
      *table,
      "TABLE  PARTITION  FROM              TO                LEADER  REPLICAS  ACCOUNT\n"
      "t      7          0000000000000000  7fffffffffffffff  1       1,2,3-    000000000000\n"
      "u      8          8000000000000000  ffffffffffffffff  -       3,1+      000000000000\n");
  EXPECT_EQ(PartitionsTable(kPage, "000000000000", "u")->find("\nt "), std::string::npos);
  EXPECT_EQ(*PartitionsJson(kPage, "000000000000", "v"), "[]\n");
  EXPECT_TRUE(PartitionsJson(kPage, "000000000000", "u")->starts_with("[{\"account\":"));
}

TEST(ClusterTablesTest, WhatWasDone) {
  EXPECT_EQ(*DoneTable(R"({"transferred":2,"led_already":1,"state":"draining"})"),
            "transferred  2\nled already  1\nstate        draining\n");
}

TEST(ClusterTablesTest, RefusesWhatIsNoPage) {
  for (const char* page :
       {"", "nothing", "[]", "{}", R"({"nodes":[{"id":"x"}],"partitions":[]})"}) {
    EXPECT_EQ(StatusTable(page).status().code(), StatusCode::kCorruption) << page;
    EXPECT_EQ(NodesTable(page).status().code(), StatusCode::kCorruption) << page;
  }
}

}  // namespace
}  // namespace skerry::cli
