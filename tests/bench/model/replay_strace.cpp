// Replays an `strace -f -ttt -e raw=all -e signal=none` log through the detector, as if it were a container.
//
//   replay_strace LOG EXECUTABLE [LEARN_SECONDS [ATTACK_TIME [UNSEEN_MASS [MINIMUM]]]]
//
// Prints when profile and image armed, each alert with its time (before ATTACK_TIME, a false alarm), and ns a
// record. Learning takes about LEARN_SECONDS (default 30), half of it in shadow. The programs that tasks
// execute are named after the task.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "analyzer/detect/shard_detectors.h"
#include "proto/syscalls/table.h"

namespace {

using namespace da;

constexpr ShardId kShard{0};
constexpr std::int64_t kBatchNs = 50'000'000;  // as the collector's batches

class Replay {
 public:
  Replay(ShardDetectors& detectors, std::string executable, std::int64_t attack_ns)
      : detectors_(detectors), executable_(std::move(executable)), attack_ns_(attack_ns) {}

  void line(const std::string& text) {
    int tid = 0;
    long long seconds = 0;
    long micros = 0;
    int at = 0;
    if (std::sscanf(text.c_str(), "%d %lld.%6ld %n", &tid, &seconds, &micros, &at) < 3) return;
    now_ = seconds * 1'000'000'000 + micros * 1'000;
    if (first_ == 0) first_ = now_;
    if (now_ - batch_start_ > kBatchNs) flush();
    const std::string rest = text.substr(static_cast<std::size_t>(at));
    if (rest.rfind("+++", 0) == 0) return exit(tid);
    const auto paren = rest.find('(');
    const bool resumed = rest.rfind("<... execve resumed>", 0) == 0;
    // A successful exec belongs to the program that it begins; a failed one is left out here.
    if (resumed || rest.rfind("execve(", 0) == 0) {
      if (rest.find(" = 0") != std::string::npos && rest.find("= 0x") == std::string::npos) exec(tid);
      return;
    }
    if (paren == std::string::npos || rest[0] == '<') return;
    const auto call = find_call_by_name(Arch::x86_64, rest.substr(0, paren));
    if (call) record(tid, *call);
  }

  void flush() {
    const std::clock_t start = std::clock();  // of this process alone: the machine is shared
    const auto alerts = detectors_.process(kShard, batch_, {});
    spent_ns_ += 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    records_ += batch_.record_count();
    for (auto& [part, blob] : detectors_.take_changes(kShard).parts)
      static_cast<void>(detectors_.take_part(kShard, part, std::move(blob)));
    detectors_.curate(SIZE_MAX);
    for (const Transition& transition : detectors_.take_transitions())
      fmt::print("{:8.1f} s  {}: {} ({})\n", seconds(), transition.what, transition.executable,
                 transition.why);
    for (const Alert& alert : alerts)
      report(alert);
    const std::uint64_t records_before = batch_.header.records_before + batch_.record_count();
    batch_.clear();
    batch_.header = {"replay", Epoch{1}, ++sequence_, records_before, now_};
    last_tid_ = 0;
    batch_start_ = now_;
  }

  void summary() const {
    fmt::print("{} records, {:.1f} ns each; {} false alarms, {} alerts in the attack\n", records_,
               spent_ns_ / static_cast<double>(std::max<std::uint64_t>(1, records_)), false_alarms_, found_);
    for (const auto& [id, image] : detectors_.known().images()) {
      for (const auto& [key, program] : image->programs()) {
        if (!program.profile) continue;
        fmt::print("  {} {}: {}; {}\n", to_string(program.profile->life().state()), key.executable,
                   program.profile->reason(), program.profile->description());
      }
      fmt::print("  image: {}\n", image->reason());
    }
  }

 private:
  struct Task {
    std::uint64_t serial = 0;
    std::string executable;
  };

  [[nodiscard]] double seconds() const { return static_cast<double>(now_ - first_) * 1e-9; }

