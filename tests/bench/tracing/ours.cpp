// Runs a command under the collector's tracer for the benchmark, and tells what became of its calls.
//
//   bench_tracing_ours --report FILE -- COMMAND...                  events are taken and thrown away
//   bench_tracing_ours --report FILE --redis SOCKET -- COMMAND...   batched, encoded, sent to Redis
// --budget SHARE limits the share of wall time in which the command may stand still for us.
//
// --copies N runs the command N times at once, --tracer-threads N shares the copies out among so many tracer
// threads. --tracer-cpus and --tracee-cpus, given once for each thread or copy, and --consumer-cpus say where
// each may run ("0" or "0,1").
#include <chrono>
#include <csignal>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "collector/trace/child_command.h"
#include "common/command_line.h"
#include "common/log.h"
#include "tests/bench/tracing/capture_setup.h"
#include "tests/bench/tracing/cpu_list.h"
#include "tests/bench/tracing/life_count.h"
#include "tests/bench/tracing/shipping.h"

namespace {

using namespace da;
using namespace da::bench;
using namespace std::chrono_literals;

constexpr std::size_t kEventsAtOnce = 20'000;
constexpr auto kPump = 5ms;  // as the collector
constexpr int kCannotStart = 127;

struct Options {
  std::string report;
  std::string redis;
  std::size_t copies = 1;
  std::size_t tracer_threads = 1;
  std::vector<std::string> tracer_cpus;
  std::vector<std::string> tracee_cpus;
  std::string consumer_cpus;
  std::optional<double> budget;
  std::vector<std::string> command;
};

cpu_set_t cpus_of(const std::string& text) {
  cpu_set_t cpus;
  if (parse_cpu_list(text.c_str(), &cpus) == 0) throw CLI::ValidationError(text + ": no list of CPUs");
  return cpus;
}

std::vector<cpu_set_t> cpus_of(const std::vector<std::string>& texts) {
  std::vector<cpu_set_t> all;
  for (const std::string& text : texts)
    all.push_back(cpus_of(text));
  return all;
}

/// The last that the tracer published: it does so each second.
CaptureShare throw_away(CaptureSetup& setup, LifeCount& life) {
  CaptureShare share;
  // Each start and exec brings a reference to an origin, which is else the batcher's to give back.
  std::unordered_map<std::uint64_t, OriginId> origins;
  const auto take = [&](const CaptureEvent& event) {
    life.note(event);
    if (event.kind == EventKind::call) return;
    const auto known = origins.extract(to_raw(event.task));
    if (!known.empty()) setup.origins().release(known.mapped());
    if (event.kind != EventKind::exit) origins.emplace(to_raw(event.task), event.origin);
  };
  while (!life.over()) {
    if (setup.drain(kEventsAtOnce, take) < kEventsAtOnce) std::this_thread::sleep_for(kPump);
    if (const auto shares = setup.shares(); !shares.empty()) share = shares.front();
  }
  setup.stop();
  while (setup.drain(kEventsAtOnce, take) != 0) {
  }
  return share;
}

/// Of the calling thread: starting up, taking the events, shipping them. Not of the tracer thread.
std::int64_t consumer_cpu_us() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * 1'000'000LL + used.tv_nsec / 1000;
}

void write_report(const std::string& path, const CaptureCounters& captured, const LifeCount& life,
                  const CaptureShare* share, const Shipped* shipped) {
  std::string text = fmt::format(R"({{"records": {}, "lost": {}, "taken": {}, "consumer_cpu_us": {})",
                                 captured.records, captured.lost, life.calls(), consumer_cpu_us());
  if (share != nullptr)
    text += fmt::format(R"(, "stopped": {}, "coverage": {})", share->stopped_share(), share->coverage());
  if (shipped != nullptr) {
    text += fmt::format(R"(, "shipped": {}, "batches": {}, "acknowledged": {}, "dropped": {})",
                        shipped->records, shipped->batches, shipped->acknowledged, shipped->dropped);
  }
  std::ofstream(path) << text << "}\n";
}

int run(const Options& options) {
  CaptureSetup setup({.tracer_threads = options.tracer_threads,
                      .tracer_cpus = cpus_of(options.tracer_cpus),
                      .budget = StopBudget::from(options.budget.value_or(1)).value_or(StopBudget())});
  const auto tracee_cpus = cpus_of(options.tracee_cpus);
  std::vector<ChildCommand> children;
  std::vector<Pid> roots;
  for (std::size_t i = 0; i < options.copies; ++i) {
    auto child = ChildCommand::start(options.command);
    if (!child) {
      log_error("cannot start the command", "error", child.error().message());
      return kCannotStart;
    }
    if (i < tracee_cpus.size()) ::sched_setaffinity(to_raw(child->pid()), sizeof(cpu_set_t), &tracee_cpus[i]);
    Container here;
    here.id = fmt::format("{:064}", i + 1);
    here.name = "bench";
    setup.follow(here, child->pid());
    roots.push_back(child->pid());
    children.push_back(std::move(*child));
  }
  if (!options.consumer_cpus.empty()) {
    const cpu_set_t cpus = cpus_of(options.consumer_cpus);
    ::sched_setaffinity(0, sizeof cpus, &cpus);
  }
  for (ChildCommand& child : children)
    child.go();

  LifeCount life(roots);
  if (options.redis.empty()) {
    const CaptureShare share = throw_away(setup, life);
    write_report(options.report, setup.counters(), life, options.budget ? &share : nullptr, nullptr);
  } else {
    const auto endpoint = redis::Endpoint::from(options.redis);
    if (!endpoint) throw CLI::ValidationError(endpoint.error().message());
    const Shipped shipped = run_shipping(setup, life, *endpoint);
    write_report(options.report, setup.counters(), life, nullptr, &shipped);
  }
  return life.status();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs a command under the collector's tracer, for the benchmark", "bench_tracing_ours"};
  Options options;
  app.add_option("--report", options.report, "Write the counts to FILE, as JSON")->required();
  app.add_option("--redis", options.redis, "Ship to the Redis at this address");
  app.add_option("--copies", options.copies, "Run the command so many times at once")
      ->check(CLI::Range(1, 64));
  app.add_option("--tracer-threads", options.tracer_threads)->check(CLI::Range(1, 64));
  app.add_option("--tracer-cpus", options.tracer_cpus)->take_all()->allow_extra_args(false);
  app.add_option("--tracee-cpus", options.tracee_cpus)->take_all()->allow_extra_args(false);
  app.add_option("--consumer-cpus", options.consumer_cpus);
  app.add_option("--budget", options.budget)->check(CLI::Range(0.01, 1.0));
  app.add_option("command", options.command, "The command, after --")->required();
  app.positionals_at_end();
  try {
    app.parse(argc, argv);
    set_log_level(LogLevel::warning);
    // The terminal sends these to the command as well: it decides.
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGQUIT, SIG_IGN);
    return run_program([&] { return run(options); });
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
}
