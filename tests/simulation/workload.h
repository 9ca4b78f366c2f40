#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/prng.h"
#include "base/task.h"
#include "tests/simulation/checkers/history.h"
#include "tests/simulation/checkers/sets.h"
#include "tests/simulation/simulated_cluster.h"

namespace skerry::simulation {

// How often each is drawn, among all.
struct OperationWeights {
  uint64_t put = 4;
  uint64_t remove = 1;
  uint64_t create = 2;
  uint64_t compare_and_set = 4;
  uint64_t add = 2;
  uint64_t get = 6;
  uint64_t count = 6;
  uint64_t set = 3;
  uint64_t batch_write = 1;
  uint64_t batch_get = 1;
  uint64_t query = 1;
  uint64_t scan = 1;
  uint64_t table = 1;
};

struct WorkloadOptions {
  int clients = 8;
  Duration think_max = std::chrono::milliseconds(300);
  Duration patience_max = std::chrono::seconds(12);  // then a client asks for something else
  int tables = 2;  // every other one has a sort key; beside those that come and go
  int registers = 6;
  int counters = 2;
  int sets = 2;
  int operations_max = 60;  // on one register or set; then another item takes its place
  uint64_t value_bytes_max = 200;
  OperationWeights weights = {};
};

// Clients of all nodes, and what they saw. Each does one thing after another: single writes with
// and without conditions, reads, batches, queries and scans over several tables, and tables that
// come and go. Everything that is written is told apart, so that the checkers can judge.
class Workload {
 public:
  // References outlive it.
  Workload(SimulatedCluster& cluster, WorkloadOptions options, uint64_t seed);

  // Makes the tables; blocks until they are there.
  Status Prepare();
  void Start();
  void Stop() { running_ = false; }
  bool idle() const { return active_ == 0; }
  // A client whose node has died knows at once. To be called often.
  void NoticeCrashes();
  // Reads everything strongly through that node, into the histories; blocks.
  Status ReadAll(int node);

  const History& registers() const { return registers_; }
  const History& counters() const { return counters_; }
  const std::map<std::string, SetHistory>& sets() const { return sets_; }
  // What was wrong at sight.
  const std::vector<std::string>& violations() const { return violations_; }
  // Answers, by what was asked and what came of it.
  const std::map<std::string, uint64_t>& answers() const { return answers_; }
  uint64_t done() const { return done_; }

 private:
  // A question that is out.
  struct Turn {
    int node = 0;
    int life = 0;
    bool over = false;
    std::function<void()> wake;
  };
  struct Place {
    std::string table;
    std::string key;
  };
  // As far as its client knows.
  enum class TableState : uint8_t { kMaybe, kThere, kGone };
  static constexpr uint64_t kBuckets = 3;     // of a table with a sort key
  static constexpr uint64_t kTablesMax = 40;  // that come and go
  // Where in a history something stands.
  struct Mark {
    std::vector<Operation>* history;
    size_t at;
    Operation& operator*() const { return (*history)[at]; }
  };
  using ItemKey = document::AttributeMap;

  Task<void> Client(int number);
  Task<void> One();
  Task<void> Put();
  Task<void> Remove();
  Task<void> Update(bool on_counter);
  Task<void> Get(bool counter);
  Task<void> AddToSet();
  Task<void> GetSet();
  Task<void> BatchWrite();
  Task<void> BatchGet();
  Task<void> ReadMany(bool scan);
  Task<void> TableLife();
  Task<void> GetPlace(int node, Place place, std::vector<Operation>* history);
  Task<void> GetSetAt(int node, Place place);

  // --- workload_many.cc
  template <typename Request>
  Task<void> ReadPages(int node,
                       Task<api::Outcome<api::ReadManyResult>> (api::Operations::*method)(
                           const api::RequestContext&, Request),
                       Request request, std::string bucket);
  Task<Status> CreateTables();
  Task<Status> ReadEverything(int node);
  Task<Status> ReadItem(int node, std::string path, std::vector<Operation>* history);
  Task<Status> CheckTables(int node);
  Status Run(Task<Status> task, Duration within);
  std::vector<Place> SeveralRegisters();
  std::vector<std::string> KnownIn(const std::string& table, const std::string& bucket);
  void Saw(const std::string& path, int64_t value, uint64_t called);
  void SawPages(const std::string& table, const std::vector<std::string>& known,
                const std::vector<document::EncodedItem>& items, uint64_t called);
  void CountTable(const char* what, const api::ApiError* error);

