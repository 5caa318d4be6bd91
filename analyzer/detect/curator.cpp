#include "analyzer/detect/curator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "analyzer/detect/order_rules.h"
#include "analyzer/model/words.h"
#include "analyzer/store/decisions_codec.h"
#include "analyzer/store/profile_codec.h"
#include "proto/fnv1a.h"

namespace da {
namespace {

constexpr std::size_t kMaxTransitions = 1000;
constexpr std::size_t kMostImages = 1024;
constexpr std::size_t kMostPath = 512;
constexpr std::size_t kMostDecided = std::size_t{4} << 20U;  // bytes, of one image

const ProgramDecisions& decided_of(const std::shared_ptr<const Decisions>& decisions, const ProgramKey& key) {
  static const ProgramDecisions nothing;
  const ProgramDecisions* found = decisions ? decisions->find(key) : nullptr;
  return found == nullptr ? nothing : *found;
}

}  // namespace

Result<> Curator::load(std::string_view id, std::string_view blob) {
  if (id.starts_with(kBasePrefix)) return load_base(id.substr(kBasePrefix.size()), blob);
  if (id.starts_with(kDecisionsPrefix)) {
    auto decisions = decode_decisions(blob);
    if (!decisions) return tl::unexpected(decisions.error());
    if (decisions_blob_id(decisions->image) != id) return fail("published under another id");
    CuratedImage& image = images_[decisions->image];
    if (image.name.empty()) image.name = decisions->name;
    image.decisions = std::make_shared<const Decisions>(*std::move(decisions));
    make_due(image, {});
    return {};
  }
  if (id.starts_with(kHabitsPrefix)) return load_habits(id, blob);
  if (id.starts_with("profile:")) {
    auto profile = decode_profile(blob, options_, score_);
    if (!profile) return tl::unexpected(profile.error());
    if (profile_blob_id(profile->key()) != id) return fail("published under another id");
    const ProfileKey key = profile->key();
    Curated& program = images_[key.image].programs[{key.executable, key.arch}];
    program.whole = std::make_shared<Profile>(*std::move(profile));
    program.published = fnv1a(blob);
    return {};
  }
  const auto saved = decode_image(blob);
  if (!saved) return tl::unexpected(saved.error());
  if (image_blob_id(saved->id) != id) return fail("published under another id");
  CuratedImage& image = images_[saved->id];
  image.name = saved->name;
  image.armed = saved->armed;
  image.generation = saved->generation;
  image.published = fnv1a(blob);
  return {};
}

Result<> Curator::take_part(ShardId shard, std::string_view id, std::string blob) {
  if (id.starts_with(kHabitsPrefix)) {
    const auto habits = habits_named(id, blob);
    if (!habits) return tl::unexpected(habits.error());
    (*habits)->parts[shard] = std::move(blob);
    return {};
  }
  if (id.starts_with("profile:")) {
    auto key = profile_key_of(blob);
    if (!key) return tl::unexpected(key.error());
    if (profile_blob_id(*key) != id) return fail("saved under another id");
    CuratedImage& image = images_[key->image];
    Curated& program = image.programs[{key->executable, key->arch}];
    program.parts[shard] = std::move(blob);
    program.due = image.due = true;
    return {};
  }
  return take_image_part(shard, id, std::move(blob));
}

Result<> Curator::take_image_part(ShardId shard, std::string_view id, std::string blob) {
  const auto saved = decode_image(blob);
  if (!saved) return tl::unexpected(saved.error());
  if (image_blob_id(saved->id) != id) return fail("saved under another id");
  if (saved->generation == UINT32_MAX) return fail("there is no later generation");
  const auto known = images_.find(saved->id);
  // What is left where an image was forgotten, after nothing else is.
  if (known == images_.end() && saved->empty() && saved->generation > 0) return {};
  CuratedImage& image = images_[saved->id];
  image.name = saved->name;
  const auto [before, is_new] = image.generations.try_emplace(shard, saved->generation);
  if (!is_new && std::exchange(before->second, saved->generation) != saved->generation) {
    // With the image its holder erased the profiles; those of a new life come after.
    for (auto& [key, program] : image.programs) {
      program.due = program.parts.erase(shard) > 0 || program.due;
      program.habits.due = program.habits.parts.erase(shard) > 0 || program.habits.due;
    }
  }
  const std::uint32_t generation = image.decisions ? image.decisions->generation : 0;
  if (saved->generation != generation && !saved->empty()) {
    // A shard that did not hear, or that learns on in a life of which nobody knows any more: that begins
    // anew.
    if (saved->generation > generation) {
      Decisions after = decisions_of(saved->id, image);
      after.generation = after.forgotten = saved->generation + 1;
      image.decisions = std::make_shared<const Decisions>(std::move(after));
      for (auto& [key, program] : image.programs)
        program.due = program.habits.due = true;
    }
    image.tell_decisions = true;
  }
  image.parts[shard] = std::move(blob);
  image.due = true;
  return {};
}

std::vector<SavedBlob> Curator::advance(std::size_t most) {
  std::vector<SavedBlob> published;
  std::size_t added = 0;
  for (auto at = images_.begin(); at != images_.end();) {
    auto& [id, image] = *at;
    if (!image.due) {
      ++at;
      continue;
    }
    if (std::exchange(image.tell_decisions, false) && image.decisions)
      published.push_back({decisions_blob_id(id), encode_decisions(*image.decisions), id});
    for (auto& [key, program] : image.programs) {
      if (!program.due && !program.habits.due) continue;
      if (added >= most) return published;
      const ProfileKey whole{id, key.executable, key.arch};
      if (std::exchange(program.due, false)) {
        added += add_up(image, whole, program);
        publish(whole, program, published);
      }
      if (std::exchange(program.habits.due, false))
        added += add_up_habits(image, whole, decided_of(image.decisions, key), program.habits, published);
    }
    const Sight sight = add_up(id, image, published);
    if (auto why = why_forget(image, sight)) forget_parts(id, image, *std::move(why), published);
    if (!is_over(image, sight)) {
      ++at;
      continue;
    }
    published.push_back({image_blob_id(id), {}, id, true});
    published.push_back({decisions_blob_id(id), {}, id, true});
    at = images_.erase(at);
  }
  return published;
}

std::optional<std::string> Curator::why_forget(const CuratedImage& image, const Sight& sight) const {
  if (options_.forget_after.count() == 0 || !sight.taught) return std::nullopt;
  // Frozen, it would take nothing in when it comes again.
  if (image.decisions && image.decisions->freezes_any()) return std::nullopt;
  const std::chrono::nanoseconds unseen(sight.unseen_ns);
  const bool makes_room = sight.crowded && unseen >= options_.least_absence();
  if (unseen < options_.forget_after && !makes_room) return std::nullopt;
  return "no record of it for " + duration_words(unseen) +
         (unseen < options_.forget_after ? ", and there is no room for new images" : "");
}

/// What its streams taught begins anew; what came in a bundle and what operators decided stays. All of that
/// is published at once: the holders of the shards follow, and erase their parts.
void Curator::forget_parts(const std::string& id, CuratedImage& image, std::string why,
                           std::vector<SavedBlob>& published) {
  Decisions after = decisions_of(id, image);
  after.forgotten = ++after.generation;
  image.decisions = std::make_shared<const Decisions>(std::move(after));
  published.push_back({decisions_blob_id(id), encode_decisions(*image.decisions), id});
  for (auto& [key, program] : image.programs) {
    program.whole = nullptr;
    program.due = false;
    const ProfileKey whole{id, key.executable, key.arch};
    static_cast<void>(add_up(image, whole, program));
    publish(whole, program, published);
    program.habits.whole = nullptr;
    program.habits.due = false;
    static_cast<void>(
        add_up_habits(image, whole, decided_of(image.decisions, key), program.habits, published));
  }
  static_cast<void>(add_up(id, image, published));
  tell("image forgotten", image.name, {}, std::move(why));
}

/// Nothing is left of it but that it was forgotten, and all shards have followed.
bool Curator::is_over(const CuratedImage& image, const Sight& sight) {
  if (!image.decisions || image.decisions->forgotten == 0 || !sight.all_emptied) return false;
  const bool has_base = !image.base.empty() || std::ranges::any_of(image.programs, [](const auto& program) {
    return !program.second.base.empty() || !program.second.habits.base.empty();
  });
  return image.decisions->forgotten == image.decisions->generation && !has_base &&
         !image.decisions->decides_any();
}

bool Curator::is_due() const noexcept {
  return std::any_of(images_.begin(), images_.end(), [](const auto& image) { return image.second.due; });
}

/// To be changed; of an image of which nothing was decided yet, too.
Decisions Curator::decisions_of(const std::string& id, const CuratedImage& image) {
  Decisions decisions = image.decisions ? *image.decisions : Decisions{};
  decisions.image = id;
  decisions.name = image.name;
  return decisions;
}

/// What this shard's stream taught was learned before the image was forgotten, or begun anew.
bool Curator::is_of_former_life(const CuratedImage& image, ShardId shard) {
  const std::uint32_t life = image.decisions ? image.decisions->generation : 0;
  const auto generation = image.generations.find(shard);
  return generation != image.generations.end() && generation->second != life;
}

std::size_t Curator::add_up(CuratedImage& image, const ProfileKey& key, Curated& program) {
  const ProgramKey program_key{key.executable, key.arch};
  const ProgramDecisions& decided = decided_of(image.decisions, program_key);
  const auto before = std::exchange(program.whole, nullptr);
  std::vector<Profile> parts;
  std::vector<const Profile*> pointers;
  std::size_t ngrams = 1;
  for (const auto& [shard, blob] : program.parts) {
    if (is_of_former_life(image, shard)) continue;
    // A damaged one cannot become whole by waiting: the rest counts. So does one of a former generation.
    auto part = decode_profile(blob, options_, score_);
    if (!part || part->generation() != decided.generation) continue;
    program.unlearned.erase(shard);
    if (image.decisions && part->unlearn(image.decisions->unlearned)) {
      program.unlearned.insert(shard);
    } else {
      parts.push_back(*std::move(part));
    }
  }
  std::optional<Profile> base;
  if (!program.base.empty()) {
    if (auto imported = decode_profile(program.base, options_, score_)) base = *std::move(imported);
  }
  for (const Profile& part : parts) {
    pointers.push_back(&part);
    ngrams += part.counter().size();
  }
  if (base) pointers.push_back(&*base);
  // One that begins anew is known, though nothing is known of it.
  const bool begins_anew = decided.generation > decided.known_since;
  if (decided.ruling == Ruling::rejected) return ngrams;
  if (pointers.empty() && decided.ruling != Ruling::accepted && decided.accepted.empty() &&
      decided.accepted_footprints.empty() && !begins_anew)
    return ngrams;

  auto whole = std::make_shared<Profile>(key, options_, score_);
  whole->set_generation(decided.generation);
  if (before && before->generation() == decided.generation) whole->take_state_of(*before);
  const auto is_armed = [](const Profile& profile) { return profile.life().state() == ProfileState::armed; };
  // Counts of a predecessor, of which this version has taught nothing yet.
  const bool begins = base && !before && base->life().learned().calls == 0;
  if (base && !is_armed(*whole) && (is_armed(*base) || begins)) whole->take_state_of(*base);
  whole->teach(decided.accepted, decided.accepted_footprints);
  whole->merge(pointers);
  whole->leave_out(decided.rejected);
  whole->set_frozen(image.decisions && image.decisions->is_frozen(program_key));
  if (const auto step = whole->advance()) {
    const char* what = step->to == ProfileState::armed      ? "profile armed"
                       : step->to == ProfileState::learning ? "profile learns on"
                                                            : "profile in shadow";
    tell(what, image.name, key.executable, step->why);
  }
  program.whole = std::move(whole);
  return ngrams;
}

Curator::Sight Curator::add_up(const std::string& id, CuratedImage& image,
                               std::vector<SavedBlob>& published) {
  image.due = false;
  Sight sight;
  sight.unseen_ns = ObservedTime::kLatest;
  Image whole(id, image.name, options_, score_);
  whole.set_decisions(image.decisions);
  const std::uint32_t generation = image.decisions ? image.decisions->generation : 0;
  if (std::exchange(image.generation, generation) != generation) image.armed = false;
  const auto add = [&](const std::string& blob, bool is_base, ShardId shard) {
    auto saved = decode_image(blob);
    if (!saved) return;
    if (is_base) {
      image.armed = image.armed || saved->armed;
      saved->generation = generation;
      std::erase_if(saved->programs, [&](const auto& row) { return is_forgotten(image, row.key); });
      for (auto& row : saved->programs)
        row.generation = UINT32_MAX;
    } else {
      leave_unlearned_out(image, shard, *saved);
      const bool counts = saved->generation == generation;
      sight.all_emptied = sight.all_emptied && counts && saved->empty();
      if (counts && !saved->empty()) {
        sight.taught = true;
        sight.crowded = sight.crowded || saved->crowded;
        sight.unseen_ns = std::min(sight.unseen_ns, saved->unseen_ns);
      }
    }
    Image part(saved->id, saved->name, options_, score_);
    part.restore(*saved, 0);
    whole.merge(part);
  };
  for (const auto& [shard, blob] : image.parts)
    add(blob, false, shard);
  if (!image.base.empty()) add(image.base, true, {});
  for (const auto& [key, program] : image.programs) {
    if (program.whole) whole.set_profile(key, program.whole);
  }
  whole.rule();
  whole.set_unseen(sight.taught ? sight.unseen_ns : 0);
  whole.set_armed(image.armed);
  if (const auto why = whole.advance()) {
    image.armed = true;
    tell("image armed", image.name, {}, *why);
  }
  publish(image.published, {image_blob_id(id), encode_image(whole.save()), id}, published);
  return sight;
}

/// Programs that only containers showed whose lessons do not count, and who started them.
void Curator::leave_unlearned_out(const CuratedImage& image, ShardId shard, Image::Saved& part) {
  std::erase_if(part.programs, [&](const auto& row) {
    const auto program = image.programs.find(row.key);
    if (program == image.programs.end() || !program->second.unlearned.contains(shard)) return false;
    std::erase_if(part.starts, [&](const auto& start) { return start.first.second == row.key.executable; });
    return true;
  });
}

/// A program of a bundle whose profile is not taken from it any more.
bool Curator::is_forgotten(const CuratedImage& image, const ProgramKey& key) {
  const ProgramDecisions* decided = image.decisions ? image.decisions->find(key) : nullptr;
  if (decided == nullptr || decided->known_since == 0) return false;
  const auto program = image.programs.find(key);
  return program == image.programs.end() || program->second.base.empty();
}

void Curator::publish(const ProfileKey& key, Curated& program, std::vector<SavedBlob>& published) const {
  const std::string id = profile_blob_id(key);
  if (program.whole) {
    publish(program.published, {id, encode_profile(*program.whole), key.image}, published);
  } else if (std::exchange(program.published, 0) != 0) {
    published.push_back({id, {}, key.image, true});
  }
}

/// Unless it is what was published last.
void Curator::publish(std::uint64_t& last, SavedBlob blob, std::vector<SavedBlob>& published) {
  const std::uint64_t hash = fnv1a(blob.blob);
  if (std::exchange(last, hash) != hash) published.push_back(std::move(blob));
}

std::vector<SavedBlob> Curator::carry_out(const Order& order, std::string_view bundle) {
  const std::string& id = order.about.image;
  if (id.empty() || id.size() > kMostPath) return {};
  const bool is_new = !images_.contains(id);
  if (is_new && (images_.size() >= kMostImages || order.verb != OrderVerb::import)) {
    tell("order refused: no such image", order.image_name, {}, verb_name(order.verb));
    return {};
  }
  CuratedImage& image = images_[id];
  if (image.name.empty()) image.name = order.image_name.substr(0, kMostPath);
  const Decisions before = decisions_of(id, image);
  if (was_carried_out(order.id, before)) return {};

  std::vector<SavedBlob> published;
  Decisions after = before;
  Result<> done = apply_order(order, known_programs(id), after);
  if (done && encode_decisions(after).size() > kMostDecided) done = fail("too much is decided of this image");
  if (done && order.verb == OrderVerb::import) {
    auto bases = take_bundle(id, bundle);
    if (bases) {
      published = *std::move(bases);
    } else {
      done = tl::unexpected(bases.error());
    }
  }
  if (done && (order.verb == OrderVerb::relearn || order.verb == OrderVerb::remove))
    published = drop_bases(order);
  if (!done) after = before;
  note_order(order, done, after);
  image.decisions = std::make_shared<const Decisions>(std::move(after));
  make_due(image, before);
  published.push_back({decisions_blob_id(id), encode_decisions(*image.decisions), id});
  tell(done ? "order carried out" : "order refused", image.name, order.about.executable,
       std::string(verb_name(order.verb)) + ' ' + order.target + (done ? "" : ": " + done.error().message()));
  return published;
}

/// The programs of which something else is decided than before.
void Curator::make_due(CuratedImage& image, const Decisions& before) {
  image.due = true;
  for (const auto& [key, decided] : image.decisions->programs) {
    const ProgramDecisions* was = before.find(key);
    if (was != nullptr && *was == decided && before.frozen == image.decisions->frozen) continue;
    image.programs[key].due = image.programs[key].habits.due = true;
  }
  if (before.frozen == image.decisions->frozen && before.unlearned == image.decisions->unlearned) return;
  for (auto& [key, program] : image.programs)
    program.due = program.habits.due = true;
}

std::set<ProgramKey> Curator::known_programs(const std::string& image) const {
  std::set<ProgramKey> known;
  for (const auto& [key, program] : images_.at(image).programs) {
    if (program.whole) known.insert(key);
  }
  return known;
}

std::vector<std::string> Curator::images() const {
  std::vector<std::string> ids;
  for (const auto& [id, image] : images_)
    ids.push_back(id);
  return ids;
}

void Curator::tell(std::string what, const std::string& image, const std::string& executable,
                   std::string why) {
  if (transitions_.size() < kMaxTransitions)
    transitions_.push_back({std::move(what), image, executable, std::move(why)});
}

std::vector<Transition> Curator::take_transitions() {
  return std::exchange(transitions_, {});
}

}  // namespace da
