// Events that wait to be posted, and when each is: in order, with growing waits, in bounded room. Pure.
//
// Used by Outputs. Each event is a row of the shard in which it was found, saved with that shard, so that it
// is posted after a restart, or by the analyzer that takes the shard over. One that was posted just before
// may be posted once more: receivers know it by its id.
//
//   queue.add(shard, event);
//   if (const QueuedEvent* next = queue.next(now)) ... queue.settle(next->id, outcome, now);
//   RowChanges rows = queue.rows_changed(shard);       // into the shard's commit
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/notify/journal.h"
#include "analyzer/notify/notification.h"
#include "analyzer/output/output_event.h"
#include "analyzer/output/webhook_client.h"
#include "proto/ids.h"

namespace da {

struct WebhookRules {
  std::size_t events = 1000;
  std::size_t bytes = std::size_t{16} << 20U;
  std::chrono::milliseconds first_retry = std::chrono::seconds(1);
  std::chrono::milliseconds last_retry = std::chrono::minutes(5);  ///< the wait doubles up to this
};

struct QueuedEvent {
  std::string id;
  std::string json;
};

class WebhookQueue {
 public:
  explicit WebhookQueue(WebhookRules rules) : rules_(rules) {}

  /// One that waits already stays as it is. The oldest make room.
  void add(ShardId shard, std::string id, std::string json);
  /// What is to be posted now; null: nothing. Good until the next change.
  [[nodiscard]] const QueuedEvent* next(Moment now) const;
  /// When there is something to be posted.
  [[nodiscard]] std::optional<Moment> next_due() const;
  void settle(const std::string& id, const PostOutcome& outcome, Moment now);

  /// Whether a row of the outbox is one of ours.
  [[nodiscard]] static bool is_row(std::string_view key) noexcept;
  /// Returns how many make no sense: they are erased with the next commit.
  std::size_t restore(ShardId shard, const std::vector<std::pair<std::string, std::string>>& rows);
  void release(ShardId shard);
  [[nodiscard]] RowChanges rows_changed(ShardId shard) { return journal_.take(shard); }

  [[nodiscard]] OutputCounters counters() const;

 private:
  void drop(std::list<QueuedEvent>::iterator event);
  [[nodiscard]] std::list<QueuedEvent>::iterator find(const std::string& id);

  WebhookRules rules_;
  std::list<QueuedEvent> events_;  ///< oldest first
  std::size_t bytes_ = 0;
  Journal journal_;
  Moment retry_at_{};
  std::uint32_t failures_ = 0;  ///< in a row
  OutputCounters counters_;
};

}  // namespace da
