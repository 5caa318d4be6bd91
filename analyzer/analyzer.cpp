#include "analyzer/analyzer.h"

#include <csignal>
#include <optional>

#include <boost/asio/signal_set.hpp>

#include "analyzer/intake/intake.h"
#include "analyzer/notify/notifier.h"
#include "analyzer/store/mail_ledger.h"
#include "common/asio.h"
#include "common/command_line.h"
#include "common/failed_part.h"
#include "common/version.h"

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr auto kLastMails = 5s;  // at shutdown, for mails that wait
// One lease covers all shards, so all alerts are kept under one: see docs/architecture.md.
constexpr ShardId kAlertShard{0};

}  // namespace

class Analyzer::Loop final : private IntakeHandler {
 public:
  explicit Loop(AnalyzerConfig config)
      : config_(std::move(config)),
        signals_(io_, SIGTERM, SIGINT),
        ledger_(io_.get_executor(), config_.redis),
        notifier_(io_.get_executor(), config_.notify,
                  [this](std::string key) { return ledger_.mark(std::move(key)); }),
        intake_(io_.get_executor(), config_.redis, *this, intake_options(config_)) {
    detector_.emplace(config_.detector);
  }

  int run() {
    log_info("analyzer starts", "version", kVersion, "redis", config_.redis.describe(), "shards",
             config_.shards, "mail", config_.notify.smtp ? config_.notify.smtp->host : "none");
    signals_.async_wait([this](const error_code& error, int signal) {
      if (error) return;
      log_info("shutting down", "signal", signal);
      shut_down();
    });
    running_ = 2;
    asio::co_spawn(io_, notifier_.run(), [this](std::exception_ptr error) { ended("notifier", error); });
    asio::co_spawn(io_, intake_.run(), [this](std::exception_ptr error) { ended("intake", error); });
    io_.run();
    const auto& seen = intake_.counters();
    log_info("analyzer ends", "records", seen.records, "lost", seen.records_lost, "refused", seen.refused,
             "alerts", alerts_, "mails", notifier_.counters().mails_sent);
    return status_;
  }

 private:
  static IntakeOptions intake_options(const AnalyzerConfig& config) {
    IntakeOptions options;
    options.shards = config.shards;
    options.commit_interval = config.commit_interval;
    return options;
  }

  void ended(const char* part, const std::exception_ptr& error) {
    log_failed_part(part, error);
    --running_;
    if (!shutting_down_) {
      status_ = kExitFailure;
      shut_down();
    } else if (std::string_view(part) == "notifier") {
      // Its last rows belong into the last commit.
      intake_.stop();
    }
    if (running_ == 0) {
      signals_.cancel();
      ledger_.close();
    }
  }

  void shut_down() {
    if (shutting_down_) return;
    shutting_down_ = true;
    notifier_.stop(kLastMails);
  }

  void on_loaded(std::map<std::string, std::string> profiles,
                 std::map<std::string, std::string> outbox) override {
    detector_.emplace(config_.detector);
    for (const auto& [id, blob] : profiles) {
      if (const auto loaded = detector_->load(id, blob); !loaded) {
        log_error("a saved profile cannot be read; it is learned anew", "profile", id, "error",
                  loaded.error().message());
      }
    }
    Notifier::Rows rows(outbox.begin(), outbox.end());
    notifier_.restore(kAlertShard, rows);
    log_info("analyzing", "profiles", detector_->profiles().size(), "waiting_alerts", outbox.size());
    log_transitions();
  }

  void on_batch(ShardId shard, SyscallBatch&& batch, const SequenceVerdict& verdict) override {
    BatchContinuity continuity;
    continuity.gap = !verdict.continuous();
    continuity.records_lost = verdict.records_lost;
    continuity.new_epoch = verdict.kind == SequenceVerdict::Kind::new_epoch;
    auto alerts = detector_->process(shard, batch, continuity);
    alerts_ += alerts.size();
    for (Alert& alert : alerts)
      notifier_.submit(std::move(alert), kAlertShard);
    if (!alerts.empty()) intake_.commit_soon();
    log_transitions();
  }

  StateChanges collect_changes() override {
    StateChanges changes;
    for (auto& [id, blob] : detector_->take_changed())
      changes.profiles_set[id] = std::move(blob);
    RowChanges rows = notifier_.rows_changed(kAlertShard);
    for (auto& [id, json] : rows.set)
      changes.outbox_set[id] = std::move(json);
    changes.outbox_deleted = std::move(rows.erase);
    return changes;
  }

  void on_reset() override {
    notifier_.release(kAlertShard);
    detector_.emplace(config_.detector);
  }

  void log_transitions() {
    for (const Transition& step : detector_->take_transitions()) {
      log_info(step.what, "image", step.image, "executable", step.executable, "why", step.why);
    }
  }

  AnalyzerConfig config_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  MailLedger ledger_;
  Notifier notifier_;
  Intake intake_;
  std::optional<Detector> detector_;
  std::uint64_t alerts_ = 0;
  int running_ = 0;
  bool shutting_down_ = false;
  int status_ = kExitOk;
};

Analyzer::Analyzer(AnalyzerConfig config) : loop_(std::make_unique<Loop>(std::move(config))) {}
Analyzer::~Analyzer() = default;
int Analyzer::run() {
  return loop_->run();
}

}  // namespace da
