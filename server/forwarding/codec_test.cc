#include "server/forwarding/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <functional>

#include "proto/node/v1/partition.pb.h"
#include "server/forwarding/partition_request_testing.h"

namespace skerry::forwarding::testing {
namespace {

namespace pb = proto::node::v1;
using document::EncodedItem;
using partition::WriteRequest;
using partition::WriteResult;
using std::chrono::milliseconds;
using Writes = std::vector<WriteRequest>;

EncodedItem Encoded(const Item& item) {
  EncodedItem encoded;
  document::EncodeItem(item, &encoded);
  return encoded;
}

std::string Show(const Result<WriteResult>& result) {
  PartitionAnswer answer;
  answer.writes.push_back(result);
  return EncodeAnswer(answer);
}

// Everything that comes of a write: its command, or why there is none, and its result.
std::string Outcome(const WriteRequest& write, std::string_view old) {
  proto::command::v1::Command command;
  const auto result = partition::EvaluateWrite(TestSchema(), write, old, &command);
  return command.SerializeAsString() + Show(result);
}

PartitionRequest Decoded(const PartitionRequest& request) {
  Result<PartitionRequest> decoded = DecodeRequest(EncodeRequest(request), TestSchema());
  SKERRY_CHECK_MSG(decoded.ok(), decoded.status().ToString().c_str());
  return std::move(*decoded);
}

template <typename Body>
Body Decoded(Body body) {
  return std::get<Body>(Decoded(PartitionRequest{.body = std::move(body)}).body);
}

// --- What is true of all requests

RC_GTEST_PROP(PartitionRequests, DecodedWritesDoWhatTheOriginalsDo, ()) {
  Writes writes(1, AnyWrite());
  if (*rc::gen::arbitrary<bool>()) writes.push_back(AnyWrite());
  const Writes decoded = Decoded(writes);
  RC_ASSERT(decoded.size() == writes.size());
  for (size_t i = 0; i < writes.size(); ++i) {
    RC_ASSERT(decoded[i].kind == writes[i].kind);
    RC_ASSERT(decoded[i].row_key == writes[i].row_key);
    RC_ASSERT(decoded[i].item == writes[i].item);
    RC_ASSERT(decoded[i].legacy == writes[i].legacy);
    RC_ASSERT(Outcome(decoded[i], {}) == Outcome(writes[i], {}));
    for (int tries = 0; tries < 4; ++tries) {
      Item old = AnyTableItem();
      for (const auto& [name, value] : KeyOf(writes[i].item)) old.Set(name, value);
      RC_ASSERT(Outcome(decoded[i], Encoded(old)) == Outcome(writes[i], Encoded(old)));
    }
  }
  RC_ASSERT(EncodeRequest({.body = decoded}) == EncodeRequest({.body = writes}));
}

RC_GTEST_PROP(PartitionRequests, DecodedReadsSelectWhatTheOriginalsDo, ()) {
  const partition::ReadRequest read = AnyRead();
  const partition::ReadRequest decoded = Decoded(read);
  RC_ASSERT(decoded.index == read.index);
  RC_ASSERT(decoded.lower == read.lower && decoded.upper == read.upper);
  RC_ASSERT(decoded.forward == read.forward && decoded.count_only == read.count_only);
  RC_ASSERT(decoded.max_items == read.max_items && decoded.max_bytes == read.max_bytes);
  RC_ASSERT(decoded.fetch_items == read.fetch_items);
  RC_ASSERT((decoded.filter == nullptr) == (read.filter == nullptr));
  RC_ASSERT((decoded.projection == nullptr) == (read.projection == nullptr));
  const Item item = AnyTableItem();
  if (read.filter != nullptr) {
    RC_ASSERT(*expression::Evaluate(*decoded.filter, &item) ==
              *expression::Evaluate(*read.filter, &item));
  }
  if (read.projection != nullptr) {
    RC_ASSERT(expression::Project(*decoded.projection, item) ==
              expression::Project(*read.projection, item));
  }
}

RC_GTEST_PROP(PartitionRequests, DamagedOnesAreRefusedOrSafeToEvaluate, ()) {
  std::string bytes = EncodeRequest({.body = Writes(1, AnyWrite())});
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  }
  const auto decoded = DecodeRequest(bytes, TestSchema());
  if (!decoded.ok()) {
    RC_ASSERT(decoded.status().code() == StatusCode::kInvalidArgument ||
              decoded.status().code() == StatusCode::kUnimplemented);
    return;
  }
  const auto* writes = std::get_if<Writes>(&decoded->body);
  if (writes == nullptr) return;
  for (const WriteRequest& write : *writes) {
    Item old = AnyTableItem();
    for (const auto& [name, value] : KeyOf(write.item)) old.Set(name, value);
    Outcome(write, {});
    Outcome(write, Encoded(old));
  }
}

RC_GTEST_PROP(PartitionAnswers, OfWritesComeBackAsTheyWere, ()) {
  PartitionAnswer answer;
  answer.leader = NodeId(*rc::gen::arbitrary<uint64_t>());
  answer.applied = LogIndex(*rc::gen::arbitrary<uint64_t>());
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) {
    if (*rc::gen::inRange(0, 4) == 0) {
      answer.writes.emplace_back(Status(static_cast<StatusCode>(*rc::gen::inRange(1, 16)),
                                        *document::testing::AnyBytes()));
      continue;
    }
    WriteResult result;
    result.condition_failed = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) result.old_item = Encoded(AnyTableItem());
    if (*rc::gen::arbitrary<bool>()) result.new_item = Encoded(AnyTableItem());
    result.updated_old = *document::testing::AnyItem();
    result.updated_new = *document::testing::AnyItem();
    result.old_size = *rc::gen::arbitrary<size_t>();
    result.new_size = *rc::gen::arbitrary<size_t>();
    if (*rc::gen::arbitrary<bool>()) result.index_writes.push_back({3, 8});
    answer.writes.emplace_back(std::move(result));
  }
  const auto decoded = DecodeAnswer(EncodeAnswer(answer));
  RC_ASSERT(decoded.ok() && decoded->status.ok());
  RC_ASSERT(decoded->leader == answer.leader);
  RC_ASSERT(decoded->writes.size() == answer.writes.size());
  for (size_t i = 0; i < answer.writes.size(); ++i) {
    const auto& one = answer.writes[i];
    const auto& two = decoded->writes[i];
    RC_ASSERT(one.status().code() == two.status().code());
    RC_ASSERT(one.status().message() == two.status().message());
    if (!one.ok()) continue;
    RC_ASSERT(one->condition_failed == two->condition_failed);
    RC_ASSERT(one->old_item == two->old_item && one->new_item == two->new_item);
    RC_ASSERT(one->updated_old == two->updated_old && one->updated_new == two->updated_new);
    RC_ASSERT(one->old_size == two->old_size && one->new_size == two->new_size);
    RC_ASSERT(one->index_writes.size() == two->index_writes.size());
    for (size_t k = 0; k < one->index_writes.size(); ++k) {
      RC_ASSERT(one->index_writes[k].index == two->index_writes[k].index);
      RC_ASSERT(one->index_writes[k].units == two->index_writes[k].units);
    }
  }
}

