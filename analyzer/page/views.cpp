#include "analyzer/page/views.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "analyzer/model/words.h"
#include "analyzer/notify/alert_view.h"
#include "analyzer/notify/safe_text.h"
#include "analyzer/operate/silence_report.h"
#include "analyzer/page/collector_views.h"
#include "analyzer/page/view_pieces.h"

namespace da {
namespace {

constexpr std::size_t kText = 300;
constexpr std::size_t kMostAlerts = 100;
constexpr std::size_t kMostOnOverview = 8;

std::string safe(const std::string& raw) {
  return plain_text(raw, kText);
}

/// "learning 2, armed 5"
std::string count_words(const std::map<std::string, std::size_t>& counts) {
  std::string words;
  for (const char* state : {"armed", "shadow", "learning"}) {
    if (const auto found = counts.find(state); found != counts.end())
      words += fmt::format("{}{} {}", words.empty() ? "" : ", ", found->second, state);
  }
  return words;
}

struct Container {
  std::string id;
  std::string name;
  std::string host;
  std::string image;
  double calls_per_second = 0;
  const LiveRow* nearest = nullptr;  ///< to its threshold
  std::map<std::string, std::size_t> states;
  std::size_t open_alerts = 0;
};

std::vector<Container> containers_of(const PageState& state) {
  std::map<std::string, Container> all;
  for (const LiveRow& row : state.programs) {
    Container& container = all[row.host + '\n' + row.container_name + '\n' + row.container_id];
    container.id = row.container_id;
    container.name = row.container_name;
    container.host = row.host;
    container.image = row.image;
    container.calls_per_second += row.calls_per_second;
    if (!row.state.empty()) ++container.states[row.state];
    if (container.nearest == nullptr || percent_of_threshold(row) > percent_of_threshold(*container.nearest))
      container.nearest = &row;
  }
  std::vector<Container> list;
  for (auto& entry : all) {
    Container& container = entry.second;
    container.open_alerts =
        static_cast<std::size_t>(std::ranges::count_if(state.alerts, [&](const AlertSummary& alert) {
          return is_open(alert) && alert.container_id == container.id;
        }));
    list.push_back(std::move(container));
  }
  return list;
}

std::vector<const AlertSummary*> alerts_that(const PageState& state, auto fits) {
  std::vector<const AlertSummary*> chosen;
  for (const AlertSummary& alert : state.alerts) {
    if (fits(alert)) chosen.push_back(&alert);
  }
  return chosen;
}

/// The first `most` of them, and how many there are beyond.
Markup alert_table(std::vector<const AlertSummary*> alerts, std::size_t most, std::string_view if_none) {
  if (alerts.empty()) return html("<p class=\"quiet\">{}</p>\n", if_none);
  const std::size_t left_out = alerts.size() - std::min(most, alerts.size());
  alerts.resize(alerts.size() - left_out);
  Markup table = alert_rows(alerts);
  if (left_out > 0)
    table +=
        html("<p class=\"quiet\"><a href=\"/alerts\">{} more</a>; all of them by `analyzer alert list`</p>\n",
             left_out);
  return table;
}

Markup score_words(const LiveRow& row) {
  if (percent_of_threshold(row) == ScoreLog::kNothing) return html("<span class=\"quiet\">-</span>");
  return html("<span class=\"{}\">{}</span> <span class=\"quiet\">of {}</span>",
              row.highest_score > row.threshold ? "above" : "", row.highest_score, row.threshold);
}

Part container_table(const Scene& scene) {
  Markup rows;
  for (const Container& container : containers_of(scene.state)) {
    rows += html(
        "<tr><td>{}</td><td class=\"quiet wide\">{}</td><td class=\"quiet host\">{}</td><td class=\"number\" "
        "data-label=\"calls/s\">{}</td>"
        "<td class=\"line\">{}</td><td class=\"number\" data-label=\"score\">{}</td><td "
        "class=\"nowrap\">{}</td><td "
        "class=\"number\" "
        "data-label=\"open\">{}</td></tr>\n",
        container_link(container.id, container.name), safe(container.image), safe(container.host),
        rate_words(container.calls_per_second), score_line(scene.scores.values(container.id), "spark"),
        score_words(*container.nearest), count_words(container.states),
        container.open_alerts > 0 ? html("<b class=\"above\">{}</b>", container.open_alerts) : html("0"));
  }
  const Markup table =
      rows.empty()
          ? html("<p class=\"quiet\">No container made a call in the last minute.</p>\n")
          : html(
                "<table class=\"containers\"><thead><tr><th>Container</th><th>Image</th><th>Host</th>"
                "<th class=\"number\">Calls/s</th><th>Score, 15 min</th><th class=\"number\">Now</th>"
                "<th>Programs</th><th class=\"number\">Open alerts</th></tr></thead><tbody>\n{}"
                "</tbody></table>\n",
                rows);
  return {"containers", html("<h2>Containers</h2>\n{}", table)};
}

Part summary_part(const Scene& scene) {
  const PageState& state = scene.state;
  const auto open = alerts_that(state, is_open);
  std::set<std::string> where;
  for (const AlertSummary* alert : open)
    where.insert(alert->container_id);
  std::set<std::string> hosts;
  std::set<std::string> containers;
  for (const LiveRow& row : state.programs) {
    hosts.insert(row.host);
    containers.insert(row.container_id);
  }
  std::map<std::string, std::size_t> states;
  for (const ImageSummary& image : state.images) {
    for (const ProfileSummary& profile : image.programs) {
      if (!profile.state.empty()) ++states[profile.state];
    }
  }
  const std::string profiles = count_words(states);
  return {
      "summary",
      html("<h1 class=\"{}\">{}</h1>\n{}<p class=\"quiet\">{} on {}; profiles: {}; {}</p>\n",
           open.empty() ? "" : "above",
           open.empty() ? std::string("No open alerts")
                        : counted(open.size(), "open alert") + " in " + counted(where.size(), "container"),
           blind_lines(state), counted(containers.size(), "container"), counted(hosts.size(), "host"),
           profiles.empty() ? "none yet" : profiles, counted(state.analyzers.size(), "analyzer"))};
}

Part who_works(const Scene& scene) {
  std::map<std::string, HostTraffic> traffic;
  for (const Container& container : containers_of(scene.state)) {
    HostTraffic& seen = traffic[container.host];
    ++seen.containers;
    seen.calls_per_second += container.calls_per_second;
  }
  Markup analyzers;
  for (const std::string& name : scene.state.analyzers)
    analyzers += html("<li>{}</li>\n", safe(name));
  return {"who", html("<section><h2>Hosts and their collectors</h2>\n{}</section>\n"
                      "<section><h2>Analyzers</h2>\n<ul class=\"plain\">\n{}</ul></section>\n",
                      host_table(scene.state, traffic), analyzers)};
}

Part image_part(const ImageSummary& image, std::size_t number) {
  Markup rows;
  for (const ProfileSummary& profile : image.programs) {
    const Markup name = profile.id.empty() ? html("{}", safe(profile.executable))
                                           : html("<a href=\"/profile?id={}\">{}</a>", url_text(profile.id),
                                                  safe(profile.executable));
    rows += html(
        "<tr><td class=\"path\">{}</td><td>{}</td><td class=\"number\" data-label=\"calls\">{}</td>"
        "<td class=\"wide quiet\">{}</td></tr>\n",
        name,
        state_word(profile.frozen          ? "frozen"
                   : profile.state.empty() ? "none"
                                           : profile.state),
        grouped(profile.calls), profile.reason);
  }
  return {
      fmt::format("image-{}", number),
      html("<h2>{} {}</h2>\n<p class=\"quiet\">{}</p>\n<table class=\"profiles\"><thead><tr><th>Program</th>"
           "<th>State</th><th class=\"number\">Calls learned</th><th>Why, and what is next</th></tr></thead>"
           "<tbody>\n{}</tbody></table>\n",
           safe(image.name),
           state_word(image.frozen  ? "frozen"
                      : image.armed ? "armed"
                                    : "learning"),
           image.reason, rows)};
}

std::string chart_json(const ScoreLog& scores, const std::string& container) {
  nlohmann::json values = nlohmann::json::array();
  for (const int value : scores.values(container)) {
    if (value == ScoreLog::kNothing) {
      values.push_back(nullptr);
    } else {
      values.push_back(value);
    }
  }
  const nlohmann::json chart = {{"end", scores.last_slot_ns() / 1'000'000'000},
                                {"step", ScoreLog::kStepNs / 1'000'000'000},
                                {"values", std::move(values)}};
  return chart.dump();
}

Markup calls_table(const AlertView& view) {
  if (view.calls.empty()) return {};
  const auto sign = [](CallMark mark) -> const char* {
    switch (mark) {
      case CallMark::none:
        return "";
      case CallMark::in_ngram:
        return "|";
      case CallMark::first_unseen:
        return ">>";
      case CallMark::later_unseen:
        return ">";
    }
    return "";
  };
  const auto css_class = [](CallMark mark) -> const char* {
    switch (mark) {
      case CallMark::none:
        return "";
      case CallMark::in_ngram:
        return "in-ngram";
      case CallMark::first_unseen:
        return "first-unseen";
      case CallMark::later_unseen:
        return "later-unseen";
    }
    return "";
  };
  const auto skipped = [](std::size_t count, std::string_view which) {
    return count == 0 ? Markup{}
                      : html("<tr><td></td><td></td><td class=\"quiet\">{} {}</td></tr>\n", count, which);
  };
  Markup rows = skipped(view.earlier_calls, "earlier");
  for (const CallLine& call : view.calls) {
    rows += html("<tr class=\"{}\"><td class=\"sign\">{}</td><td class=\"when\">{}</td><td>{}</td></tr>\n",
                 css_class(call.mark), sign(call.mark), call.time, call.text);
  }
  rows += skipped(view.later_calls, "later");
  return html(
      "<h2>Calls that led to it</h2>\n<table class=\"calls\"><thead><tr><th><span "
      "class=\"hidden\">Mark</span></th>"
      "<th>Time</th><th>Call</th></tr></thead><tbody>\n{}</tbody></table>\n"
      "<p class=\"quiet legend\"><span class=\"sign\">&gt;&gt;</span> the first departure "
      "<span class=\"sign\">|</span> the calls before it that belong to it "
      "<span class=\"sign\">&gt;</span> further ones</p>\n",
      rows);
}

Markup judge_form(const Scene& scene, const AlertSummary& alert) {
  if (!scene.visitor.is_operator) {
    return html(
        "<p class=\"quiet\">To say something to it: <code>analyzer alert accept {} --config FILE</code>, "
        "or <code>reject</code>.{}</p>\n",
        alert.id,
        scene.takes_logins ? html(" Or <a href=\"/login\">log in</a>.")
                           : html(" This page shows, and changes nothing: no operators are configured."));
  }
  return html(
      "<form class=\"judge\" method=\"post\" action=\"/alerts/{}\">\n"
      "<input type=\"hidden\" name=\"form_token\" value=\"{}\">\n"
      "<label for=\"comment\">Comment</label>\n"
      "<input id=\"comment\" name=\"comment\" maxlength=\"300\" autocomplete=\"off\">\n"
      "<button name=\"verb\" value=\"accept\">Accept: it belongs to the program</button>\n"
      "<button name=\"verb\" value=\"reject\">Reject: it never will</button>\n"
      "</form>\n",
      url_text(alert.id), scene.form_token);
}

Markup until_words(const Silence& silence) {
  return time_words(silence.ends.time_since_epoch().count() * 1'000'000);
}

bool covers(const Silence& silence, const AlertSummary& summary) {
  Alert alert;
  alert.container_id = summary.container_id;
  alert.container_name = summary.container_name;
  alert.image = summary.image;
  alert.executable = summary.executable;
  return silence.covers(alert);
}

Markup form_start(const Scene& scene, const AlertSummary& alert) {
  return html(
      "<form class=\"judge\" method=\"post\" action=\"/alerts/{}\">\n"
      "<input type=\"hidden\" name=\"form_token\" value=\"{}\">\n",
      url_text(alert.id), scene.form_token);
}

/// Those that cover such alerts; or the form by which to make one.
Markup silence_form(const Scene& scene, const AlertSummary& alert) {
  Markup markup;
  for (const Silence& silence : scene.state.silences) {
    if (!covers(silence, alert)) continue;
    markup +=
        html("<p class=\"quiet\">Such alerts are not mailed until {} UTC: silence {} ({}) by {}{}</p>\n",
             until_words(silence), silence.id, silence_words(silence), safe(silence.author),
             silence.comment.empty() ? "" : ": " + safe(silence.comment));
    if (!scene.visitor.is_operator) continue;
    markup += html(
        "{}<input type=\"hidden\" name=\"silence\" value=\"{}\">\n"
        "<button name=\"verb\" value=\"end-silence\">End silence {}</button>\n</form>\n",
        form_start(scene, alert), silence.id, silence.id);
  }
  if (!markup.empty() || !scene.visitor.is_operator) return markup;
  return html(
      "{}<label for=\"silence-comment\">Comment</label>\n"
      "<input id=\"silence-comment\" name=\"comment\" maxlength=\"300\" autocomplete=\"off\">\n"
      "<label for=\"silence-for\">For</label>\n"
      "<select id=\"silence-for\" name=\"for\"><option value=\"1h\">an hour</option>"
      "<option value=\"24h\" selected>a day</option><option value=\"7d\">a week</option></select>\n"
      "<button name=\"verb\" value=\"silence\">Silence this program in this container</button>\n</form>\n",
      form_start(scene, alert));
}

Part silence_table(const Scene& scene) {
  Markup rows;
  for (const Silence& silence : scene.state.silences) {
    rows += html(
        "<tr><td class=\"nowrap\">{}</td><td class=\"wide\">{}</td><td>{}</td><td "
        "class=\"quiet\">{}</td></tr>\n",
        until_words(silence), silence_words(silence), safe(silence.author), safe(silence.comment));
  }
  return {"silences", rows.empty()
                          ? html("")
                          : html("<h2>Silences</h2>\n<table class=\"alerts\"><thead><tr><th>Until, UTC</th>"
                                 "<th>What</th><th>By</th><th>Comment</th></tr></thead><tbody>\n{}</tbody>"
                                 "</table>\n",
                                 rows)};
}

}  // namespace

Part freshness(const Scene& scene) {
  const PageState& state = scene.state;
  if (state.read_ns == 0 && state.problem.empty())
    return {"fresh", html("<span class=\"quiet\">reading from Redis</span>")};
  if (!state.problem.empty()) {
    return {"fresh", html("<span class=\"above\">not of now{}: {}</span>",
                          state.read_ns == 0 ? html("") : html(", but of {}", time_words(state.read_ns)),
                          plain_text(state.problem, kText))};
  }
  return {"fresh", html("{} UTC{}", time_words(state.read_ns),
                        state.unreadable > 0 ? html(", {} cannot be read", counted(state.unreadable, "row"))
                                             : html(""))};
}

Part open_count(const Scene& scene) {
  const auto open = std::ranges::count_if(scene.state.alerts, is_open);
  return {"open-count", open > 0 ? html("{} open", open) : html("none open")};
}

View overview(const Scene& scene) {
  View view{"/", "Overview", {}, {}};
  view.parts.push_back(summary_part(scene));
  view.parts.push_back(
      {"open", html("<h2>Open alerts</h2>\n{}",
                    alert_table(alerts_that(scene.state, is_open), kMostOnOverview, "None."))});
  view.parts.push_back(container_table(scene));
  view.parts.push_back(who_works(scene));
  return view;
}

View alert_list(const Scene& scene) {
  View view{"/alerts", "Alerts", {}, {}};
  const auto silenced = [](const AlertSummary& alert) { return is_silenced(alert); };
  const auto decided = [](const AlertSummary& alert) { return !is_open(alert) && !is_silenced(alert); };
  view.parts.push_back({"open", html("<h1>Open alerts</h1>\n{}",
                                     alert_table(alerts_that(scene.state, is_open), kMostAlerts, "None."))});
  view.parts.push_back(
      {"silenced", html("<h2>Silenced: not mailed</h2>\n{}",
                        alert_table(alerts_that(scene.state, silenced), kMostAlerts, "None."))});
  view.parts.push_back(silence_table(scene));
  view.parts.push_back({"decided", html("<h2>Decided</h2>\n{}", alert_table(alerts_that(scene.state, decided),
                                                                            kMostAlerts, "None yet."))});
  return view;
}

View profile_list(const Scene& scene) {
  View view{"/profiles", "Profiles", {}, {}};
  view.parts.push_back(
      {"title", html("<h1>Profiles</h1>\n<p class=\"quiet\">What the programs of each image are "
                     "known by. Learning, then in shadow (scored, not told), then armed.</p>\n")});
  std::size_t number = 0;
  for (const ImageSummary& image : scene.state.images)
    view.parts.push_back(image_part(image, number++));
  if (scene.state.images.empty())
    view.parts.push_back({"none", html("<p class=\"quiet\">Nothing was learned yet.</p>\n")});
  return view;
}

std::optional<View> container_view(const Scene& scene, const std::string& id) {
  const PageState& state = scene.state;
  const auto is_of_it = [&](const AlertSummary& alert) { return alert.container_id == id; };
  const auto alerts = alerts_that(state, is_of_it);
  Markup rows;
  const LiveRow* any = nullptr;
  for (const LiveRow& row : state.programs) {
    if (row.container_id != id) continue;
    any = &row;
    const Markup name = row.profile.empty() ? html("{}", safe(row.executable))
                                            : html("<a href=\"/profile?id={}\">{}</a>", url_text(row.profile),
                                                   safe(row.executable));
    rows += html(
        "<tr><td class=\"path\">{}</td><td>{}</td><td class=\"number\" data-label=\"calls/s\">{}</td>"
        "<td class=\"number\" data-label=\"calls\">{}</td><td class=\"number\" data-label=\"score\">{}</td>"
        "<td class=\"number\" data-label=\"alerts\">{}</td></tr>\n",
        name, state_word(row.state.empty() ? "no profile" : row.state), rate_words(row.calls_per_second),
        grouped(row.calls), score_words(row), row.alerts);
  }
  if (any == nullptr && alerts.empty()) return std::nullopt;
  const std::string name = any != nullptr ? container_name(id, any->container_name)
                                          : container_name(id, alerts.front()->container_name);
  View view{"/containers/" + url_text(id), name, {}, {}};
  std::vector<Fact> facts = {{"container", safe(id)}};
  facts.push_back({"host", safe(any != nullptr ? any->host : alerts.front()->host)});
  facts.push_back({"image", safe(any != nullptr ? any->image : alerts.front()->image)});
  if (const auto seen = seen_words(state, any != nullptr ? any->host : alerts.front()->host, id))
    facts.push_back({"tracing", *seen});
  view.parts.push_back({"title", html("<h1>{}</h1>\n{}", name, facts_list(facts))});
  view.parts.push_back(
      {"scores", html("<h2>Score, last 15 minutes</h2>\n{}<p class=\"quiet\">In percent of the "
                      "threshold, the highest of all its programs that are judged; above 100 it is "
                      "an alert.</p>\n",
                      score_line(scene.scores.values(id), "tall"))});
  view.chart = chart_json(scene.scores, id);
  const Markup table =
      rows.empty()
          ? html("<p class=\"quiet\">No program of it made a call in the last minute.</p>\n")
          : html(
                "<table class=\"programs\"><thead><tr><th>Program</th><th>State</th><th class=\"number\">"
                "Calls/s</th><th class=\"number\">Calls</th><th class=\"number\">Score</th>"
                "<th class=\"number\">Alerts</th></tr></thead><tbody>\n{}</tbody></table>\n",
                rows);
  view.parts.push_back({"programs", html("<h2>Programs</h2>\n{}", table)});
  view.parts.push_back({"alerts", html("<h2>Alerts</h2>\n{}", alert_table(alerts, kMostAlerts, "None."))});
  return view;
}

Part verdict_part(const Scene& scene, const AlertSummary& alert) {
  const AlertVerdict& verdict = alert.verdict;
  if (is_open(alert)) {
    return {"verdict", html("<p role=\"status\">{}: nobody said anything to it yet.</p>\n{}{}",
                            state_word("open"), judge_form(scene, alert), silence_form(scene, alert))};
  }
  if (is_silenced(alert)) {
    return {"verdict",
            html("<p role=\"status\">{} by {}: not mailed; nobody said anything to it yet.</p>\n{}{}",
                 state_word("silenced"), safe(alert.silenced_by), judge_form(scene, alert),
                 silence_form(scene, alert))};
  }
  return {"verdict", html("<p role=\"status\">{} by {}, {} UTC{}</p>\n{}", state_word(verdict.state),
                          safe(verdict.author), time_words(verdict.time_ns),
                          verdict.comment.empty() ? "" : ": " + safe(verdict.comment),
                          verdict.state == "rejected" ? silence_form(scene, alert) : Markup{})};
}

View alert_view(const Scene& scene, const AlertDetail& detail) {
  const AlertSummary& alert = detail.summary;
  View view{"/alerts/" + url_text(alert.id), detail.view.headline, {}, {}};
  view.parts.push_back(
      {"title", html("<h1>{}</h1>\n<p>{}</p>\n<p>In container {}, on {}.</p>\n", detail.view.headline,
                     detail.view.sentence, container_link(alert.container_id, alert.container_name),
                     safe(alert.host))});
  view.parts.push_back(verdict_part(scene, alert));
  view.parts.push_back({"evidence", html("{}{}<h2>Why</h2>\n{}", facts_list(detail.view.facts),
                                         calls_table(detail.view), facts_list(detail.view.findings))});
  return view;
}

View profile_view(const Scene&, const ProfileDetail& detail) {
  const ProfileSummary& profile = detail.summary;
  View view{"/profile?id=" + url_text(profile.id), safe(profile.executable), {}, {}};
  view.parts.push_back(
      {"title",
       html("<h1 class=\"path\">{} {}</h1>\n<p>{}</p>\n<p class=\"quiet\">of image {}; "
            "{} in {}</p>\n",
            safe(profile.executable), state_word(profile.frozen ? "frozen" : profile.state), profile.reason,
            safe(detail.image), counted(profile.calls, "call"), counted(profile.ngrams, "n-gram"))});
  view.parts.push_back({"text", html("<pre tabindex=\"0\">{}</pre>\n", detail.text)});
  return view;
}

View login_view(const std::string& problem) {
  View view{"/login", "Log in", {}, {}};
  view.parts.push_back(
      {"login",
       html("<h1>Log in</h1>\n{}<form class=\"login\" method=\"post\" action=\"/login\">\n"
            "<label for=\"name\">Your name, kept with what you decide</label>\n"
            "<input id=\"name\" name=\"name\" maxlength=\"64\" autocomplete=\"username\" required>\n"
            "<label for=\"token\">Token</label>\n"
            "<input id=\"token\" name=\"token\" type=\"password\" autocomplete=\"current-password\" "
            "required>\n"
            "<button>Log in</button>\n</form>\n",
            problem.empty() ? html("") : html("<p class=\"above\" role=\"alert\">{}</p>\n", problem))});
  return view;
}

View message_view(const std::string& title, const std::string& text) {
  View view{"", title, {}, {}};
  view.parts.push_back({"message", html("<h1>{}</h1>\n<p>{}</p>\n", title, safe(text))});
  return view;
}

std::optional<View> live_view(const Scene& scene, std::string_view path) {
  if (path == "/") return overview(scene);
  if (path == "/alerts") return alert_list(scene);
  if (path == "/profiles") return profile_list(scene);
  constexpr std::string_view kContainers = "/containers/";
  if (path.starts_with(kContainers)) {
    const auto id = decode_form_text(path.substr(kContainers.size()));
    return id ? container_view(scene, *id) : std::nullopt;
  }
  constexpr std::string_view kAlerts = "/alerts/";
  if (!path.starts_with(kAlerts)) return std::nullopt;
  for (const AlertSummary& alert : scene.state.alerts) {
    if (alert.id == path.substr(kAlerts.size()))
      return View{std::string(path), "", {verdict_part(scene, alert)}, {}};
  }
  return std::nullopt;
}

std::string document(const View& view, const Scene& scene) {
  const auto link = [&](std::string_view path, std::string_view name) {
    return html("<a href=\"{}\"{}>{}</a>\n", path,
                view.path == path ? html(" aria-current=\"page\"") : html(""), name);
  };
  Markup nav;
  if (scene.visitor.may_look) {
    nav = html(
        "<nav aria-label=\"Pages\">\n{}<span>{}<span id=\"open-count\" "
        "class=\"quiet\">{}</span></span>\n{}</nav>\n"
        "<p id=\"fresh\" class=\"fresh\">{}</p>\n",
        link("/", "Overview"), link("/alerts", "Alerts"), open_count(scene).markup,
        link("/profiles", "Profiles"), freshness(scene).markup);
    if (!scene.visitor.session.empty()) {
      nav += html(
          "<form class=\"logout\" method=\"post\" action=\"/logout\"><input type=\"hidden\" "
          "name=\"form_token\" "
          "value=\"{}\"><button>Log {} out</button></form>\n",
          scene.form_token, scene.visitor.name);
    }
  }
  Markup parts;
  for (const Part& part : view.parts)
    parts += html("<div id=\"{}\">\n{}</div>\n", part.id, part.markup);
  const bool live = scene.visitor.may_look && live_view(scene, view.path).has_value();
  return html(
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}, docker-anomalies</title>\n"
             "<link rel=\"icon\" href=\"/assets/icon.svg\">\n"
             "<link rel=\"stylesheet\" href=\"/assets/page.css\">\n{}</head>\n"
             "<body{}>\n<a class=\"skip\" href=\"#main\">Skip to the contents</a>\n"
             "<header>\n<a class=\"name\" href=\"/\">docker-anomalies</a>\n{}</header>\n"
             "<main id=\"main\" tabindex=\"-1\">\n{}</main>\n"
             "<p id=\"said\" class=\"hidden\" aria-live=\"polite\"></p>\n</body>\n</html>\n",
             view.title,
             live ? html("{}<script src=\"/assets/page.js\" defer></script>\n",
                         view.chart.empty()
                             ? html("")
                             : html("<link rel=\"stylesheet\" href=\"/assets/uPlot.min.css\">\n"
                                    "<script src=\"/assets/uPlot.iife.min.js\" defer></script>\n"))
                  : html(""),
             live ? html(" data-view=\"{}\"", view.path) : html(""), nav, parts)
      .text;
}

}  // namespace da
