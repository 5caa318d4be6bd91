#include "analyzer/output/outputs.h"

#include <algorithm>
#include <iterator>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "analyzer/notify/alert_json.h"
#include "analyzer/notify/blind_watch.h"
#include "analyzer/output/event_json.h"
#include "common/log.h"

namespace da {
namespace {

using namespace std::chrono_literals;

/// Lines that wait for a slow disk; about as many megabytes at most.
constexpr std::size_t kMostUnwritten = 2000;

/// Runs on the poster's thread; what it needs, it owns.
asio::awaitable<PostOutcome> transmit(std::shared_ptr<WebhookClient> client, QueuedEvent event) {
  co_return client->post(event.id, event.json);
}

WebhookRules rules_of(const OutputsConfig& config) {
  WebhookRules rules;
  if (config.webhook) rules.events = config.webhook->queue;
  return rules;
}

}  // namespace

OutputCounters Outputs::Written::counters() const {
  OutputCounters counters;
  counters.sent = sent;
  counters.failed = failed;
  counters.dropped = dropped;
  counters.suppressed = suppressed;
  return counters;
}

Outputs::Outputs(const asio::any_io_executor& executor, OutputsConfig config)
    : config_(std::move(config)), queue_(rules_of(config_)), wake_(executor), patience_(executor) {
  if (config_.file) file_ = std::make_unique<FileOutput>(*config_.file);
  if (config_.syslog) syslog_ = std::make_unique<SyslogOutput>(*config_.syslog);
  if (config_.webhook) client_ = std::make_shared<WebhookClient>(*config_.webhook);
}

Outputs::~Outputs() {
  if (client_) client_->abort();
  poster_.join();
  writer_.join();
}

void Outputs::alert(const Alert& alert, ShardId shard, News news) {
  if (!file_ && !syslog_ && !client_) return;
  OutputEvent event;
  event.id = alert.id + ".open";
  event.kind = kind_key(alert.kind);
  JsonOptions options;
  options.mask = config_.mask;
  if (file_ || (client_ && news == News::fresh)) event.json = alert_json(alert, {}, options);
  options.evidence = false;
  if (syslog_ && news == News::fresh) event.compact = alert_json(alert, {}, options);
  tell(event, shard, news);
}

void Outputs::decided(const Order& order, ShardId shard) {
  const std::string state = decided_state(order.verb);
  if (state.empty()) return;
  OutputEvent event;
  // By whom and when: an alert may be decided more than once.
  event.id = fmt::format("{}.{}.{}", order.target, state, order.id);
  event.kind = "decision";
  event.severity = SyslogSeverity::notice;
  event.json = event.compact = decision_json(order);
  tell(event, shard, News::fresh);
}

void Outputs::blind(const BlindNews& news, ShardId shard) {
  OutputEvent event;
  event.id = fmt::format("{}.{}", blind_incident_id(news), news.over ? "over" : "blind");
  event.kind = "blindness";
  event.severity = news.over ? SyslogSeverity::notice : SyslogSeverity::error;
  event.json = event.compact = blindness_json(news);
  tell(event, shard, News::fresh);
}

void Outputs::tell(const OutputEvent& event, ShardId shard, News news) {
  if (file_) write(to_file_, "file", [this, line = event.json] { return file_->write(line); });
  if (news == News::repeat) {
    if (syslog_) ++to_syslog_.suppressed;
    if (client_) ++not_posted_;
    return;
  }
  if (syslog_) {
    write(to_syslog_, "syslog",
          [this, event] { return syslog_->send(event, std::chrono::system_clock::now()); });
  }
  if (client_) {
    queue_.add(shard, event.id, event.json);
    wake_.cancel();
  }
}

template <typename Work>
void Outputs::write(Written& written, std::string_view name, Work work) {
  if (unwritten_ >= kMostUnwritten) {
    ++written.dropped;
    return;
  }
  ++unwritten_;
  asio::post(writer_, [this, &written, name, work = std::move(work)] {
    const Result<> done = work();
    --unwritten_;
    ++(done ? written.sent : written.failed);
    if (done) {
      if (written.failing.end()) log_info("an output takes alerts again", "output", name);
    } else if (written.failing.begin()) {
      log_error("an output fails; its lines are lost, and counted", "output", name, "error",
                done.error().message());
    }
  });
}

void Outputs::reopen() {
  if (file_) asio::post(writer_, [this] { file_->reopen(); });
}

asio::awaitable<void> Outputs::run() {
  while (true) {
    if (stopping_ && std::chrono::steady_clock::now() >= give_up_) break;
    const QueuedEvent* next = client_ ? queue_.next(clock_.now()) : nullptr;
    if (next != nullptr) {
      co_await post(*next);
      continue;
    }
    // What failed a moment ago is left to the next run.
    if (stopping_) break;
    auto wait = std::chrono::milliseconds(1h);
    if (const auto due = queue_.next_due(); client_ && due)
      wait = std::clamp<std::chrono::milliseconds>(*due - clock_.now(), 1ms, 1h);
    wake_.expires_after(wait);
    error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  patience_.cancel();
}

asio::awaitable<void> Outputs::post(QueuedEvent event) {
  const std::string id = event.id;
  auto posting = transmit(client_, std::move(event));
  const PostOutcome outcome = co_await asio::co_spawn(poster_, std::move(posting), asio::use_awaitable);
  if (outcome.result == PostResult::later) {
    log_warning("the webhook did not take an event, will be tried again", "event", id, "reason",
                outcome.detail);
  } else if (outcome.result == PostResult::refused) {
    log_error("the webhook refused an event for good", "event", id, "reason", outcome.detail);
  }
  queue_.settle(id, outcome, clock_.now());
}

void Outputs::stop(std::chrono::milliseconds patience) {
  if (std::exchange(stopping_, true)) return;
  give_up_ = std::chrono::steady_clock::now() + patience;
  if (client_) {
    patience_.expires_after(patience);
    patience_.async_wait([client = client_](const error_code& error) {
      if (!error) client->abort();
    });
  }
  wake_.cancel();
}

void Outputs::restore(ShardId shard, Rows& rows) {
  const auto ours = std::stable_partition(rows.begin(), rows.end(),
                                          [](const auto& row) { return !WebhookQueue::is_row(row.first); });
  // Without a webhook they wait for an analyzer that has one.
  if (client_) {
    if (const auto refused = queue_.restore(shard, Rows(ours, rows.end())); refused > 0)
      log_error("stored events that make no sense are dropped", "shard", to_raw(shard), "events", refused);
    wake_.cancel();
  }
  rows.erase(ours, rows.end());
}

std::map<std::string, OutputCounters> Outputs::counters() const {
  std::map<std::string, OutputCounters> all;
  if (file_) all["file"] = to_file_.counters();
  if (syslog_) all["syslog"] = to_syslog_.counters();
  if (client_) {
    all["webhook"] = queue_.counters();
    all["webhook"].suppressed = not_posted_;
  }
  return all;
}

}  // namespace da
