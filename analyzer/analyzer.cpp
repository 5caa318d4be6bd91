#include "analyzer/analyzer.h"

#include <algorithm>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "analyzer/config_keys.h"
#include "analyzer/detect/commit_changes.h"
#include "analyzer/detect/shard_detectors.h"
#include "analyzer/exchange/collector_watch.h"
#include "analyzer/exchange/live_publisher.h"
#include "analyzer/exchange/model_exchange.h"
#include "analyzer/exchange/silence_reader.h"
#include "analyzer/intake/intake.h"
#include "analyzer/metrics.h"
#include "analyzer/notify/alert_history.h"
#include "analyzer/notify/notifier.h"
#include "analyzer/output/outputs.h"
#include "analyzer/page/status_page.h"
#include "analyzer/store/mail_ledger.h"
#include "common/asio.h"
#include "common/blocked_signals.h"
#include "common/command_line.h"
#include "common/failed_part.h"
#include "common/health/loop_pulse.h"
#include "common/health/operations_endpoint.h"
#include "common/health/service_manager.h"
#include "common/version.h"

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr auto kLastMails = 5s;  // at shutdown, for mails that wait
/// For so long a Redis with appendfsync everysec may forget.
constexpr auto kForgets = 2500ms;
constexpr auto kBetweenMarks = 250ms;

}  // namespace

class Analyzer::Loop final : private IntakeHandler {
 public:
  Loop(AnalyzerConfig config, const ConfigSources& sources, ConfigReloader& reloader)
      : config_(std::move(config)),
        sources_(sources),
        reloader_(reloader),
        pulse_(io_.get_executor(), [this] { on_beat(); }),
        operations_(open_operations()),
        page_(open_page()),
        signals_(io_, SIGTERM, SIGINT),
        hang_up_(io_, SIGHUP),
        rotation_(io_, SIGUSR1),
        ledger_(io_.get_executor(), config_.redis.front().endpoint),
        notifier_(io_.get_executor(), config_.notify,
                  [this](std::string key) { return ledger_.mark(std::move(key)); }),
        outputs_(io_.get_executor(), config_.outputs),
        detectors_(config_.detector, config_.shards),
        exchange_(io_.get_executor(), config_.redis, detectors_, [this] { on_curated(); }),
        live_(io_.get_executor(), config_.redis, detectors_),
        watch_(
            io_.get_executor(), config_.redis, [this] { return detectors_.holds(ShardId{0}); },
            [this](const Sight& sight) { on_sight(sight); }),
        silences_(io_.get_executor(), config_.redis,
                  [this](std::vector<Silence> in_force) { on_silences(std::move(in_force)); }) {
    intake_of_.resize(config_.shards);
    for (const redis::Node& node : config_.redis) {
      intakes_.push_back(std::make_unique<Intake>(io_.get_executor(), node.endpoint,
                                                  static_cast<IntakeHandler&>(*this),
                                                  intake_options(config_, node)));
      for (const std::uint16_t shard : node.shards)
        intake_of_[shard] = intakes_.back().get();
    }
  }

  int run() {
    log_info("analyzer starts", "version", kVersion, "redis", redis::describe(config_.redis), "shards",
             config_.shards, "mail", config_.notify.smtp ? config_.notify.smtp->host : "none");
    signals_.async_wait([this](const error_code& error, int signal) {
      if (error) return;
      log_info("shutting down", "signal", signal);
      next_.reset();
      shut_down();
    });
    await_hang_up();
    await_rotation();
    running_ = 6 + static_cast<int>(intakes_.size());
    asio::co_spawn(io_, notifier_.run(), [this](std::exception_ptr error) { ended("notifier", error); });
    asio::co_spawn(io_, outputs_.run(), [this](std::exception_ptr error) { ended("outputs", error); });
    asio::co_spawn(io_, exchange_.run(),
                   [this](std::exception_ptr error) { ended("model exchange", error); });
    asio::co_spawn(io_, live_.run(), [this](std::exception_ptr error) { ended("live figures", error); });
    asio::co_spawn(io_, watch_.run(), [this](std::exception_ptr error) { ended("collector watch", error); });
    asio::co_spawn(io_, silences_.run(), [this](std::exception_ptr error) { ended("silences", error); });
    for (const auto& intake : intakes_)
      asio::co_spawn(io_, intake->run(), [this](std::exception_ptr error) { ended("intake", error); });
    asio::co_spawn(io_, pulse_.run(), [](std::exception_ptr error) { log_failed_part("pulse", error); });
    if (operations_) {
      log_info("metrics are served", "address", operations_->address());
      operations_->start();
    }
    if (page_) {
      log_info("the status page is served", "address", page_->address(), "operators",
               config_.page->knows_operators() ? "may log in" : "none: it changes nothing");
    }
    service_.started();
    io_.run();
    if (page_) page_->stop();
    if (operations_) operations_->stop();
    const IntakeCounters seen = taken_in();
    log_info("analyzer ends", "records", seen.records, "lost", seen.records_lost, "refused", seen.refused,
             "alerts", detectors_.counters().alerts, "mails", notifier_.counters().mails_sent);
    return status_;
  }

