// What an observation of a whole thread is one of: each kind has a scale and a threshold of its own.
//
// Kinds differ in what is usual. A program's start is long, varied and rare; threads that answer requests are
// short and alike. Measured by one scale, each new container would be told for its start; and what was held
// out of one kind says nothing of another. So a false-alarm bound is kept for each kind by what was held out
// of that kind ("Mondrian" conformal prediction: Vovk, Lindsay, Nouretdinov, Gammerman 2003), and a kind of
// which too little was is not judged.
//
//   if (const auto kind = whole.kind_at(time_ns, start_grace_ns)) ...
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace da {

enum class ThreadKind : std::uint8_t {
  start,    ///< a window begun soon after the thread's process executed its program
  process,  ///< the first window of a process that another forked
  thread,   ///< the first window of a thread within a process
  later,    ///< any window after the first
};
inline constexpr std::size_t kThreadKinds = 4;
template <typename Value>
using OfThreadKinds = std::array<Value, kThreadKinds>;

[[nodiscard]] constexpr std::size_t index_of(ThreadKind kind) noexcept {
  return static_cast<std::size_t>(kind);
}

/// In words, of many.
inline constexpr OfThreadKinds<std::string_view> kThreadKindNames = {"starts", "processes", "threads",
                                                                     "later windows"};
[[nodiscard]] constexpr std::string_view to_string(ThreadKind kind) noexcept {
  return kThreadKindNames.at(index_of(kind));
}

/// How a thread came to be.
enum class ThreadOrigin : std::uint8_t { thread, process };

/// When a process executed its program, or was met in mid-life, in which case it may have been starting
/// still.
struct ProcessStart {
  std::int64_t time_ns = 0;
  bool seen = true;  ///< its exec was

  [[nodiscard]] constexpr bool is_recent(std::int64_t now_ns, std::int64_t grace_ns) const noexcept {
    // Long before: the clock was set back since.
    return now_ns - time_ns < grace_ns && time_ns - now_ns < grace_ns;
  }
  friend bool operator==(const ProcessStart&, const ProcessStart&) = default;
};

}  // namespace da