// --- Requests, one by one

Item SomeItem() {
  return {{"h", AttributeValue::S("h")},
          {"r", AttributeValue::N(document::Number::FromInt(1))},
          {"n", AttributeValue::N(document::Number::FromInt(2))}};
}

WriteRequest SomeWrite(WriteRequest::Kind kind) {
  WriteRequest write;
  write.kind = kind;
  write.item = kind == WriteRequest::Kind::kPut ? SomeItem() : KeyOf(SomeItem());
  write.row_key = partition::ItemRowKey(TestSchema().key, write.item);
  return write;
}

TEST(PartitionRequestCodec, TheRemainingTimeIsInWholeMillisecondsRoundedUp) {
  const auto remaining = [](Duration time) {
    const GetRequest get{.row_key = SomeWrite(WriteRequest::Kind::kPut).row_key};
    return Decoded(PartitionRequest{.remaining = time, .body = get}).remaining;
  };
  EXPECT_EQ(remaining(milliseconds(3000)), milliseconds(3000));
  EXPECT_EQ(remaining(std::chrono::microseconds(1)), milliseconds(1));
  EXPECT_EQ(remaining(milliseconds(-5)), milliseconds(0));
  pb::PartitionRequest endless;
  endless.set_remaining_ms(UINT64_MAX);
  endless.mutable_get()->set_row_key(SomeWrite(WriteRequest::Kind::kPut).row_key);
  EXPECT_EQ(DecodeRequest(endless.SerializeAsString(), TestSchema())->remaining,
            std::chrono::hours(24));
}

