#include "analyzer/replay/recording.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.h"

using namespace da;
using namespace da::test;

namespace {

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// What can be read, and why that was all.
std::pair<std::vector<RecordedBatch>, std::string> read(const std::string& path) {
  auto reader = RecordingReader::open(path);
  if (!reader) return {{}, reader.error().message()};
  std::vector<RecordedBatch> batches;
  while (auto batch = reader->next())
    batches.push_back(*std::move(batch));
  return {std::move(batches), reader->error() ? reader->error()->message() : ""};
}

}  // namespace

SCENARIO("a recording is read as it was written") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/r";
  auto writer = RecordingWriter::create(path, 300);
  REQUIRE(writer);
  const std::string large(1U << 20U, 'x');
  REQUIRE(writer->write(ShardId{7}, "payload"));
  REQUIRE(writer->write(ShardId{299}, ""));
  REQUIRE(writer->write(ShardId{0}, large));
  REQUIRE(writer->finish());
  CHECK(writer->batches() == 3);
  CHECK(writer->bytes() == 7 + large.size());
  const auto [batches, problem] = read(path);
  CHECK(problem.empty());
  REQUIRE(batches.size() == 3);
  CHECK(batches[0].shard == ShardId{7});
  CHECK(batches[0].payload == "payload");
  CHECK(batches[1].shard == ShardId{299});
  CHECK(batches[1].payload.empty());
  CHECK(batches[2].payload == large);

  CHECK(RecordingWriter::create(path, 16).error().message() == path + ": exists already");
  CHECK(RecordingReader::open(path)->shards() == 300);
}

SCENARIO("what is cut off ends with its last whole batch, and says so") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/r";
  auto writer = RecordingWriter::create(path, 16);
  REQUIRE(writer);
  for (int i = 0; i < 3; ++i)
    REQUIRE(writer->write(ShardId{1}, "payload"));
  REQUIRE(writer->finish());
  const std::string whole = bytes_of(path);
  const std::size_t one = 6 + 7;
  for (std::size_t missing = 1; missing < 2 * one; ++missing) {
    write(path, whole.substr(0, whole.size() - missing));
    const auto [batches, problem] = read(path);
    const std::size_t left = 3 - (missing + one - 1) / one;
    CHECK(batches.size() == left);
    if (missing % one == 0) {
      CHECK(problem.empty());
    } else {
      CHECK(problem == path + ": cut off after " + std::to_string(left) + " batches");
    }
  }
}

SCENARIO("what is no recording, or damaged, is refused before memory is taken") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/r";
  CHECK(read(path).second == path + ": cannot be read");
  const std::string title = "docker-anomalies recording 1, 16 shards\n";
  for (const std::string& bytes : {std::string(), std::string("hello\n"), std::string(100, 'x'),
                                   std::string("docker-anomalies recording 2, 16 shards\n"),
                                   std::string("docker-anomalies recording 1, 0 shards\n"),
                                   std::string("docker-anomalies recording 1, 99999 shards\n"),
                                   std::string("docker-anomalies recording 1, 16x shards\n")}) {
    write(path, bytes);
    CHECK(read(path).second == path + ": not a recording of batches");
  }
  write(path, title);
  CHECK(read(path).second.empty());
  write(path, title + std::string("\x01\x00\xff\xff\xff\x7f", 6));
  CHECK(read(path).second == path + ": damaged after 0 batches");
  write(path, title + std::string("\x10\x00\x01\x00\x00\x00x", 7));
  CHECK(read(path).second == path + ": damaged after 0 batches");
}
