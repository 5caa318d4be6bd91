#include "analyzer/detect/shard_detectors.h"

#include <charconv>
#include <iterator>
#include <optional>

#include "analyzer/detect/home_shard.h"
#include "analyzer/detect/predecessor.h"
#include "analyzer/notify/row_codec.h"

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
  return home_shard(image, shard_count_);
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
  if (const auto found = detectors_.find(shard); found != detectors_.end()) {
    former_ += found->second->counters();
    former_.threads = 0;
    detectors_.erase(found);
  }
  to_publish_.erase(shard);
  orders_taken_.erase(shard);
  urgent_.erase(shard);
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
  for (SavedBlob& part : detector.take_changed()) {
    std::string name = std::to_string(to_raw(home_of(part.image))) + '/' + part.id;
    if (part.gone) {
      changes.parts_gone.push_back(std::move(name));
    } else {
      changes.parts.insert_or_assign(std::move(name), std::move(part.blob));
    }
  }
  changes.threads = detector.take_changed_threads();
  Published published = std::exchange(to_publish_[shard], {});
  changes.known = std::move(published.set);
  changes.known_gone.assign(published.gone.begin(), published.gone.end());
  changes.orders_done = std::move(published.orders_done);
  return changes;
}

std::vector<LiveRow> ShardDetectors::take_live(ShardId shard, double seconds) {
  const auto found = detectors_.find(shard);
  return found == detectors_.end() ? std::vector<LiveRow>{} : found->second->take_live(seconds);
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

void ShardDetectors::begin_from_predecessors() {
  if (!options_.life.from_predecessor) return;
  for (const auto& [id, name] : curator_.new_images()) {
    const ShardId home = home_of(id);
    if (!detectors_.contains(home)) continue;
    const Image* predecessor = predecessor_of(id, name, known_.images());
    if (predecessor == nullptr) continue;
    for (SavedBlob& blob : curator_.begin_from(*predecessor, id))
      publish(home, std::move(blob));
  }
}

bool ShardDetectors::curate(std::size_t most) {
  begin_from_predecessors();
  for (SavedBlob& whole : curator_.advance(most)) {
    const ShardId home = home_of(whole.image);
    // Someone's part under another home's name.
    if (!detectors_.contains(home)) continue;
    publish(home, std::move(whole));
  }
  for (const std::string& image : known_.take_changed()) {
    for (const auto& [shard, detector] : detectors_)
      detector->follow(image);
  }
  return !curator_.is_due();
}

void ShardDetectors::publish(ShardId home, SavedBlob blob) {
  Published& published = to_publish_[home];
  if (blob.gone) {
    published.set.erase(blob.id);
    if (blob.id == image_blob_id(blob.image)) known_.drop(blob.image);
    published.gone.insert(std::move(blob.id));
    return;
  }
  static_cast<void>(known_.take(blob.id, blob.blob));
  published.gone.erase(blob.id);
  published.set.insert_or_assign(std::move(blob.id), std::move(blob.blob));
}

std::vector<std::string> ShardDetectors::new_orders(ShardId shard, const std::vector<std::string>& left) {
  std::set<std::string>& taken = orders_taken_[shard];
  const std::set<std::string> there(left.begin(), left.end());
  std::erase_if(taken, [&](const std::string& id) { return !there.contains(id); });
  std::vector<std::string> fresh;
  for (const std::string& id : left) {
    // A bundle comes with its order; one that lost it is dropped like an order that makes no sense.
    const bool is_bundle =
        id.ends_with(kBundleSuffix) && there.contains(id.substr(0, id.size() - kBundleSuffix.size()));
    if (!is_bundle && !taken.contains(id)) fresh.push_back(id);
  }
  return fresh;
}

Result<> ShardDetectors::carry_out(ShardId shard, const std::string& id, std::string_view row,
                                   std::string_view bundle) {
  if (!holds(shard) || !orders_taken_[shard].insert(id).second) return {};
  Published& published = to_publish_[shard];
  published.orders_done.push_back(id);
  published.orders_done.push_back(id + std::string(kBundleSuffix));
  urgent_.insert(shard);
  const auto order = decode_order(row);
  if (!order) return tl::unexpected(order.error());
  if (order->id != id) return fail("another id inside");
  if (home_of(order->about.image) != shard) return fail("its image is at home in another shard");
  for (SavedBlob& blob : curator_.carry_out(*order, bundle))
    publish(shard, std::move(blob));
  if (order->verb == OrderVerb::accept || order->verb == OrderVerb::reject) decisions_.push_back(*order);
  return {};
}

DetectorCounters ShardDetectors::counters() const {
  DetectorCounters all = former_;
  for (const auto& [shard, detector] : detectors_)
    all += detector->counters();
  return all;
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