TEST(PartitionRequestCodec, AGetKeepsItsKeyAndWhetherItIsStrong) {
  const std::string key = SomeWrite(WriteRequest::Kind::kPut).row_key;
  for (const bool consistent : {false, true}) {
    const GetRequest get = Decoded(GetRequest{.row_key = key, .consistent = consistent});
    EXPECT_EQ(get.row_key, key);
    EXPECT_EQ(get.consistent, consistent);
  }
}

// What the legacy parameters can say has no bound on operators.
TEST(PartitionRequestCodec, ManyLegacyTermsAreUnderstood) {
  expression::ByName<expression::LegacyCondition> terms(2000);
  for (size_t i = 0; i < terms.size(); ++i) {
    terms[i].first = "a" + std::to_string(i);
    terms[i].second.comparison_operator = "NULL";
  }
  WriteRequest write = SomeWrite(WriteRequest::Kind::kDelete);
  write.condition = *expression::ConditionFromFilter(terms, false);
  const Writes decoded = Decoded(Writes(1, write));
  const Item item = SomeItem();
  EXPECT_TRUE(*expression::Evaluate(*decoded[0].condition, &item));
}

// --- What is refused

StatusCode CodeOf(const pb::PartitionRequest& request) {
  return DecodeRequest(request.SerializeAsString(), TestSchema()).status().code();
}

pb::PartitionRequest Form(const PartitionRequest& request) {
  pb::PartitionRequest form;
  SKERRY_CHECK(form.ParseFromString(EncodeRequest(request)));
  return form;
}

TEST(PartitionRequestCodec, AStampIsKept) {
  const WriteRequest write = SomeWrite(WriteRequest::Kind::kPut);
  pb::PartitionRequest form = Form({.body = Writes(1, write)});
  pb::Write& out = *form.mutable_writes()->mutable_writes(0);
  EXPECT_FALSE(out.has_stamp());
  pb::Stamp& stamp = *out.mutable_stamp();
  stamp.set_node(3);
  stamp.set_incarnation(UINT64_MAX);
  stamp.set_sequence(5);
  stamp.set_issued_hlc(6);
  const auto decoded = DecodeRequest(form.SerializeAsString(), TestSchema());
  ASSERT_TRUE(decoded.ok());
  const auto& taken = std::get<std::vector<WriteRequest>>(decoded->body)[0].stamp;
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->node, NodeId(3));
  EXPECT_EQ(taken->incarnation, UINT64_MAX);
  EXPECT_EQ(taken->sequence, 5U);
  EXPECT_EQ(taken->issued_hlc, 6U);
  EXPECT_EQ(Form(*decoded).SerializeAsString(), form.SerializeAsString());
}

// The request after `damage` was done to its first write.
StatusCode AfterDamage(const WriteRequest& write, const std::function<void(pb::Write*)>& damage) {
  pb::PartitionRequest form = Form({.body = Writes(1, write)});
  SKERRY_CHECK(CodeOf(form) == StatusCode::kOk);
  damage(form.mutable_writes()->mutable_writes(0));
  return CodeOf(form);
}

constexpr StatusCode kMalformed = StatusCode::kInvalidArgument;
constexpr StatusCode kLater = StatusCode::kUnimplemented;

TEST(PartitionRequestCodec, WhatIsNoRequestIsRefused) {
  EXPECT_EQ(DecodeRequest("\xff", TestSchema()).status().code(), kMalformed);
  EXPECT_EQ(CodeOf({}), kLater);
  pb::PartitionRequest none;
  none.mutable_writes();
  EXPECT_EQ(CodeOf(none), kMalformed);
  for (const std::string key : {"", "\x10", "\x20 of an index"}) {
    pb::PartitionRequest get;
    get.mutable_get()->set_row_key(key);
    EXPECT_EQ(CodeOf(get), kMalformed);
  }
}

