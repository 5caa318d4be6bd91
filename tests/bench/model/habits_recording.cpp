// What habits find in a recording of real services (`analyzer record`): learned, then judged.
//
//   habits_recording RECORDING LEARN_SECONDS [words]
//
// Each program of each image is learned for LEARN_SECONDS of records; then what has settled is judged, and
// each object is printed once for a container and program, with its time. With `words`, what was learned as
// well.
#include <cstdlib>
#include <ctime>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analyzer/model/habits/habit_object.h"
#include "analyzer/model/habits/habits.h"
#include "analyzer/replay/recording.h"
#include "proto/codec.h"
#include "proto/fnv1a.h"
#include "proto/syscalls/table.h"

namespace {

using namespace da;

class Trial {
 public:
  explicit Trial(double learn_seconds) : learn_ns_(static_cast<std::int64_t>(learn_seconds * 1e9)) {
    options_.min_time = std::chrono::nanoseconds(learn_ns_ / 2);
    options_.recent = std::chrono::nanoseconds(learn_ns_ / 3);
  }

  void take(const SyscallBatch& batch) {
    std::size_t record = 0;
    std::size_t capture = 0;
    std::vector<CapturedArg> captured;
    for (const Segment& segment : batch.segments) {
      const Origin& origin = batch.origins[segment.origin];
      Habits& habits = habits_.try_emplace(origin.image + ' ' + origin.executable, options_).first->second;
      const std::uint64_t process =
          fnv1a_of(static_cast<std::uint32_t>(to_raw(segment.pid)), fnv1a(batch.header.host));
      for (std::uint32_t i = 0; i < segment.record_count; ++i, ++record) {
        captured.clear();
        while (capture < batch.captures.size() && batch.captures[capture].record < record)
          ++capture;
        for (; capture < batch.captures.size() && batch.captures[capture].record == record; ++capture) {
          const BatchCapture& arg = batch.captures[capture];
          captured.push_back({arg.arg, arg.kind, arg.truncated, arg.bytes});
        }
        call(habits, origin,
             {batch.calls[record], batch.arg_counts[record], batch.args[record], batch.results[record],
              batch.times_ns[record], captured},
             process);
      }
    }
  }

  void summary(bool words) const {
    fmt::print("{} records, {} concern habits; {} objects told\n", records_, concerned_, told_.size());
    if (!words) return;
    for (const auto& [name, habits] : habits_)
      show(name, habits);
  }

 private:
  static void show(const std::string& name, const Habits& habits) {
    fmt::print("{}\n  {}\n  not settled: {}\n  names: ", name, habits.description(), habits.reason());
    for (const Habit habit : {Habit::reads, Habit::changes, Habit::reaches, Habit::runs}) {
      const PrefixTree& tree = habits.object_habit(habit).tree();
      fmt::print(" {} {} ({} bytes)", to_string(habit), tree.size(), tree.bytes());
    }
    fmt::print("\n");
    for (const auto& [key, histogram] : habits.pace().learned()) {
      fmt::print("  pace {} {} {}: highest {} of {} windows\n", static_cast<int>(key.kind),
                 call_name(key.call), key.error, histogram.highest(), histogram.total());
    }
  }

  void call(Habits& habits, const Origin& origin, const SyscallRecord& record, std::uint64_t process) {
    if (first_ns_ == 0) first_ns_ = record.time_ns;
    const bool learns = record.time_ns - first_ns_ < learn_ns_;
    if (!learns && !settled_) {
      settled_ = true;
      for (auto& [name, each] : habits_)
        each.settle();
    }
    ++records_;
    concerned_ += Habits::concerns(record.call, record.result) ? 1 : 0;
    const auto finding =
        habits.observe(record, process, learns ? Habits::Taking::learn : Habits::Taking::judge);
    if (!finding || !told_.insert(origin.container_id + origin.executable + finding->object).second) return;
    fmt::print("{:8.1f} s  {} {}: {}\n", static_cast<double>(record.time_ns - first_ns_) * 1e-9,
               origin.container_name, origin.executable, habits.evidence(*finding));
  }

  std::int64_t learn_ns_;
  HabitOptions options_;
  std::map<std::string, Habits> habits_;
  std::int64_t first_ns_ = 0;
  bool settled_ = false;
  std::set<std::string> told_;
  std::uint64_t records_ = 0;
  std::uint64_t concerned_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: habits_recording RECORDING LEARN_SECONDS [words]\n");
    return 2;
  }
  auto reader = RecordingReader::open(argv[1]);
  if (!reader) {
    fmt::print(stderr, "{}\n", reader.error().message());
    return 1;
  }
  Trial trial(std::atof(argv[2]));
  double spent = 0;
  while (auto recorded = reader->next()) {
    const auto batch = decode(recorded->payload);
    if (!batch) continue;
    const std::clock_t start = std::clock();
    trial.take(*batch);
    spent += static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  trial.summary(argc > 3);
  fmt::print("{:.2f} s of CPU time\n", spent);
  return 0;
}