  /// What to go on with in another loop, if that is why run() returned.
  [[nodiscard]] std::optional<AnalyzerConfig> take_next() {
    // A signal to end that came at the very last is still to be heard.
    io_.restart();
    signals_.async_wait([this](const error_code& error, int) {
      if (!error) next_.reset();
    });
    io_.poll();
    signals_.cancel();
    io_.poll();
    return std::exchange(next_, std::nullopt);
  }

 private:
  void await_hang_up() {
    hang_up_.async_wait([this](const error_code& error, int) {
      if (error) return;
      if (!shutting_down_ || next_) reload();
      await_hang_up();
    });
  }

  void await_rotation() {
    rotation_.async_wait([this](const error_code& error, int) {
      if (error) return;
      log_info("files of outputs are opened anew");
      outputs_.reopen();
      await_rotation();
    });
  }

  void reload() {
    outputs_.reopen();
    const AnalyzerConfig& running = next_ ? *next_ : config_;
    auto next = reloader_.reload<AnalyzerConfig>(running, [this] { return read_analyzer_config(sources_); });
    if (!next) return;
    set_log_level(next->config.log_level);
    next->config.redis = running.redis;  // what counts after a restart only
    next->config.shards = running.shards;
    next->config.metrics = running.metrics;
    if (next_ || !next->changes.anew.empty()) {
      next_ = std::move(next->config);
      log_info("setting up anew: shards are handed over and taken up again");
      shut_down();
    } else {
      config_.log_level = next->config.log_level;
      config_.keys = std::move(next->config.keys);
    }
  }

  static IntakeOptions intake_options(const AnalyzerConfig& config, const redis::Node& node) {
    IntakeOptions options;
    options.shards = config.shards;
    options.commit_interval = config.commit_interval;
    for (const std::uint16_t shard : node.shards)
      options.lease.shards.push_back(ShardId{shard});
    return options;
  }

  std::unique_ptr<OperationsEndpoint> open_operations() {
    if (!config_.metrics) return nullptr;
    auto opened = OperationsEndpoint::open(
        io_.get_executor(), pulse_, *config_.metrics,
        {.metrics = [this] { return metrics_page(state()); }, .readiness = [this] { return readiness(); }});
    if (!opened) throw std::runtime_error("metrics.listen: " + opened.error().message());
    return *std::move(opened);
  }

  std::unique_ptr<StatusPage> open_page() {
    if (!config_.page) return nullptr;
    ViewOptions view;
    view.mask = config_.notify.mask_secrets;
    auto opened = StatusPage::open(*config_.page, {config_.redis, config_.detector, view});
    if (!opened) throw std::runtime_error("page.listen: " + opened.error().message());
    return *std::move(opened);
  }

  IntakeCounters taken_in() const {
    IntakeCounters all;
    for (const auto& intake : intakes_)
      all += intake->counters();
    return all;
  }

  AnalyzerState state() const {
    AnalyzerState state;
    state.intake = taken_in();
    state.detector = detectors_.counters();
    state.notify = notifier_.counters();
    state.alerts = alerts_;
    state.collectors = notifier_.collectors();
    state.outputs = outputs_.counters();
    state.shards = config_.shards;
    state.reaches_redis = true;
    for (const auto& intake : intakes_) {
      IntakeStatus status = intake->status();
      state.lags.merge(status.lags);
      state.shards_held += status.shards;
      state.analyzers = std::max(state.analyzers, status.analyzers);
      state.leases_lost += status.leases_lost;
      state.reaches_redis = state.reaches_redis && status.state != IntakeState::away;
    }
    state.has_models = exchange_.is_ready();
    state.models = count_models(detectors_.known());
    state.reloads = reloader_.counters();
    return state;
  }

