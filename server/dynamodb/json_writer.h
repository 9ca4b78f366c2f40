#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Pieces of JSON appended to an answer.

namespace skerry::dynamodb {

// Quoted, with the escapes that JSON asks for and no others.
void AppendJsonString(std::string_view utf8, std::string* out);

void AppendInteger(int64_t value, std::string* out);
// Capacity units, kept in halves: 0.5, 1.0, 12.5.
void AppendHalves(uint64_t halves, std::string* out);
// Seconds since the epoch with milliseconds: 1795382067.423.
void AppendTimestamp(double seconds, std::string* out);
// A plain double with one decimal at least: 0.0, 1.0.
void AppendDouble(double value, std::string* out);

// The commas of an object or a list: writes what must stand before the next member.
class Separator {
 public:
  void Next(std::string* out) {
    if (any_) out->push_back(',');
    any_ = true;
  }
  // ,"name":
  void Member(std::string_view name, std::string* out) {
    Next(out);
    out->push_back('"');
    out->append(name);
    out->append("\":");
  }

 private:
  bool any_ = false;
};

}  // namespace skerry::dynamodb