TEST(PartitionRequestCodec, WritesThatDoNotFitTheSchemaAreRefused) {
  const WriteRequest put = SomeWrite(WriteRequest::Kind::kPut);
  const auto item = [](const Item& value) {
    return [value](pb::Write* write) { write->set_item(Encoded(value)); };
  };
  Item other = SomeItem();
  other.Set("h", AttributeValue::S("another"));
  EXPECT_EQ(AfterDamage(put, item(other)), kMalformed);
  other.Set("h", AttributeValue::OfNull());
  EXPECT_EQ(AfterDamage(put, item(other)), kMalformed);
  Item no_index_key = SomeItem();
  no_index_key.Set("x", AttributeValue::OfNull());
  EXPECT_EQ(AfterDamage(put, item(no_index_key)), kMalformed);
  EXPECT_EQ(AfterDamage(put, [](pb::Write* write) { write->set_item("\xff"); }), kMalformed);
  EXPECT_EQ(AfterDamage(put, [](pb::Write* write) { write->clear_kind(); }), kMalformed);
  EXPECT_EQ(AfterDamage(put, [](pb::Write* write) { write->set_kind(4); }), kLater);
  EXPECT_EQ(AfterDamage(put, [](pb::Write* write) { write->mutable_update(); }), kMalformed);
  EXPECT_EQ(AfterDamage(put, [](pb::Write* write) { write->mutable_stamp(); }), kMalformed);
  const WriteRequest erase = SomeWrite(WriteRequest::Kind::kDelete);
  EXPECT_EQ(AfterDamage(erase, item(SomeItem())), kMalformed);
}

TEST(PartitionRequestCodec, ConditionsThatAreNoTreesAreRefused) {
  WriteRequest write = SomeWrite(WriteRequest::Kind::kDelete);
  write.condition = Condition("n = :1 AND attribute_type(x, :S)");
  // Nodes: n, :1, =, x, :S, attribute_type, AND.
  const auto damage = [&](const std::function<void(pb::Condition*, pb::Tree*)>& change) {
    return AfterDamage(write, [&](pb::Write* out) {
      change(out->mutable_condition(), out->mutable_condition()->mutable_tree());
    });
  };
  using C = pb::Condition;
  using T = pb::Tree;
  EXPECT_EQ(damage([](C* c, T*) { c->set_root(7); }), kMalformed);
  EXPECT_EQ(damage([](C* c, T*) { c->set_root(0); }), kMalformed);
  EXPECT_EQ(damage([](C* c, T*) { c->set_root(2); }), kMalformed) << "it is an operand";
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(0)->set_kind(3); }), kLater);
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(2)->set_op(21); }), kLater);
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(0)->set_first(2); }), kMalformed);
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(0)->set_count(0); }), kMalformed);
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(0)->set_count(UINT32_MAX); }), kMalformed);
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_elements(0)->set_index(1); }), kMalformed);
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(1)->set_first(2); }), kMalformed);
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(1)->set_first(1); }), kMalformed);
  EXPECT_EQ(damage([](C*, T* t) { t->set_values(0, ""); }), kMalformed);
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(2)->set_count(UINT32_MAX); }), kMalformed);
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(2)->set_count(1); }), kMalformed);
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(2)->set_op(8); }), kMalformed) << "AND of paths";
  EXPECT_EQ(damage([](C*, T* t) { t->mutable_nodes(2)->set_op(11); }), kMalformed) << "a sum";
  const auto child = [&](int from, uint32_t to) {
    return damage([&](C*, T* t) { t->set_children(from, to); });
  };
  const int first = 0;
  EXPECT_EQ(child(first, 2), kMalformed) << "itself";
  EXPECT_EQ(child(first, 6), kMalformed) << "its parent";
  EXPECT_EQ(child(first, 1), kMalformed) << "twice";
  // attribute_type of what is no name.
  EXPECT_EQ(damage([](C*, T* t) {
              std::string number;
              document::EncodeValue(*TestValues().Find(":1"), &number);
              t->set_values(1, number);
            }),
            kMalformed);
}

