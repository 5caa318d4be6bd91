// The origins (what runs where) that captured tasks refer to by number.
//
// Written by tracer threads at fork and exec, read by the batcher; entries never change and are dropped
// when the last task that refers to them is gone. Thread-safe; not for the hot path.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "proto/syscall_batch.h"

namespace da {

enum class OriginId : std::uint32_t {};

class OriginTable {
 public:
  /// Adds one with a single reference.
  OriginId add(Origin origin);
  void retain(OriginId id);
  void release(OriginId id);
  /// Null if released for good.
  [[nodiscard]] std::shared_ptr<const Origin> find(OriginId id) const;
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<const Origin> origin;
    std::uint32_t references = 1;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::uint32_t, Entry> entries_;
  std::uint32_t next_ = 1;
};

}  // namespace da
