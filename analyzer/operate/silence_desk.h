// Silences in Redis: made, listed and ended before their time.
//
// Used by `analyzer silence` and the status page. Analyzers look once a second.
//
//   Silence silence{.container = "web-*", .ends = tomorrow};
//   const auto made = add_silence(redis, silence);       // Result<Silence>, with id, author and time
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analyzer/notify/silence.h"
#include "analyzer/operate/redis_session.h"
#include "common/result.h"

namespace da {

struct SilenceTable {
  std::vector<Silence>
      silences;  ///< in force: those that end first come first; then the others, latest first
  std::size_t unreadable = 0;
};

/// Fills in id and creation, and the author, if none is named: who is at the keyboard.
[[nodiscard]] Result<Silence> add_silence(RedisSession& redis, Silence silence);
/// Also those that ended in the last days.
[[nodiscard]] Result<SilenceTable> read_silences(RedisSession& redis);
/// Ends it now. An error if it is unknown or has ended. `by`: empty: who is at the keyboard.
[[nodiscard]] Result<Silence> end_silence(RedisSession& redis, const std::string& id, const std::string& by);

}  // namespace da
