#include "analyzer/operate/order_desk.h"

#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

#include <pwd.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/detect/blob_id.h"
#include "analyzer/detect/home_shard.h"
#include "analyzer/notify/mail_view.h"
#include "analyzer/notify/row_codec.h"
#include "analyzer/notify/safe_text.h"
#include "analyzer/operate/output.h"
#include "analyzer/store/commit.h"
#include "analyzer/store/decisions_codec.h"

namespace da {
namespace {

using namespace std::chrono_literals;

ShardId home_of(RedisSession& redis, const std::string& image) {
  return home_shard(image, static_cast<std::uint16_t>(redis.shards().size()));
}

std::string new_order_id() {
  std::random_device random;
  return fmt::format("o-{:08x}{:08x}", random(), random());
}

}  // namespace

std::string user_at_keyboard() {
  if (const char* before_sudo = std::getenv("SUDO_USER"); before_sudo != nullptr && *before_sudo != '\0')
    return before_sudo;
  if (const passwd* user = ::getpwuid(::getuid())) return user->pw_name;
  return "uid " + std::to_string(::getuid());
}

Result<Decisions> decisions_of(RedisSession& redis, const std::string& image) {
  const auto blob = redis.field(home_of(redis, image), kKnownKey, decisions_blob_id(image));
  if (!blob) return tl::unexpected(blob.error());
  if (!*blob) return Decisions{};
  return decode_decisions(**blob);
}

Result<CarriedOut> carry_out(RedisSession& redis, Order order, const std::string& bundle,
                             std::chrono::milliseconds patience) {
  order.id = new_order_id();
  if (order.author.empty()) order.author = user_at_keyboard();
  order.time_ns = now_ns();
  const std::string image = order.about.image;
  const ShardId home = home_of(redis, image);
  if (auto left = redis.leave_order(home, order.id, encode_order(order), bundle); !left)
    return tl::unexpected(left.error());
  for (const auto end = std::chrono::steady_clock::now() + patience;;) {
    const auto waits = redis.field(home, kOrdersKey, order.id);
    if (!waits) return tl::unexpected(waits.error());
    if (!*waits) break;
    if (std::chrono::steady_clock::now() >= end) {
      return fail("no analyzer has carried out order " + order.id + " yet; it stays in redis until one does");
    }
    std::this_thread::sleep_for(50ms);
  }
  const auto decisions = decisions_of(redis, image);
  if (!decisions) return tl::unexpected(decisions.error());
  for (const CarriedOut& done : decisions->orders) {
    if (done.order != order.id) continue;
    if (!done.refused.empty()) return fail("refused: " + done.refused);
    return done;
  }
  return fail("refused: the analyzers know nothing of image " + order.image_name);
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int place_order(RedisSession& redis, Order order, const std::string& bundle, bool json,
                const std::optional<SignatureCheck>& signature) {
  const auto done = carry_out(redis, std::move(order), bundle, 10s);
  if (!done) return refuse(done.error());
  if (json) {
    nlohmann::ordered_json answer = {
        {"order", plain_text(done->order)},   {"verb", plain_text(done->verb)},
        {"target", plain_text(done->target)}, {"by", plain_text(done->author)},
        {"time", utc_time(done->time_ns)},    {"comment", plain_text(done->comment)}};
    if (signature) {
      answer["signature"] = {{"key", nullptr}, {"verified", signature->verified}};
      if (!signature->key.empty()) answer["signature"]["key"] = signature->key;
    }
    return print_all(answer.dump(2, ' ', true) + '\n');
  }
  std::string text = fmt::format("{} {}: done\n", plain_text(done->verb), plain_text(done->target));
  if (signature) text += signature_words(*signature) + '\n';
  return print_all(text);
}

}  // namespace da
