// Tells alerts, what operators decide about them, and that a host goes unseen, to others than the mail: a
// file, syslog, a webhook. Nothing waits for them: writing and posting have threads of their own, and bounded
// room.
//
// Used by the analyzer's wiring beside the notifier, on the executor given, on one thread. Each analyzer
// tells what it finds itself. docs/outputs.md is for operators.
//
//   Outputs outputs(executor, config.outputs);
//   co_spawn(executor, outputs.run(), on_end);
//   outputs.restore(shard, rows);                     // lease acquired
//   outputs.alert(alert, shard, Outputs::News::fresh);
//   RowChanges rows = outputs.rows_changed(shard);    // into the shard's commit
//   outputs.reopen();                                 // the file was rotated
//   outputs.stop(5s);
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "analyzer/notify/alert.h"
#include "analyzer/notify/blind_news.h"
#include "analyzer/notify/order.h"
#include "analyzer/output/file_output.h"
#include "analyzer/output/outputs_config.h"
#include "analyzer/output/syslog_output.h"
#include "analyzer/output/webhook_queue.h"
#include "common/asio.h"
#include "common/backoff.h"

namespace da {

class Outputs {
 public:
  enum class News : std::uint8_t {
    fresh,
    repeat,  ///< one like it was told: it is in the file, and counted for the others
  };
  using Rows = std::vector<std::pair<std::string, std::string>>;

  Outputs(const asio::any_io_executor& executor, OutputsConfig config);
  ~Outputs();
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;

  void alert(const Alert& alert, ShardId shard, News news);
  /// An order that was carried out. Nothing is told of one that is not about an alert.
  void decided(const Order& order, ShardId shard);
  void blind(const BlindNews& news, ShardId shard);

  /// Posts until stop(). Must have returned before this is destroyed.
  [[nodiscard]] asio::awaitable<void> run();
  /// Posts what waits, for at most `patience`; what could not be posted stays in the rows.
  void stop(std::chrono::milliseconds patience);
  void reopen();

  /// Takes its own rows out of those of a shard's outbox.
  void restore(ShardId shard, Rows& rows);
  void release(ShardId shard) { queue_.release(shard); }
  [[nodiscard]] RowChanges rows_changed(ShardId shard) { return queue_.rows_changed(shard); }

  /// Of those that are configured, by name: "file", "syslog", "webhook".
  [[nodiscard]] std::map<std::string, OutputCounters> counters() const;

 private:
  /// What is written on the writer's thread.
  struct Written {
    std::atomic<std::uint64_t> sent{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::uint64_t> suppressed{0};
    Episode failing{};  ///< on the writer's thread

    [[nodiscard]] OutputCounters counters() const;
  };

  void tell(const OutputEvent& event, ShardId shard, News news);
  template <typename Work>
  void write(Written& written, std::string_view name, Work work);
  [[nodiscard]] asio::awaitable<void> post(QueuedEvent event);

  OutputsConfig config_;
  std::unique_ptr<FileOutput> file_;      ///< on the writer's thread; null: none
  std::unique_ptr<SyslogOutput> syslog_;  ///< likewise
  Written to_file_;
  Written to_syslog_;
  std::atomic<std::size_t> unwritten_{0};
  WebhookQueue queue_;
  std::uint64_t not_posted_ = 0;           ///< repeats
  std::shared_ptr<WebhookClient> client_;  ///< null: none
  asio::steady_timer wake_;
  asio::steady_timer patience_;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point give_up_{};
  SteadyWallClock clock_;
  asio::thread_pool writer_{1};
  asio::thread_pool poster_{1};
};

}  // namespace da
