#include "analyzer/model/habits/pace.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "analyzer/model/observed_time.h"

namespace da {
namespace {

constexpr std::uint64_t kMargin = 3;
constexpr std::uint64_t kMarginOfFew = 4;
/// Sums of amounts that a hostile program chooses.
constexpr std::uint64_t kMostAmount = std::uint64_t{1} << 60U;

}  // namespace

Pace::Pace(std::chrono::nanoseconds window) noexcept
    : window_ns_(std::max<std::int64_t>(1, window.count())), set_back_(ObservedTime::kSetBack / window_ns_) {}

std::optional<Pace::Beyond> Pace::count(const PaceKey& key, std::uint64_t amount, std::int64_t time_ns,
                                        std::uint64_t process, bool learns, const Pace* whole) {
  Window& window = window_of(process, number_of(ObservedTime::in_range(time_ns)));
  window.learns = learns;
  auto at = std::find_if(window.amounts.begin(), window.amounts.end(),
                         [&](const Amount& known) { return known.key == key; });
  if (at == window.amounts.end()) {
    if (window.amounts.size() == kMostKeysInWindow) return {};
    at = window.amounts.insert(at, Amount{key, 0, learns ? highest(key) : 0, false});
  }
  at->amount = std::min(kMostAmount, at->amount + std::min(kMostAmount, amount));
  if (learns && at->amount > at->known) at->known = LogHistogram::top_of(LogHistogram::bucket_of(at->amount));
  // Nearly always: what is below the floor needs no look at what was learned.
  if (at->told || at->amount <= floor_of(key.kind)) return {};
  if (is_rejected(key, at->amount)) {
    at->told = true;
    return Beyond{key, at->amount, whole == nullptr ? 0 : whole->highest(key), rejected_.at(key) - 1};
  }
  if (whole == nullptr) return {};
  const auto limit = whole->limit(key);
  const auto own = this->limit(key);
  if (!limit || !own || at->amount <= std::max(*limit, *own)) return {};
  at->told = true;
  return Beyond{key, at->amount, whole->highest(key), std::max(*limit, *own)};
}

std::uint64_t Pace::highest(const PaceKey& key) const {
  const auto known = learned_.find(key);
  return known == learned_.end() ? 0 : known->second.highest();
}

bool Pace::is_rejected(const PaceKey& key, std::uint64_t amount) const {
  if (rejected_.empty()) return false;
  const auto found = rejected_.find(key);
  return found != rejected_.end() && found->second > 0 && amount >= found->second;
}

std::int64_t Pace::number_of(std::int64_t time_ns) noexcept {
  if (time_ns < number_begins_ || time_ns - number_begins_ >= window_ns_) {
    number_ = time_ns / window_ns_;
    number_begins_ = number_ * window_ns_;
  }
  return number_;
}

Pace::Window& Pace::window_of(std::uint64_t process, std::int64_t number) {
  // Nearly always.
  if (last_.value != nullptr && last_process_ == process && number == newest_ &&
      last_.value->number == number)
    return *last_.value;
  Window& window = find_window(process, number);
  last_process_ = process;
  last_.value = &window;
  return window;
}

Pace::Window& Pace::find_window(std::uint64_t process, std::int64_t number) {
  // Those of processes that ended. One window more for threads and processes that come a little out of order.
  if (number > newest_ || newest_ - number > set_back_) {
    close_all_before(number - 1);
    newest_ = number;
  }
  auto found = open_.find(process);
  if (found == open_.end()) {
    if (open_.size() == kMostProcesses) {
      const auto oldest = std::min_element(open_.begin(), open_.end(), [](const auto& a, const auto& b) {
        return std::pair(a.second.number, a.first) < std::pair(b.second.number, b.first);
      });
      close(oldest->second);
      open_.erase(oldest);
    }
    found = open_.emplace(process, Window{}).first;
  }
  Window& window = found->second;
  // Threads of a process come a little out of order: what is late counts with what is now. A clock that was
  // set back begins anew.
  if (number > window.number || window.number - number > set_back_) {
    close(window);
    window.number = number;
    window.teacher = teacher_;
  }
  return window;
}

void Pace::close_all_before(std::int64_t number) {
  for (auto at = open_.begin(); at != open_.end();) {
    if (at->second.number < number) {
      close(at->second);
      at = open_.erase(at);
    } else {
      ++at;
    }
  }
}

void Pace::close(Window& window) {
  if (window.learns) {
    for (const Amount& amount : window.amounts) {
      if (!is_rejected(amount.key, amount.amount))
        learn(amount.key, amount.amount, window.teacher, window.number * window_ns_);
    }
  }
  window.amounts.clear();
}

void Pace::learn(const PaceKey& key, std::uint64_t amount, std::uint16_t teacher, std::int64_t time_ns) {
  // Of unknown teachers no time is kept: it is for those alone whose lessons may be taken away.
  const std::int64_t first_ns =
      teacher == Lessons::kUnknown ? 0 : Lessons::begin_of(Lessons::unit_of(time_ns));
  if (LogHistogram* known = histogram_for(key))
    known->add(std::min(kMostAmount, amount), {1, first_ns, teacher});
}

/// Null if there is no room for it.
LogHistogram* Pace::histogram_for(const PaceKey& key) {
  if (learned_.size() == kMostKeys && !learned_.contains(key)) {
    // Those that come first are kept, so that it does not matter who was met first.
    full_ = true;
    if (learned_.rbegin()->first < key) return nullptr;
    learned_.erase(std::prev(learned_.end()));
  }
  return &learned_[key];
}

void Pace::merge(const Pace& other) {
  full_ = full_ || other.full_;
  for (const auto& [key, histogram] : other.learned_) {
    if (LogHistogram* known = histogram_for(key)) known->merge(histogram);
  }
}

std::optional<std::uint64_t> Pace::limit(const PaceKey& key) const {
  const auto found = learned_.find(key);
  const std::uint64_t floor = floor_of(key.kind);
  if (found == learned_.end()) {
    if (full_) return {};
    return floor;
  }
  const std::uint64_t margin = found->second.total() >= kManyWindows ? kMargin : kMarginOfFew;
  const std::uint64_t highest = found->second.highest();
  if (highest > std::numeric_limits<std::uint64_t>::max() / margin) return {};
  return std::max(floor, margin * highest);
}

/// In one window. Below it nothing is worth a mail, whatever was learned.
std::uint64_t Pace::floor_of(PaceKind kind) noexcept {
  switch (kind) {
    case PaceKind::failures:
      return 100;
    case PaceKind::calls_sending:
      return 1000;
    case PaceKind::bytes_sent:
      return std::uint64_t{16} << 20U;
    case PaceKind::accepted:
      return 200;
  }
  return std::numeric_limits<std::uint64_t>::max();
}

std::vector<Pace::Open> Pace::open() const {
  std::vector<Open> windows;
  for (const auto& [process, window] : open_) {
    if (!window.learns || window.amounts.empty()) continue;
    Open& open = windows.emplace_back(Open{process, window.number, {}, window.teacher});
    for (const Amount& amount : window.amounts)
      open.amounts.emplace_back(amount.key, amount.amount);
  }
  std::sort(windows.begin(), windows.end(),
            [](const Open& a, const Open& b) { return a.process < b.process; });
  return windows;
}

void Pace::reopen(const std::vector<Open>& windows) {
  for (const Open& open : windows) {
    Window& window = open_[open.process];
    window = {open.number, true, {}, open.teacher};
    for (const auto& [key, amount] : open.amounts) {
      const std::uint64_t counted = std::min(kMostAmount, amount);
      const std::uint64_t top = LogHistogram::top_of(LogHistogram::bucket_of(counted));
      window.amounts.push_back({key, counted, std::max(highest(key), top), false});
    }
    newest_ = std::max(newest_, open.number);
  }
  last_.value = nullptr;
}

std::size_t Pace::bytes() const noexcept {
  constexpr std::size_t kNode = 48;  // of a map or a hash table, about
  std::size_t sum = (open_.size() + rejected_.size()) * (kNode + sizeof(Window));
  for (const auto& [process, window] : open_)
    sum += window.amounts.capacity() * sizeof(Amount);
  for (const auto& [key, histogram] : learned_)
    sum += kNode + sizeof(PaceKey) + sizeof(LogHistogram) + histogram.buckets().size() * kNode;
  return sum;
}

void Pace::restore(std::map<PaceKey, LogHistogram> learned, bool full) {
  learned_ = std::move(learned);
  full_ = full;
  last_.value = nullptr;
}

}  // namespace da
