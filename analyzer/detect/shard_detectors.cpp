#include "analyzer/detect/shard_detectors.h"

#include <charconv>
#include <iterator>
#include <optional>

#include "proto/fnv1a.h"

namespace da {
namespace {

struct PartName {
  ShardId home{};
  std::string_view id;
};

std::optional<PartName> parse_part(std::string_view part) noexcept {
  std::uint16_t home = 0;
  const auto [slash, problem] = std::from_chars(part.data(), part.data() + part.size(), home);
  const auto at = static_cast<std::size_t>(slash - part.data());
  if (problem != std::errc{} || at >= part.size() || part[at] != '/') return std::nullopt;
  return PartName{ShardId{home}, part.substr(at + 1)};
}

}  // namespace

ShardDetectors::ShardDetectors(const DetectorOptions& options, std::uint16_t shard_count)
    : options_(options),
      shard_count_(shard_count),
      known_(options.life, options.score),
      curator_(options.life, options.score) {}

ShardId ShardDetectors::home_of(const std::string& image) const noexcept {
  return ShardId{static_cast<std::uint16_t>(fnv1a(image) % shard_count_)};
}

std::vector<std::string> ShardDetectors::take_up(ShardId shard, const Saved& saved) {
  std::vector<std::string> problems;
  const auto note = [&](const std::string& what, const Result<>& result) {
    if (!result) problems.push_back(what + ": " + result.error().message());
  };
  auto& detector = detectors_[shard];
  detector = std::make_unique<Detector>(options_, known_);
  ++homes_version_;
  for (const auto& [id, blob] : saved.known) {
    note(id, curator_.load(id, blob));
    note(id, known_.take(id, blob));
  }
  for (const auto& [part, blob] : saved.parts) {
    const auto name = parse_part(part);
    if (name) {
      note(part, detector->load(name->id, blob));
    } else {
      problems.push_back(part + ": not a part");
    }
  }
  for (const auto& [id, blob] : saved.threads)
    note(id, detector->load_thread(id, blob));
  return problems;
}

void ShardDetectors::give_up(ShardId shard) {
  detectors_.erase(shard);
  to_publish_.erase(shard);
  for (const std::string& image : curator_.images()) {
    if (home_of(image) == shard) curator_.forget(image);
  }
}

std::vector<Alert> ShardDetectors::process(ShardId shard, const SyscallBatch& batch,
                                           const BatchContinuity& continuity) {
  return detectors_.at(shard)->process(batch, continuity);
}

ShardDetectors::Changes ShardDetectors::take_changes(ShardId shard) {
  Changes changes;
  Detector& detector = *detectors_.at(shard);
  for (SavedBlob& part : detector.take_changed())
    changes.parts.insert_or_assign(std::to_string(to_raw(home_of(part.image))) + '/' + part.id,
                                   std::move(part.blob));
  changes.threads = detector.take_changed_threads();
  changes.known = std::exchange(to_publish_[shard], {});
  return changes;
}

bool ShardDetectors::curates(std::string_view part) const noexcept {
  const auto name = parse_part(part);
  return name && detectors_.contains(name->home);
}

Result<> ShardDetectors::take_part(ShardId shard, std::string_view part, std::string blob) {
  const auto name = parse_part(part);
  if (!name) return fail("not a part");
  if (!detectors_.contains(name->home)) return {};
  return curator_.take_part(shard, name->id, std::move(blob));
}

bool ShardDetectors::curate(std::size_t most) {
  for (SavedBlob& whole : curator_.advance(most)) {
    const ShardId home = home_of(whole.image);
    // Someone's part under another home's name.
    if (!detectors_.contains(home)) continue;
    static_cast<void>(known_.take(whole.id, whole.blob));
    to_publish_[home].insert_or_assign(std::move(whole.id), std::move(whole.blob));
  }
  for (const std::string& image : known_.take_changed()) {
    for (const auto& [shard, detector] : detectors_)
      detector->follow(image);
  }
  return !curator_.is_due();
}

std::vector<Transition> ShardDetectors::take_transitions() {
  auto transitions = curator_.take_transitions();
  for (const auto& [shard, detector] : detectors_) {
    auto more = detector->take_transitions();
    std::move(more.begin(), more.end(), std::back_inserter(transitions));
  }
  return transitions;
}

}  // namespace da
