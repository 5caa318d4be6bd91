#include "analyzer/intake/stream_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "proto/codec.h"
#include "proto/redis_functions/library.h"
#include "proto/stream_key.h"

namespace da {
namespace {

using redis::Reply;

// One entry of every shard always fits, however large they are, so COUNT 1 gets past anything that is
// not itself beyond the limits.
redis::ClientOptions client_options(std::uint16_t shard_count) {
  redis::ClientOptions options;
  options.limits.bytes = 2 * WireLimits::payload_bytes * std::max<std::size_t>(shard_count, 8);
  options.limits.elements = 1U << 17U;
  return options;
}

StreamEntry parse_entry(ShardId shard, StreamPosition position, std::vector<Reply>& fields) {
  StreamEntry entry{shard, position, {}, EntryFault::none};
  if (fields.size() != 2 || fields[0].text != kBatchField || !fields[1].is(Reply::Kind::string)) {
    entry.fault = EntryFault::no_batch;
  } else if (fields[1].text.size() > WireLimits::payload_bytes) {
    entry.fault = EntryFault::oversized;
  } else {
    entry.payload = std::move(fields[1].text);
  }
  return entry;
}

}  // namespace

StreamReader::StreamReader(const asio::any_io_executor& executor, redis::Endpoint endpoint,
                           std::uint16_t shard_count, std::size_t count)
    : most_(std::max<std::size_t>(count, 1)),
      count_(most_),
      client_(executor, std::move(endpoint), client_options(shard_count)) {}

asio::awaitable<Result<std::vector<StreamEntry>>> StreamReader::read(std::vector<ReadFrom> from,
                                                                     std::chrono::milliseconds block) {
  constexpr std::size_t kReadsUntilMore = 16;
  constexpr std::chrono::milliseconds kAnswerTime{5000};
  if (std::exchange(suspicious_, false)) {
    auto found = co_await find_unreadable(from);
    if (!found || !found->empty()) co_return found;
  }
  asked_ = count_;
  // BLOCK 0 would wait for ever.
  auto words = redis::args("XREAD", "COUNT", std::to_string(count_), "BLOCK",
                           std::to_string(std::max<std::int64_t>(block.count(), 1)), "STREAMS");
  for (const ReadFrom& each : from)
    words.push_back(stream_key(each.shard));
  for (const ReadFrom& each : from)
    words.push_back(each.position.text());

  auto reply = co_await client_.command(std::move(words), block + kAnswerTime);
  const bool too_large = !reply && reply.error().code == std::errc::message_size;
  const bool too_slow = !reply && reply.error().code == std::errc::timed_out;
  if (too_large || too_slow) {
    // Less at once; and if one entry is too much already, look which it is.
    suspicious_ = count_ == 1;
    count_ = std::max<std::size_t>(count_ / 2, 1);
    well_ = 0;
  }
  if (too_large) {
    if (auto opened = co_await client_.connect(); !opened) co_return tl::unexpected(opened.error());
    co_return std::vector<StreamEntry>{};
  }
  reply = redis::accept(std::move(reply), "read the streams");
  if (!reply) co_return tl::unexpected(reply.error());
  if (count_ < most_ && ++well_ >= kReadsUntilMore) {
    count_ = std::min(count_ * 2, most_);
    well_ = 0;
  }
  co_return parse_entries(std::move(*reply), from);
}

asio::awaitable<Result<std::vector<StreamEntry>>> StreamReader::find_unreadable(std::vector<ReadFrom> from) {
  std::vector<StreamEntry> found;
  for (const ReadFrom& each : from) {
    const ShardId shard = each.shard;
    const auto reply =
        redis::accept(co_await client_.command(
                          redis::args("FCALL", kPeekFunction, "1", stream_key(shard), each.position.text())),
                      "look at a stream");
    if (!reply) co_return tl::unexpected(reply.error());
    if (reply->is(Reply::Kind::nil)) continue;
    if (reply->elements.size() != 3) co_return fail("look at a stream: unexpected reply");
    const auto position = StreamPosition::from(reply->elements[0].text);
    if (!position) co_return fail("look at a stream: not an entry id");
    const auto size = static_cast<std::uint64_t>(reply->elements[1].integer);
    if (reply->elements[2].integer != 2) {
      found.push_back({shard, *position, {}, EntryFault::no_batch});
    } else if (size > WireLimits::payload_bytes + kBatchField.size()) {
      found.push_back({shard, *position, {}, EntryFault::oversized});
    }
  }
  co_return found;
}

Result<std::vector<StreamEntry>> parse_entries(Reply reply, const std::vector<ReadFrom>& from) {
  const auto unexpected = [](std::string_view what) {
    return fail(fmt::format("read the streams: {}", what));
  };
  std::vector<StreamEntry> entries;
  if (reply.is(Reply::Kind::nil)) return entries;  // nothing within BLOCK
  if (!reply.is(Reply::Kind::array)) return unexpected("not an array");
  for (Reply& stream : reply.elements) {
    if (stream.elements.size() != 2) return unexpected("not a stream with its entries");
    const auto asked = std::find_if(from.begin(), from.end(), [&](const ReadFrom& each) {
      return stream_key(each.shard) == stream.elements[0].text;
    });
    if (asked == from.end()) return unexpected("a stream that was not asked for");
    for (Reply& entry : stream.elements[1].elements) {
      if (entry.elements.size() != 2) return unexpected("not an entry");
      const auto position = StreamPosition::from(entry.elements[0].text);
      if (!position) return unexpected("not an entry id");
      entries.push_back(parse_entry(asked->shard, *position, entry.elements[1].elements));
    }
  }
  return entries;
}

}  // namespace da
