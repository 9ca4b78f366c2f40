// Random lives of a log: groups come and go, entries are appended, replaced and truncated, segments
// collected and rewritten, the process killed and the power cut at any operation of the disk. After
// each start every group has exactly what was promised (safety-rules 8, 9, 10).

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "replication/log/log_test_world.h"

namespace skerry::log {
namespace {

using std::chrono::milliseconds;

// What one group may and must hold.
struct Model {
  // One write that was handed in: the entries as they are after it.
  struct Version {
    uint64_t first = 1;  // of `data`
    std::vector<std::string> data;
    uint64_t term = 0;  // hard state
    uint64_t commit = 0;
    bool removed = false;
    uint64_t life = 0;  // how often it was created before
  };
  std::vector<Version> versions;           // [0] is what the last start found or the creation
  size_t acknowledged = 0;                 // versions through this index are durable
  bool created = false;                    // acknowledged
  std::map<uint64_t, uint64_t> truncated;  // by life:      // asked for; may or may not survive
};

class Life {
 public:
  explicit Life(uint64_t seed) : w_(seed), prng_(seed ^ 0x5eed) {}

  void Run() {
    for (int incarnation = 0; incarnation < 8 && !testing::Test::HasFailure(); ++incarnation) {
      Start();
      if (testing::Test::HasFailure()) return;
      w_.disk.FailAfter(prng_.Chance(1, 3) ? UINT64_MAX : 5 + prng_.Below(150));
      for (int action = 0; action < 60 && w_.fatal.ok(); ++action) Act();
      Stop();
    }
  }

 private:
  // Acknowledges a version of one group when it is written.
  class Ack final : public Writer {
   public:
    Ack(Executor& executor, Model& model, size_t version)
        : executor_(executor), model_(model), version_(version) {}
    void OnWritten(const Status& status) override {
      if (!status.ok()) return;
      EXPECT_LE(model_.acknowledged, version_);
      model_.acknowledged = version_;
      model_.created = true;
    }
    Executor& executor() const override { return executor_; }

   private:
    Executor& executor_;
    Model& model_;
    const size_t version_;
  };

  std::shared_ptr<Writer> Acknowledge(Model& model) {
    return std::make_shared<Ack>(*writer_, model, model.versions.size() - 1);
  }

  void Start() {
    w_.disk.FailAfter(prng_.Chance(1, 5) ? 1 + prng_.Below(12) : UINT64_MAX);
    Status status = w_.Open();
    while (!status.ok()) {
      // Only the power may be the reason.
      ASSERT_TRUE(w_.disk.blown()) << status.ToString();
      w_.Crash(prng_.Chance(1, 2));
      status = w_.Open();
    }
    writer_ = &w_.world.AddExecutor(0, "writer");
    std::vector<GroupId> expected;
    for (auto it = models_.begin(); it != models_.end();) {
      Check(it->first, it->second);
      if (testing::Test::HasFailure()) return;
      const auto info = w_.log->Find(GroupId(it->first));
      if (!info || info->state.removed) {
        it = models_.erase(it);
      } else {
        expected.push_back(GroupId(it->first));
        ++it;
      }
    }
    EXPECT_EQ(w_.log->Groups(), expected);
  }

  // The group holds one of the versions at or after the acknowledged one; the model becomes it.
  void Check(uint64_t id, Model& model) {
    const auto info = w_.log->Find(GroupId(id));
    if (!info) {
      // A tombstone that is forgotten was durable.
      bool may_be_gone = !model.created;
      for (size_t v = model.acknowledged; v < model.versions.size(); ++v) {
        may_be_gone |= model.versions[v].removed;
      }
      ASSERT_TRUE(may_be_gone) << "group " << id << " is lost";
      return;
    }
    for (size_t v = model.acknowledged; v < model.versions.size(); ++v) {
      const Model::Version& version = model.versions[v];
      if (!Matches(id, *info, version)) continue;
      EXPECT_LE(info->state.start.value,
                std::max(model.truncated[version.life], version.first - 1));
      Model::Version found = version;
      while (found.first <= info->state.start.value && !found.data.empty()) {
        found.data.erase(found.data.begin());
        ++found.first;
      }
      found.first = info->state.start.value + 1;
      model = Model{{found}, 0, true, {{found.life, info->state.start.value}}};
      return;
    }
    ADD_FAILURE() << "group " << id << " holds none of the " << model.versions.size()
                  << " versions from " << model.acknowledged << ": start "
                  << info->state.start.value << " last " << info->last.value << " term "
                  << info->state.hard_state.term.value;
  }

  bool Matches(uint64_t id, const Log::GroupInfo& info, const Model::Version& version) {
    if (info.state.removed != version.removed) return false;
    if (version.removed) return true;
    if (version.life > 0 && info.state.replica != ReplicaId(1000 + version.life)) return false;
    if (info.state.hard_state.term.value != version.term) return false;
    if (info.state.hard_state.commit.value < version.commit) return false;
    const uint64_t last = version.first + version.data.size() - 1;
    if (info.last.value != last) return false;
    for (uint64_t next = info.state.start.value + 1; next <= last;) {
      const auto entries = w_.log->Read(GroupId(id), LogIndex(next), LogIndex(last), 5000);
      if (!entries.ok()) return false;
      for (const auto& entry : *entries) {
        if (entry->index.value < version.first) continue;
        if (entry->data != version.data[entry->index.value - version.first]) return false;
      }
      next = entries->back()->index.value + 1;
    }
    return true;
  }

