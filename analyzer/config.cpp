#include "analyzer/config.h"

#include <filesystem>
#include <system_error>

#include "analyzer/model/habits/habit_object.h"
#include "common/config/log_config.h"
#include "common/metrics/metrics_config.h"
#include "common/redis/redis_config.h"
#include "proto/stream_key.h"

namespace da {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr milliseconds kDay = 24h;

std::chrono::nanoseconds time_of(Section& section, std::string_view key, std::chrono::nanoseconds fallback,
                                 milliseconds min, milliseconds max) {
  return section.duration(key, duration_cast<milliseconds>(fallback), min, max);
}

std::uint64_t count_of(Section& section, std::string_view key, std::uint64_t fallback, std::int64_t min) {
  constexpr std::int64_t kMost = 1'000'000'000'000;
  return static_cast<std::uint64_t>(section.integer(key, static_cast<std::int64_t>(fallback), min, kMost));
}

LifeCycleOptions read_learning(Section section) {
  LifeCycleOptions life;
  life.min_time = time_of(section, "min_time", life.min_time, 0ms, 60 * kDay);
  life.min_calls = count_of(section, "min_calls", life.min_calls, 1);
  life.min_episodes = count_of(section, "min_episodes", life.min_episodes, 1);
  life.episode_calls = count_of(section, "episode_calls", life.episode_calls, 1);
  life.unseen_mass = section.number("unseen_mass", life.unseen_mass, 0.0, 1.0);
  life.recent_calls = count_of(section, "recent_calls", std::min(life.recent_calls, life.min_calls), 1);
  if (life.recent_calls > life.min_calls) throw section.error("recent_calls", "must not exceed min_calls");
  life.min_runs = count_of(section, "min_runs", life.min_runs, 1);
  life.unseen_runs = section.number("unseen_runs", life.unseen_runs, 0.0, 1.0);
  life.shadow_time = time_of(section, "shadow_time", life.shadow_time, 0ms, 60 * kDay);
  life.shadow_calls = count_of(section, "shadow_calls", life.shadow_calls, 1);
  life.shadow_runs = count_of(section, "shadow_runs", life.shadow_runs, 1);
  life.shadow_unseen = section.number("shadow_unseen", life.shadow_unseen, 0.0, 1.0);
  life.max_extensions =
      static_cast<std::uint32_t>(section.integer("max_extensions", life.max_extensions, 0, 1000));
  life.settle_time = time_of(section, "settle_time", life.settle_time, 0ms, 365 * kDay);
  life.min_starts = count_of(section, "min_starts", life.min_starts, 0);
  life.start_grace = time_of(section, "start_grace", life.start_grace, 0ms, kDay);
  life.image_quiet = time_of(section, "image_quiet", life.image_quiet, 0ms, 60 * kDay);
  life.busy_share = section.number("busy_share", life.busy_share, 0.0, 1.0);
  life.from_predecessor = section.boolean("from_predecessor", life.from_predecessor);
  life.forget_after = time_of(section, "forget_after", life.forget_after, 0ms, 3650 * kDay);
  life.max_ngrams = count_of(section, "max_ngrams", life.max_ngrams, 1024);
  section.done();
  return life;
}

OutsideRule read_rule(Section& section, std::string_view key) {
  const std::string word = section.word(key, "alert", {"alert", "learn", "ignore"});
  if (word == "learn") return OutsideRule::learn;
  return word == "ignore" ? OutsideRule::ignore : OutsideRule::alert;
}

OutsideRules read_outside(Section section) {
  constexpr std::size_t kMostExceptions = 100;
  OutsideRules rules;
  rules.usual = read_rule(section, "starts");
  for (Section& exception : section.sections("exceptions")) {
    OutsideRules::Exception read{exception.string("images", ""), read_rule(exception, "starts")};
    if (read.images.empty()) throw exception.error("images", "expected a pattern for names of images");
    exception.done();
    rules.exceptions.push_back(std::move(read));
  }
  if (rules.exceptions.size() > kMostExceptions) throw section.error("exceptions", "more than 100");
  section.done();
  return rules;
}

HabitOptions read_habits(Section section) {
  HabitOptions habits;
  habits.min_time = time_of(section, "min_time", habits.min_time, 1s, 60 * kDay);
  habits.recent = time_of(section, "recent", habits.recent, 1s, 60 * kDay);
  habits.min_runs = count_of(section, "min_runs", habits.min_runs, 1);
  for (std::size_t i = 0; i < kHabits; ++i)
    habits.watched.at(i) = section.boolean(to_string(static_cast<Habit>(i)), habits.watched.at(i));
  section.done();
  return habits;
}

ScoreOptions read_score(Section section) {
  ScoreOptions score;
  const std::string method =
      section.word("method", "departures", {"combined", "departures", "stide", "t-stide"});
  // Not combined yet: docs/model.md says what whole threads did in new containers of postgresql.
  score.method = method == "departures" ? ScoreMethod::departures
                 : method == "stide"    ? ScoreMethod::stide
                 : method == "t-stide"  ? ScoreMethod::t_stide
                                        : ScoreMethod::combined;
  if (score.call_score() != CallScore::departures) score.minimum = ScoreOptions::kStideMinimum;
  score.order = count_of(section, "ngram", score.order, 2);
  score.frame = count_of(section, "frame", score.frame, 1);
  score.minimum = static_cast<unsigned>(section.integer("minimum", score.minimum, 1, 1000));
  score.margin = static_cast<unsigned>(section.integer("margin", score.margin, 0, 1000));
  score.budget = section.number("budget", score.budget, 0.001, 1e6);
  score.rare = section.number("rare", score.rare, 0.0, 0.1);
  if (section.has("budget") && !score.judges_threads())
    throw section.error("budget", "is of whole threads, which method: " + method + " does not judge");
  if (section.has("rare") && score.call_score() != CallScore::t_stide)
    throw section.error("rare", "is of method: t-stide");
  const ScoreOptions possible = score.finalized();
  if (possible.order != score.order) throw section.error("ngram", "is longer than n-grams may be");
  if (possible.frame != score.frame) throw section.error("frame", "is larger than a locality frame may be");
  if (score.minimum >= score.frame)
    throw section.error("minimum", "must be below frame, or nothing can exceed it");
  section.done();
  return score;
}

std::vector<PublicKey> read_trusted_keys(Section section) {
  constexpr std::size_t kMostKeys = 64;
  std::vector<PublicKey> keys;
  const auto paths = section.strings("trusted_keys");
  // A list that somebody emptied would let everything in.
  if (section.has("trusted_keys") && paths.empty()) throw section.error("trusted_keys", "empty");
  if (paths.size() > kMostKeys) throw section.error("trusted_keys", "more than 64 keys");
  for (const std::string& path : paths) {
    auto key = PublicKey::from_file(path);
    if (!key) throw section.error("trusted_keys", key.error().message());
    keys.push_back(*std::move(key));
  }
  section.done();
  return keys;
}

}  // namespace