  Readiness readiness() const {
    Readiness readiness;
    if (shutting_down_) readiness.require("service", false, "it is shutting down");
    std::size_t shards = 0;
    for (std::size_t i = 0; i < intakes_.size(); ++i) {
      const IntakeStatus status = intakes_[i]->status();
      shards += status.shards;
      readiness.require(
          "redis " + config_.redis[i].endpoint.describe(), status.state != IntakeState::away,
          "it cannot be reached, or gives no leases (functions, users, table of shards: see the log)");
    }
    readiness.require("models", exchange_.is_ready(), "those that were published have not been taken up yet");
    readiness.require("silences", silences_.is_ready(), "those that operators ordered were not read yet");
    readiness.note("shards", shards > 0 ? fmt::format("{} of {}", shards, config_.shards)
                                        : "none: other analyzers have all, or they are still being loaded");
    readiness.note("mail", config_.notify.smtp ? "configured" : "not configured: alerts are only logged");
    return readiness;
  }

  void on_beat() {
    for (std::size_t i = 0; i < intakes_.size() && !shutting_down_; ++i)
      notifier_.see_redis(config_.redis[i].endpoint.describe(),
                          intakes_[i]->status().state != IntakeState::away);
    service_.status(readiness().summary());
    service_.beat(std::chrono::steady_clock::now());
  }

  void ended(const char* part, const std::exception_ptr& error) {
    log_failed_part(part, error);
    --running_;
    const std::string_view name = part;
    if (name == "notifier" || name == "outputs") --telling_;
    if (!shutting_down_) {
      status_ = kExitFailure;
      next_.reset();
      shut_down();
    }
    if (telling_ == 0) {
      // Their last rows belong into the last commit.
      for (const auto& intake : intakes_)
        intake->stop();
    }
    if (running_ == 0) {
      asio::co_spawn(io_, stay_to_tell(), [this](std::exception_ptr failure) {
        log_failed_part("mail ledger", failure);
        pulse_.stop();
        signals_.cancel();
        hang_up_.cancel();
        rotation_.cancel();
      });
    }
  }

  /// Nobody else knows what was mailed right now, if Redis loses that with its power: once it is on its disk,
  /// this process may go. Its shards are others' already.
  asio::awaitable<void> stay_to_tell() {
    const auto end = notifier_.last_attempt() + kForgets;
    asio::steady_timer pause(io_);
    while (std::chrono::steady_clock::now() < end) {
      pause.expires_after(kBetweenMarks);
      co_await pause.async_wait(asio::use_awaitable);
      co_await ledger_.remark(notifier_.maybe_sent());
    }
    ledger_.close();
  }

  void shut_down() {
    if (shutting_down_) return;
    shutting_down_ = true;
    if (!next_) service_.stopping();
    exchange_.stop();
    live_.stop();
    watch_.stop();
    silences_.stop();
    notifier_.stop(kLastMails);
    outputs_.stop(kLastMails);
  }

  bool is_ready() const override { return exchange_.is_ready() && silences_.is_ready(); }

  void on_loaded(ShardId shard, StoredShard stored) override {
    const auto outbox = std::move(stored.outbox);
    for (const std::string& problem : detectors_.take_up(
             shard, {std::move(stored.parts), std::move(stored.known), std::move(stored.threads)})) {
      log_error("something saved cannot be read; it is learned anew", "shard", to_raw(shard), "what",
                problem);
    }
    Notifier::Rows rows(outbox.begin(), outbox.end());
    outputs_.restore(shard, rows);
    notifier_.restore(shard, rows);
    if (const auto refused = history_.restore(shard, stored.alerts); refused > 0)
      log_error("stored alerts that cannot be read are forgotten", "shard", to_raw(shard), "alerts", refused);
    log_debug("shard taken up", "shard", to_raw(shard), "waiting_alerts", outbox.size());
  }

  void on_batch(ShardId shard, SyscallBatch&& batch, const SequenceVerdict& verdict) override {
    BatchContinuity continuity;
    continuity.gap = !verdict.continuous();
    continuity.records_lost = verdict.records_lost;
    continuity.new_epoch = verdict.kind == SequenceVerdict::Kind::new_epoch;
    auto alerts = detectors_.process(shard, batch, continuity);
    for (Alert& alert : alerts) {
      ++alerts_[alert.kind];
      alert.silenced_by = notifier_.silenced_by(alert);
      history_.add(shard, alert);
      tell(alert, shard);
    }
    if (!alerts.empty()) intake_of_.at(to_raw(shard))->commit_soon();
  }

