// What one commit saves, and its form as a call of the Redis function da_commit. Pure.
//
// Built by intake/checkpoint, sent by store/redis_state. A commit holds the read positions together with
// all that follows from having read that far, so that after a crash the replay continues exactly there.
//
//   CommitRequest request;  request.shards.push_back({ShardId{0}, position, {}});
//   auto words = commit_words("lease:analyzer", token, request);
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/store/stream_position.h"
#include "proto/ids.h"

namespace da {

inline constexpr std::string_view kProfilesKey = "profiles";  ///< hash: profile id -> blob
inline constexpr std::string_view kOutboxKey = "outbox";      ///< hash: alert id -> JSON
inline constexpr std::string_view kCountersKey = "counters";  ///< hash: name -> total

/// Changes of what the analyzer knows beyond its read positions.
struct StateChanges {
  std::map<std::string, std::string> profiles_set;
  std::vector<std::string> profiles_deleted;
  std::map<std::string, std::string> outbox_set;
  std::vector<std::string> outbox_deleted;
  std::map<std::string, std::uint64_t> counters;  ///< added to the totals

  [[nodiscard]] bool empty() const noexcept {
    return profiles_set.empty() && profiles_deleted.empty() && outbox_set.empty() && outbox_deleted.empty() &&
           counters.empty();
  }
};

/// One shard's part: how far it was read, and the hosts whose sequence state changed (empty: forgotten).
struct ShardCommit {
  ShardId shard{};
  StreamPosition position;
  std::vector<std::pair<std::string, std::optional<std::string>>> seen;
};

struct CommitRequest {
  std::vector<ShardCommit> shards;
  StateChanges state;

  [[nodiscard]] bool empty() const noexcept { return shards.empty() && state.empty(); }
};

/// The whole FCALL da_commit.
[[nodiscard]] std::vector<std::string> commit_words(std::string_view lease_key, std::string_view token,
                                                    const CommitRequest& request);

}  // namespace da
