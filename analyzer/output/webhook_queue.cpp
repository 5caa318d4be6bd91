#include "analyzer/output/webhook_queue.h"

#include <algorithm>

#include "common/backoff.h"

namespace da {
namespace {

constexpr std::string_view kRow = "webhook/";
constexpr std::size_t kLongestId = 200;
constexpr std::size_t kLongestJson = std::size_t{1} << 20U;

std::string row_of(const std::string& id) {
  return std::string(kRow) + id;
}

/// It goes into a header.
bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= kLongestId &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos;
}

bool is_line(std::string_view json) {
  return json.size() >= 2 && json.size() <= kLongestJson && json.front() == '{' && json.back() == '}' &&
         std::ranges::all_of(json, [](char c) { return c >= ' ' && c < 0x7f; });
}

}  // namespace

bool WebhookQueue::is_row(std::string_view key) noexcept {
  return key.starts_with(kRow);
}

void WebhookQueue::add(ShardId shard, std::string id, std::string json) {
  if (!is_id(id) || !is_line(json) || find(id) != events_.end()) return;
  journal_.put(shard, row_of(id), json);
  bytes_ += json.size();
  events_.push_back({std::move(id), std::move(json)});
  while (events_.size() > 1 && (events_.size() > rules_.events || bytes_ > rules_.bytes)) {
    ++counters_.dropped;
    drop(events_.begin());
  }
}

const QueuedEvent* WebhookQueue::next(Moment now) const {
  return events_.empty() || retry_at_ > now ? nullptr : &events_.front();
}

std::optional<Moment> WebhookQueue::next_due() const {
  if (events_.empty()) return std::nullopt;
  return retry_at_;
}

void WebhookQueue::settle(const std::string& id, const PostOutcome& outcome, Moment now) {
  if (outcome.result == PostResult::later) {
    ++counters_.failed;
    const auto wait = wait_after(++failures_, rules_.first_retry, rules_.last_retry);
    retry_at_ = now + std::max<std::chrono::milliseconds>(wait, outcome.retry_after);
    return;
  }
  failures_ = 0;
  retry_at_ = {};
  ++(outcome.result == PostResult::accepted ? counters_.sent : counters_.dead);
  if (const auto event = find(id); event != events_.end()) drop(event);
}

void WebhookQueue::drop(std::list<QueuedEvent>::iterator event) {
  bytes_ -= event->json.size();
  journal_.erase(row_of(event->id));
  events_.erase(event);
}

std::list<QueuedEvent>::iterator WebhookQueue::find(const std::string& id) {
  return std::ranges::find(events_, id, &QueuedEvent::id);
}

std::size_t WebhookQueue::restore(ShardId shard,
                                  const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t refused = 0;
  for (const auto& [key, json] : rows) {
    const std::string id = key.substr(kRow.size());
    journal_.adopt(shard, key);
    if (!is_id(id) || !is_line(json)) {
      ++refused;
      journal_.erase(key);
      continue;
    }
    if (find(id) != events_.end()) continue;
    bytes_ += json.size();
    events_.push_back({id, json});
  }
  return refused;
}

void WebhookQueue::release(ShardId shard) {
  for (const std::string& key : journal_.keys(shard)) {
    if (const auto event = find(key.substr(kRow.size())); event != events_.end()) {
      bytes_ -= event->json.size();
      events_.erase(event);
    }
  }
  journal_.forget(shard);
}

OutputCounters WebhookQueue::counters() const {
  OutputCounters counters = counters_;
  counters.waiting = events_.size();
  return counters;
}

}  // namespace da
