#include "analyzer/operate/silence_commands.h"

#include <fmt/format.h>

#include "analyzer/notify/mail_view.h"
#include "analyzer/operate/output.h"
#include "analyzer/operate/point_in_time.h"
#include "analyzer/operate/silence_desk.h"
#include "analyzer/operate/silence_report.h"
#include "common/config/scalar.h"

namespace da {
namespace {

Result<Moment> end_of(const SilenceOptions& options) {
  const Moment now = wall_clock();
  Moment end = now;
  if (!options.duration.empty()) {
    const auto duration = parse_duration(options.duration);
    if (!duration || duration->count() <= 0 || *duration > kLongestSilence)
      return fail("--for is no time of at most 366d: 30m, 24h, 7d");
    end = now + *duration;
  } else {
    const std::int64_t now_ns = now.time_since_epoch().count() * 1'000'000;
    const auto until = parse_coming_time(options.until, now_ns);
    if (!until) return fail("--until is no time to come: 2026-11-28, 2026-11-28T04:30 (UTC)");
    end = Moment(std::chrono::milliseconds(*until / 1'000'000));
    if (end - now > kLongestSilence) return fail("--until is more than 366 days from now");
  }
  return end;
}

}  // namespace

int make_silence(RedisSession& redis, const SilenceOptions& options) {
  Silence silence = options.silence;
  const auto end = end_of(options);
  if (!end) return refuse(end.error());
  silence.ends = *end;
  const auto made = add_silence(redis, std::move(silence));
  if (!made) return refuse(made.error());
  return print_all(options.json ? silence_json(*made, wall_clock()) : silences_text({*made}, wall_clock()));
}

int list_silences(RedisSession& redis, const SilenceOptions& options) {
  auto table = read_silences(redis);
  if (!table) return refuse(table.error());
  const Moment now = wall_clock();
  if (!options.expired)
    std::erase_if(table->silences, [&](const Silence& one) { return !one.in_force(now); });
  if (table->unreadable > 0) fmt::print(stderr, "analyzer: {} silences cannot be read\n", table->unreadable);
  return print_all(options.json ? silences_json(table->silences, now) : silences_text(table->silences, now));
}

int remove_silence(RedisSession& redis, const SilenceOptions& options) {
  const auto ended = end_silence(redis, options.id, options.silence.author);
  if (!ended) return refuse(ended.error());
  return print_all(options.json ? silence_json(*ended, wall_clock()) : silences_text({*ended}, wall_clock()));
}

}  // namespace da
