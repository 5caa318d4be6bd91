#include "analyzer/page/views.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

const std::string kMarkup = "<script>alert(1)</script>\"'>";

struct Sample {
  PageState state;
  ScoreLog scores;
  Visitor visitor;

  Sample() {
    state.read_ns = 1'795'489'927'120'000'000;
    visitor.may_look = true;
    LiveRow row;
    row.host = row.container_name = row.image = row.executable = row.profile = kMarkup;
    row.container_id = "4f66a1b2c3d4e5f6";
    row.state = "armed";
    row.highest_score = 6;
    row.threshold = 4;
    state.programs.push_back(row);
    scores.add(state.read_ns, state.programs);
    ImageSummary image;
    image.key = image.name = image.reason = kMarkup;
    ProfileSummary profile;
    profile.id = profile.executable = profile.reason = kMarkup;
    profile.state = kMarkup;
    image.programs.push_back(profile);
    state.images.push_back(image);
    AlertSummary alert;
    alert.id = "a-1";
    alert.headline = alert.host = alert.container_name = kMarkup;
    alert.container_id = row.container_id;
    state.alerts.push_back(alert);
    state.analyzers.push_back(kMarkup);
  }
  [[nodiscard]] Scene scene() const { return {state, scores, visitor, "form-token", true, state.read_ns}; }
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

bool contains(const std::string& text, const std::string& part) {
  return count(text, part) > 0;
}

}  // namespace

SCENARIO("no name becomes markup, on any page") {
  const Sample sample;
  const Scene scene = sample.scene();
  AlertDetail alert;
  alert.summary = sample.state.alerts[0];
  alert.summary.verdict = {kMarkup, kMarkup, kMarkup, 1};
  alert.view.headline = alert.view.sentence = kMarkup;
  alert.view.facts = alert.view.findings = {{kMarkup, kMarkup}};
  alert.view.calls = {{kMarkup, kMarkup, kMarkup, kMarkup, kMarkup, CallMark::first_unseen}};
  const ProfileDetail profile{sample.state.images[0].programs[0], kMarkup, kMarkup};
  for (const View& view : {overview(scene), alert_list(scene), profile_list(scene), alert_view(scene, alert),
                           profile_view(scene, profile), *container_view(scene, "4f66a1b2c3d4e5f6"),
                           login_view(kMarkup), message_view(kMarkup, kMarkup)}) {
    const std::string page = document(view, scene);
    CAPTURE(view.path, page);
    CHECK_FALSE(contains(page, "<script>"));
    CHECK_FALSE(contains(page, "\"'>"));
    CHECK(contains(page, "&lt;script&gt;"));
    // Nothing that the content policy would refuse.
    CHECK_FALSE(contains(page, " style="));
    CHECK_FALSE(contains(page, "onclick"));
    CHECK(count(page, "<script") == count(page, "<script src=\"/assets/"));
  }
}

SCENARIO("only an operator sees what changes something") {
  Sample sample;
  const std::string before = verdict_part(sample.scene(), sample.state.alerts[0]).markup.text;
  CHECK_FALSE(contains(before, "<form"));
  CHECK(contains(before, "analyzer alert accept a-1"));
  sample.visitor.is_operator = true;
  const std::string after = verdict_part(sample.scene(), sample.state.alerts[0]).markup.text;
  CHECK(contains(after, "method=\"post\""));
  CHECK(contains(after, "name=\"form_token\" value=\"form-token\""));
  sample.state.alerts[0].verdict.state = "accepted";
  CHECK_FALSE(contains(verdict_part(sample.scene(), sample.state.alerts[0]).markup.text, "<form"));
}

SCENARIO("the first unseen call is marked, and what led to it") {
  const Sample sample;
  AlertDetail alert;
  alert.summary = sample.state.alerts[0];
  alert.view.calls = {{"03:12:07.119", "read(3)", "read", "3", "", CallMark::in_ngram},
                      {"03:12:07.120", "vfork()", "vfork", "", "", CallMark::first_unseen},
                      {"03:12:07.121", "close(3)", "close", "3", "", CallMark::none}};
  alert.view.earlier_calls = 12;
  const std::string page = document(alert_view(sample.scene(), alert), sample.scene());
  CHECK(count(page, "<tr class=\"first-unseen\">") == 1);
  CHECK(count(page, "<tr class=\"in-ngram\">") == 1);
  CHECK(contains(page, "12 earlier"));
}

SCENARIO("what cannot be read from redis is said, and what was read before is shown") {
  Sample sample;
  sample.state.problem = "connect: refused";
  const std::string page = document(overview(sample.scene()), sample.scene());
  CHECK(contains(page, "not of now, but of "));
  CHECK(contains(page, "connect: refused"));
  CHECK(contains(page, "1 open alert"));
}

SCENARIO("a page is found again by its path, and no path leads elsewhere") {
  const Sample sample;
  const Scene scene = sample.scene();
  for (const char* path : {"/", "/alerts", "/profiles", "/containers/4f66a1b2c3d4e5f6", "/alerts/a-1"}) {
    CAPTURE(path);
    REQUIRE(live_view(scene, path));
    CHECK(live_view(scene, path)->path == path);
  }
  for (const char* path :
       {"", "//", "/login", "/containers/", "/containers/%zz", "/alerts/", "/alerts/a-2", "/profile?id=x"})
    CHECK_FALSE(live_view(scene, path));
}

SCENARIO("of many alerts the latest are shown, and the rest is counted") {
  Sample sample;
  sample.state.alerts.resize(250, sample.state.alerts[0]);
  const std::string page = document(alert_list(sample.scene()), sample.scene());
  CHECK(count(page, "<a href=\"/alerts/a-1\">") == 100);
  CHECK(contains(page, "150 more"));
}

SCENARIO("a chart has the scores, with nothing where nothing was judged") {
  const Sample sample;
  const std::string chart = container_view(sample.scene(), "4f66a1b2c3d4e5f6")->chart;
  CHECK(contains(chart, "null,150]"));
  CHECK(contains(chart, "\"step\":5"));
}
