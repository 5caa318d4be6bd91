#include "analyzer/notify/blind_watch.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/fnv1a.h"

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kNsInMs = 1'000'000;
constexpr std::size_t kMostContainers = 20;
/// A look that comes so much later than the one before: Redis was away, and rows are old for that reason.
constexpr std::chrono::milliseconds kLongestBetweenLooks = 10s;

std::string why_unable(const CollectorStatus& status) {
  if (!status.can_attach) return "it may trace no process";
  return status.hears_docker ? "" : "it does not hear Docker";
}

/// What was added to a count that may have begun anew.
std::uint64_t grown(std::uint64_t now, std::uint64_t before) {
  return now >= before ? now - before : now;
}

std::uint64_t lost_before(const std::vector<BlindContainer>& containers, const std::string& id) {
  const auto found = std::ranges::find(containers, id, &BlindContainer::id);
  return found == containers.end() ? 0 : found->lost;
}

/// Those of the row that lost anything since it began.
std::vector<BlindContainer> losers_of(const CollectorStatus& status) {
  std::vector<BlindContainer> losers;
  for (const ContainerStatus& each : status.listed) {
    if (each.records_lost > 0) losers.push_back({each.id, each.name, each.image, each.records_lost});
  }
  return losers;
}

}  // namespace

std::vector<BlindNews> BlindWatch::see(const Sight& sight, Moment now) {
  if (watching_since_ == Moment{} || now - last_look_ > kLongestBetweenLooks) watching_since_ = now;
  last_look_ = now;
  collectors_.clear();
  std::vector<BlindNews> news;
  std::set<std::string> there;
  for (const CollectorRow& row : sight.collectors) {
    const std::string& name = row.status.host;
    if (there.size() >= rules_.hosts || !there.insert(name).second) continue;
    ++collectors_[row.condition];
    const auto found = sight.missing.find(name);
    const std::uint64_t missing = found == sight.missing.end() ? 0 : found->second;
    BlindHost& host = known(row, missing);
    watch_silence(host, row, now, news);
    watch_ability(host, row, now, news);
    watch_losses(host, row, missing, now, news);
  }
  // What nobody has told of for a week is forgotten in Redis, and here.
  for (auto next = hosts_.begin(); next != hosts_.end();) {
    if (there.contains(next->first)) {
      ++next;
      continue;
    }
    changed_.insert(next->first);
    next = hosts_.erase(next);
  }
  return news;
}

BlindHost& BlindWatch::known(const CollectorRow& row, std::uint64_t missing) {
  const CollectorStatus& status = row.status;
  const auto [found, is_new] = hosts_.try_emplace(status.host);
  BlindHost& host = found->second;
  if (is_new) {
    // What was lost long ago nobody has to hear of now. What is being lost, yes.
    constexpr std::int64_t kOfLateNs = 60'000'000'000;
    const bool of_late =
        status.loss_ended_ns != 0 && row.heard_ms * kNsInMs - status.loss_ended_ns < kOfLateNs;
    if (!of_late) {
      host.lost_queue = status.lost_queue;
      host.lost_retention = status.lost_retention;
      host.containers = losers_of(status);
    }
    host.missing = missing;
    host.epoch = to_raw(status.epoch);
    changed_.insert(status.host);
  } else if (host.epoch != to_raw(status.epoch)) {
    host.epoch = to_raw(status.epoch);
    host.lost_queue = host.lost_retention = 0;
    host.containers.clear();
    changed_.insert(status.host);
  }
  return host;
}

void BlindWatch::watch_silence(BlindHost& host, const CollectorRow& row, Moment now,
                               std::vector<BlindNews>& news) {
  BlindEpisode& silent = host.silent;
  const std::string& name = row.status.host;
  BlindNews one;
  one.kind = BlindKind::silent;
  one.host = name;
  one.traced = row.status.containers;
  if (!silent.open) {
    const bool is_silent = row.condition == CollectorCondition::silent && row.age >= rules_.after &&
                           now - watching_since_ >= rules_.after;
    if (!is_silent) return;
    silent.open = silent.told = true;
    silent.since_ns = row.heard_ms * kNsInMs;
    one.since_ns = silent.since_ns;
    one.until_ns = ns_of(now);
  } else {
    if (row.condition == CollectorCondition::silent) return;
    one.over = true;
    one.since_ns = silent.since_ns;
    one.until_ns = row.heard_ms * kNsInMs;
    one.detail = row.condition == CollectorCondition::stopped ? "it was stopped in order since"
                 : row.status.since_ns > silent.since_ns      ? "it was started anew"
                                                              : "it had not ended";
    silent = {};
  }
  changed_.insert(name);
  news.push_back(std::move(one));
}

