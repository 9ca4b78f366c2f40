#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/status.h"
#include "storage/engine/engine.h"

namespace skerry::replica {

// What a write does to the data, which decides how much of the room is open to it.
enum class Purpose : uint8_t {
  kGrow,    // there will be more
  kKeep,    // there will not: deletes, items that get smaller or stay as large
  kSystem,  // the catalog's own: a table that is on its way comes or goes
};

struct AdmissionOptions {
  // Proposed and not yet applied, by all replicas of the node; a single write may be larger.
  uint64_t pending_bytes_max = 64 << 20;
  // Of stamped writes that one partition keeps for a minute. What is beyond the first is refused;
  // beyond the second only that a write was applied is kept, without its answer.
  uint64_t kept_answers_max = 2 << 20;
  uint64_t kept_answer_bytes_max = 64 << 20;
};

class Admission;

// Room that is spoken for: given back when this goes, which is when the write was applied or has
// failed. Goes before its Admission.
class Ticket {
 public:
  Ticket() = default;
  Ticket(Ticket&& other) noexcept : admission_(std::exchange(other.admission_, nullptr)) {
    bytes_ = other.bytes_;
  }
  Ticket& operator=(Ticket&& other) noexcept {
    std::swap(admission_, other.admission_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Ticket();

 private:
  friend class Admission;
  Ticket(Admission* admission, uint64_t bytes) : admission_(admission), bytes_(bytes) {}

  Admission* admission_ = nullptr;
  uint64_t bytes_ = 0;
};

// Whether a write may be proposed: what is in the log must be applied, so there has to be room for
// it in the engine before, beside all that is under way. The last eighth of the room is kept for
// writes that do not add to the data, so that a full store can be emptied, and a part of that for
// the catalog. Thread-safe; takes no lock.
class Admission {
 public:
  // `load` is called for every write, on any thread.
  Admission(std::function<engine::Load()> load, AdmissionOptions options)
      : load_(std::move(load)), options_(options) {}

  // About what `payload_bytes` in that many rows take of an engine's memory, at most.
  static constexpr uint64_t Cost(uint64_t payload_bytes, uint64_t rows) {
    return payload_bytes + (rows + 1) * kRowOverhead;  // with the row of the group's own state
  }

  // kStorageFull: there is no room until something is deleted. kResourceExhausted: not now; what is
  // under way, or the engine's work in the background, makes room.
  Result<Ticket> Admit(Purpose purpose, uint64_t cost);

  const AdmissionOptions& options() const { return options_; }
  uint64_t pending_bytes() const { return pending_.load(std::memory_order_relaxed); }
  uint64_t refusals() const { return refusals_.load(std::memory_order_relaxed); }

 private:
  friend class Ticket;
  static constexpr uint64_t kRowOverhead = 256;

  Status Check(Purpose purpose, uint64_t cost, uint64_t pending_before);

  const std::function<engine::Load()> load_;
  const AdmissionOptions options_;
  std::atomic<uint64_t> pending_ = 0;
  std::atomic<uint64_t> refusals_ = 0;
  std::atomic<uint32_t> draws_ = 0;
};

inline Ticket::~Ticket() {
  if (admission_ != nullptr) admission_->pending_.fetch_sub(bytes_, std::memory_order_relaxed);
}

}  // namespace skerry::replica
