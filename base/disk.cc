#include "base/disk.h"

#include <utility>

namespace skerry {

Result<std::string> ReadWholeFile(Disk& disk, const std::string& path, uint64_t limit) {
  SKERRY_ASSIGN_OR_RETURN(auto file, disk.Open(path, OpenMode::kRead));
  SKERRY_ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  if (size > limit) return ResourceExhausted(path + ": longer than expected");
  std::string content(size, '\0');
  SKERRY_ASSIGN_OR_RETURN(const size_t got, file->ReadAt(0, content.data(), content.size()));
  content.resize(got);
  return content;
}

Status ReplaceFile(Disk& disk, const std::string& directory, const std::string& name,
                   std::string_view content) {
  const std::string path = directory + "/" + name;
  const std::string temporary = path + ".tmp";
  SKERRY_ASSIGN_OR_RETURN(const bool left_over, disk.Exists(temporary));
  if (left_over) SKERRY_RETURN_IF_ERROR(disk.Remove(temporary));
  SKERRY_ASSIGN_OR_RETURN(auto file, disk.Open(temporary, OpenMode::kCreate));
  SKERRY_RETURN_IF_ERROR(file->WriteAt(0, content));
  SKERRY_RETURN_IF_ERROR(file->Sync());
  SKERRY_RETURN_IF_ERROR(disk.Rename(temporary, path));
  return disk.SyncDirectory(directory);
}

}  // namespace skerry
