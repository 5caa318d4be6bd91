#include "analyzer/notify/blind_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "analyzer/notify/alert_view.h"
#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

constexpr std::size_t kHost = 60;
constexpr std::size_t kName = 80;

/// "2026-11-27 10:12:03 UTC"
std::string moment(std::int64_t time_ns) {
  return utc_seconds(std::max<std::int64_t>(time_ns, 0)) + " UTC";
}

std::string grouped_digits(std::uint64_t number) {
  const std::string digits = fmt::format("{}", number);
  constexpr std::size_t kGroup = 3;
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % kGroup == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string span(const BlindNews& news) {
  const std::int64_t seconds = std::max<std::int64_t>(news.until_ns - news.since_ns, 0) / 1'000'000'000;
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 3600;
  if (seconds < 2 * kMinute) return fmt::format("{} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{} min", seconds / kMinute);
  return fmt::format("{} h {} min", seconds / kHour, seconds % kHour / kMinute);
}

/// What collectors tell and what analyzers find missing may be the same records.
std::uint64_t size_of(const BlindNews& news) {
  return std::max(news.lost_queue + news.lost_retention, news.lost_queue + news.missing);
}

std::string sentence(const BlindNews& news) {
  switch (news.kind) {
    case BlindKind::silent:
      if (news.over) {
        return fmt::format(
            "The collector on this host tells of itself again: {}. What happened in its containers from {} "
            "to {} "
            "({}) was not seen, or comes late if only Redis could not be reached.",
            news.detail, moment(news.since_ns), moment(news.until_ns), span(news));
      }
      return fmt::format(
          "The collector on this host has said nothing since {}, and did not say that it would end. It was "
          "killed, the host is down, or it does not reach Redis. What happens in the containers of this host "
          "is "
          "not seen, and no alert of them can come. It traced {} of them when it was heard last.",
          moment(news.since_ns), news.traced);
    case BlindKind::losing:
      if (news.over) {
        return fmt::format(
            "No more records are lost on this host. From {} to {} ({}) {} were. Nothing is judged or learned "
            "across a gap; what happened in it was not seen.",
            moment(news.since_ns), moment(news.until_ns), span(news), grouped_digits(size_of(news)));
      }
      return fmt::format(
          "Records of system calls of this host are being lost, {} since {}. What is lost is not judged: an "
          "attack may go unseen. A mail follows when it is over.",
          grouped_digits(size_of(news)), moment(news.since_ns));
    case BlindKind::unable:
      if (news.over) {
        return fmt::format("The collector on this host sees again{}. It could not from {} to {} ({}).",
                           news.detail.empty() ? "" : ", or " + news.detail, moment(news.since_ns),
                           moment(news.until_ns), span(news));
      }
      return fmt::format(
          "The collector on this host runs, but since {} {}. New containers and processes there may not be "
          "seen.",
          moment(news.since_ns), news.detail);
    case BlindKind::cut_off:
      if (news.over) {
        return fmt::format(
            "The analyzer on this host has its Redis again. From {} to {} ({}) it judged nothing of what "
            "that "
            "Redis holds. Collectors kept what they had room for; what was lost beyond is told by itself.",
            moment(news.since_ns), moment(news.until_ns), span(news));
      }
      return fmt::format(
          "The analyzer on this host has not had its Redis since {}: it cannot be reached, or gives it no "
          "work. "
          "Nothing of what that Redis holds is judged by it, and alerts that wait there are not mailed. "
          "Collectors "
          "that do not reach it either keep records for some time, and then lose them. Each analyzer that is "
          "cut "
          "off mails for itself, since what they agree by is away.",
          moment(news.since_ns));
    case BlindKind::none:
      break;
  }
  return {};
}

void add_sizes(const BlindNews& news, AlertView& view) {
  if (news.kind != BlindKind::losing) return;
  const auto add = [&](const char* label, std::uint64_t count, const char* why) {
    if (count > 0) view.facts.push_back({label, fmt::format("{} records: {}", grouped_digits(count), why)});
  };
  add("at the tracers", news.lost_queue, "their queue was full (capture.queue)");
  add("before Redis", news.lost_retention, "Redis took too little for too long (shipping.retention)");
  add("never came", news.missing,
      "in batches that analyzers never got, those that did not get as far as Redis among them");
}

std::vector<Fact> steps_for(const BlindNews& news) {
  if (news.over) return {};
  if (news.kind == BlindKind::cut_off)
    return {{"what this analyzer says of it", "journalctl -u analyzer -n 20"},
            {"on the host of Redis: is it there", "redis-cli ping"}};
  std::vector<Fact> steps = {{"all collectors, from anywhere", "analyzer collectors --config FILE"}};
  if (news.kind != BlindKind::losing) {
    steps.push_back({"on that host: is it there, and what does it say", "systemctl status collector"});
    steps.push_back({"is Docker there", "docker info"});
  }
  return steps;
}

}  // namespace

std::string blind_line(const BlindNews& news) {
  std::string host = plain_text(news.host, kHost);
  switch (news.kind) {
    case BlindKind::silent:
      return news.over ? fmt::format("seeing again on {}: its collector was silent for {}", host, span(news))
                       : fmt::format("BLIND on {}: nothing heard from its collector since {}", host,
                                     moment(news.since_ns));
    case BlindKind::losing:
      return news.over
                 ? fmt::format("seeing again on {}: {} records were lost", host,
                               grouped_digits(size_of(news)))
                 : fmt::format("BLIND on {}: {} records lost so far", host, grouped_digits(size_of(news)));
    case BlindKind::unable:
      return news.over ? fmt::format("seeing again on {} after {}", host, span(news))
                       : fmt::format("BLIND on {}: {}", host, news.detail);
    case BlindKind::cut_off:
      return news.over ? fmt::format("the analyzer on {} has Redis again, after {}", host, span(news))
                       : fmt::format("BLIND: the analyzer on {} has had no Redis since {}", host,
                                     moment(news.since_ns));
    case BlindKind::none:
      break;
  }
  return host;
}

MailView make_blind_view(const Notification& note, const ViewOptions& options) {
  const BlindNews& news = note.blind;
  MailView view;
  view.subject = "[docker-anomalies] " + blind_line(news);
  view.where = fmt::format("host {}", plain_text(news.host, kName));
  view.summary = fmt::format("{} {}", news.over ? "Over since" : "As of", moment(news.until_ns));
  AlertView what;
  what.headline = blind_line(news);
  what.sentence = sentence(news);
  what.facts = {{"host", plain_text(news.host, kName)}, {"since", moment(news.since_ns)}};
  if (news.over) what.facts.push_back({"until", moment(news.until_ns)});
  if (news.kind == BlindKind::cut_off) what.facts.push_back({"redis", plain_text(news.detail, kName)});
  add_sizes(news, what);
  for (const BlindContainer& container : news.containers) {
    const std::string name =
        options.bare || container.name.empty() ? short_id(container.id) : plain_text(container.name, kName);
    const std::string image = options.bare || container.image.empty()
                                  ? ""
                                  : fmt::format(", image {}", plain_text(container.image, kName));
    what.findings.push_back(
        {"container", fmt::format("{} ({}){}: {} records lost", name, short_id(container.id), image,
                                  grouped_digits(container.lost))});
  }
  view.alerts.push_back(std::move(what));
  view.first_steps = steps_for(news);
  view.footer = fmt::format("docker-anomalies, {}", plain_text(note.incident, kHost));
  return view;
}

}  // namespace da
