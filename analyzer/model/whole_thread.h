// When a thread is judged as a whole, and by what: the part of its state that is not about single calls.
//
// Kept per thread by profile. A thread is observed at its end, after 64, 128, ... 1,024 counted calls, and
// from there on after each 1,024: each of these windows is judged anew, as a thread of its own, so that an
// hour of ordinary calls hides nothing. Sequences run on from one window into the next; after a loss mark a
// window is not observed, since what was lost may be what its footprint lacks. One model judges a window from
// its begin to its end: when another takes its place, the rest of the window counts for nothing but its
// footprint. The first calls of a program are a start, which is a kind of its own (thread_kind.h), however
// many windows it takes; no window is of both. Pure rules, fixed size.
//
//   if (whole.outlives_start(time_ns, grace_ns)) whole.next_window();
//   if (whole.calls == 0) whole.open(kind, model, id, history);
//   whole.take(model, symbol);
//   if (whole.is_due()) ...observe...
//   if (whole.is_over()) whole.next_window();
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "analyzer/model/behaviour_model.h"
#include "analyzer/model/thread_kind.h"
#include "analyzer/model/thread_score.h"

namespace da {

struct WholeThread {
  static constexpr std::uint32_t kFirstCheckpoint = 64;
  static constexpr std::uint32_t kWindow = 1024;
  /// A thread that ends with fewer calls has no mean to speak of.
  static constexpr std::uint32_t kFewest = 8;

  ThreadScore score;
  std::uint64_t model = 0;              ///< id of the model that judges the window; 0: none does
  std::uint32_t calls = 0;              ///< counted in the window
  ThreadKind kind = ThreadKind::later;  ///< of the window, if it is complete
  ThreadOrigin origin = ThreadOrigin::thread;
  std::optional<ProcessStart> process;  ///< of its process, if that was lately when the thread began
  bool complete = false;                ///< the window was seen from its begin
  bool first = true;                    ///< the thread's first window
  bool interrupted = false;  ///< taken over: where in the model's sequences it is has to be found again
  bool told = false;         ///< that it is unusual, until a window was not
  bool explained = false;    ///< an alert about calls of this window was raised

  /// A thread from its birth, or a program from its exec.
  void begin(ThreadOrigin from, std::optional<ProcessStart> process_start = std::nullopt) noexcept {
    *this = WholeThread{};
    origin = from;
    process = process_start;
    complete = true;
  }
  /// Behind a loss mark.
  void cut_off() noexcept {
    calls = 0;
    complete = first = false;
  }
  /// What a window begun now is. Nothing if its process was met a moment ago and may be starting still.
  [[nodiscard]] std::optional<ThreadKind> kind_at(std::int64_t now_ns, std::int64_t grace_ns) const noexcept {
    if (process && process->is_recent(now_ns, grace_ns))
      return process->seen ? std::optional(ThreadKind::start) : std::nullopt;
    if (!first) return ThreadKind::later;
    return origin == ThreadOrigin::process ? ThreadKind::process : ThreadKind::thread;
  }
  /// The window in progress is of a start that is over: what comes now is not of it.
  [[nodiscard]] bool outlives_start(std::int64_t now_ns, std::int64_t grace_ns) const noexcept {
    return calls > 0 && complete && kind == ThreadKind::start && process &&
           !process->is_recent(now_ns, grace_ns);
  }
  /// Before the first call of a window. `history`: the calls before it. Null: no model judges it.
  void open(ThreadKind of, const BehaviourModel* by, std::uint64_t id, Ngram history) noexcept {
    kind = of;
    score = ThreadScore{};
    model = by == nullptr ? 0 : id;
    interrupted = explained = false;
    go_on(by, history);
  }
  void go_on(const BehaviourModel* by, Ngram history) noexcept {
    if (by == nullptr) {
      score.continue_after(history);
    } else {
      score.resume(by->sequences, history);
    }
  }
  [[nodiscard]] bool is_due() const noexcept {
    return calls == kWindow || (first && calls >= kFirstCheckpoint && std::has_single_bit(calls));
  }
  /// At its end, unless it was observed just now, or is only the rest of a long life. `by_itself`: it exited,
  /// or executed a program. One that was ended by another, or a signal, did not choose where; how its idle
  /// fellows end when a container is stopped is seldom learned. So it is observed from the first checkpoint
  /// on.
  [[nodiscard]] bool is_due_at_end(bool by_itself) const noexcept {
    const std::uint32_t fewest = !first ? kWindow / 2 : by_itself ? kFewest : kFirstCheckpoint;
    return calls >= fewest && (first || by_itself) && !is_due();
  }
  [[nodiscard]] bool is_over() const noexcept { return calls == kWindow; }
  void next_window() noexcept {
    calls = 0;
    complete = true;
    first = false;
  }
};

/// An observation that is above its threshold, with what there is to say of it.
struct ThreadVerdict {
  ThreadKind kind = ThreadKind::later;
  double score = 0.0;
  double threshold = 0.0;
  std::uint32_t calls = 0;
  Features features;  ///< rounded, as the score is of them
  Features z;         ///< standard deviations above what threads held out showed
  Footprint footprint;
  /// Bit n: it made the call of number n, which the nearest learned threads did not.
  std::array<std::uint64_t, Footprint::kCallWords> strange_calls{};
};

}  // namespace da
