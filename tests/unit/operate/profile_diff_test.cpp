#include "analyzer/operate/profile_diff.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/model/habits/habit_records.h"
#include "tests/unit/model/profiles.h"

using namespace da;
using namespace da::test;

namespace {

Image image_with(const std::vector<std::pair<std::string, std::vector<int>>>& programs) {
  Image image("sha256:1", "shop", quick_options(), {});
  for (const auto& [executable, calls] : programs) {
    auto profile = std::make_shared<Profile>(ProfileKey{"sha256:1", executable, Arch::x86_64},
                                             quick_options(), ScoreOptions{});
    ThreadState thread;
    std::int64_t time = 0;
    feed(*profile, thread, calls, time);
    image.set_profile({executable, Arch::x86_64}, profile);
  }
  return image;
}

}  // namespace

SCENARIO("a difference is what one side alone knows") {
  Image left = image_with({{"/bin/app", {0, 1, 3, 7, 45, 44}}, {"/bin/old", {0}}});
  Image right = image_with({{"/bin/app", {0, 1, 3, 7, 45, 44, 41}}, {"/bin/new\x1b", {0}}});
  left.learn_start("/bin/app", "/bin/old", 1);
  CHECK(diff_text(diff_models(left, left)) == "no difference\n");
  CHECK(diff_text(diff_models(left, right)) ==
        "- program /bin/old\n"
        "+ program /bin/new\\x1b\n"
        "- start /bin/app -> /bin/old\n"
        "/bin/app (x86_64):\n"
        "+ call socket\n"
        "+ write close poll recvfrom sendto socket\n");
  CHECK(diff_text(diff_models(right, left, {"/bin/app", Arch::x86_64})) ==
        "/bin/app (x86_64):\n"
        "- call socket\n"
        "- write close poll recvfrom sendto socket\n");
  const ProgramKey app{"/bin/app", Arch::x86_64};
  for (Image* image : {&left, &right}) {
    auto habits = std::make_shared<ProgramHabits>(quick_habits());
    habits->observe(opened("/srv/both/x", kSecond), kProcess, true);
    habits->observe(opened(image == &left ? "/srv/old/x" : "/srv/new\n/x", kSecond), kProcess, true);
    image->set_habits(app, habits);
  }
  CHECK(diff_text(diff_models(right, left, app)) ==
        "/bin/app (x86_64):\n"
        "- call socket\n"
        "- directories read /srv/new\\x0a\n"
        "+ directories read /srv/old\n"
        "- write close poll recvfrom sendto socket\n");
  const auto json = nlohmann::json::parse(diff_json(diff_models(left, right)));
  CHECK(json["profiles"][0]["habits"]["left"][0] == "directories read /srv/old");
  CHECK(json["profiles"][0]["calls"]["right"][0] == "socket");
  CHECK(json["profiles"][0]["sequence_count"]["right"] == 1);
  CHECK(json["starts"]["left"][0] == "/bin/app -> /bin/old");
}