TEST(PartitionRequestCodec, UpdatesThatCannotBeAppliedAreRefused) {
  WriteRequest write = SomeWrite(WriteRequest::Kind::kUpdate);
  write.update = Update("SET a = n + :1, b.c = :2 ADD d :1 REMOVE e");
  const auto damage = [&](const std::function<void(pb::Update*)>& change) {
    return AfterDamage(write, [&](pb::Write* out) { change(out->mutable_update()); });
  };
  const auto rename = [&](std::string from, std::string to) {
    return damage([&](pb::Update* update) {
      for (pb::PathElement& element : *update->mutable_tree()->mutable_elements()) {
        if (element.name() == from) element.set_name(to);
      }
    });
  };
  EXPECT_EQ(rename("a", "z"), StatusCode::kOk);
  EXPECT_EQ(rename("a", "b"), kMalformed) << "b and b.c overlap";
  EXPECT_EQ(rename("a", "h"), kMalformed) << "a key attribute";
  const auto action = [&](uint32_t section, const std::function<void(pb::UpdateAction*)>& change) {
    return damage([&](pb::Update* update) {
      for (pb::UpdateAction& a : *update->mutable_actions()) {
        if (a.section() == section) return change(&a);
      }
    });
  };
  using A = pb::UpdateAction;
  EXPECT_EQ(action(0, [](A* a) { a->set_section(4); }), kLater);
  EXPECT_EQ(action(0, [](A* a) { a->clear_value(); }), kMalformed);
  EXPECT_EQ(action(1, [](A* a) { a->set_value(0); }), kMalformed);
  EXPECT_EQ(action(0, [](A* a) { a->set_path(1000); }), kMalformed);
  EXPECT_EQ(action(0, [](A* a) { a->set_value(a->path()); }), kMalformed);
  EXPECT_EQ(action(2, [](A* a) { a->set_section(3); }), kMalformed) << "DELETE of a number";
}

// Evaluated naively, n levels of x AND x take 2^n steps.
TEST(PartitionRequestCodec, ANodeHasOneParent) {
  WriteRequest write = SomeWrite(WriteRequest::Kind::kDelete);
  write.condition = Condition("attribute_exists(n)");
  EXPECT_EQ(AfterDamage(write,
                        [](pb::Write* out) {
                          pb::Tree* tree = out->mutable_condition()->mutable_tree();
                          for (uint32_t i = 0; i < 40; ++i) {
                            const uint32_t first = static_cast<uint32_t>(tree->children_size());
                            const uint32_t below = static_cast<uint32_t>(tree->nodes_size()) - 1;
                            tree->add_children(below);
                            tree->add_children(below);
                            pb::Node* both = tree->add_nodes();
                            both->set_kind(pb::Node::OPERATION);
                            both->set_op(static_cast<uint32_t>(expression::Operator::kAnd));
                            both->set_first(first);
                            both->set_count(2);
                          }
                          out->mutable_condition()->set_root(
                              static_cast<uint32_t>(tree->nodes_size()) - 1);
                        }),
            kMalformed);
}

