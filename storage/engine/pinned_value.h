#pragma once

#include <cstddef>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

// A value read from an engine, held where the engine has it (block cache, memtable) and not copied.

namespace skerry::engine {

// Holds what it was given until it is reset, given another value or destroyed; must not outlive the
// engine. Movable; the view is asked for again after a move. Thread-compatible.
class PinnedValue {
 public:
  PinnedValue() = default;
  PinnedValue(PinnedValue&& other) noexcept { TakeFrom(&other); }
  PinnedValue& operator=(PinnedValue&& other) noexcept {
    if (this != &other) {
      Reset();
      TakeFrom(&other);
    }
    return *this;
  }
  PinnedValue(const PinnedValue&) = delete;
  PinnedValue& operator=(const PinnedValue&) = delete;
  ~PinnedValue() { Reset(); }

  std::string_view view() const { return view_; }

  void Reset() {
    if (manage_ != nullptr) manage_(storage_, nullptr);
    manage_ = nullptr;
    view_ = {};
  }

  // For engines. Holder keeps the bytes alive; it has a default constructor, a move constructor
  // that does not throw, and `std::string_view view() const`. Call Publish when it has its bytes.
  template <typename Holder>
  Holder& Emplace() {
    static_assert(sizeof(Holder) <= kStorageBytes && alignof(Holder) <= kStorageAlign);
    static_assert(std::is_nothrow_move_constructible_v<Holder>);
    Reset();
    auto* holder = new (storage_) Holder();
    manage_ = &Manage<Holder>;
    return *holder;
  }
  template <typename Holder>
  void Publish(const Holder& holder) {
    view_ = holder.view();
  }

 private:
  static constexpr size_t kStorageBytes = 128;
  static constexpr size_t kStorageAlign = 16;

  // Destroys the holder in `from`; first moves it to `to`, unless that is null, and returns its
  // view.
  template <typename Holder>
  static std::string_view Manage(void* from, void* to) {
    auto* holder = std::launder(reinterpret_cast<Holder*>(from));
    std::string_view view;
    if (to != nullptr) view = (new (to) Holder(std::move(*holder)))->view();
    holder->~Holder();
    return view;
  }

  void TakeFrom(PinnedValue* other) {
    if (other->manage_ == nullptr) return;
    manage_ = std::exchange(other->manage_, nullptr);
    view_ = manage_(other->storage_, storage_);
    other->view_ = {};
  }

  std::string_view view_;
  std::string_view (*manage_)(void* from, void* to) = nullptr;
  alignas(kStorageAlign) std::byte storage_[kStorageBytes];
};

}  // namespace skerry::engine
