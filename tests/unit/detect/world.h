// A container with its programs and threads, for tests of the detector: writes batches call by call.
//
//   World world;
//   Task app = world.start("/bin/app");
//   world.calls(app, kRequest);
//   world.exec(app, "/bin/sh");
//   const std::vector<Alert> alerts = world.judge(detector);     // and begins the next batch
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analyzer/detect/detector.h"
#include "tests/unit/model/profiles.h"

namespace da::test {

struct Task {
  TaskSerial serial{};
  Tid tid{};
  Pid pid{};
  std::string executable;
  std::string parent;
};

class World {
 public:
  std::int64_t now = 1'000 * kSecond;
  std::int64_t step = kSecond / 10;  ///< between two calls
  BatchContinuity continuity;
  std::string image_id = "sha256:1";
  std::string container = std::string(64, 'c');

  World() { next_batch(); }

  /// The container's first program, seen from its exec.
  Task start(const std::string& executable) {
    Task task = new_task(executable, "");
    segment(task, SegmentFlag::start);
    call(task, 59, 0);
    return task;
  }
  /// Attached to in mid-life.
  Task attach(const std::string& executable) {
    Task task = new_task(executable, "");
    segment(task, SegmentFlag::gap);
    return task;
  }
  Task fork(const Task& parent) {
    Task task = new_task(parent.executable, parent.executable);
    segment(task, SegmentFlag::start);
    return task;
  }
  Task thread_of(const Task& leader) {
    Task task = fork(leader);
    task.pid = leader.pid;
    batch.segments.back().pid = leader.pid;
    return task;
  }
  void exec(Task& task, const std::string& executable) {
    task.parent = std::exchange(task.executable, executable);
    segment(task, SegmentFlag::exec);
    call(task, 59, 0);
    batch.captures.push_back(
        {static_cast<std::uint32_t>(batch.record_count() - 1), 0, CapturedKind::path, false, executable});
  }
  void calls(const Task& task, const std::vector<int>& numbers) {
    // As the batcher does: a thread's records lie together until something happens to it.
    if (batch.segments.empty() || batch.segments.back().task != task.serial) segment(task);
    for (const int number : numbers)
      call(task, number, 0);
  }
  void rounds(const Task& task, int count) {
    for (int i = 0; i < count; ++i)
      calls(task, kRequest);
  }
  void lose(const Task& task, std::uint64_t count) {
    segment(task, SegmentFlag::gap);
    batch.segments.back().lost = count;
  }
  void exit(const Task& task) {
    calls(task, {231});
    batch.segments.back().set(SegmentFlag::exit);
  }

  std::vector<Alert> judge(Detector& detector, ShardId shard = ShardId{0}) {
    auto alerts = detector.process(shard, batch, continuity);
    next_batch();
    return alerts;
  }

  SyscallBatch batch;

 private:
  Task new_task(const std::string& executable, const std::string& parent) {
    ++last_;
    const auto tid = static_cast<std::int32_t>(100 + last_);
    return {TaskSerial{last_}, Tid{tid}, Pid{tid}, executable, parent};
  }
  void segment(const Task& task) {
    const Origin origin{container,   "web",           "shop:1.4", image_id,    task.executable,
                        task.parent, task.executable, Pid{1},     Arch::x86_64};
    batch.origins.push_back(origin);
    Segment added;
    added.task = task.serial;
    added.tid = task.tid;
    added.pid = task.pid;
    added.origin = static_cast<std::uint32_t>(batch.origins.size() - 1);
    batch.segments.push_back(added);
  }
  void segment(const Task& task, SegmentFlag flag) {
    segment(task);
    batch.segments.back().set(flag);
  }
  void call(const Task&, int number, std::int64_t result) {
    now += step;
    batch.calls.push_back(test::call(number));
    batch.arg_counts.push_back(3);
    batch.args.push_back({});
    batch.results.push_back(result);
    batch.times_ns.push_back(now);
    ++batch.segments.back().record_count;
  }
  void next_batch() {
    const std::uint64_t records = batch.header.records_before + batch.record_count();
    const std::uint64_t sequence = batch.header.sequence + 1;
    batch.clear();
    batch.header = {"host-1", Epoch{7}, sequence, records, now};
    continuity = {};
  }

  std::uint64_t last_ = 0;
};

[[nodiscard]] inline DetectorOptions quick_detector() {
  DetectorOptions options;
  options.life = quick_options();
  return options;
}

/// Requests of `app` until the image is armed. False, or an alert, means trouble.
inline bool arm_image(World& world, Detector& detector, const Task& app) {
  for (int i = 0; i < 200; ++i) {
    world.rounds(app, 1);
    if (!world.judge(detector).empty()) return false;
    if (detector.images().at(0).armed) return true;
  }
  return false;
}

}  // namespace da::test