TEST(PartitionRequestCodec, LevelsAreBounded) {
  const auto nots = [](uint32_t count) {
    WriteRequest write = SomeWrite(WriteRequest::Kind::kDelete);
    write.condition = Condition("attribute_exists(n)");
    return AfterDamage(write, [count](pb::Write* out) {
      pb::Tree* tree = out->mutable_condition()->mutable_tree();
      for (uint32_t i = 0; i < count; ++i) {
        pb::Node* node = tree->add_nodes();
        node->set_kind(pb::Node::OPERATION);
        node->set_op(static_cast<uint32_t>(expression::Operator::kNot));
        node->set_first(static_cast<uint32_t>(tree->children_size()));
        node->set_count(1);
        tree->add_children(static_cast<uint32_t>(tree->nodes_size()) - 2);
      }
      out->mutable_condition()->set_root(static_cast<uint32_t>(tree->nodes_size()) - 1);
    });
  };
  EXPECT_EQ(nots(9'999), StatusCode::kOk);
  EXPECT_EQ(nots(10'000), kMalformed);
}

TEST(PartitionRequestCodec, ReadsOutsideOfWhatThereIsAreRefused) {
  const auto damage = [](const std::function<void(pb::Read*)>& change) {
    partition::ReadRequest read;
    read.index = &TestSchema().local_indexes[0];
    read.lower = partition::FirstRow(read.index, 5);
    read.upper = partition::RowsEnd(read.index);
    read.projection = Projection("a.b, c");
    pb::PartitionRequest form = Form({.body = read});
    change(form.mutable_read());
    return CodeOf(form);
  };
  EXPECT_EQ(damage([](pb::Read*) {}), StatusCode::kOk);
  EXPECT_EQ(damage([](pb::Read* read) { read->set_index(8); }), kMalformed);
  EXPECT_EQ(damage([](pb::Read* read) { read->set_index(0); }), kMalformed) << "an index's rows";
  EXPECT_EQ(damage([](pb::Read* read) { read->set_upper("\x30"); }), kMalformed);
  EXPECT_EQ(damage([](pb::Read* read) { read->clear_upper(); }), kMalformed);
  EXPECT_EQ(damage([](pb::Read* read) { read->clear_lower(); }), kMalformed);
  EXPECT_EQ(damage([](pb::Read* read) { read->set_max_bytes(1 << 21); }), kMalformed);
  EXPECT_EQ(
      damage([](pb::Read* read) {
        for (auto& element : *read->mutable_projection()->mutable_tree()->mutable_elements()) {
          if (element.name() == "c") element.set_name("a");
        }
      }),
      kMalformed)
      << "a and a.b overlap";
}

// --- Answers

TEST(PartitionAnswerCodec, AFailureMayNameTheLeader) {
  PartitionAnswer answer;
  answer.status = Unavailable("this replica does not lead");
  answer.leader = NodeId(3);
  const auto decoded = DecodeAnswer(EncodeAnswer(answer));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(decoded->status.message(), "this replica does not lead");
  EXPECT_EQ(decoded->leader, NodeId(3));
}

TEST(PartitionAnswerCodec, ItemsAndPagesComeBackAsTheyWere) {
  PartitionAnswer answer;
  answer.item = Encoded(SomeItem());
  answer.page.items = {Encoded(SomeItem()), Encoded(KeyOf(SomeItem()))};
  answer.page.count = 2;
  answer.page.scanned_count = 3;
  answer.page.bytes = 500;
  answer.page.fetched_units = 4;
  answer.page.last_key = KeyOf(SomeItem());
  const auto decoded = DecodeAnswer(EncodeAnswer(answer));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->item, answer.item);
  EXPECT_EQ(decoded->page.items, answer.page.items);
  EXPECT_EQ(decoded->page.count, 2U);
  EXPECT_EQ(decoded->page.scanned_count, 3U);
  EXPECT_EQ(decoded->page.bytes, 500U);
  EXPECT_EQ(decoded->page.fetched_units, 4U);
  EXPECT_EQ(decoded->page.last_key, answer.page.last_key);
  const auto nothing = DecodeAnswer(EncodeAnswer({}));
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(nothing->item.empty() && nothing->page.items.empty() && !nothing->page.last_key);
}

TEST(PartitionAnswerCodec, MalformedOnesAreRefused) {
  const auto code = [](const std::function<void(pb::PartitionAnswer*)>& make) {
    pb::PartitionAnswer answer;
    make(&answer);
    return DecodeAnswer(answer.SerializeAsString()).status().code();
  };
  using A = pb::PartitionAnswer;
  EXPECT_EQ(DecodeAnswer("\xff").status().code(), kMalformed);
  EXPECT_EQ(code([](A* a) { a->mutable_failure(); }), kMalformed);
  EXPECT_EQ(code([](A* a) { a->mutable_failure()->set_code(16); }), kLater);
  EXPECT_EQ(code([](A* a) { a->add_writes()->mutable_failure(); }), kMalformed);
  EXPECT_EQ(code([](A* a) { a->add_writes()->set_updated_new("\xff"); }), kMalformed);
  EXPECT_EQ(code([](A* a) { a->mutable_page()->set_last_key(""); }), kMalformed);
}

}  // namespace
}  // namespace skerry::forwarding::testing
