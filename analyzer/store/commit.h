// What one commit of a shard saves, and its form as a call of the Redis function da_commit. Pure.
//
// Built by intake/checkpoint, sent by store/shard_state. A commit holds the read position together with all
// that follows from having read that far, so that after a crash the replay continues exactly there.
//
//   CommitRequest request{ShardId{0}, position};  request.seen.set["host"] = "7 2 3";
//   auto words = commit_words(token, request);
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/store/stream_position.h"
#include "proto/ids.h"

namespace da {

/// Hashes of a shard, each "{sN}:<name>".
inline constexpr std::string_view kSeenKey = "seen";        ///< host -> how far its batches came
inline constexpr std::string_view kThreadsKey = "threads";  ///< thread -> its window
inline constexpr std::string_view kOutboxKey = "outbox";    ///< alert id -> JSON
/// What the shard's stream taught: "<home>/<blob id>" -> blob, where home is the home shard of the image.
inline constexpr std::string_view kPartsKey = "parts";
/// What is known of the images whose home this shard is: blob id -> blob.
inline constexpr std::string_view kKnownKey = "known";
inline constexpr std::string_view kAlertsKey = "alerts";  ///< alert id -> JSON, for an operator to look at
/// Order id -> JSON, written by an operator's command; <id>.bundle -> what it brings along.
inline constexpr std::string_view kOrdersKey = "orders";
inline constexpr std::string_view kCountersKey = "counters";  ///< name -> total
/// Sorted sets beside `parts` and `known`: field -> number of the commit that set it last.
inline constexpr std::string_view kChangedSuffix = ":changed";

struct HashChanges {
  std::map<std::string, std::string> set;
  std::vector<std::string> erase;

  [[nodiscard]] bool empty() const noexcept { return set.empty() && erase.empty(); }
};

/// Changes of what the shard's holder knows beyond its read position.
struct ShardChanges {
  HashChanges threads;
  HashChanges outbox;
  HashChanges parts;
  HashChanges known;
  HashChanges alerts;
  HashChanges orders;                             ///< only erased
  std::map<std::string, std::uint64_t> counters;  ///< added to the totals

  [[nodiscard]] bool empty() const noexcept {
    return threads.empty() && outbox.empty() && parts.empty() && known.empty() && alerts.empty() &&
           orders.empty() && counters.empty();
  }
};

struct CommitRequest {
  ShardId shard{};
  StreamPosition position;  ///< everything up to here was dealt with
  HashChanges seen;
  ShardChanges changes;
};

[[nodiscard]] std::string lease_key(ShardId shard);
/// The whole FCALL.
[[nodiscard]] std::vector<std::string> commit_words(std::string_view token, const CommitRequest& request);

}  // namespace da
