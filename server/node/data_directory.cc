#include "server/node/data_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <utility>
#include <vector>

namespace skerry::node {
namespace {

constexpr const char* kMarker = "SKERRY";
constexpr const char* kLock = "LOCK";
constexpr uint64_t kMarkerBytesMax = 4096;

// "name value" lines; an empty view if the name is not there.
std::string_view Field(std::string_view marker, std::string_view name) {
  while (!marker.empty()) {
    const size_t end = std::min(marker.find('\n'), marker.size());
    const std::string_view line = marker.substr(0, end);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ') {
      return line.substr(name.size() + 1);
    }
    marker.remove_prefix(std::min(end + 1, marker.size()));
  }
  return {};
}

bool ParseNumber(std::string_view text, int base, uint64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

Status Unusable(const Status& why, const std::string& path) {
  return IoError(fmt::format(
      "the data directory {} cannot be used ({}): choose another with --data-dir, or make it "
      "writable for this user",
      path, why.message()));
}

Status Locked(const Status& why, const std::string& path) {
  if (why.code() != StatusCode::kFailedPrecondition) return Unusable(why, path);
  return FailedPrecondition(fmt::format(
      "the data directory {} belongs to a node that runs ({}): stop that one, or choose "
      "another with --data-dir",
      path, why.message()));
}

}  // namespace

Result<DataDirectory> DataDirectory::Open(Disk& disk, const std::string& path) {
  DataDirectory directory(disk, path);
  if (Status made = disk.CreateDirectory(path); !made.ok()) return Unusable(made, path);
  SKERRY_ASSIGN_OR_RETURN(const std::vector<std::string> names, disk.List(path));
  const bool ours = std::find(names.begin(), names.end(), kMarker) != names.end();
  const bool empty = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return name == kLock || name == std::string(kMarker) + ".tmp" || name == "lost+found";
  });
  if (!ours && !empty) {
    return FailedPrecondition(
        fmt::format("{} is not empty and not a data directory of Skerry (it has no file {}): "
                    "choose another with "
                    "--data-dir, or copy the whole directory if this is a copy",
                    path, kMarker));
  }
  Result<std::unique_ptr<FileLock>> lock = disk.Lock(path + "/" + kLock);
  if (!lock.ok()) return Locked(lock.status(), path);
  directory.lock_ = std::move(*lock);
  if (ours) {
    SKERRY_RETURN_IF_ERROR(directory.ReadMarker());
  } else {
    SKERRY_RETURN_IF_ERROR(
        directory.Make(std::random_device()() | uint64_t{std::random_device()()} << 32));
  }
  return directory;
}

Status DataDirectory::Make(uint64_t identity) {
  identity_ = identity;
  complete_ = false;
  return WriteMarker();
}

Status DataDirectory::ReadMarker() {
  const std::string file = path_ + "/" + kMarker;
  SKERRY_ASSIGN_OR_RETURN(const std::string marker, ReadWholeFile(*disk_, file, kMarkerBytesMax));
  uint64_t format = 0;
  if (!ParseNumber(Field(marker, "format"), 10, &format)) {
    return Corruption(file + " is damaged: restore the data directory from a backup");
  }
  if (format > kFormat) {
    return FailedPrecondition(fmt::format(
        "{} was written by a newer version of Skerry (format {}; this one reads up to {}): "
        "start that version",
        path_, format, kFormat));
  }
  const std::string_view state = Field(marker, "state");
  if (!ParseNumber(Field(marker, "identity"), 16, &identity_) ||
      (state != "complete" && state != "new")) {
    return Corruption(file + " is damaged: restore the data directory from a backup");
  }
  complete_ = state == "complete";
  const std::string_view cluster = Field(marker, "cluster");
  if (!cluster.empty()) {
    membership_.cluster = cluster;
    if (!ParseNumber(Field(marker, "node"), 10, &membership_.node)) {
      return Corruption(file + " is damaged: restore the data directory from a backup");
    }
  }
  if (!complete_) return OkStatus();
  for (const std::string& part : {log_path(), engine_path()}) {
    SKERRY_ASSIGN_OR_RETURN(const bool exists, disk_->Exists(part));
    if (!exists) {
      return Corruption(part +
                        " is missing: the data directory was copied in part; copy all of it "
                        "while the node is stopped");
    }
  }
  return OkStatus();
}

Status DataDirectory::WriteMarker() {
  // What knows nothing of clusters must not open a directory of a cluster's.
  const bool member = !membership_.cluster.empty();
  std::string marker = fmt::format("format {}\nidentity {:016x}\nstate {}\n", member ? 2 : 1,
                                   identity_, complete_ ? "complete" : "new");
  if (member) {
    marker += fmt::format("cluster {}\nnode {}\n", membership_.cluster, membership_.node);
  }
  return ReplaceFile(*disk_, path_, kMarker, marker);
}

Status DataDirectory::Join(Membership membership) {
  SKERRY_CHECK(membership_.cluster.empty());
  membership_ = std::move(membership);
  return WriteMarker();
}

Status DataDirectory::MarkComplete() {
  if (complete_) return OkStatus();
  complete_ = true;
  return WriteMarker();
}

}  // namespace skerry::node
