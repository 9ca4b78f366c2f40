#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/api/error.h"
#include "server/dynamodb/json_reader.h"
#include "server/dynamodb/messages.h"

// Decoding as data: a request's shape is a table of members (item_shapes.cc, table_shapes.cc, ...);
// from it come the decoding, straight into the api's structs, and the service's messages. One pass
// over the JSON. Faults are collected and reported as the service orders them: a shape that is not
// the request's (SerializationException), then all violated constraints together, then a table
// name, then the first attribute value that is none, then what Skerry has not built.

namespace skerry::dynamodb {

class Decoder;
struct Member;

// Bounds of lengths (strings, lists, maps) or of values (numbers).
struct Constraint {
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();
  bool name_pattern = false;                       // [a-zA-Z0-9_.-]+
  std::span<const std::string_view> allowed = {};  // of strings that are enumerations
};

enum class Presence : uint8_t { kOptional, kRequired };

// What becomes of a member (nothing is accepted and then ignored).
enum class Handling : uint8_t {
  kDone,
  kRecorded,  // returned as the service does, without effect here
  kRefused,   // decoded and validated, then refused by an error that names it
};

using DecodeFn = void (*)(Decoder&, void* object, const Member&);

struct Member {
  std::string_view name;
  DecodeFn decode;
  Presence presence = Presence::kOptional;
  Constraint own = {};
  Constraint element = {};  // of a list's elements
  Handling handling = Handling::kDone;
};

using Shape = std::span<const Member>;

// How table names are read: whose tables, and whether an ARN's account counts.
struct NameRules {
  bool separate_accounts = false;
  std::string_view account = "000000000000";
};

// A table that was named by its ARN: answers name it as the request did.
struct NamedByArn {
  std::string name;
  std::string arn;
};

class Decoder {
 public:
  Decoder(std::string_view json, const Dialect& dialect, const NameRules& rules);

  JsonReader& reader() { return reader_; }

  // Decodes the whole text into `object`, whose members `shape` describes.
  void Decode(Shape shape, void* object);
  // The first fault to be reported, or nothing. After Decode.
  std::optional<api::ApiError> Fault();
  std::vector<NamedByArn> TakeArns() { return std::move(arns_); }

  // --- For decoding functions, which stand at a value that is not null ---

  // The value's kind if it is a structure's, map's, list's or scalar's; else the fault is noted and
  // the reader stops.
  bool BeginStructure() { return BeginObject(messages::kUnexpectedValue); }
  bool BeginMap() { return BeginObject(messages::kUnexpectedField); }
  bool BeginList();
  // A string; nothing after a fault.
  std::string_view TakeString();
  bool TakeBool();
  int64_t TakeInteger(std::string_view type, int64_t min, int64_t max);
  // Takes a null if one stands here.
  bool TakeNull();

  void DecodeStructure(Shape shape, void* object);

  void SerializationFault(std::string message);
  // The first in the order of the request's members wins.
  void ValueFault(std::string message);
  void Refuse(std::string_view member);
  void Violated(std::string clause);
  void CheckString(std::string_view value, const Constraint& constraint);
  void CheckLength(size_t length, std::string_view value, const Constraint& constraint);
  void CheckNumber(int64_t value, const Constraint& constraint);
  void CheckAllowed(std::string_view value, std::span<const std::string_view> allowed);
  // Replaces an ARN by the table's name, and notes the fault of what is no name.
  void ResolveTableName(std::string* name);

  // Where constraints are said to be violated: a member of a structure, an element of a list
  // ("3.member"), an entry of a map ("name.member").
  void Push(std::string_view name, uint32_t rank) { path_.push_back({name, rank, Step::kMember}); }
  void PushElement(uint32_t index) { path_.push_back({{}, index, Step::kElement}); }
  void PushEntry(std::string_view key, uint32_t index) {
    path_.push_back({key, index, Step::kEntry});
  }
  void Pop() { path_.pop_back(); }
  std::string Path() const;
  const Dialect& dialect() const { return dialect_; }

 private:
  enum class Step : uint8_t { kMember, kElement, kEntry };
  struct Segment {
    std::string_view name;
    uint32_t rank;
    Step step;
  };
  // Sorted by the request's model, not by the order in which members were sent.
  struct Violation {
    std::vector<uint32_t> rank;
    size_t number;  // of those of one member, the order in which they were found
    std::string clause;
  };

  bool BeginObject(std::string_view scalar_fault);
  std::vector<uint32_t> Rank() const;

  const Dialect& dialect_;
  const NameRules& rules_;
  JsonReader reader_;
  std::vector<Segment> path_;
  std::optional<std::string> serialization_fault_;
  std::vector<Violation> violations_;
  std::optional<api::ApiError> name_fault_;
  std::optional<std::string> value_fault_;
  uint32_t value_fault_rank_ = 0;
  std::optional<std::string> refused_;
  std::vector<NamedByArn> arns_;
};

}  // namespace skerry::dynamodb
