#include "collector/collector.h"

#include <algorithm>
#include <csignal>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "collector/capture/container_directory.h"
#include "collector/capture/ptrace/attach_self_test.h"
#include "collector/capture/ptrace/ptrace_capture.h"
#include "collector/config_keys.h"
#include "collector/container_log.h"
#include "collector/docker/own_container.h"
#include "collector/docker/watcher.h"
#include "collector/guard/guardian.h"
#include "collector/metrics.h"
#include "collector/process_log.h"
#include "collector/share_log.h"
#include "collector/shipping/batcher.h"
#include "collector/shipping/pack_batch.h"
#include "collector/shipping/retention_source.h"
#include "collector/shipping/stream_writer.h"
#include "collector/status_publisher.h"
#include "collector/status_report.h"
#include "collector/trace/trace_format.h"
#include "common/asio.h"
#include "common/command_line.h"
#include "common/config/reload.h"
#include "common/failed_part.h"
#include "common/health/loop_pulse.h"
#include "common/health/operations_endpoint.h"
#include "common/health/service_manager.h"
#include "common/impatient_writer.h"
#include "common/loss_log.h"
#include "common/version.h"

namespace da {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kEventsAtOnce = 20'000;  // then the other parts of the loop get their turn
constexpr auto kBusyPump = 5ms;
constexpr auto kIdlePump = 50ms;  // with nothing traced
constexpr auto kLastSend = 3s;    // at shutdown, for what is left

Epoch draw_epoch() {
  std::random_device random;
  return Epoch{(static_cast<std::uint64_t>(random()) << 32U) | random()};
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

class Collector::Loop final : private docker::WatcherHandler {
 public:
  Loop(CollectorConfig config, ConfigSources sources, bool verbose)
      : config_(std::move(config)),
        sources_(std::move(sources)),
        verbose_(verbose),
        pulse_(io_.get_executor(), [this] { on_beat(); }),
        operations_(open_operations()),
        signals_(io_, SIGTERM, SIGINT),
        hang_up_(io_, SIGHUP),
        queues_(make_queues(config_)),
        retention_(config_.shards, {.bytes = config_.retention_bytes}),
        batcher_(origins_, config_.host, epoch_, batch_limits(config_),
                 [this](ShardId shard, const SyscallBatch& batch) { return keep(shard, batch); }),
        capture_(make_capture()),
        watcher_(io_.get_executor(), config_.docker,
                 docker::TargetFilter(config_.containers, docker::find_own_container()), *this),
        process_log_(origins_),
        report_(config_.host, epoch_, now_ns()),
        status_publisher_(io_.get_executor(), redis::endpoint_of(config_.redis, 0),
                          [this] { return report_status(); }) {}

  int run() {
    open_links();
    log_info("collector starts", "version", kVersion, "host", config_.host, "epoch", to_raw(epoch_), "redis",
             redis::describe(config_.redis));
    signals_.async_wait([this](const error_code& error, int signal) {
      if (error) return;
      log_info("shutting down", "signal", signal);
      shut_down();
    });
    await_hang_up();
    spawn(watcher_.run(), "docker watcher");
    for (const auto& link : links_)
      spawn(link->writer.run(), "stream writer");
    spawn(pump(), "pump");
    spawn(status_publisher_.run(), "status publisher");
    asio::co_spawn(io_, pulse_.run(), [](std::exception_ptr error) { log_failed_part("pulse", error); });
    if (operations_) {
      log_info("metrics are served", "address", operations_->address());
      operations_->start();
    }
    if (!attach_test_)
      log_error("no process can be traced: is CAP_SYS_PTRACE missing, or does AppArmor or yama forbid it?",
                "error", attach_test_.error().message());
    service_.started();
    io_.run();
    if (operations_) operations_->stop();
    const auto& kept = retention_.counters();
    log_info("collector ends", "records", batcher_.counters().records, "acknowledged",
             kept.acknowledged_records, "unsent", kept.waiting_records, "lost",
             capture_->counters().lost + kept.dropped_records);
    return status_;
  }

 private:
  void await_hang_up() {
    hang_up_.async_wait([this](const error_code& error, int) {
      if (error || shutting_down_) return;
      reload();
      await_hang_up();
    });
  }

  void reload() {
    auto next =
        reloader_.reload<CollectorConfig>(config_, [this] { return read_collector_config(sources_); });
    if (!next) return;
    config_.keys = std::move(next->config.keys);
    config_.log_level = next->config.log_level;
    set_log_level(config_.log_level);
    config_.budget = next->config.budget;
    capture_->set_budget(config_.budget);
    config_.containers = std::move(next->config.containers);
    watcher_.set_filter(docker::TargetFilter(config_.containers, docker::find_own_container()));
  }

  /// To one Redis.
  struct Link {
    Link(Loop& loop, const redis::Node& node)
        : source(loop.retention_, loop.config_.host, loop.epoch_, loop.config_.shards, node.shards),
          writer(loop.io_.get_executor(), node.endpoint, source, writer_options(loop.config_, node)) {}

    RetentionSource source;
    StreamWriter writer;
  };
  void open_links() {
    link_of_.resize(config_.shards);
    for (const redis::Node& node : config_.redis) {
      links_.push_back(std::make_unique<Link>(*this, node));
      for (const std::uint16_t shard : node.shards)
        link_of_[shard] = links_.back().get();
    }
  }

  // One for each tracer thread; `capture.queue` is what they have together.
  using Queues = std::vector<std::unique_ptr<RecordQueue>>;
  static Queues make_queues(const CollectorConfig& config) {
    Queues queues;
    for (std::size_t i = 0; i < config.tracer_threads; ++i)
      queues.push_back(std::make_unique<RecordQueue>(config.queue_bytes / config.tracer_threads));
    return queues;
  }

  std::unique_ptr<OperationsEndpoint> open_operations() {
    if (!config_.metrics) return nullptr;
    auto opened = OperationsEndpoint::open(
        io_.get_executor(), pulse_, *config_.metrics,
        {.metrics = [this] { return metrics_page(state()); }, .readiness = [this] { return readiness(); }});
    if (!opened) throw std::runtime_error("metrics.listen: " + opened.error().message());
    return *std::move(opened);
  }

  CollectorState state() const {
    CollectorState state;
    state.capture = capture_->counters();
    state.containers = capture_->shares();
    state.retention = retention_.counters();
    for (const auto& link : links_)
      state.writer += link->writer.counters();
    state.hears_docker = hears_docker_;
    state.docker_failures = docker_failures_;
    state.reloads = reloader_.counters();
    state.reaches_redis =
        std::ranges::all_of(links_, [](const auto& link) { return link->writer.connected(); });
    state.can_attach = attach_test_.has_value();
    return state;
  }

  CollectorStatus report_status() {
    CollectorStatus status = report_.make(state(), Clock::now(), now_ns());
    status.retention_limit = config_.retention_bytes;
    return status;
  }

  Readiness readiness() const {
    Readiness readiness;
    if (shutting_down_) readiness.require("service", false, "it is shutting down");
    readiness.require("docker", hears_docker_, "its events are not heard: " + why_no_docker_);
    for (std::size_t i = 0; i < links_.size(); ++i) {
      readiness.require("redis " + config_.redis[i].endpoint.describe(), links_[i]->writer.connected(),
                        "it cannot be reached, or takes no batches (see the log)");
    }
    readiness.require("attach", attach_test_.has_value(),
                      attach_test_ ? std::string() : attach_test_.error().message());
    return readiness;
  }

  void on_beat() {
    service_.status(readiness().summary());
    service_.beat(Clock::now());
  }

  std::unique_ptr<Capture> make_capture() {
    std::vector<RecordQueue*> queues;
    for (const auto& queue : queues_)
      queues.push_back(queue.get());
    PtraceOptions options;
    options.budget = config_.budget;
    options.births = true;
    options.began = [this](const Container& container) {
      asio::post(io_, [this, container] { container_log_.begun(container, true); });
    };
    options.ended = [this](const std::string& id) {
      asio::post(io_, [this, id] {
        drain(kEventsAtOnce);  // the end of its last process comes first
        container_log_.ended(id);
      });
    };
    options.guard = guardian_ ? &guardian_->page() : nullptr;
    options.rescan_interval = config_.rescan_interval;
    options.labels = config_.told_labels;
    return make_ptrace_capture(queues, origins_, directory_, options);
  }

  static BatchLimits batch_limits(const CollectorConfig& config) {
    BatchLimits limits;
    limits.shards = config.shards;
    limits.max_age = config.max_batch_age;
    return limits;
  }
  static StreamWriterOptions writer_options(const CollectorConfig& config, const redis::Node& node) {
    StreamWriterOptions options;
    options.stream_limit = config.stream_limit;
    options.shard_table = redis::shard_table(config.shards, node.shards);
    return options;
  }

  // Each part runs until shut_down(); one that ends before, or by an exception, ends all.
  void spawn(asio::awaitable<void> part, const char* name) {
    ++running_;
    asio::co_spawn(io_, std::move(part), [this, name](std::exception_ptr error) {
      log_failed_part(name, error);
      if (--running_ == 0) pulse_.stop();
      if (!shutting_down_) {
        status_ = kExitFailure;
        shut_down();
      }
    });
  }

  void shut_down() {
    if (shutting_down_) return;
    shutting_down_ = true;
    service_.stopping();
    watcher_.stop();
    // First the containers, which must not wait for Redis.
    capture_->stop();
    drain_all();
    batcher_.flush_all();
    pump_timer_.cancel();
    signals_.cancel();
    hang_up_.cancel();
    for (const auto& link : links_)
      link->writer.finish(kLastSend);
    status_publisher_.finish(kLastSend, status_ == kExitOk);
  }

  asio::awaitable<void> pump() {
    while (!shutting_down_) {
      if (guardian_) guardian_->check();
      const bool more = drain(kEventsAtOnce) == kEventsAtOnce;
      const auto now = Clock::now();
      batcher_.flush_due(now);
      queue_loss_.update(capture_->counters().lost, now);
      share_log_.update(*capture_, now);
      backlog_loss_.update(retention_.counters().dropped_records, now);
      pump_timer_.expires_after(more ? 0ms : batcher_.task_count() != 0 ? kBusyPump : kIdlePump);
      co_await wait(pump_timer_);
    }
  }

  static asio::awaitable<void> wait(asio::steady_timer& timer) {
    error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }

  void drain_all() {
    while (drain(kEventsAtOnce) != 0) {
    }
  }

  /// From each queue.
  std::size_t drain(std::size_t limit) {
    const auto now = Clock::now();
    std::size_t most = 0;
    for (const auto& queue : queues_) {
      const auto count = queue->drain(limit, [this, now](const CaptureEvent& event) {
        process_log_.on_event(event, now);
        if (verbose_ && event.kind == EventKind::call) {
          append_trace_line(lines_, TraceFormat::text, event.record, event.pid, event.tid);
        }
        batcher_.add(event, now);
      });
      most = std::max(most, count);
    }
    if (!lines_.empty()) {
      verbose_output_.write(lines_, [](std::uint64_t dropped) {
        return fmt::format("[{} calls not printed: the output is too slow]\n", dropped);
      });
      lines_.clear();
    }
    return most;
  }

  std::size_t keep(ShardId shard, const SyscallBatch& batch) {
    const auto records = static_cast<std::uint32_t>(batch.record_count());
    Packed packed = pack_batch(batch, config_.compression, retention_.spare());
    report_.shipped(batch);
    for (const auto& lost : retention_.push(shard, batch.header.sequence, records, std::move(packed.payload)))
      report_.dropped(*lost.payload);
    link_of_.at(to_raw(shard))->writer.notify();
    return packed.size_to_learn;
  }

  void known(const Container& container, bool wanted) override { directory_.put(container, wanted); }
  void forgotten(const std::string& id) override { directory_.erase(id); }
  void appeared(const Container& container) override {
    container_log_.begun(container, false);
    capture_->watch(container);
  }
  void gone(const Container& container) override {
    container_log_.ended(container.id, container.init);
    capture_->unwatch(container);
  }
  void missed(const Container& container) override { container_log_.missed(container); }
  void exec_started(const std::string& id) override { capture_->expect(id); }
  void listening() override { hears_docker_ = true; }
  void disconnected(const std::string& reason) override {
    hears_docker_ = false;
    why_no_docker_ = reason;
    ++docker_failures_;
  }

  // First: before any thread, and before there is much memory.
  std::optional<Guardian> guardian_ = Guardian::start_or_warn();
  Result<> attach_test_ = ptrace::attach_self_test();
  CollectorConfig config_;
  ConfigSources sources_;
  ConfigReloader reloader_{collector_key_table()};
  bool verbose_;
  Epoch epoch_ = draw_epoch();
  asio::io_context io_{1};
  ServiceManager service_ = ServiceManager::from_environment();
  LoopPulse pulse_;
  // May be null. Before any container is touched: its address may be taken.
  std::unique_ptr<OperationsEndpoint> operations_;
  asio::signal_set signals_;
  asio::signal_set hang_up_;
  asio::steady_timer pump_timer_{io_};
  OriginTable origins_;
  ContainerDirectory directory_;
  Queues queues_;
  Retention retention_;
  std::vector<std::unique_ptr<Link>> links_;  ///< one for each Redis
  std::vector<Link*> link_of_;                ///< by shard
  Batcher batcher_;
  std::unique_ptr<Capture> capture_;
  ContainerLog container_log_;
  docker::Watcher watcher_;
  ProcessLog process_log_;
  ShareLog share_log_;
  StatusReport report_;
  StatusPublisher status_publisher_;
  LossLog queue_loss_{"the tracer's queue is full: raise capture.queue"};
  LossLog backlog_loss_{"redis takes too little for too long: raise shipping.retention"};
  std::string lines_;
  ImpatientWriter verbose_output_{STDOUT_FILENO};
  bool hears_docker_ = false;
  std::string why_no_docker_ = "not connected yet";
  std::uint64_t docker_failures_ = 0;
  std::size_t running_ = 0;  ///< parts
  bool shutting_down_ = false;
  int status_ = kExitOk;
};

Collector::Collector(CollectorConfig config, ConfigSources sources, bool verbose)
    : loop_(std::make_unique<Loop>(std::move(config), std::move(sources), verbose)) {}
Collector::~Collector() = default;
int Collector::run() {
  return loop_->run();
}

}  // namespace da
