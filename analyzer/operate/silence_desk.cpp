#include "analyzer/operate/silence_desk.h"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "analyzer/notify/row_codec.h"
#include "analyzer/operate/order_desk.h"

namespace da {
namespace {

constexpr ShardId kHome{0};

std::string new_silence_id() {
  std::random_device random;
  return fmt::format("s-{:08x}", random());
}

std::string author_or_user(const std::string& author) {
  return author.empty() ? user_at_keyboard().substr(0, Silence::kLongestAuthor) : author;
}

}  // namespace

Result<Silence> add_silence(RedisSession& redis, Silence silence) {
  silence.author = author_or_user(silence.author);
  silence.created = wall_clock();
  if (const auto problem = silence.problem()) return fail("no silence: " + *problem);
  auto table = read_silences(redis);
  if (!table) return tl::unexpected(table.error());
  if (table->silences.size() + table->unreadable >= kMostSilences) {
    const auto& oldest = table->silences.back();
    if (table->silences.empty() || oldest.in_force(silence.created))
      return fail(fmt::format("there are {} silences already: remove one first", kMostSilences));
    if (auto erased = redis.erase_fields(kHome, kSilencesKey, {oldest.id}); !erased)
      return tl::unexpected(erased.error());
  }
  const auto taken = [&](const Silence& other) { return other.id == silence.id; };
  do {
    silence.id = new_silence_id();
  } while (std::ranges::any_of(table->silences, taken));
  if (auto set = redis.set_field(kHome, kSilencesKey, silence.id, encode_silence(silence)); !set)
    return tl::unexpected(set.error());
  return silence;
}

Result<SilenceTable> read_silences(RedisSession& redis) {
  const auto count = redis.count(kHome, kSilencesKey);
  if (!count) return tl::unexpected(count.error());
  if (*count > 2 * kMostSilences) return fail("redis has too many silences: somebody else wrote them");
  const auto rows = redis.hash(kHome, kSilencesKey);
  if (!rows) return tl::unexpected(rows.error());
  SilenceTable table;
  for (const auto& [id, row] : *rows) {
    auto silence = decode_silence(row);
    if (silence && silence->id == id) {
      table.silences.push_back(*std::move(silence));
    } else {
      ++table.unreadable;
    }
  }
  const Moment now = wall_clock();
  std::ranges::sort(table.silences, [&](const Silence& a, const Silence& b) {
    if (a.in_force(now) != b.in_force(now)) return a.in_force(now);
    if (a.ends != b.ends) return a.in_force(now) ? a.ends < b.ends : a.ends > b.ends;
    return a.id < b.id;
  });
  return table;
}

Result<Silence> end_silence(RedisSession& redis, const std::string& id, const std::string& by) {
  const auto row = redis.field(kHome, kSilencesKey, id);
  if (!row) return tl::unexpected(row.error());
  if (!*row) return fail("no silence " + id + ": see analyzer silence list");
  auto silence = decode_silence(**row);
  if (!silence) return silence;
  if (silence->id != id) return fail("silence " + id + ": another id inside");
  const Moment now = wall_clock();
  if (!silence->in_force(now)) return fail("silence " + id + " is over already");
  silence->ends = std::max(now, silence->created);
  silence->removed_by = author_or_user(by);
  if (auto set = redis.set_field(kHome, kSilencesKey, id, encode_silence(*silence)); !set)
    return tl::unexpected(set.error());
  return silence;
}

}  // namespace da
