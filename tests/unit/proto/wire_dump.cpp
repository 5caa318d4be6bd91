// Writes batches for the independent reader: FOLDER/N.payload as encoded, and FOLDER/N.json with what the
// batch holds, one JSON object in the form that tests/support/wire_reader.py prints.
//
//   wire_dump FOLDER
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

#include "proto/codec.h"
#include "proto/compression.h"
#include "tests/support/batches.h"

namespace {

using da::SyscallBatch;
using nlohmann::json;

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += kDigits[static_cast<unsigned char>(c) >> 4U];
    out += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  return out;
}

json records_of(const SyscallBatch& batch, std::size_t first, std::size_t count) {
  json records = json::array();
  for (std::size_t i = first; i < first + count; ++i) {
    json args = json::array();
    for (std::size_t a = 0; a < batch.arg_counts[i]; ++a)
      args.push_back(batch.args[i][a]);
    json captures = json::array();
    for (const da::BatchCapture& capture : batch.captures) {
      if (capture.record != i) continue;
      captures.push_back({{"arg", capture.arg},
                          {"kind", static_cast<int>(capture.kind)},
                          {"truncated", capture.truncated},
                          {"bytes", hex(capture.bytes)}});
    }
    records.push_back({{"call", static_cast<std::uint32_t>(batch.calls[i])},
                       {"args", args},
                       {"result", batch.results[i] == da::kNoResult ? json() : json(batch.results[i])},
                       {"time", batch.times_ns[i]},
                       {"captures", captures}});
  }
  return records;
}

/// Texts as hex, since JSON holds no arbitrary bytes.
json json_of(const SyscallBatch& batch) {
  json origins = json::array();
  for (const da::Origin& origin : batch.origins) {
    origins.push_back({{"container_id", hex(origin.container_id)},
                       {"container_name", hex(origin.container_name)},
                       {"image", hex(origin.image)},
                       {"image_id", hex(origin.image_id)},
                       {"executable", hex(origin.executable)},
                       {"parent_executable", hex(origin.parent_executable)},
                       {"command_line", hex(origin.command_line)},
                       {"parent_pid", to_raw(origin.parent_pid)},
                       {"arch", static_cast<int>(origin.arch)},
                       {"labels", hex(origin.labels)}});
  }
  json segments = json::array();
  std::size_t first = 0;
  for (const da::Segment& segment : batch.segments) {
    segments.push_back({{"task", to_raw(segment.task)},
                        {"tid", to_raw(segment.tid)},
                        {"pid", to_raw(segment.pid)},
                        {"flags", segment.flags},
                        {"origin", segment.origin},
                        {"lost", segment.lost},
                        {"records", records_of(batch, first, segment.record_count)}});
    first += segment.record_count;
  }
  return {{"host", hex(batch.header.host)},
          {"epoch", to_raw(batch.header.epoch)},
          {"seq", batch.header.sequence},
          {"r0", batch.header.records_before},
          {"t0", batch.header.start_ns},
          {"origins", origins},
          {"segments", segments}};
}

bool write(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  return static_cast<bool>(file.flush());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: wire_dump FOLDER\n";
    return 2;
  }
  std::vector<SyscallBatch> batches = {da::test::sample_batch(), {}};
  for (std::uint32_t seed = 1; seed <= 50; ++seed)
    batches.push_back(da::test::random_batch(seed));
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const std::string name = std::string(argv[1]) + "/" + std::to_string(i);
    const std::string payload = da::encode(batches[i]);
    if (!write(name + ".payload", payload) || !write(name + ".lz4", da::compress(payload)) ||
        !write(name + ".json", json_of(batches[i]).dump())) {
      std::cerr << "cannot write " << name << "\n";
      return 1;
    }
  }
  return 0;
}