  void tell(const Alert& alert, ShardId shard) {
    const auto taken = notifier_.submit(alert, shard);
    if (taken == AlertPolicy::Taken::known) return;  // read once more after a crash
    outputs_.alert(alert, shard,
                   taken == AlertPolicy::Taken::listed ? Outputs::News::fresh : Outputs::News::repeat);
  }

  ShardChanges collect_changes(ShardId shard) override {
    ShardChanges changes;
    add_to(changes, detectors_.take_changes(shard));
    RowChanges rows = notifier_.rows_changed(shard);
    for (auto& [id, json] : rows.set)
      changes.outbox.set[id] = std::move(json);
    changes.outbox.erase = std::move(rows.erase);
    RowChanges events = outputs_.rows_changed(shard);
    for (auto& [id, json] : events.set)
      changes.outbox.set.insert_or_assign(id, std::move(json));
    std::move(events.erase.begin(), events.erase.end(), std::back_inserter(changes.outbox.erase));
    for (const Alert& alert : notifier_.take_restated(shard))
      history_.restate(shard, alert);
    RowChanges alerts = history_.take_changes(shard);
    for (auto& [id, json] : alerts.set)
      changes.alerts.set.insert_or_assign(id, std::move(json));
    changes.alerts.erase = std::move(alerts.erase);
    return changes;
  }

  void on_redis_back() override {
    asio::co_spawn(io_, ledger_.remark(notifier_.maybe_sent()), asio::detached);
  }

  void on_reset(ShardId shard) override {
    notifier_.release(shard);
    outputs_.release(shard);
    history_.release(shard);
    detectors_.give_up(shard);
  }

  void on_sight(const Sight& sight) {
    const auto news = notifier_.see(sight);
    for (const BlindNews& each : news)
      outputs_.blind(each, ShardId{0});
    if (!news.empty()) intake_of_.front()->commit_soon();
  }

  void on_silences(std::vector<Silence> in_force) {
    notifier_.set_silences(std::move(in_force));
    // What was silenced, or is told after all, is to be seen at once.
    for (const auto& intake : intakes_)
      intake->commit_soon();
  }

  void on_curated() {
    for (const Order& order : detectors_.take_decisions())
      outputs_.decided(order, detectors_.home_of(order.about.image));
    for (const ShardId shard : detectors_.take_urgent())
      intake_of_.at(to_raw(shard))->commit_soon();
    for (const Transition& step : detectors_.take_transitions()) {
      log_info(step.what, "image", step.image, "executable", step.executable, "why", step.why);
    }
  }

  AnalyzerConfig config_;
  const ConfigSources& sources_;
  ConfigReloader& reloader_;
  std::optional<AnalyzerConfig> next_;
  asio::io_context io_{1};
  ServiceManager service_ = ServiceManager::from_environment();
  LoopPulse pulse_;
  std::unique_ptr<OperationsEndpoint> operations_;  ///< may be null
  std::unique_ptr<StatusPage> page_;                ///< may be null
  asio::signal_set signals_;
  asio::signal_set hang_up_;
  asio::signal_set rotation_;
  MailLedger ledger_;
  Notifier notifier_;
  Outputs outputs_;
  AlertHistory history_;
  ShardDetectors detectors_;
  ModelExchange exchange_;
  LivePublisher live_;
  CollectorWatch watch_;
  SilenceReader silences_;
  std::vector<std::unique_ptr<Intake>> intakes_;  ///< one for each Redis
  std::vector<Intake*> intake_of_;                ///< by shard
  std::map<AlertKind, std::uint64_t> alerts_;
  int running_ = 0;
  int telling_ = 2;  ///< the notifier and the outputs
  bool shutting_down_ = false;
  int status_ = kExitOk;
};

Analyzer::Analyzer(const AnalyzerConfig& config, ConfigSources sources)
    : sources_(std::move(sources)), reloader_(analyzer_key_table()) {
  // Threads that a loop starts inherit it. One that did not would take a signal while run() blocks them,
  // between two loops, and the signal would go with the first.
  const BlockedSignals blocked;
  loop_ = std::make_unique<Loop>(config, sources_, reloader_);
}
Analyzer::~Analyzer() = default;

int Analyzer::run() {
  while (true) {
    const int status = loop_->run();
    // A signal that comes while nobody listens would end the process in the midst of it.
    const BlockedSignals blocked;
    auto next = loop_->take_next();
    if (!next) return status;
    loop_.reset();
    loop_ = std::make_unique<Loop>(*std::move(next), sources_, reloader_);
  }
}

}  // namespace da
