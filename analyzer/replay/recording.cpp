#include "analyzer/replay/recording.h"

#include <array>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "proto/codec.h"

namespace da {
namespace {

constexpr std::string_view kTitle = "docker-anomalies recording 1, ";
constexpr std::string_view kTitleEnd = " shards";
constexpr std::size_t kLongestTitle = 64;
constexpr std::uint16_t kMostShards = 1024;

/// Shard and size, before each payload.
using Head = std::array<char, 6>;

Head head_of(ShardId shard, std::uint32_t size) {
  Head head{};
  for (unsigned i = 0; i < 2; ++i)
    head[i] = static_cast<char>(to_raw(shard) >> (8 * i));
  for (unsigned i = 0; i < 4; ++i)
    head[2 + i] = static_cast<char>(size >> (8 * i));
  return head;
}

std::uint32_t number_in(const Head& head, std::size_t first, std::size_t bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = bytes; i > 0; --i)
    number = (number << 8U) | static_cast<unsigned char>(head[first + i - 1]);
  return number;
}

std::optional<std::uint16_t> shards_in(std::string_view title) {
  if (!title.starts_with(kTitle) || !title.ends_with(kTitleEnd)) return std::nullopt;
  title.remove_prefix(kTitle.size());
  title.remove_suffix(kTitleEnd.size());
  std::uint16_t shards = 0;
  const auto [end, problem] = std::from_chars(title.data(), title.data() + title.size(), shards);
  if (problem != std::errc() || end != title.data() + title.size() || shards == 0 || shards > kMostShards)
    return std::nullopt;
  return shards;
}

}  // namespace

Result<RecordingWriter> RecordingWriter::create(const std::string& path, std::uint16_t shards) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return fail(path + ": exists already");
  std::ofstream file(path, std::ios::binary);
  if (!file) return fail(path + ": cannot be written");
  file << kTitle << shards << kTitleEnd << '\n';
  RecordingWriter writer(path, std::move(file));
  if (auto well = writer.check(); !well) return tl::unexpected(well.error());
  return writer;
}

Result<> RecordingWriter::write(ShardId shard, std::string_view payload) {
  const Head head = head_of(shard, static_cast<std::uint32_t>(payload.size()));
  file_.write(head.data(), head.size());
  file_.write(payload.data(), static_cast<std::streamsize>(payload.size()));
  ++batches_;
  bytes_ += payload.size();
  return check();
}

Result<> RecordingWriter::finish() {
  file_.flush();
  return check();
}

Result<> RecordingWriter::check() {
  if (file_) return {};
  return fail(path_ + ": cannot be written to the end (is the disk full?)");
}

Result<RecordingReader> RecordingReader::open(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(path + ": cannot be read");
  std::string title(kLongestTitle, '\0');
  file.getline(title.data(), static_cast<std::streamsize>(title.size()));
  const auto shards = file ? shards_in(title.c_str()) : std::nullopt;
  if (!shards) return fail(path + ": not a recording of batches");
  return RecordingReader(path, std::move(file), *shards);
}

std::optional<RecordedBatch> RecordingReader::next() {
  if (error_) return std::nullopt;
  const auto refuse = [&](std::string_view what) -> std::optional<RecordedBatch> {
    error_ = Error{{}, fmt::format("{}: {} after {} batches", path_, what, batches_)};
    return std::nullopt;
  };
  Head head{};
  file_.read(head.data(), head.size());
  if (file_.gcount() == 0) return std::nullopt;
  if (!file_) return refuse("cut off");
  RecordedBatch batch{ShardId{static_cast<std::uint16_t>(number_in(head, 0, 2))}, {}};
  const std::uint32_t size = number_in(head, 2, 4);
  if (to_raw(batch.shard) >= shards_ || size > WireLimits::payload_bytes) return refuse("damaged");
  batch.payload.resize(size);
  file_.read(batch.payload.data(), static_cast<std::streamsize>(size));
  if (!file_) return refuse("cut off");
  ++batches_;
  return batch;
}

}  // namespace da
