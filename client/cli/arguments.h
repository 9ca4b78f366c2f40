#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace skerry::cli {

// What the command line asks for.
struct Command {
  enum class Kind {
    kPrint,  // `text`, and end: help, version
    kStatus,
    kNodes,
    kPartitions,
    kVersion,
    kTell,  // POST /cluster/NAME
  };
  Kind kind = Kind::kPrint;
  std::string text;
  std::string admin;  // host:port of a node's admin port
  bool json = false;
  std::string account;  // of kPartitions: only those of this account and
  std::string table;    // this table; empty: all
  std::string name;     // of kTell, with its body
  std::string body;
};

// Without the program's name. Reads SKERRY_ADMIN. A failure says what is wrong, for whoever typed
// it.
Result<Command> ParseArguments(std::vector<std::string> arguments);

}  // namespace skerry::cli
