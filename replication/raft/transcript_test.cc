// Scenarios as text: testdata/*.txt hold commands and what they print, reviewed as text. To write
// what is printed now into the files: SKERRY_REWRITE=1 replication_raft_test.
//
// One replica, number 1: "start [other-voters=2,3] [term= vote= commit= applied= last= ...]".
// Several: "cluster voters=1,2,3 [learners=4] [empty=5] [append-bytes= in-flight= cached=
// max-pending=]"; all but the empty ones begin behind entry 1, which stands for a base state.
//
// Of a replica, its number first unless there is only one:
//   log terms=1,2,2 [term= vote= commit=]   what is on its disk behind entry 1
//   tick [N] | timeout                      time passes; until it does something
//   campaign | propose WORD... | read | transfer N | change voters=1,2 [learners=3]
//   ready | persisted N | applied index=N   step by step; `process`: all of it, until idle
//   flush                                   its log forgets what is applied
//   crash | restart | progress
// Of messages: messages | deliver [A->B] | drop [A->B] | cut A->B... | hold A->B... | isolate N |
//   heal (what was held arrives) | settle [quietly] (process and deliver until nothing is left)
// Whose status has changed is printed after each command.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "replication/raft/transcript_cluster.h"

namespace skerry::raft {
namespace {

// A file is blocks divided by empty lines: a command, "----", what it prints. '#' begins a comment.
std::string PlayFile(const std::string& content) {
  std::istringstream in(content);
  std::ostringstream out;
  TranscriptCluster cluster;
  bool skipping = false;
  for (std::string line; std::getline(in, line);) {
    if (skipping && !line.empty()) continue;
    skipping = false;
    if (line == "----") {
      skipping = true;
      continue;
    }
    out << line << "\n";
    if (line.empty() || line.starts_with('#')) continue;
    out << "----\n" << cluster.Play(line);
  }
  return out.str();
}

TEST(RaftTranscriptTest, PrintsWhatTheFilesSay) {
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(SKERRY_RAFT_TESTDATA)) {
    ++files;
    std::stringstream content;
    content << std::ifstream(file.path()).rdbuf();
    const std::string played = PlayFile(content.str());
    EXPECT_EQ(played.find("unknown command"), std::string::npos) << file.path();
    EXPECT_EQ(played.find("never ends"), std::string::npos) << file.path();
    if (std::getenv("SKERRY_REWRITE") != nullptr)
      std::ofstream(file.path()) << played;
    else
      EXPECT_EQ(played, content.str()) << file.path();
  }
  EXPECT_GE(files, 27);
}

}  // namespace
}  // namespace skerry::raft
