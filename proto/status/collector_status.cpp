#include "proto/status/collector_status.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace da {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr std::size_t kLongestHost = 255;
constexpr std::size_t kLongestText = 128;

Json text(const std::string& raw) {
  return raw.substr(0, kLongestText);
}

Json row_of(const ContainerStatus& container) {
  return {{"id", text(container.id)},       {"name", text(container.name)}, {"image", text(container.image)},
          {"coverage", container.coverage}, {"stopped", container.stopped}, {"lost", container.records_lost}};
}

std::string text_of(const Json& row, const char* name, std::size_t longest = kLongestText) {
  return row.at(name).get<std::string>().substr(0, longest);
}

std::uint64_t count_of(const Json& row, const char* name) {
  // Sums of them must not overflow, whatever a row claims.
  constexpr std::uint64_t kMost = 1'000'000'000'000'000;
  return std::min(row.at(name).get<std::uint64_t>(), kMost);
}

double share_of(const Json& row, const char* name) {
  const double share = row.at(name).get<double>();
  return std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0;
}

ContainerStatus container_from(const Json& row) {
  ContainerStatus container;
  container.id = text_of(row, "id");
  container.name = text_of(row, "name");
  container.image = text_of(row, "image");
  container.coverage = share_of(row, "coverage");
  container.stopped = share_of(row, "stopped");
  container.records_lost = count_of(row, "lost");
  return container;
}

CollectorStatus status_from(const Json& row) {
  CollectorStatus status;
  status.host = text_of(row, "host", kLongestHost);
  status.version = text_of(row, "version");
  status.epoch = Epoch{row.at("epoch").get<std::uint64_t>()};
  status.since_ns = row.at("since_ns").get<std::int64_t>();
  status.stopped = row.at("stopped").get<bool>();
  status.hears_docker = row.at("hears_docker").get<bool>();
  status.can_attach = row.at("can_attach").get<bool>();
  status.containers = count_of(row, "containers");
  status.tasks = count_of(row, "tasks");
  status.coverage = share_of(row, "coverage");
  status.overhead = share_of(row, "overhead");
  status.records = count_of(row, "records");
  status.lost_queue = count_of(row, "lost_queue");
  status.lost_retention = count_of(row, "lost_retention");
  status.batches_refused = count_of(row, "batches_refused");
  status.records_waiting = count_of(row, "records_waiting");
  status.retention_bytes = count_of(row, "retention_bytes");
  status.retention_limit = count_of(row, "retention_limit");
  status.loss_began_ns = row.at("loss_began_ns").get<std::int64_t>();
  status.loss_ended_ns = row.at("loss_ended_ns").get<std::int64_t>();
  status.not_listed = count_of(row, "not_listed");
  return status;
}

}  // namespace

std::string encode_status(CollectorStatus status) {
  const auto worse = [](const ContainerStatus& a, const ContainerStatus& b) {
    if (a.records_lost != b.records_lost) return a.records_lost > b.records_lost;
    return a.coverage != b.coverage ? a.coverage < b.coverage : a.id < b.id;
  };
  std::ranges::stable_sort(status.listed, worse);
  const auto list_fewer = [&](std::size_t count) {
    status.not_listed += status.listed.size() - count;
    status.listed.resize(count);
  };
  if (status.listed.size() > kMostListedContainers) list_fewer(kMostListedContainers);
  while (true) {
    Json listed = Json::array();
    for (const ContainerStatus& container : status.listed)
      listed.push_back(row_of(container));
    const Json row = {{"version", text(status.version)},
                      {"v", kVersion},
                      {"host", status.host.substr(0, kLongestHost)},
                      {"epoch", to_raw(status.epoch)},
                      {"since_ns", status.since_ns},
                      {"stopped", status.stopped},
                      {"hears_docker", status.hears_docker},
                      {"can_attach", status.can_attach},
                      {"containers", status.containers},
                      {"tasks", status.tasks},
                      {"coverage", status.coverage},
                      {"overhead", status.overhead},
                      {"records", status.records},
                      {"lost_queue", status.lost_queue},
                      {"lost_retention", status.lost_retention},
                      {"batches_refused", status.batches_refused},
                      {"records_waiting", status.records_waiting},
                      {"retention_bytes", status.retention_bytes},
                      {"retention_limit", status.retention_limit},
                      {"loss_began_ns", status.loss_began_ns},
                      {"loss_ended_ns", status.loss_ended_ns},
                      {"listed", std::move(listed)},
                      {"not_listed", status.not_listed}};
    std::string encoded = row.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (encoded.size() <= kLongestStatus || status.listed.empty()) return encoded;
    list_fewer(status.listed.size() / 2);
  }
}

Result<CollectorStatus> decode_status(std::string_view row) {
  if (row.size() > kLongestStatus) return fail("a collector's status is too long");
  try {
    const Json all = Json::parse(row);
    if (all.at("v") != kVersion) return fail("a collector's status of another version");
    CollectorStatus status = status_from(all);
    for (const Json& each : all.at("listed")) {
      if (status.listed.size() >= kMostListedContainers) return fail("too many containers in a status");
      status.listed.push_back(container_from(each));
    }
    return status;
  } catch (const Json::exception& error) {
    return fail(std::string("a collector's status cannot be read: ") + error.what());
  }
}

}  // namespace da
