#include "analyzer/notify/alert_policy.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "proto/fnv1a.h"

namespace da {
namespace {

AlertCount* find_count(Incident& incident, const Alert& alert) {
  const auto same = [&](const AlertCount& count) {
    return count.kind == alert.kind && count.executable == alert.executable && count.object == alert.object;
  };
  const auto found = std::find_if(incident.counts.begin(), incident.counts.end(), same);
  return found == incident.counts.end() ? nullptr : &*found;
}

constexpr std::size_t kMostShown = 16;

/// How an alert of the same kind, executable and object that already waits to be shown stands to this one.
enum class Pending { none, other, same };

Pending pending_like(const Incident& incident, const Alert& alert, std::uint64_t shows) {
  Pending found = Pending::none;
  for (const Alert& other : incident.pending) {
    if (other.kind != alert.kind || other.executable != alert.executable || other.object != alert.object)
      continue;
    if (what_it_shows(other) == shows) return Pending::same;
    found = Pending::other;
  }
  return found;
}

bool was_shown(const AlertCount& count, std::uint64_t shows) {
  return std::find(count.shown.begin(), count.shown.end(), shows) != count.shown.end();
}

void note_shown(AlertCount& count, std::uint64_t shows) {
  count.listed = true;
  if (was_shown(count, shows)) return;
  if (count.shown.size() >= kMostShown) count.shown.erase(count.shown.begin());
  count.shown.push_back(shows);
}

void count_one(AlertCount& count, const Alert& alert) {
  ++count.count;
  count.last_time_ns = std::max(count.last_time_ns, alert.time_ns);
}

bool is_untold(const Incident& incident) {
  return incident.has_news() || incident.has_repeats();
}

}  // namespace

bool Incident::has_news() const {
  return !pending.empty() || overflow > 0 ||
         std::any_of(counts.begin(), counts.end(),
                     [](const AlertCount& c) { return c.count > 0 && !c.listed; });
}

bool Incident::has_repeats() const {
  return std::any_of(counts.begin(), counts.end(), [](const AlertCount& c) { return c.count > 0; });
}

AlertPolicy::AlertPolicy(PolicyRules rules) : rules_(rules) {
  rules_.variant_interval = std::min(rules_.variant_interval, rules_.repeat_interval);
}

AlertPolicy::Taken AlertPolicy::take(Alert alert, Moment now) {
  Incident& incident = open(alert, now);
  const auto same = [&](const Alert& other) { return other.id == alert.id; };
  if (std::any_of(incident.pending.begin(), incident.pending.end(), same)) return Taken::known;

  if (!is_untold(incident)) incident.first_untold = now;
  incident.last_alert = std::max(incident.last_alert, now);
  ++incident.total;
  incident.severity = std::max(incident.severity, severity_of(alert));

  AlertCount* count = find_count(incident, alert);
  if (count == nullptr && incident.counts.size() < rules_.counts_per_incident) {
    count = &incident.counts.emplace_back();
    count->kind = alert.kind;
    count->executable = alert.executable;
    count->object = alert.object;
  }
  if (count == nullptr) {
    ++incident.overflow;
    return Taken::counted;
  }
  const std::uint64_t shows = what_it_shows(alert);
  const Pending like = pending_like(incident, alert, shows);
  const bool first = !count->listed && like == Pending::none;
  const bool unlike = !first && like != Pending::same && !was_shown(*count, shows);
  const bool variant = unlike && has_room_for_variant(*count, now);
  if ((!first && !variant) || incident.pending.size() >= rules_.alerts_per_mail) {
    count_one(*count, alert);
    if (unlike) ++count->unlike;
    return Taken::counted;
  }
  if (variant) {
    if (now - count->variants_since >= rules_.variant_interval) {
      count->variants = 0;
      count->variants_since = now;
    }
    ++count->variants;
  }
  // `listed` waits for the mail: a stored incident must not claim what was only pending.
  incident.pending.push_back(std::move(alert));
  return Taken::listed;
}

bool AlertPolicy::has_room_for_variant(const AlertCount& count, Moment now) const {
  return count.variants < rules_.variants || now - count.variants_since >= rules_.variant_interval;
}

AlertPolicy::Due AlertPolicy::due(Moment now) {
  Due result = std::exchange(evicted_, {});
  for (auto next = incidents_.begin(); next != incidents_.end();) {
    Incident& incident = next->second;
    if (due_at(incident) > now) {
      ++next;
      continue;
    }
    // An incident with something never shown does not end: that is told first.
    const bool ends = !incident.has_news() && incident.last_alert + rules_.resolve_after <= now;
    if (is_untold(incident)) {
      result.notifications.push_back(tell(incident, now));
      result.notifications.back().closing = ends;
    }
    if (ends) result.closed.push_back(incident.id);
    next = ends ? incidents_.erase(next) : std::next(next);
  }
  return result;
}

AlertPolicy::Due AlertPolicy::flush(Moment now) {
  Due result = std::exchange(evicted_, {});
  for (auto& [key, incident] : incidents_) {
    if (incident.has_news()) result.notifications.push_back(tell(incident, now));
  }
  return result;
}

std::optional<Moment> AlertPolicy::next_due() const {
  if (!evicted_.closed.empty()) return Moment{};
  std::optional<Moment> earliest;
  for (const auto& [key, incident] : incidents_) {
    const Moment at = due_at(incident);
    if (!earliest || at < *earliest) earliest = at;
  }
  return earliest;
}

Moment AlertPolicy::due_at(const Incident& incident) const {
  const Moment quiet = incident.last_alert + rules_.resolve_after;
  if (incident.has_news()) {
    const Moment grouped = incident.first_untold + rules_.group_wait;
    return incident.mails == 0 ? grouped : std::max(grouped, incident.last_mail + rules_.group_interval);
  }
  if (!incident.has_repeats()) return quiet;
  Moment at = incident.last_mail + rules_.repeat_interval;
  for (const AlertCount& count : incident.counts) {
    if (count.unlike == 0) continue;
    at = std::min(at, std::max(incident.last_mail + rules_.group_interval,
                               count.variants_since + rules_.variant_interval));
  }
  return std::min(quiet, at);
}

Notification AlertPolicy::tell(Incident& incident, Moment now) {
  Notification note;
  note.incident = incident.id;
  note.sequence = incident.mails++;
  note.host = incident.host;
  note.container_id = incident.container_id;
  note.container_name = incident.container_name;
  note.labels = incident.labels;
  note.image = incident.image;
  note.total = incident.total;
  note.severity = incident.severity;
  note.left_out = std::exchange(incident.overflow, 0);
  note.alerts = std::exchange(incident.pending, {});
  std::stable_sort(note.alerts.begin(), note.alerts.end(),
                   [](const Alert& a, const Alert& b) { return a.time_ns < b.time_ns; });
  for (const Alert& alert : note.alerts) {
    if (AlertCount* count = find_count(incident, alert)) note_shown(*count, what_it_shows(alert));
  }
  for (AlertCount& count : incident.counts) {
    if (count.count == 0) continue;
    if (!count.listed) note.left_out += count.count;
    note.counts.push_back(count);
    note.counts.back().shown.clear();
    count.count = 0;
    count.unlike = 0;
  }
  incident.last_mail = now;
  return note;
}

Incident& AlertPolicy::open(const Alert& alert, Moment now) {
  const Key key{alert.host, alert.container_id};
  if (const auto found = incidents_.find(key); found != incidents_.end()) return found->second;

  if (incidents_.size() >= rules_.incidents) {
    // One with nothing untold if there is one; else it is told early.
    const auto oldest =
        std::min_element(incidents_.begin(), incidents_.end(), [](const auto& a, const auto& b) {
          return std::pair(is_untold(a.second), a.second.last_alert) <
                 std::pair(is_untold(b.second), b.second.last_alert);
        });
    if (is_untold(oldest->second)) evicted_.notifications.push_back(tell(oldest->second, now));
    evicted_.closed.push_back(oldest->second.id);
    incidents_.erase(oldest);
  }
  Incident& incident = incidents_[key];
  incident.id = incident_id_of(alert.id);
  incident.host = alert.host;
  incident.container_id = alert.container_id;
  incident.container_name = alert.container_name;
  incident.labels = alert.labels;
  incident.image = alert.image;
  incident.last_alert = now;
  return incident;
}

const Incident* AlertPolicy::find(const std::string& incident_id) const {
  for (const auto& [key, incident] : incidents_) {
    if (incident.id == incident_id) return &incident;
  }
  return nullptr;
}

const Incident* AlertPolicy::find(const std::string& host, const std::string& container_id) const {
  const auto found = incidents_.find({host, container_id});
  return found == incidents_.end() ? nullptr : &found->second;
}

std::optional<std::string> AlertPolicy::restore(Incident incident) {
  const Key key{incident.host, incident.container_id};
  const auto found = incidents_.find(key);
  if (found == incidents_.end()) {
    if (incidents_.size() >= rules_.incidents) return incident.id;
    incidents_.emplace(key, std::move(incident));
    return std::nullopt;
  }
  // Alerts of another shard came first and opened a new incident. What the stored one has shown need not
  // be shown again, and its thread of mails goes on unless the new one has begun its own.
  Incident& kept = found->second;
  std::string gone = incident.id;
  if (kept.mails == 0) {
    gone = kept.id;
    kept.id = incident.id;
    kept.mails = incident.mails;
    kept.last_mail = incident.last_mail;
  }
  kept.total += incident.total;
  kept.severity = std::max(kept.severity, incident.severity);
  kept.overflow += incident.overflow;
  for (const AlertCount& stored : incident.counts) {
    Alert like;
    like.kind = stored.kind;
    like.executable = stored.executable;
    like.object = stored.object;
    if (AlertCount* count = find_count(kept, like)) {
      count->count += stored.count;
      count->unlike += stored.unlike;
      count->listed = count->listed || stored.listed;
      for (const std::uint64_t shows : stored.shown)
        note_shown(*count, shows);
    } else if (kept.counts.size() < rules_.counts_per_incident) {
      kept.counts.push_back(stored);
    }
  }
  if (gone == kept.id) return std::nullopt;
  return gone;
}

AlertPolicy::TakenBack AlertPolicy::take_back(const std::function<bool(const Alert&)>& covered) {
  TakenBack taken;
  for (auto& [key, incident] : incidents_) {
    const auto back = std::stable_partition(incident.pending.begin(), incident.pending.end(),
                                            [&](const Alert& alert) { return !covered(alert); });
    incident.total -= std::min(incident.total, static_cast<std::uint64_t>(incident.pending.end() - back));
    std::move(back, incident.pending.end(), std::back_inserter(taken.pending));
    incident.pending.erase(back, incident.pending.end());
    Alert like;
    like.host = incident.host;
    like.container_id = incident.container_id;
    like.container_name = incident.container_name;
    like.image = incident.image;
    for (AlertCount& count : incident.counts) {
      like.executable = count.executable;
      if (count.count == 0 || !covered(like)) continue;
      incident.total -= std::min(incident.total, count.count);
      taken.counted += std::exchange(count.count, 0);
    }
  }
  return taken;
}

std::optional<Alert> AlertPolicy::withdraw(const std::string& alert_id) {
  for (auto& [key, incident] : incidents_) {
    const auto found = std::find_if(incident.pending.begin(), incident.pending.end(),
                                    [&](const Alert& alert) { return alert.id == alert_id; });
    if (found == incident.pending.end()) continue;
    std::optional<Alert> alert = std::move(*found);
    incident.pending.erase(found);
    // A stored mail shows it, here or elsewhere.
    if (AlertCount* count = find_count(incident, *alert)) note_shown(*count, what_it_shows(*alert));
    return alert;
  }
  return std::nullopt;
}

std::vector<Alert> AlertPolicy::drop(const std::string& incident_id) {
  for (auto next = incidents_.begin(); next != incidents_.end(); ++next) {
    if (next->second.id != incident_id) continue;
    auto pending = std::move(next->second.pending);
    incidents_.erase(next);
    return pending;
  }
  return {};
}

std::uint64_t what_it_shows(const Alert& alert) {
  std::uint64_t hash = fnv1a(alert.started_by);
  // Of a sequence the first departure: those that follow it differ from one time to the next.
  for (const std::string& call : alert.unseen_ngram)
    hash = fnv1a_of(fnv1a(call), hash);
  return hash;
}

std::string incident_id_of(const std::string& alert_id) {
  return fmt::format("inc-{:016x}", fnv1a(alert_id));
}

}  // namespace da
