// LiveRows as they lie in Redis: a JSON text for each shard, in {sN}:live, which its holder writes anew each
// second and which expires when nobody does.
//
// Written by exchange/live_publisher, read by operate/live_reader. Names and paths are hostile text; bytes
// that are no UTF-8 are replaced.
//
//   SET {s3}:live <encode_live(rows)> PX 5000
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/live_row.h"
#include "common/result.h"

namespace da {

inline constexpr std::string_view kLiveKey = "live";
inline constexpr std::chrono::milliseconds kLiveExpiry{5000};
/// Of a shard; those with the most calls.
inline constexpr std::size_t kMostLiveRows = 256;

[[nodiscard]] std::string encode_live(std::vector<LiveRow> rows);
/// Refuses what encode_live() has not written.
[[nodiscard]] Result<std::vector<LiveRow>> decode_live(std::string_view text);

/// Of several shards together: a container's processes are spread over them, and shown as one row for each
/// program.
[[nodiscard]] std::vector<LiveRow> merge_live(const std::vector<LiveRow>& rows);

}  // namespace da