  void Act() {
    const uint64_t choice = prng_.Below(100);
    if (choice < 8 || models_.empty()) return CreateGroup();
    auto it = models_.begin();
    std::advance(it, prng_.Below(models_.size()));
    auto& [id, model] = *it;
    if (choice < 60) return Append(id, model);
    if (choice < 66) return Replace(id, model);
    if (choice < 80) return Truncate(id, model);
    if (choice < 84) return RemoveGroup(id, model);
    if (choice < 86) return CreateAgain(id, model);
    if (choice < 92) return w_.log->Collect(prng_.Chance(1, 2), [] {});
    w_.world.RunFor(milliseconds(prng_.Below(60)));
  }

  void CreateGroup() {
    const uint64_t id = ++last_id_;
    Model& model = models_[id];
    model.versions.push_back({});
    w_.log->Create(LogWorld::NewGroup(id), {.group = GroupId(id)}, Acknowledge(model));
  }

  // A removed group may come back under a new replica id; nothing of before does.
  void CreateAgain(uint64_t id, Model& model) {
    if (!model.versions.back().removed) return;
    Model::Version version;
    version.life = model.versions.back().life + 1;
    model.versions.push_back(version);
    w_.log->Create(LogWorld::NewGroup(1000 + version.life), {.group = GroupId(id)},
                   Acknowledge(model));
  }

  void Append(uint64_t id, Model& model) {
    Write(id, model, model.versions.back().first + model.versions.back().data.size());
  }

  // As a follower does when a new leader's log differs.
  void Replace(uint64_t id, Model& model) {
    const Model::Version& now = model.versions.back();
    // What is truncated was applied, and is never replaced.
    const uint64_t lowest = std::max(now.first, model.truncated[now.life] + 1);
    const uint64_t next = now.first + now.data.size();
    if (lowest < next) Write(id, model, lowest + prng_.Below(next - lowest));
  }

  void Write(uint64_t id, Model& model, uint64_t first) {
    Model::Version version = model.versions.back();
    if (version.removed) return;
    log::Append append{.group = GroupId(id)};
    if (prng_.Chance(1, 5)) {
      append.has_vote = true;
      ++version.term;
    }
    append.hard_state = {Term(version.term), ReplicaId(id), LogIndex(version.commit)};
    version.data.resize(first - version.first);
    const uint64_t count = prng_.Below(4) + (append.has_vote ? 0 : 1);
    if (count == 0) version = model.versions.back(), version.term = append.hard_state.term.value;
    for (uint64_t i = 0; i < count; ++i) {
      version.data.push_back("g" + std::to_string(id) + "i" + std::to_string(first + i) + "w" +
                             std::to_string(++writes_) + std::string(prng_.Below(3000), '.'));
      append.entries.push_back(LogWorld::Entry(first + i, 1, version.data.back()));
    }
    model.versions.push_back(std::move(version));
    w_.log->Write(std::move(append), Acknowledge(model));
    if (prng_.Chance(1, 2)) w_.world.RunFor(std::chrono::microseconds(prng_.Below(2000)));
  }

  void Truncate(uint64_t id, Model& model) {
    const Model::Version& safe = model.versions[model.acknowledged];
    if (!model.created || safe.removed || safe.data.empty()) return;
    const uint64_t through = safe.first + prng_.Below(safe.data.size());
    // Not what a write under way replaces.
    for (size_t v = model.acknowledged; v < model.versions.size(); ++v) {
      const Model::Version& version = model.versions[v];
      for (uint64_t i = safe.first; i <= through; ++i) {
        if (i - version.first >= version.data.size() ||
            version.data[i - version.first] != safe.data[i - safe.first]) {
          return;
        }
      }
    }
    uint64_t& truncated = model.truncated[safe.life];
    truncated = std::max(truncated, through);
    w_.log->Truncate(GroupId(id), LogIndex(through));
  }

  void RemoveGroup(uint64_t id, Model& model) {
    if (model.versions.back().removed) return;
    Model::Version version = model.versions.back();
    version.removed = true;
    model.versions.push_back(std::move(version));
    w_.log->Remove(GroupId(id), Acknowledge(model));
  }

  void Stop() {
    if (w_.fatal.ok() && prng_.Chance(1, 4)) {
      w_.disk.FailAfter(UINT64_MAX);
      w_.Close();
      if (prng_.Chance(1, 2)) w_.disk.Crash();
      return;
    }
    EXPECT_TRUE(w_.fatal.ok() || w_.disk.blown()) << w_.fatal.ToString();
    if (prng_.Chance(1, 2)) w_.world.RunFor(milliseconds(prng_.Below(30)));
    w_.Crash(prng_.Chance(1, 3));
  }

  LogWorld w_;
  Prng prng_;
  Executor* writer_ = nullptr;
  std::map<uint64_t, Model> models_;
  uint64_t last_id_ = 0;
  uint64_t writes_ = 0;
};

TEST(LogSimTest, EveryGroupHoldsWhatWasPromised) {
  // More with SKERRY_SEEDS=n; one alone with SKERRY_SEED=n.
  const char* one = std::getenv("SKERRY_SEED");
  const char* many = std::getenv("SKERRY_SEEDS");
  const uint64_t first = one != nullptr ? std::stoull(one) : 1;
  const uint64_t last = one != nullptr ? first : many != nullptr ? std::stoull(many) : 200;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life(seed).Run();
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace skerry::log
