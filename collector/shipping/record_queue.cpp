#include "collector/shipping/record_queue.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

namespace da {
namespace {

// The layout of one event in the ring: this header, then for each captured argument its bytes.
// An event never wraps: what is left at the end of the ring is skipped by a filler.
struct Slot {
  std::uint32_t size;  // of the whole slot, a multiple of kAlign
  std::uint8_t kind;   // EventKind, or kFiller
  std::uint8_t flags;  // kFromBirth, kGap
  std::uint8_t captured_count;
  std::uint8_t arg_count;
  std::uint32_t call;
  std::uint32_t origin;
  std::uint64_t lost;
  std::uint64_t task;
  std::int32_t tid;
  std::int32_t pid;
  std::int64_t result;
  std::int64_t time_ns;
  std::uint64_t args[kMaxCallArgs];
};
struct CapturedHeader {
  std::uint16_t size;
  std::uint8_t arg;
  std::uint8_t kind_and_truncated;
};
constexpr std::size_t kAlign = 8;
constexpr std::uint8_t kFiller = 0xff;
constexpr std::uint8_t kTruncatedBit = 0x80;
constexpr std::uint8_t kFromBirth = 1;
constexpr std::uint8_t kGap = 2;

// The least that can be left at the end of the ring holds a filler's size and kind.
static_assert(kAlign >= offsetof(Slot, kind) + sizeof(Slot::kind));
static_assert(sizeof(Slot) % kAlign == 0);

/// What of an event travels: as many captures, and as much of each, as the reader has room for.
std::span<const CapturedArg> kept(const SyscallRecord& record) {
  return record.captured.first(std::min(record.captured.size(), kMaxCallArgs));
}
std::string_view kept(const CapturedArg& captured) {
  return captured.bytes.substr(0, kMaxCapturedBytes);
}

constexpr std::size_t aligned(std::size_t size) {
  return (size + kAlign - 1) & ~(kAlign - 1);
}

}  // namespace

RecordQueue::RecordQueue(std::size_t capacity_bytes)
    : capacity_(std::bit_ceil(std::clamp<std::size_t>(capacity_bytes, 1U << 16U, 1U << 31U))),
      memory_(std::make_unique_for_overwrite<std::byte[]>(capacity_)) {}

bool RecordQueue::try_push(const CaptureEvent& event) noexcept {
  std::size_t needed = sizeof(Slot);
  for (const CapturedArg& captured : kept(event.record))
    needed += sizeof(CapturedHeader) + kept(captured).size();
  needed = aligned(needed);

  const std::size_t head = head_.load(std::memory_order_relaxed);
  const std::size_t offset = head & (capacity_ - 1);
  const std::size_t until_end = capacity_ - offset;
  const std::size_t filler = until_end < needed ? until_end : 0;
  const std::size_t reserve = event.kind == EventKind::call ? capacity_ / 8 : 0;
  if (head + filler + needed + reserve - tail_seen_ > capacity_) {
    tail_seen_ = tail_.load(std::memory_order_acquire);
    if (head + filler + needed + reserve - tail_seen_ > capacity_) return false;
  }
  std::byte* at = memory_.get() + offset;
  if (filler != 0) {
    // Slots are multiples of kAlign, so size and kind always fit into what is left.
    const auto size = static_cast<std::uint32_t>(filler);
    std::memcpy(at, &size, sizeof size);
    at[offsetof(Slot, kind)] = std::byte{kFiller};
    at = memory_.get();
  }

  const SyscallRecord& record = event.record;
  Slot slot{};
  slot.size = static_cast<std::uint32_t>(needed);
  slot.kind = static_cast<std::uint8_t>(event.kind);
  slot.flags = static_cast<std::uint8_t>((event.from_birth ? kFromBirth : 0U) | (event.gap ? kGap : 0U));
  slot.captured_count = static_cast<std::uint8_t>(kept(record).size());
  slot.arg_count = record.arg_count;
  slot.call = static_cast<std::uint32_t>(record.call);
  slot.origin = to_raw(event.origin);
  slot.lost = event.lost;
  slot.task = to_raw(event.task);
  slot.tid = to_raw(event.tid);
  slot.pid = to_raw(event.pid);
  slot.result = record.result;
  slot.time_ns = record.time_ns;
  std::memcpy(slot.args, record.args.data(), sizeof slot.args);
  std::memcpy(at, &slot, sizeof slot);
  at += sizeof slot;
  for (const CapturedArg& captured : kept(record)) {
    const std::string_view bytes = kept(captured);
    const bool truncated = captured.truncated || bytes.size() < captured.bytes.size();
    const auto kind = static_cast<std::uint8_t>(captured.kind);
    const CapturedHeader header{static_cast<std::uint16_t>(bytes.size()), captured.arg,
                                static_cast<std::uint8_t>(truncated ? kind | kTruncatedBit : kind)};
    std::memcpy(at, &header, sizeof header);
    at += sizeof header;
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  }
  head_.store(head + filler + needed, std::memory_order_release);
  return true;
}

std::size_t RecordQueue::peek(CaptureEvent& event, CapturedArg* captured) const noexcept {
  std::size_t tail = tail_.load(std::memory_order_relaxed);
  const std::size_t head = head_.load(std::memory_order_acquire);
  if (tail == head) return tail;
  const std::byte* at = memory_.get() + (tail & (capacity_ - 1));
  if (at[offsetof(Slot, kind)] == std::byte{kFiller}) {
    std::uint32_t size = 0;
    std::memcpy(&size, at, sizeof size);
    tail += size;  // an event always follows its filler
    at = memory_.get();
  }
  Slot slot{};
  std::memcpy(&slot, at, sizeof slot);
  at += sizeof slot;
  event.kind = static_cast<EventKind>(slot.kind);
  event.from_birth = (slot.flags & kFromBirth) != 0;
  event.gap = (slot.flags & kGap) != 0;
  event.lost = slot.lost;
  event.task = TaskSerial{slot.task};
  event.tid = Tid{slot.tid};
  event.pid = Pid{slot.pid};
  event.origin = OriginId{slot.origin};
  event.record.call = CallId{slot.call};
  event.record.arg_count = slot.arg_count;
  std::memcpy(event.record.args.data(), slot.args, sizeof slot.args);
  event.record.result = slot.result;
  event.record.time_ns = slot.time_ns;
  for (std::size_t i = 0; i < slot.captured_count; ++i) {
    CapturedHeader header{};
    std::memcpy(&header, at, sizeof header);
    at += sizeof header;
    const auto kind = static_cast<std::uint8_t>(header.kind_and_truncated & ~kTruncatedBit);
    captured[i] = {header.arg, static_cast<CapturedKind>(kind),
                   (header.kind_and_truncated & kTruncatedBit) != 0,
                   std::string_view(reinterpret_cast<const char*>(at), header.size)};
    at += header.size;
  }
  event.record.captured = std::span<const CapturedArg>(captured, slot.captured_count);
  return tail + slot.size;
}

bool RecordQueue::empty() const noexcept {
  return tail_.load(std::memory_order_acquire) == head_.load(std::memory_order_acquire);
}

}  // namespace da
