#include "collector/capture/ptrace/lookout.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <poll.h>

#include <fmt/format.h>

#include "collector/capture/cgroup/cgroup_path.h"
#include "collector/capture/cgroup/cgroup_processes.h"
#include "collector/capture/cgroup/only_directory.h"
#include "collector/capture/ptrace/process_info.h"
#include "common/blocked_signals.h"
#include "common/file.h"
#include "common/log.h"
#include "common/priority.h"
#include "common/real_time.h"

namespace da::ptrace {
namespace {

using namespace std::chrono_literals;

// The runtime makes the group, then puts its first process in, tens of milliseconds before that executes
// anything. That one forks the next in the meantime, maybe just while it is seized: for a moment more each
// look counts.
constexpr MonotonicTime kBirthLook = 1ms;
constexpr MonotonicTime kBirthTime = 5s;     // to put a process in; then it is looked at like any other
constexpr MonotonicTime kEntryTime = 300ms;  // from the first process on
// Where each entry is seen by its fork, a look at the group is a precaution.
constexpr MonotonicTime kCalmLook = 250ms;
constexpr MonotonicTime kComparison = 1s;
constexpr std::size_t kMaxProcText = 1U << 20U;

std::optional<std::string> cgroup_of(const Container& container) {
  const auto own = fmt::format("/proc/{}/cgroup", to_raw(container.init));
  const auto pattern =
      find_cgroup_directory(read_file_prefix(own, kMaxProcText),
                            read_file_prefix("/proc/self/mountinfo", kMaxProcText), container.id);
  return pattern ? only_directory(*pattern) : std::nullopt;
}

std::optional<Pid> parent_of(Pid pid) {
  const auto status = read_task_status(as_tid(pid));
  return status ? std::optional(status->parent) : std::nullopt;
}

bool is_alive(Pid pid) {
  const auto status = read_task_status(as_tid(pid));
  return status && !status->dead;
}

}  // namespace

Lookout::Lookout(std::span<const std::unique_ptr<TracerThread>> tracers, ContainerDirectory& directory,
                 LookoutOptions options)
    : tracers_(tracers), directory_(directory), options_(std::move(options)) {}

void Lookout::start() {
  if (options_.births) open_birth_watches();
  directory_.on_change([this] { order(DirectoryChanged{}); });
  const BlockedSignals blocked;
  thread_ = std::thread([this] { run(); });
}

Lookout::~Lookout() {
  stop();
}

void Lookout::watch(const Container& container) {
  order(Watch{std::make_shared<const Container>(container)});
}
void Lookout::unwatch(const Container& container) {
  order(Unwatch{container.id, container.init});
}
void Lookout::expect(const std::string& id) {
  order(Expect{id});
}
void Lookout::doubt(const std::string& id) {
  order(Doubt{id});
}

void Lookout::stop() {
  directory_.on_change({});
  stopping_ = true;
  if (!thread_.joinable()) return;
  ordered_.ring();
  thread_.join();
}

void Lookout::order(Order order) {
  {
    const std::lock_guard lock(mutex_);
    orders_.push_back(std::move(order));
  }
  ordered_.ring();
}

void Lookout::open_birth_watches() {
  auto cgroups = CgroupWatch::open();
  if (cgroups) {
    cgroups_ = std::move(*cgroups);
  } else {
    log_warning(
        "containers cannot be seen before they start: the calls until Docker reports them are missing, and "
        "all of a container that ends at once",
        "reason", cgroups.error().message());
  }
  auto forks = ForkEvents::open();
  if (forks) {
    forks_.emplace(std::move(*forks));
  } else {
    log_warning(
        "what enters a container (docker exec, health checks) cannot be seen before it runs: it is missed if "
        "it ends within capture.rescan_interval, else its first calls",
        "reason", forks.error().message());
  }
}

void Lookout::run() {
  go_before_others();
  std::optional<RealTime> real_time;
  if (forks_ || cgroups_) real_time.emplace();
  if (real_time && !real_time->given())
    log_info("no real-time scheduling: on a busy machine the first calls of a docker exec may be missed");
  while (!stopping_) {
    wait();
    if (real_time) real_time->slept();
    // An order about a run comes after the run's birth. So the births are read after the orders, and handled
    // before them: else the order to watch a run might be undone by its own birth.
    const auto orders = take_orders();
    if (cgroups_) take_births();
    for (const Order& each : orders)
      std::visit([this](const auto& one) { handle(one); }, each);
    if (forks_) take_forks();
    const MonotonicTime now = monotonic_now();
    for (auto& [id, group] : groups_) {
      if (now >= group.next_look) look(id, group, now);
      if (group.container && now >= group.next_comparison) {
        group.next_comparison = now + kComparison;
        compare(id, group);
      }
    }
    for (const auto& tracer : tracers_) {
      if (tracer->alarm().take(now)) tracer->ask(WakeRequest{});
    }
  }
}

void Lookout::wait() {
  std::vector<pollfd> sources{{ordered_.fd(), POLLIN, 0}};
  for (const auto& tracer : tracers_)
    sources.push_back({tracer->alarm().fd(), POLLIN, 0});
  if (cgroups_) sources.push_back({cgroups_->fd(), POLLIN, 0});
  if (forks_) sources.push_back({forks_->fd(), POLLIN, 0});
  const auto time = std::max<MonotonicTime>(next_time() - monotonic_now(), 0ns);
  const timespec limit{time.count() / 1'000'000'000, time.count() % 1'000'000'000};
  ::ppoll(sources.data(), sources.size(), &limit, nullptr);
  ordered_.clear();
  for (const auto& tracer : tracers_)
    tracer->alarm().clear();
}

MonotonicTime Lookout::next_time() const {
  MonotonicTime next = monotonic_now() + 10s;
  for (const auto& [id, group] : groups_) {
    next = std::min(next, group.next_look);
    if (group.container) next = std::min(next, group.next_comparison);
  }
  for (const auto& tracer : tracers_)
    next = std::min(next, tracer->alarm().due());
  return next;
}

std::vector<Lookout::Order> Lookout::take_orders() {
  const std::lock_guard lock(mutex_);
  return std::exchange(orders_, {});
}

void Lookout::handle(const Watch& order) {
  const MonotonicTime now = monotonic_now();
  const std::string& id = order.container->id;
  auto [it, is_new] = groups_.try_emplace(id);
  Group& group = it->second;
  if (group.container && group.container->init == order.container->init) return;
  if (is_new) {
    if (!is_alive(order.container->init)) {  // seen from its birth to its end before Docker reports it
      groups_.erase(it);
      return;
    }
    group.tracer = least_busy_tracer();
    group.directory = cgroup_of(*order.container).value_or("");
    group.entered = MonotonicTime{};
    if (group.directory.empty()) {
      log_warning(
          "no control group found for the container: only its first process and the children of that to come "
          "are seen; is the host's /sys/fs/cgroup mounted?",
          "container", order.container->name, "id", id);
    }
  }
  group.container = order.container;
  group.seen.clear();
  group.next_comparison = now + kComparison;
  group.shim = parent_of(order.container->init);
  update_shims();
  look(id, group, now);
  if (forks_) look_at_children(group, id);
}

void Lookout::handle(const Unwatch& order) {
  const auto it = groups_.find(order.id);
  // Docker's word that a run is over may come when the next one has begun, its birth seen.
  if (it == groups_.end() || !it->second.container || it->second.container->init != order.init) return;
  tracers_[it->second.tracer]->ask(ReleaseRequest{order.id});
  groups_.erase(it);
  update_shims();
}

void Lookout::handle(const Expect& order) {
  if (const auto it = groups_.find(order.id); it != groups_.end())
    look(order.id, it->second, monotonic_now());
}

void Lookout::handle(const Doubt& order) {
  if (const auto it = groups_.find(order.id); it != groups_.end()) compare(order.id, it->second);
}

void Lookout::handle(const DirectoryChanged&) {
  forget_unwanted_births();
  for (const auto& tracer : tracers_)
    tracer->ask(WakeRequest{});
}

/// Of those that Docker watches, it tells when that ends.
void Lookout::forget_unwanted_births() {
  std::erase_if(groups_, [this](const auto& entry) {
    const auto& [id, group] = entry;
    if (group.container) return false;
    const auto known = directory_.find(id);
    if (!known || known->wanted) return false;
    // It may have been wanted under another name.
    tracers_[group.tracer]->ask(ReleaseRequest{id});
    return true;
  });
}

void Lookout::take_births() {
  for (const ContainerCgroup& news : cgroups_->read()) {
    if (news.news == CgroupNews::existing) continue;  // Docker reports it
    const auto it = groups_.find(news.id);
    if (news.news == CgroupNews::gone) {
      if (options_.ended) options_.ended(news.id);
      // What Docker knows of it ends by its word.
      if (it != groups_.end() && !it->second.container) groups_.erase(it);
      continue;
    }
    const auto known = directory_.find(news.id);
    if (known && !known->wanted) continue;
    Group& group = groups_[news.id];
    if (it == groups_.end()) group.tracer = least_busy_tracer();
    // A container that starts again is another one as far as its processes go.
    group.container.reset();
    if (std::exchange(group.shim, std::nullopt)) update_shims();
    group.directory = news.directory;
    group.seen.clear();
    group.entered.reset();
    group.appeared = monotonic_now();
    group.next_look = group.appeared;
  }
}

void Lookout::take_forks() {
  const ForkNews news = forks_->read();
  for (const da::ForkEvent& fork : news.forks) {
    const auto shim = shims_.find(fork.parent);
    if (shim == shims_.end()) continue;
    tracers_[groups_.at(shim->second).tracer]->ask(BirthRequest{shim->second, {fork.child}});
  }
  if (!news.lost) return;
  for (const auto& [shim, id] : shims_)
    look_at_children(groups_.at(id), id);
}

/// What the runtime forked before its forks were told.
void Lookout::look_at_children(const Group& group, const std::string& id) {
  if (!group.shim) return;
  std::vector<Pid> children = list_children(*group.shim);
  std::erase(children, group.container->init);
  if (!children.empty()) tracers_[group.tracer]->ask(BirthRequest{id, std::move(children)});
}

void Lookout::update_shims() {
  if (!forks_) return;
  shims_.clear();
  std::vector<Pid> parents;
  for (const auto& [id, group] : groups_) {
    if (!group.shim) continue;
    if (shims_.emplace(*group.shim, id).second) parents.push_back(*group.shim);
  }
  forks_->set_parents(parents);
}

// Children of traced processes are followed by the kernel; what joins the group from outside shows as a pid
// that was not there at the last look. Attaching twice does no harm.
void Lookout::look(const std::string& id, Group& group, MonotonicTime now) {
  std::vector<Pid> running;
  if (!group.directory.empty()) {
    running = list_cgroup_processes(group.directory);
  } else if (group.container) {
    running = {group.container->init};
  }
  if (!group.entered && (!running.empty() || now - group.appeared > kBirthTime)) group.entered = now;
  const bool is_being_born = !group.entered || now - *group.entered < kEntryTime;
  group.next_look = now + (is_being_born ? kBirthLook : usual_interval());
  std::vector<Pid> fresh;
  std::set_difference(running.begin(), running.end(), group.seen.begin(), group.seen.end(),
                      std::back_inserter(fresh));
  group.seen = std::move(running);
  if (fresh.empty()) return;
  TracerThread& tracer = *tracers_[group.tracer];
  if (group.container) {
    tracer.ask(AttachRequest{group.container, std::move(fresh), {}});
  } else {
    tracer.ask(BirthRequest{id, std::move(fresh)});
  }
}

void Lookout::compare(const std::string& id, const Group& group) {
  if (group.directory.empty()) return;
  auto tasks = list_cgroup_threads(group.directory);
  if (!tasks.empty()) tracers_[group.tracer]->ask(ReconcileRequest{id, std::move(tasks)});
}

std::size_t Lookout::least_busy_tracer() const {
  std::vector<std::size_t> containers(tracers_.size());
  for (const auto& [id, group] : groups_)
    ++containers[group.tracer];
  return static_cast<std::size_t>(std::min_element(containers.begin(), containers.end()) -
                                  containers.begin());
}

MonotonicTime Lookout::usual_interval() const {
  const MonotonicTime configured = options_.rescan_interval;
  return forks_ ? std::max(configured, kCalmLook) : configured;
}

}  // namespace da::ptrace
