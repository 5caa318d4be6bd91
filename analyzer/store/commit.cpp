#include "analyzer/store/commit.h"

#include "proto/redis_functions/library.h"
#include "proto/stream_key.h"

namespace da {
namespace {

using Words = std::vector<std::string>;

constexpr std::uint64_t kMostAdded = 999'999'999'999'999;  // what a Lua number surely holds

void add_count(Words& words, std::size_t count) {
  words.push_back(std::to_string(count));
}

void add_hash(Words& words, const HashChanges& changes) {
  add_count(words, changes.set.size());
  for (const auto& [field, value] : changes.set) {
    words.push_back(field);
    words.push_back(value);
  }
  add_count(words, changes.erase.size());
  words.insert(words.end(), changes.erase.begin(), changes.erase.end());
}

void add_counters(Words& words, const std::map<std::string, std::uint64_t>& counters) {
  add_count(words, counters.size());
  for (const auto& [name, added] : counters) {
    words.push_back(name);
    words.push_back(std::to_string(added < kMostAdded ? added : kMostAdded));
  }
}

}  // namespace

std::string lease_key(ShardId shard) {
  return shard_key(shard, "lease");
}

std::vector<std::string> commit_words(std::string_view token, const CommitRequest& request) {
  constexpr std::size_t kKeys = 13;
  Words words{"FCALL", std::string(kCommitFunction)};
  add_count(words, kKeys);
  const auto add_key = [&](std::string_view name, std::string_view suffix = "") {
    words.push_back(shard_key(request.shard, std::string(name) + std::string(suffix)));
  };
  words.push_back(lease_key(request.shard));
  words.push_back(stream_key(request.shard));
  add_key("pos");
  add_key(kCountersKey);
  add_key(kSeenKey);
  add_key(kThreadsKey);
  add_key(kOutboxKey);
  add_key(kPartsKey);
  add_key(kPartsKey, kChangedSuffix);
  add_key(kKnownKey);
  add_key(kKnownKey, kChangedSuffix);
  add_key(kAlertsKey);
  add_key(kOrdersKey);

  words.emplace_back(token);
  words.push_back(request.position.text());
  words.push_back(request.position.after().text());
  add_hash(words, request.seen);
  add_hash(words, request.changes.threads);
  add_hash(words, request.changes.outbox);
  add_hash(words, request.changes.parts);
  add_hash(words, request.changes.known);
  add_hash(words, request.changes.alerts);
  add_hash(words, request.changes.orders);
  add_counters(words, request.changes.counters);
  return words;
}

}  // namespace da
