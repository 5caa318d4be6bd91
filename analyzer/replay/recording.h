// A file of batches as they came: what `analyzer record` writes and `analyzer replay` reads.
//
// A line "docker-anomalies recording 1, N shards", then for each batch its shard (2 bytes), the size of its
// payload (4 bytes), both little endian, and the payload as docs/wire-format.md has it. What is read is
// hostile: sizes are checked before memory is taken; a file that was cut off ends with its last whole batch.
//
//   auto writer = RecordingWriter::create("web.batches", 16);   writer->write(shard, payload);
//   auto reader = RecordingReader::open("web.batches");
//   while (auto batch = reader->next()) ...                     // reader->error() tells why it ended, if not
//   by the end
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "common/result.h"
#include "proto/ids.h"

namespace da {

struct RecordedBatch {
  ShardId shard{};
  std::string payload;
};

class RecordingWriter {
 public:
  /// Fails for a file that exists: a recording is not to be lost by mistake.
  [[nodiscard]] static Result<RecordingWriter> create(const std::string& path, std::uint16_t shards);

  /// Precondition: payload.size() <= WireLimits::payload_bytes.
  [[nodiscard]] Result<> write(ShardId shard, std::string_view payload);
  /// All is in the file.
  [[nodiscard]] Result<> finish();

  [[nodiscard]] std::uint64_t batches() const noexcept { return batches_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  RecordingWriter(std::string path, std::ofstream file) : path_(std::move(path)), file_(std::move(file)) {}
  [[nodiscard]] Result<> check();

  std::string path_;
  std::ofstream file_;
  std::uint64_t batches_ = 0;
  std::uint64_t bytes_ = 0;
};

class RecordingReader {
 public:
  [[nodiscard]] static Result<RecordingReader> open(const std::string& path);

  [[nodiscard]] std::uint16_t shards() const noexcept { return shards_; }
  /// Nothing at the end, or after an error.
  [[nodiscard]] std::optional<RecordedBatch> next();
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

 private:
  RecordingReader(std::string path, std::ifstream file, std::uint16_t shards)
      : path_(std::move(path)), file_(std::move(file)), shards_(shards) {}

  std::string path_;
  std::ifstream file_;
  std::uint16_t shards_;
  std::uint64_t batches_ = 0;
  std::optional<Error> error_;
};

}  // namespace da
