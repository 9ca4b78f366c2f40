// skerry-log: looks into a node's log, and ends a damaged one before its damage.

#include <cstdio>
#include <string>

#include "base/posix_disk.h"
#include "replication/log/salvage.h"

namespace {

int Fail(const skerry::Status& status) {
  std::fprintf(stderr, "skerry-log: %s\n", status.ToString().c_str());
  return 1;
}

int Dump(const std::string& directory) {
  skerry::PosixDisk disk;
  const skerry::Status status = skerry::log::Describe(
      disk, directory, [](const std::string& line) { std::puts(line.c_str()); });
  return status.ok() ? 0 : Fail(status);
}

int Cut(const std::string& directory) {
  skerry::PosixDisk disk;
  const auto cut = skerry::log::CutAtDamage(disk, directory);
  if (!cut.ok()) return Fail(cut.status());
  std::printf("was: %s\n", cut->why.c_str());
  std::printf(
      "the log now ends at segment %llu, offset %llu; acknowledged writes behind it are lost\n",
      static_cast<unsigned long long>(cut->end.segment),
      static_cast<unsigned long long>(cut->end.offset));
  for (const std::string& file : cut->set_aside) std::printf("set aside: %s\n", file.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc == 3 ? argv[1] : "";
  if (command == "dump") return Dump(argv[2]);
  if (command == "cut") return Cut(argv[2]);
  std::fputs(
      "skerry-log dump DIRECTORY   prints what the log in it holds\n"
      "skerry-log cut DIRECTORY    gives up what lies behind the first damage, so that the node "
      "can\n"
      "                            start; copy the data directory first\n"
      "DIRECTORY is the log's, in the data directory of a node that is not running.\n",
      stderr);
  return 2;
}