  void report(const Alert& alert) {
    const bool attack = attack_ns_ != 0 && alert.time_ns >= attack_ns_;
    ++(attack ? found_ : false_alarms_);
    fmt::print("{:8.1f} s  {} {} by {}: score {}, first unseen {}\n", seconds(),
               attack ? "ALERT" : "FALSE ALARM", alert.id, alert.executable, alert.score,
               alert.first_unseen < alert.calls.size() ? alert.calls[alert.first_unseen].text : "-");
  }

  Task& task_of(int tid, std::optional<SegmentFlag> flag = {}) {
    auto found = tasks_.find(tid);
    if (found == tasks_.end()) {
      found = tasks_.emplace(tid, Task{++serial_, executable_}).first;
      open_segment(tid, found->second, serial_ == 1 && !flag ? SegmentFlag::gap : SegmentFlag::start);
    } else if (flag || last_tid_ != tid) {
      open_segment(tid, found->second, flag);
    }
    return found->second;
  }

  void open_segment(int tid, const Task& task, std::optional<SegmentFlag> flag) {
    Segment segment;
    segment.task = TaskSerial{task.serial};
    segment.tid = Tid{tid};
    segment.pid = Pid{tid};
    segment.origin = static_cast<std::uint32_t>(batch_.origins.size());
    if (flag) segment.set(*flag);
    batch_.origins.push_back(
        {"replay", "replay", "replay", "replay", task.executable, "", "", Pid{}, Arch::x86_64});
    batch_.segments.push_back(segment);
    last_tid_ = tid;
  }

  // A thread's records are split into more segments than a collector makes, which must not matter.
  void record(int tid, CallId call) {
    task_of(tid);
    batch_.calls.push_back(call);
    batch_.arg_counts.push_back(0);
    batch_.args.push_back({});
    batch_.results.push_back(0);
    batch_.times_ns.push_back(now_);
    ++batch_.segments.back().record_count;
  }

  void exec(int tid) {
    const bool first = tasks_.empty();
    Task& task = task_of(tid, first ? std::optional(SegmentFlag::start) : std::nullopt);
    if (!first) {
      task.executable = "/exec-of-task-" + std::to_string(task.serial);
      open_segment(tid, task, SegmentFlag::exec);
    }
    record(tid, make_call(Arch::x86_64, 59));
  }

  void exit(int tid) {
    const auto found = tasks_.find(tid);
    if (found == tasks_.end()) return;
    open_segment(tid, found->second, SegmentFlag::exit);
    last_tid_ = 0;
    tasks_.erase(found);
  }

  ShardDetectors& detectors_;
  std::string executable_;
  std::int64_t attack_ns_;
  SyscallBatch batch_;
  std::map<int, Task> tasks_;
  int last_tid_ = 0;
  std::uint64_t serial_ = 0;
  std::uint64_t sequence_ = 0;
  std::int64_t now_ = 0;
  std::int64_t first_ = 0;
  std::int64_t batch_start_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t false_alarms_ = 0;
  std::uint64_t found_ = 0;
  double spent_ns_ = 0.0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr,
               "usage: replay_strace LOG EXECUTABLE [LEARN_SECONDS [ATTACK_TIME [UNSEEN_MASS [MINIMUM]]]]\n");
    return 2;
  }
  const double learn = argc > 3 ? std::atof(argv[3]) : 30.0;
  DetectorOptions options;
  const auto half =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(learn / 2));
  options.life.min_time = options.life.shadow_time = half;
  options.life.image_quiet = half / 2;
  options.life.min_calls = 2'000;
  options.life.min_episodes = 5;
  options.life.recent_calls = 2'000;
  options.life.unseen_mass = argc > 5 ? std::atof(argv[5]) : 0.01;
  options.life.shadow_calls = 1'000;
  options.life.shadow_unseen = 2 * options.life.unseen_mass;
  if (argc > 6) options.score.minimum = static_cast<unsigned>(std::atoi(argv[6]));
  ShardDetectors detectors(options, 1);
  static_cast<void>(detectors.take_up(kShard, {}));
  const std::int64_t attack = argc > 4 ? static_cast<std::int64_t>(std::atof(argv[4]) * 1e9) : 0;
  Replay replay(detectors, argv[2], attack);
  std::ifstream log(argv[1]);
  for (std::string line; std::getline(log, line);)
    replay.line(line);
  replay.flush();
  replay.summary();
  return 0;
}