AnalyzerConfig read_analyzer_config(const ConfigSources& sources) {
  AnalyzerConfig config = read_analyzer_config(Section::load(sources));
  // Mails name commands that need it, to be typed in any directory.
  std::error_code error;
  const auto file = std::filesystem::absolute(sources.file, error);
  config.notify.config_file = error ? sources.file : file.lexically_normal().string();
  return config;
}

AnalyzerConfig read_analyzer_config(Section root) {
  DetectorOptions detector;
  detector.life = read_learning(root.section("learning"));
  detector.life.habits = read_habits(root.section("habits"));
  detector.score = read_score(root.section("score"));
  detector.outside = read_outside(root.section("exec"));

  Section checkpoint = root.section("checkpoint");
  const auto commit_interval = checkpoint.duration("interval", 2s, 100ms, 60s);
  checkpoint.done();

  const auto shards = static_cast<std::uint16_t>(root.integer("shards", kDefaultShards, 1, 1024));
  AnalyzerConfig config{
      .redis = read_redis_config(root.section("redis"), shards),
      .shards = shards,
      .commit_interval = commit_interval,
      .detector = detector,
      .notify = NotifyConfig::from(root),
      .outputs = read_outputs_config(root.section("outputs")),
      .trusted_keys = read_trusted_keys(root.section("import")),
      .metrics = read_metrics_config(root.section("metrics")),
      .page = read_page_config(root.section("page")),
      .log_level = read_log_config(root.section("log")),
      .keys = {},
  };
  root.done();
  config.outputs.mask = config.notify.mask_secrets;
  config.keys = root.read_keys();
  return config;
}

}  // namespace da
