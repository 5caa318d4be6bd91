// `analyzer top`: the programs that are watched, how much they do, and how near they are to an alert, in a
// terminal that is drawn anew every other second.
//
// Into a pipe, or with --once or --json, it prints once and ends.
#pragma once

#include <string>

#include "analyzer/operate/redis_session.h"
#include "analyzer/operate/top_view.h"

namespace da {

struct TopOptions {
  bool once = false;
  bool json = false;
  double interval = 2;         ///< seconds
  std::string sort = "calls";  ///< or score, or alerts
};

/// Returns the exit status.
[[nodiscard]] int run_top(RedisSession& redis, const TopOptions& options);

}  // namespace da
