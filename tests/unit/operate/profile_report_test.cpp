#include "analyzer/operate/profile_report.h"

#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/model/habits/habit_records.h"
#include "tests/unit/model/profiles.h"

using namespace da;
using namespace da::test;

namespace {

const ProgramKey kHostile{"/bin/\x1b]0;x\x07sh\n", Arch::x86_64};

ImageModels hostile_models() {
  auto profile = std::make_shared<Profile>(ProfileKey{"sha\x1b[2J", kHostile.executable, kHostile.arch},
                                           quick_options(), ScoreOptions{});
  ThreadState thread;
  std::int64_t time = 5 * kSecond;
  feed(*profile, thread, kRequest, time);
  Image image("sha\x1b[2J", "shop\xff\n", quick_options(), {});
  image.learn_start("/a\x1b", "/b\n", 1);
  image.set_profile(kHostile, profile);
  auto habits = std::make_shared<ProgramHabits>(quick_habits());
  for (int i = 0; i < 70; ++i) {
    habits->observe(opened("/srv/\x1b]0;x\x07\n/a", i * kSecond), kProcess, true);
    habits->observe(opened("/var/www/html/x", i * kSecond, 0, -2), kProcess, true);
  }
  habits->observe(opened("/opt/\xff/new", 69 * kSecond, 1), kProcess, true);
  static_cast<void>(habits->advance());
  image.set_habits(kHostile, habits);
  Decisions decisions;
  decisions.programs[kHostile] = {Ruling::accepted, true, 2, 1, {Ngram{1}}, {Ngram{2}, Ngram{3}}};
  decisions.starts[{"/x\x1b", "/y"}] = Ruling::rejected;
  decisions.orders = {{"o\x1b", "freeze\n", "profile:sha\x1b[2J:x86_64:" + kHostile.executable, "root\x1b",
                       "\x1b[2J", 1, "no\x1b"}};
  return {std::move(image), std::move(decisions), {}};
}

}  // namespace

SCENARIO("a profile is shown with what was learned and decided, and nothing hostile reaches the terminal") {
  const ImageModels models = hostile_models();
  for (const std::string& text :
       {list_text(models), list_json({list_item_json(models)}), profile_text(models, kHostile),
        profile_json(models, kHostile), image_text(models), image_json(models)}) {
    CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  }
  const std::string text = profile_text(models, kHostile);
  CHECK(text.find("learned 8 calls of 0 episodes") != std::string::npos);
  CHECK(text.find(
            "the program was accepted; 1 n-gram accepted; 2 n-grams rejected; frozen; begun anew 2 times") !=
        std::string::npos);
  CHECK(text.find("8 system calls:\n  ") != std::string::npos);
  CHECK(text.find("directories read     settled: judged\n    70 times: /srv/\\x1b]#;x\\x07\\x0a\n") !=
        std::string::npos);
  CHECK(text.find("directories changed  1 seen once, in the last 20 s (/opt/\\xff): would have told about") !=
        std::string::npos);
  CHECK(text.find("at most, within 10 s: calls of openat failed with ENOENT 11") != std::string::npos);
  CHECK(text.find("by root\\x1b: \\x1b[2J (refused: no\\x1b)") != std::string::npos);
  const auto json = nlohmann::json::parse(profile_json(models, kHostile));
  CHECK(json["state"] == "learning");
  CHECK(json["rejected_ngrams"] == 2);
  CHECK(json["calls"].size() == 8);
  REQUIRE(json["habits"].size() == 5);
  CHECK(json["habits"][0]["feature"] == "reads");
  CHECK(json["habits"][0]["settled"] == true);
  CHECK(json["habits"][0]["objects"][0]["count"] == 70);
  CHECK(json["habits"][1]["settled"] == false);
  CHECK(json["habits"][4]["highest"][0]["amount"] == 11);
  CHECK(nlohmann::json::parse(list_json({list_item_json(models)}))[0]["profiles"].size() == 1);
  CHECK(image_text(models).find("rejected /x\\x1b -> /y") != std::string::npos);
}
