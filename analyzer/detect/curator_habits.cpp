// The curator's part in habits: which features have settled is decided here, by what all shards' streams
// taught.
#include "analyzer/detect/curator.h"
#include "analyzer/model/words.h"
#include "analyzer/store/habits_codec.h"
#include "proto/fnv1a.h"

namespace da {

/// What was published last.
Result<> Curator::load_habits(std::string_view id, std::string_view blob) {
  auto saved = decode_program_habits(blob, options_.habits);
  if (!saved) return tl::unexpected(saved.error());
  if (habits_blob_id(saved->key) != id) return fail("published under another id");
  CuratedHabits& habits = images_[saved->key.image].programs[{saved->key.executable, saved->key.arch}].habits;
  habits.whole = std::move(saved->habits);
  habits.published = fnv1a(blob);
  return {};
}

/// Those that a saved blob is of, which are to be added up anew.
Result<Curator::CuratedHabits*> Curator::habits_named(std::string_view id, std::string_view blob) {
  const auto key = habits_key_of(blob);
  if (!key) return tl::unexpected(key.error());
  if (habits_blob_id(*key) != id) return fail("saved under another id");
  CuratedImage& image = images_[key->image];
  CuratedHabits& habits = image.programs[{key->executable, key->arch}].habits;
  habits.due = image.due = true;
  return &habits;
}

/// The names that were added up.
std::size_t Curator::add_up_habits(const CuratedImage& image, const ProfileKey& key,
                                   const ProgramDecisions& decided, CuratedHabits& habits,
                                   std::vector<SavedBlob>& published) {
  const auto before = std::exchange(habits.whole, nullptr);
  const bool frozen = image.decisions && image.decisions->is_frozen({key.executable, key.arch});
  auto whole = std::make_shared<ProgramHabits>(options_.habits);
  whole->obey(&decided, frozen);
  std::size_t names = 1;
  bool any = !decided.accepted_objects.empty();
  const auto add = [&](const std::string& blob, bool is_base) {
    const auto saved = decode_program_habits(blob, options_.habits);
    // A damaged one cannot become whole by waiting: the rest counts. So does one of a former generation.
    if (!saved || (!is_base && saved->habits->generation() != decided.generation)) return;
    if (!is_base && image.decisions) saved->habits->unlearn(image.decisions->unlearned);
    whole->merge(*saved->habits);
    if (is_base) whole->settle_as(*saved->habits);
    for (std::size_t i = 0; i < kObjectHabits; ++i)
      names += saved->habits->habits().object_habit(static_cast<Habit>(i)).tree().size();
    any = true;
  };
  for (const auto& [shard, blob] : habits.parts) {
    if (!is_of_former_life(image, shard)) add(blob, false);
  }
  if (!habits.base.empty()) add(habits.base, true);
  whole->accept(decided.accepted_objects);

  const std::string id = habits_blob_id(key);
  if (!any || decided.ruling == Ruling::rejected) {
    if (std::exchange(habits.published, 0) != 0) published.push_back({id, {}, key.image, true});
    return names;
  }
  if (before && before->generation() == decided.generation) whole->settle_as(*before);
  if (const std::string settled = whole->advance(); !settled.empty())
    tell("habits settled", image.name, key.executable, settled);
  habits.whole = std::move(whole);
  publish(habits.published, {id, encode_program_habits(key, *habits.whole), key.image}, published);
  return names;
}

}  // namespace da
