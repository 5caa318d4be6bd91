#include "analyzer/replay/replay_command.h"

#include <csignal>
#include <deque>
#include <functional>
#include <optional>

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "analyzer/config.h"
#include "analyzer/replay/recording.h"
#include "analyzer/replay/replay_report.h"
#include "analyzer/replay/stream_source.h"
#include "common/command_line.h"

namespace da {
namespace {

int refuse(std::string_view command, const Error& error) {
  fmt::print(stderr, "analyzer {}: {}\n", command, error.message());
  return kExitFailure;
}

/// Each replay, with every batch of the recording or of Redis.
Result<> feed(const ReplayOptions& options, const AnalyzerConfig& config, std::deque<Replay>& replays,
              const std::function<void(std::uint16_t)>& begin) {
  const auto take = [&](ShardId shard, std::string_view payload) -> Result<> {
    for (Replay& replay : replays)
      replay.take(shard, payload);
    return {};
  };
  if (options.redis) {
    begin(config.shards);
    asio::io_context io{1};
    StreamSource source(io.get_executor(), config.redis, config.shards, take);
    Result<> read;
    asio::co_spawn(io, source.read_present(), [&](const std::exception_ptr& bug, Result<> done) {
      if (bug) std::rethrow_exception(bug);
      read = std::move(done);
    });
    io.run();
    return read;
  }
  auto reader = RecordingReader::open(options.recording);
  if (!reader) return tl::unexpected(reader.error());
  begin(reader->shards());
  while (const auto batch = reader->next())
    static_cast<void>(take(batch->shard, batch->payload));
  if (reader->error()) return tl::unexpected(*reader->error());
  return {};
}

}  // namespace

int run_record(const RecordOptions& options) {
  const AnalyzerConfig config = read_analyzer_config(options.config);
  set_log_level(config.log_level);
  auto writer = RecordingWriter::create(options.recording, config.shards);
  if (!writer) return refuse("record", writer.error());

  asio::io_context io{1};
  StreamSource source(io.get_executor(), config.redis, config.shards,
                      [&](ShardId shard, std::string_view payload) { return writer->write(shard, payload); });
  asio::signal_set signals(io, SIGTERM, SIGINT);
  asio::steady_timer end(io);
  Result<> followed;
  asio::co_spawn(io, source.follow(), [&](const std::exception_ptr& bug, Result<> done) {
    if (bug) std::rethrow_exception(bug);
    followed = std::move(done);
    signals.cancel();
    end.cancel();
  });
  signals.async_wait([&](const error_code& error, int) {
    if (!error) source.stop();
  });
  if (options.seconds > 0) {
    end.expires_after(std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds * 1000)));
    end.async_wait([&](const error_code& error) {
      if (!error) source.stop();
    });
  }
  log_info("recording", "redis", redis::describe(config.redis), "to", options.recording);
  io.run();
  const auto finished = writer->finish();
  log_info("recorded", "batches", writer->batches(), "bytes", writer->bytes());
  if (!followed) return refuse("record", followed.error());
  return finished ? kExitOk : refuse("record", finished.error());
}

int run_replay(const ReplayOptions& options) {
  const AnalyzerConfig config = read_analyzer_config(options.config);
  set_log_level(config.log_level);
  std::optional<AnalyzerConfig> against;
  if (!options.against.empty())
    against = read_analyzer_config(ConfigSources{options.against, {}, options.config.environment});

  std::deque<Replay> replays;
  const auto fed = feed(options, config, replays, [&](std::uint16_t shards) {
    replays.emplace_back(config.detector, shards);
    if (against) replays.emplace_back(against->detector, shards);
  });
  if (!fed && replays.empty()) return refuse("replay", fed.error());
  const ReplayResult first = replays.front().finish();
  if (against) {
    const ReplayResult second = replays.back().finish();
    fmt::print("{}", options.json ? difference_json(first, second) + '\n' : difference_text(first, second));
  } else {
    fmt::print("{}", options.json ? replay_json(first) + '\n' : replay_text(first));
  }
  // What there was is told, and that it was not all.
  return fed ? kExitOk : refuse("replay", fed.error());
}

}  // namespace da
