// What the analyzer found, complete enough to be mailed, stored and judged later without the queue.
//
// Made by detect/detector, grouped into incidents by alert_policy, shown by mail_message. All text may
// hold bytes that a container chose; whoever shows it escapes it (described calls are plain ASCII).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/ids.h"

namespace da {

/// In place of the path of who started a program: it was started from outside the container.
inline constexpr const char* kOutside = "outside";
/// The same, in words.
inline constexpr const char* kFromOutside = "from outside the container (docker exec or a health check)";

enum class AlertKind : std::uint8_t {
  new_executable,   ///< a program that was never seen in this image
  new_start,        ///< a known program, started by a program that never started it, or from outside as never
                    ///< before
  new_call,         ///< a system call that this program never made
  unseen_sequence,  ///< calls in an order this program never showed; has score and threshold
  unusual_thread,   ///< a thread that as a whole is unlike those learned; has score and threshold
  // Of habits: about_object(). Numbers are kept in stored rows.
  new_directory_read = 16,     ///< it opened a file, or entered a directory, where it never read
  new_directory_changed = 17,  ///< it wrote, made, removed or renamed where it never did
  new_address = 18,            ///< it connected to, sent to or listens at an address of a kind it never did
  new_arguments = 19,          ///< a known program, run with arguments of a shape it never had
  unusual_pace = 20,           ///< calls fail, or data or connections come, far faster than ever
};

/// Raised by an exec; the alert's profile tells what the image knew, and not what the program has learned.
constexpr bool about_program(AlertKind kind) noexcept {
  return kind == AlertKind::new_executable || kind == AlertKind::new_start;
}

/// Raised by what a call was given, not by which call it was.
constexpr bool about_object(AlertKind kind) noexcept {
  return kind >= AlertKind::new_directory_read && kind <= AlertKind::unusual_pace;
}

/// For programs: "new_executable".
[[nodiscard]] constexpr const char* kind_key(AlertKind kind) noexcept {
  switch (kind) {
    case AlertKind::new_executable:
      return "new_executable";
    case AlertKind::new_start:
      return "new_start";
    case AlertKind::new_call:
      return "new_call";
    case AlertKind::unseen_sequence:
      return "unseen_sequence";
    case AlertKind::unusual_thread:
      return "unusual_thread";
    case AlertKind::new_directory_read:
      return "new_directory_read";
    case AlertKind::new_directory_changed:
      return "new_directory_changed";
    case AlertKind::new_address:
      return "new_address";
    case AlertKind::new_arguments:
      return "new_arguments";
    case AlertKind::unusual_pace:
      return "unusual_pace";
  }
  return nullptr;
}
/// One of the above, and not of a newer version.
[[nodiscard]] constexpr bool is_known(AlertKind kind) noexcept {
  return kind_key(kind) != nullptr;
}

/// One call of the evidence, oldest first.
struct EvidenceCall {
  std::int64_t time_ns = 0;
  Tid tid{};
  std::string text;     ///< describe_call()
  bool unseen = false;  ///< it ends an n-gram that the profile does not know
};

/// A call the model would have expected at the point where the sequence left it.
struct Expectation {
  std::string call;          ///< call_name()
  double probability = 0.0;  ///< 0..1
};

/// The highest score of each step of time up to an alert, the oldest first.
struct ScoreHistory {
  std::int64_t end_ns = 0;  ///< of the last step, in which the alert was raised
  std::int64_t step_ns = 0;
  std::vector<std::int32_t> values;  ///< of the score's own scale; -1: nothing was judged then
};

/// What an alert is about, for programs: what accepting it adds to the model, and what rejecting it keeps
/// out. Calls are symbols (analyzer/model/symbol.h), the oldest first.
struct Behaviour {
  using Calls = std::vector<std::uint16_t>;

  std::string image;       ///< as models are keyed: the image's id, or its name
  std::string executable;  ///< as models are keyed
  std::uint8_t arch = 0;
  std::string parent;  ///< about_program: who started it, or kOutside; empty: unknown
  /// The n-grams with a departure in them, as long as n-grams are: when they are known, nothing departs.
  std::vector<Calls> windows;
  /// The shortest that nobody knew: for a call never made, that call; else the phrases that departed.
  std::vector<Calls> unseen;
  /// Of an unusual_thread: its footprint (analyzer/model/footprint.h), by the numbers of its bits.
  std::vector<std::uint16_t> footprint{};
  /// about_object: what it was, for the model (analyzer/model/habits/habit_object.h), and how much of it.
  std::string object{};
  std::uint64_t amount = 0;

  friend bool operator==(const Behaviour&, const Behaviour&) = default;
};

struct Alert {
  std::string id;  ///< deterministic: the same evidence, the same id; [a-z0-9-]
  AlertKind kind = AlertKind::unseen_sequence;
  std::int64_t time_ns = 0;  ///< of the call that raised it, CLOCK_REALTIME

  std::string host;
  std::string container_id;
  std::string container_name;
  std::string labels;  ///< of the container: see container_labels.h
  std::string image;
  std::string image_id;
  std::string executable;
  std::string command_line;  ///< NUL-separated argv
  Pid pid{};
  Tid tid{};
  std::string parent_executable;
  Pid parent_pid{};
  std::string started_by;  ///< about_program: what executed it, or kOutside; by another exec in the same
                           ///< process, no parent

  double score = 0.0;      ///< not about_program: what was measured at the call that raised it
  double threshold = 0.0;  ///< the bound that an unseen_sequence or unusual_thread passed; a new_call is told
                           ///< whatever its score
  std::string score_meaning;  ///< in words: "departures from known sequences among the last 20 calls"

  ScoreHistory scores;  ///< of its program in this container; of a score of calls only

  std::vector<EvidenceCall> calls;
  std::size_t first_unseen = 0;           ///< index into calls; calls.size() if none is marked
  std::vector<std::string> unseen_ngram;  ///< call names of the first unseen n-gram
  std::vector<Expectation> expected;      ///< instead of calls[first_unseen], likeliest first
  std::string thread;                     ///< of an unusual_thread: what sets it apart, in words
  bool gap_free = true;                   ///< no record of this thread was lost within the evidence

  // about_object:
  std::string found;   ///< "opens /etc/shadow, never seen"
  std::string object;  ///< in general terms: "/etc/shadow", "connects private 5432"
  std::string usual;   ///< what was seen instead: "/var/www, /usr/lib and 3 more"

  Behaviour behaviour;

  /// Id of the silence because of which it is not mailed; empty: it is, or was, or will be.
  std::string silenced_by;

  std::string profile;  ///< what the profile has seen, in words: "learned 4,211 calls of 37 threads"
};

}  // namespace da
