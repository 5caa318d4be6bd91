#include "analyzer/store/commit.h"

#include <algorithm>

#include "proto/stream_key.h"

namespace da {
namespace {

using Words = std::vector<std::string>;

constexpr std::uint64_t kMostAdded = 999'999'999'999'999;  // what a Lua number surely holds

void add_count(Words& words, std::size_t count) {
  words.push_back(std::to_string(count));
}

void add_pairs(Words& words, const std::map<std::string, std::string>& pairs) {
  add_count(words, pairs.size());
  for (const auto& [field, value] : pairs) {
    words.push_back(field);
    words.push_back(value);
  }
}

void add_fields(Words& words, const std::vector<std::string>& fields) {
  add_count(words, fields.size());
  words.insert(words.end(), fields.begin(), fields.end());
}

void add_seen(Words& words, const ShardCommit& shard) {
  std::map<std::string, std::string> set;
  std::vector<std::string> deleted;
  for (const auto& [host, state] : shard.seen) {
    if (state) {
      set.insert_or_assign(host, *state);
    } else {
      deleted.push_back(host);
    }
  }
  add_pairs(words, set);
  add_fields(words, deleted);
}

}  // namespace

std::vector<std::string> commit_words(std::string_view lease_key, std::string_view token,
                                      const CommitRequest& request) {
  Words words{"FCALL", "da_commit"};
  add_count(words, 4 + 3 * request.shards.size());
  for (const auto key : {lease_key, kProfilesKey, kOutboxKey, kCountersKey})
    words.emplace_back(key);
  for (const ShardCommit& shard : request.shards) {
    words.push_back(stream_key(shard.shard));
    words.push_back(shard_key(shard.shard, "pos"));
    words.push_back(shard_key(shard.shard, "seen"));
  }

  words.emplace_back(token);
  for (const ShardCommit& shard : request.shards) {
    words.push_back(shard.position.text());
    words.push_back(shard.position.after().text());
    add_seen(words, shard);
  }
  const StateChanges& state = request.state;
  add_pairs(words, state.profiles_set);
  add_fields(words, state.profiles_deleted);
  add_pairs(words, state.outbox_set);
  add_fields(words, state.outbox_deleted);
  add_count(words, state.counters.size());
  for (const auto& [name, added] : state.counters) {
    words.push_back(name);
    words.push_back(std::to_string(std::min(added, kMostAdded)));
  }
  return words;
}

}  // namespace da
