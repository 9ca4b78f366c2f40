// The bytes of a segment from anywhere: reading, summarising and decoding never crash, and what is
// accepted is in order. Run with the corpus in tests/fuzz/corpus/log_reader_fuzz.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/memory_disk.h"
#include "replication/log/index.h"
#include "replication/log/reader.h"
#include "replication/log/recovery.h"

namespace skerry::log {
namespace {

void ReadSegment(const File& file) {
  SegmentReader reader(file, 1);
  if (!reader.ReadHeader().ok()) return;
  IndexBuilder builder;
  Batch batch;
  uint64_t last = reader.offset();
  while (*reader.Next(&batch)) {
    SKERRY_CHECK(batch.header.position.offset == last && batch.end > last);
    last = batch.end;
    for (const RecordView& record : batch.records) {
      const auto summary = SummarizeRecord(record.payload);
      SKERRY_CHECK(builder.Add(record).ok() == summary.ok());
      if (!summary.ok() || !std::holds_alternative<AppendSummary>(*summary)) continue;
      const auto& append = std::get<AppendSummary>(*summary);
      std::vector<raft::EntryPtr> entries;
      SKERRY_CHECK(DecodeEntries(record.payload, append.first, append.last, &entries).ok());
      SKERRY_CHECK(entries.size() == append.last.value + 1 - append.first.value);
    }
  }
  const auto synced = reader.HighestSyncedBeyond();
  SKERRY_CHECK(synced.ok());
  const auto index = builder.Build();
  if (!index.ok()) return;
  for (const auto& [id, group] : *index) {
    LogIndex next;
    for (const RecordRef& ref : group.refs) {
      SKERRY_CHECK(ref.first > next || next.value == 0);
      SKERRY_CHECK(ref.last >= ref.first);
      next = ref.last;
    }
  }
}

// A checksum that a mutation broke hides what is behind it: payloads are tried alone as well.
void ReadPayload(std::string_view payload) {
  const auto summary = SummarizeRecord(payload);
  std::vector<raft::EntryPtr> entries;
  const Status status = DecodeEntries(payload, LogIndex(0), LogIndex(UINT64_MAX), &entries);
  if (summary.ok() && std::holds_alternative<AppendSummary>(*summary)) SKERRY_CHECK(status.ok());
}

}  // namespace
}  // namespace skerry::log

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace skerry;  // NOLINT: an entry point
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  MemoryDisk disk;
  auto file = disk.Open("segment", OpenMode::kCreate);
  SKERRY_CHECK(file.ok() && (*file)->WriteAt(0, bytes).ok());
  log::ReadSegment(**file);
  log::ReadPayload(bytes);

  // The same as the only file of a log: opened, or refused by a Status.
  SKERRY_CHECK(disk.CreateDirectory("log").ok());
  SKERRY_CHECK(disk.Rename("segment", "log/0000000000000001.seg").ok());
  const auto recovered = log::Recover(disk, "log", 7);
  (void)recovered;
  return 0;
}
