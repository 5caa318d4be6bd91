// A container with its programs and threads, for tests of the detector: writes batches call by call.
//
//   World world;
//   Analysis detector;                      // with its curator
//   Task app = world.start("/bin/app");
//   world.calls(app, kRequest);
//   world.exec(app, "/bin/sh");
//   const std::vector<Alert> alerts = world.judge(detector);     // and begins the next batch
#pragma once

#include <array>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/detect/curator.h"
#include "analyzer/detect/detector.h"
#include "analyzer/detect/known_models.h"
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
  std::string image = "shop:1.4";
  std::string image_id = "sha256:1";
  std::string container = std::string(64, 'c');
  std::string container_name = "web";

  std::string host = "host-1";

  World() { next_batch(); }

  /// The container's first program, seen from its exec.
  Task start(const std::string& executable) {
    Task task = new_task(executable, "");
    segment(task, SegmentFlag::start);
    call(task, 59, 0);
    return task;
  }
  /// Attached to in mid-life.
  Task attach(const std::string& executable, const std::string& parent = "") {
    Task task = new_task(executable, parent);
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
  /// A call with what it was given.
  void given(const Task& task, int number, const std::array<std::uint64_t, kMaxCallArgs>& args,
             std::int64_t result, const std::vector<BatchCapture>& captured = {}) {
    if (batch.segments.empty() || batch.segments.back().task != task.serial) segment(task);
    call(task, number, result);
    batch.arg_counts.back() = kMaxCallArgs;
    batch.args.back() = args;
    for (BatchCapture capture : captured) {
      capture.record = static_cast<std::uint32_t>(batch.record_count() - 1);
      batch.captures.push_back(std::move(capture));
    }
  }
  /// openat, for reading unless the flags say otherwise.
  void open(const Task& task, const std::string& path, std::uint64_t flags = 0, std::int64_t result = 3) {
    constexpr auto kFromHere = static_cast<std::uint64_t>(-100);  // AT_FDCWD
    given(task, 257, {kFromHere, 0, flags}, result, {{0, 1, CapturedKind::path, false, path}});
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

  template <typename Judge>
  std::vector<Alert> judge(Judge& detector) {
    auto alerts = detector.process(batch, continuity);
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
    const Origin origin{container,   container_name,  image,  image_id,    task.executable,
                        task.parent, task.executable, Pid{1}, Arch::x86_64};
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
    batch.header = {host, Epoch{7}, sequence, records, now};
    continuity = {};
  }

  std::uint64_t last_ = 0;
};

[[nodiscard]] inline DetectorOptions quick_detector() {
  DetectorOptions options;
  options.life = quick_options();
  return options;
}

/// A detector of shard 0 with the curator of its images, which decides after each batch.
class Analysis {
 public:
  explicit Analysis(DetectorOptions options = quick_detector())
      : known_(options.life, options.score),
        curator_(options.life, options.score),
        detector_(options, known_) {}

  std::vector<Alert> process(const SyscallBatch& batch, const BatchContinuity& continuity) {
    auto alerts = detector_.process(batch, continuity);
    curate();
    return alerts;
  }
  /// As an operator's command does. False if the order was refused.
  bool order(Order order, const std::string& bundle = {}) {
    if (order.id.empty()) order.id = "o-" + std::to_string(++orders_);
    const std::string id = order.id;
    publish(curator_.carry_out(order, bundle));
    curate();
    const auto image = known_.image(order.about.image);
    if (!image || image->decisions() == nullptr) return false;
    for (const CarriedOut& done : image->decisions()->orders) {
      if (done.order == id) return done.refused.empty();
    }
    return false;
  }
  bool order(OrderVerb verb, const Alert& alert) {
    return order({{}, verb, alert.id, alert.kind, alert.behaviour, alert.image, "ann", "", 1});
  }
  /// Of a model: no executable means the image.
  bool order(OrderVerb verb, const std::string& executable) {
    Order model;
    model.verb = verb;
    model.about.image = "sha256:1";
    model.about.executable = executable;
    return order(model);
  }
  [[nodiscard]] const KnownModels& known() const noexcept { return known_; }
  /// What an analyzer that takes over is given: of the streams, and of what was published.
  struct Saved {
    std::map<std::string, std::string> parts;
    std::map<std::string, std::string> published;
    std::map<std::string, std::string> threads;
  };
  [[nodiscard]] const Saved& saved() {
    for (auto& [id, blob] : detector_.take_changed_threads()) {
      saved_.threads.erase(id);
      if (blob) saved_.threads.emplace(id, *blob);
    }
    return saved_;
  }
  /// False if any of it was refused.
  [[nodiscard]] bool load(const Saved& saved) {
    saved_ = saved;
    bool good = true;
    for (const auto& [id, blob] : saved.published)
      good = curator_.load(id, blob) && known_.take(id, blob) && good;
    for (const auto& [id, blob] : saved.parts)
      good = detector_.load(id, blob) && curator_.take_part(ShardId{0}, id, blob) && good;
    for (const auto& [id, blob] : saved.threads)
      good = detector_.load_thread(id, blob) && good;
    return good;
  }

  [[nodiscard]] std::vector<Transition> take_transitions() { return curator_.take_transitions(); }
  [[nodiscard]] std::vector<ProfileStatus> profiles() const { return detector_.profiles(); }
  [[nodiscard]] std::vector<ImageStatus> images() const { return detector_.images(); }
  [[nodiscard]] DetectorCounters counters() const { return detector_.counters(); }
  [[nodiscard]] Curator& curator() noexcept { return curator_; }
  [[nodiscard]] Detector& detector() noexcept { return detector_; }
  /// Parts that the last batch changed.
  [[nodiscard]] std::size_t parts_changed() const noexcept { return parts_changed_; }

 private:
  void curate() {
    const auto changed = detector_.take_changed();
    parts_changed_ = changed.size();
    for (const SavedBlob& part : changed) {
      if (part.gone) {
        saved_.parts.erase(part.id);
        continue;
      }
      saved_.parts[part.id] = part.blob;
      if (!curator_.take_part(ShardId{0}, part.id, part.blob)) throw std::logic_error("a part was refused");
    }
    publish(curator_.advance(SIZE_MAX));
    for (const std::string& image : known_.take_changed())
      detector_.follow(image);
  }

  void publish(const std::vector<SavedBlob>& blobs) {
    for (const SavedBlob& whole : blobs) {
      if (whole.gone) {
        saved_.published.erase(whole.id);
        if (whole.id == image_blob_id(whole.image)) known_.drop(whole.image);
        continue;
      }
      saved_.published[whole.id] = whole.blob;
      if (!known_.take(whole.id, whole.blob)) throw std::logic_error("a whole was refused");
    }
  }

  int orders_ = 0;
  KnownModels known_;
  Curator curator_;
  Detector detector_;
  Saved saved_;
  std::size_t parts_changed_ = 0;
};

/// Requests of `app` until the image is armed. False, or an alert, means trouble.
inline bool arm_image(World& world, Analysis& detector, const Task& app) {
  for (int i = 0; i < 200; ++i) {
    world.rounds(app, 1);
    if (!world.judge(detector).empty()) return false;
    if (detector.images().at(0).armed) return true;
  }
  return false;
}

}  // namespace da::test
