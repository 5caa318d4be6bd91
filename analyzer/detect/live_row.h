// How one program of one container is doing right now: what `analyzer top` and the status page show.
//
// Counted by live_counts, published by exchange/live_publisher, read by operate/live_reader.
#pragma once

#include <cstdint>
#include <string>

#include "proto/ids.h"

namespace da {

struct LiveRow {
  std::string host;
  std::string container_id;
  std::string container_name;
  std::string image;
  std::string image_id;
  std::string executable;
  std::string arch;
  std::string profile;          ///< its id, as `analyzer profile show` takes it; empty: it has none
  std::string state;            ///< of the profile: learning, shadow, armed; empty: it has none
  double calls_per_second = 0;  ///< over the last interval
  std::uint64_t calls = 0;      ///< since the row came up
  unsigned highest_score = 0;   ///< of the last half minute to minute
  unsigned threshold = 0;       ///< a higher score is an alert
  std::uint64_t alerts = 0;     ///< since the row came up
};

}  // namespace da
