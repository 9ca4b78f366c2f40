#include "storage/engine/rocksdb/directory.h"

#include <algorithm>
#include <vector>

namespace skerry::engine {
namespace {

// The content of ENGINE. They never change; another form of the engine's files gets another number.
constexpr std::string_view kCreating = "skerry engine 1 creating\n";
constexpr std::string_view kComplete = "skerry engine 1\n";
constexpr std::string_view kAnyVersion = "skerry engine ";

std::string MarkerPath(const std::string& path) { return path + "/ENGINE"; }

// Replaces the marker. Once that is durable, so is its content.
Status WriteMarker(Disk& disk, const std::string& path, std::string_view content) {
  const std::string temporary = MarkerPath(path) + ".new";
  if (Status removed = disk.Remove(temporary);
      !removed.ok() && removed.code() != StatusCode::kNotFound) {
    return removed;
  }
  SKERRY_ASSIGN_OR_RETURN(std::unique_ptr<File> file, disk.Open(temporary, OpenMode::kCreate));
  SKERRY_RETURN_IF_ERROR(file->WriteAt(0, content));
  SKERRY_RETURN_IF_ERROR(file->Sync());
  return disk.Rename(temporary, MarkerPath(path));
}

// The first marker. It is not synced: what of it survives a loss of power says the same.
Status WriteFirstMarker(Disk& disk, const std::string& path) {
  SKERRY_ASSIGN_OR_RETURN(std::unique_ptr<File> file,
                          disk.Open(MarkerPath(path), OpenMode::kCreate));
  return file->WriteAt(0, kCreating);
}

Status EmptyIncoming(Disk& disk, const std::string& path) {
  const std::string directory = IncomingDirectory(path);
  SKERRY_RETURN_IF_ERROR(disk.CreateDirectory(directory));
  SKERRY_ASSIGN_OR_RETURN(const std::vector<std::string> names, disk.List(directory));
  for (const std::string& name : names) SKERRY_RETURN_IF_ERROR(disk.Remove(directory + "/" + name));
  return {};
}

// Removes the files of a creation that was cut short. Nothing was ever durable in them.
Status StartAgain(Disk& disk, const std::string& path, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name == "ENGINE" || name == "incoming") continue;
    SKERRY_RETURN_IF_ERROR(disk.Remove(path + "/" + name));
  }
  return EmptyIncoming(disk, path);
}

Status NotOurs(const std::string& path, const std::string& marker) {
  if (marker.starts_with(kAnyVersion)) {
    return FailedPrecondition(path + " was written by a newer version of this server (" +
                              MarkerPath(path) + " says \"" + marker.substr(0, marker.find('\n')) +
                              "\"): use that version");
  }
  return Corruption(MarkerPath(path) + " is damaged: restore " + path + " from a backup");
}

Status Incomplete(const std::string& path, const std::string& missing) {
  return FailedPrecondition(path + " is incomplete (there is no " + path + "/" + missing +
                            "; half copied?): copy or restore it in full");
}

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// CURRENT holds the name of the manifest, which names all other files; RocksDB would tell of either
// without saying what to do.
Status CheckManifest(Disk& disk, const std::string& path, const std::vector<std::string>& names) {
  constexpr std::string_view kCurrent = "CURRENT";
  if (!Contains(names, kCurrent)) return Incomplete(path, std::string(kCurrent));
  const std::string file = path + "/" + std::string(kCurrent);
  SKERRY_ASSIGN_OR_RETURN(std::string manifest, ReadWholeFile(disk, file, 1024));
  if (!manifest.starts_with("MANIFEST-") || !manifest.ends_with('\n')) {
    return Corruption(file + " is damaged: restore " + path + " from a backup");
  }
  manifest.pop_back();
  return Contains(names, manifest) ? Status() : Incomplete(path, manifest);
}

}  // namespace

std::string IncomingDirectory(const std::string& path) { return path + "/incoming"; }

Status PrepareDirectory(Disk& disk, const std::string& path, bool* create) {
  *create = true;
  SKERRY_RETURN_IF_ERROR(disk.CreateDirectory(path));
  SKERRY_ASSIGN_OR_RETURN(std::vector<std::string> names, disk.List(path));
  std::erase(names, "ENGINE.new");
  if (names.empty()) {
    SKERRY_RETURN_IF_ERROR(WriteFirstMarker(disk, path));
    return EmptyIncoming(disk, path);
  }
  if (!Contains(names, "ENGINE")) {
    return FailedPrecondition(
        path + " is not empty and holds no data of this server (there is no " + MarkerPath(path) +
        "): use another directory, or the one that was meant");
  }
  SKERRY_ASSIGN_OR_RETURN(const std::string marker, ReadWholeFile(disk, MarkerPath(path), 1024));
  if (marker == kCreating || marker.empty()) return StartAgain(disk, path, names);
  if (marker != kComplete) return NotOurs(path, marker);
  SKERRY_RETURN_IF_ERROR(CheckManifest(disk, path, names));
  *create = false;
  return EmptyIncoming(disk, path);
}

Status CompleteDirectory(Disk& disk, const std::string& path) {
  SKERRY_ASSIGN_OR_RETURN(const std::vector<std::string> names, disk.List(path));
  for (const std::string& name : names) {
    if (name == "CURRENT" || name == "IDENTITY" || name.starts_with("MANIFEST-")) {
      Result<std::unique_ptr<File>> file = disk.Open(path + "/" + name, OpenMode::kReadWrite);
      // RocksDB removes its first manifest meanwhile.
      if (file.status().code() == StatusCode::kNotFound) continue;
      if (!file.ok()) return file.status();
      SKERRY_RETURN_IF_ERROR((*file)->Sync());
    }
  }
  SKERRY_RETURN_IF_ERROR(WriteMarker(disk, path, kComplete));
  return disk.SyncDirectory(path);
}

}  // namespace skerry::engine
