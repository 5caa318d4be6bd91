// Alerts that are not to be mailed for a time, because an operator said so.
//
// Written by analyzer/operate/silence_desk, encoded by row_codec, read by exchange/silence_reader, applied by
// NotifyState. Pure.
//
//   Silence silence{.id = "s-1f00ba27", .container = "web-*", .ends = tomorrow};
//   if (silence.covers(alert)) ...
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/notify/alert.h"
#include "analyzer/notify/notification.h"

namespace da {

/// A hash of shard 0: id -> row (row_codec).
inline constexpr std::string_view kSilencesKey = "silences";
/// Rows that it may hold. One that ended stays for a time, to be listed.
inline constexpr std::size_t kMostSilences = 500;
inline constexpr std::chrono::hours kSilenceKeptFor{7 * 24};

/// Which alerts it is about: all patterns that are not empty must fit (common/glob.h).
struct Silence {
  static constexpr std::size_t kLongestPattern = 256;
  static constexpr std::size_t kLongestAuthor = 100;
  static constexpr std::size_t kLongestComment = 300;

  std::string id;         ///< "s-" and 8 hex digits
  std::string image;      ///< its name
  std::string container;  ///< its name, or its id, or the 12 digits that are shown of that
  /// Its path; a pattern without a slash is for the file's name.
  std::string executable;
  std::string author;
  std::string comment;
  Moment created{};
  Moment ends{};
  std::string removed_by;  ///< who ended it before its time; empty: nobody

  [[nodiscard]] bool covers(const Alert& alert) const;
  [[nodiscard]] bool in_force(Moment now) const { return now < ends; }
  /// One pattern at least, no text too long, no control character, times in order; or what is wrong.
  [[nodiscard]] std::optional<std::string> problem() const;

  friend bool operator==(const Silence&, const Silence&) = default;
};

/// The first that covers it; null if none does.
[[nodiscard]] const Silence* find_silence(const std::vector<Silence>& silences, const Alert& alert);

}  // namespace da