  // Sends the request to a node and waits for the answer, but no longer than a client does;
  // `record` hears of the answer whenever it comes. False: there was none.
  template <typename Answer>
  using Record = std::function<void(api::Outcome<Answer>&)>;
  template <typename Request, typename Answer>
  Task<bool> Ask(int node,
                 Task<api::Outcome<Answer>> (api::Operations::*method)(const api::RequestContext&,
                                                                       Request),
                 Request request, Record<Answer> record);

  std::optional<int> AnyNode();
  Place Register();
  Place SetPlace();
  Place PlaceOf(const std::string& name);
  static std::string PathOf(const Place& place) { return place.table + "/" + place.key; }
  static Place PlaceIn(const std::string& path) {
    const size_t slash = path.find('/');
    return {path.substr(0, slash), path.substr(slash + 1)};
  }
  static std::string BucketOf(uint64_t number) { return "bucket-" + std::to_string(number); }
  ItemKey KeyOf(const Place& place) const;
  document::Item ItemOf(const Place& place, int64_t value);
  std::string TableOf(int number) const { return "table-" + std::to_string(number); }
  bool HasSortKey(const std::string& table) const;
  int64_t NewValue() { return ++last_value_ * 1000; }
  uint64_t Event() { return ++events_; }

  Mark Call(std::vector<Operation>* history, Operation::Kind kind, int64_t value = 0,
            int64_t expected = 0);
  void Return(const Mark& mark, const char* what, const api::ApiError* error);
  void Count(const char* what, const api::ApiError* error);
  void Violation(std::string what) { violations_.push_back(std::move(what)); }

  SimulatedCluster& cluster_;
  const WorkloadOptions options_;
  Prng prng_;
  sim::SimExecutor& executor_;
  bool running_ = false;
  int active_ = 0;
  uint64_t events_ = 0;
  int64_t last_value_ = 0;
  uint64_t last_table_ = 0;
  uint64_t done_ = 0;
  std::vector<std::shared_ptr<Turn>> turns_;
  std::vector<int> generations_;  // of registers, then of sets
  // By their paths: "table/key".
  History registers_;
  History counters_;
  std::map<std::string, SetHistory> sets_;
  std::map<std::string, TableState> tables_;  // that come and go
  std::vector<std::string> violations_;
  std::map<std::string, uint64_t> answers_;
};

template <typename Request, typename Answer>
Task<bool> Workload::Ask(
    int node,
    Task<api::Outcome<Answer>> (api::Operations::*method)(const api::RequestContext&, Request),
    Request request, Record<Answer> record) {
  if (!cluster_.IsUp(node) || !cluster_.IsServing(node)) co_return false;
  auto turn = std::make_shared<Turn>(Turn{node, cluster_.life(node), false, {}});
  turns_.push_back(turn);
  auto answered = std::make_shared<bool>(false);
  Executor& reactor = cluster_.reactor(node, prng_.Below(2));
  const auto patience = Duration(
      static_cast<int64_t>(prng_.Below(static_cast<uint64_t>(options_.patience_max.count()))));
  co_await AwaitCallback<bool>([&](auto done) {
    auto shared = std::make_shared<decltype(done)>(std::move(done));
    turn->wake = [this, turn, shared] {
      if (std::exchange(turn->over, true)) return;
      executor_.Post([shared] { (*shared)(true); });
    };
    executor_.PostAfter(patience, [turn] { turn->wake(); });
    reactor.Post([this, node, &reactor, method, request = std::move(request), turn, answered,
                  record = std::move(record)]() mutable {
      // Outlives the operation.
      auto context =
          std::make_shared<api::RequestContext>(api::RequestContext{reactor, api::kDefaultAccount});
      Spawn((cluster_.operations(node).*method)(*context, std::move(request)),
            [context, turn, answered, record = std::move(record)](api::Outcome<Answer> outcome) {
              *answered = true;
              record(outcome);
              turn->wake();
            });
    });
  });
  turn->wake = [] {};
  std::erase(turns_, turn);
  co_return *answered;
}

}  // namespace skerry::simulation