void BlindWatch::watch_ability(BlindHost& host, const CollectorRow& row, Moment now,
                               std::vector<BlindNews>& news) {
  // Of one that is silent nothing new is known.
  if (row.condition == CollectorCondition::silent) return;
  BlindEpisode& unable = host.unable;
  const std::string& name = row.status.host;
  const std::string why =
      row.condition == CollectorCondition::running ? why_unable(row.status) : std::string();
  if (why.empty() && !unable.open) return;
  BlindNews one;
  one.kind = BlindKind::unable;
  one.host = name;
  one.until_ns = ns_of(now);
  one.traced = row.status.containers;
  if (!unable.open) {
    unable.open = true;
    unable.first = now;
    unable.since_ns = ns_of(now);
    changed_.insert(name);
    return;
  }
  one.since_ns = unable.since_ns;
  if (why.empty()) {
    one.over = true;
    one.detail = row.condition == CollectorCondition::stopped ? "it was stopped in order since" : "";
    if (unable.told) news.push_back(one);
    unable = {};
    changed_.insert(name);
  } else if (!unable.told && now - unable.first >= rules_.after) {
    unable.told = true;
    one.detail = why;
    news.push_back(std::move(one));
    changed_.insert(name);
  }
}

void BlindWatch::watch_losses(BlindHost& host, const CollectorRow& row, std::uint64_t missing, Moment now,
                              std::vector<BlindNews>& news) {
  const CollectorStatus& status = row.status;
  BlindEpisode& losing = host.losing;
  const std::uint64_t queue = grown(status.lost_queue, host.lost_queue);
  const std::uint64_t retention = grown(status.lost_retention, host.lost_retention);
  const std::uint64_t never_came = grown(missing, host.missing);
  if (queue + retention + never_came > 0) {
    if (!losing.open) {
      losing = {};
      losing.open = true;
      losing.first = now;
      losing.since_ns = queue + retention > 0 ? status.loss_began_ns : ns_of(now);
    }
    losing.last = now;
    losing.lost_queue += queue;
    losing.lost_retention += retention;
    losing.missing += never_came;
    host.lost_queue = status.lost_queue;
    host.lost_retention = status.lost_retention;
    host.missing = missing;
    changed_.insert(status.host);
  }
  if (!losing.open) return;
  const std::uint64_t size = std::max(losing.lost_queue + losing.lost_retention, losing.missing);
  if (!losing.told && size >= rules_.lost_records && now - losing.first >= rules_.loss_wait) {
    losing.told = true;
    news.push_back(loss_news(host, row, now));
    changed_.insert(status.host);
  }
  // A silent one may lose on; that it is silent was said.
  if (now - losing.last < rules_.calm || host.silent.open) return;
  if (losing.told) {
    BlindNews over = loss_news(host, row, now);
    over.over = true;
    over.until_ns = ns_of(losing.last);
    news.push_back(std::move(over));
  }
  losing = {};
  host.containers = losers_of(status);
  changed_.insert(status.host);
}

BlindNews BlindWatch::loss_news(const BlindHost& host, const CollectorRow& row, Moment now) {
  BlindNews news;
  news.kind = BlindKind::losing;
  news.host = row.status.host;
  news.since_ns = host.losing.since_ns;
  news.until_ns = ns_of(now);
  news.lost_queue = host.losing.lost_queue;
  news.lost_retention = host.losing.lost_retention;
  news.missing = host.losing.missing;
  news.containers = losers_of(row.status);
  for (BlindContainer& container : news.containers)
    container.lost = grown(container.lost, lost_before(host.containers, container.id));
  std::erase_if(news.containers, [](const BlindContainer& container) { return container.lost == 0; });
  std::ranges::stable_sort(news.containers, std::greater<>(), &BlindContainer::lost);
  if (news.containers.size() > kMostContainers) news.containers.resize(kMostContainers);
  return news;
}

const BlindHost* BlindWatch::find(const std::string& host) const {
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? nullptr : &found->second;
}

void BlindWatch::release() {
  hosts_.clear();
  changed_.clear();
  collectors_.clear();
  watching_since_ = {};
}

std::string blind_incident_id(const BlindNews& news) {
  std::string what = fmt::format("{}\n{}\n{}", kind_key(news.kind), news.since_ns, news.host);
  if (news.kind == BlindKind::cut_off) what += fmt::format("\n{}\n{}", news.detail, news.teller);
  return fmt::format("blind-{:016x}", fnv1a(what));
}

}  // namespace da
