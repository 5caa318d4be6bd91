// The curator's part in bundles: models of another site, which count like what one more stream taught.
#include "analyzer/detect/curator.h"
#include "analyzer/store/bundle.h"
#include "analyzer/store/habits_codec.h"
#include "analyzer/store/profile_codec.h"

namespace da {

Result<> Curator::load_base(std::string_view id, std::string_view blob) {
  if (id.starts_with(kHabitsPrefix)) {
    const auto habits = habits_named(id, blob);
    if (!habits) return tl::unexpected(habits.error());
    (*habits)->base = blob;
    return {};
  }
  if (id.starts_with("profile:")) {
    auto key = profile_key_of(blob);
    if (!key) return tl::unexpected(key.error());
    if (profile_blob_id(*key) != id) return fail("saved under another id");
    CuratedImage& image = images_[key->image];
    Curated& program = image.programs[{key->executable, key->arch}];
    program.base = blob;
    program.due = image.due = true;
    return {};
  }
  const auto saved = decode_image(blob);
  if (!saved) return tl::unexpected(saved.error());
  if (image_blob_id(saved->id) != id) return fail("saved under another id");
  CuratedImage& image = images_[saved->id];
  if (image.name.empty()) image.name = saved->name;
  image.base = blob;
  image.due = true;
  return {};
}

/// In place of what came in a bundle before.
Result<std::vector<SavedBlob>> Curator::take_bundle(const std::string& image_id, std::string_view bytes) {
  const auto bundle = decode_bundle(bytes);
  if (!bundle) return tl::unexpected(bundle.error());
  if (bundle->image != image_id) return fail("the bundle is of another image");
  for (const auto& [id, blob] : bundle->models) {
    if (id.starts_with("profile:")) {
      const auto profile = decode_profile(blob, options_, score_);
      if (!profile) return tl::unexpected(profile.error());
      if (profile->key().image != image_id || profile_blob_id(profile->key()) != id)
        return fail("the bundle has a profile under another name");
    } else if (id.starts_with(kHabitsPrefix)) {
      const auto habits = decode_program_habits(blob, options_.habits);
      if (!habits) return tl::unexpected(habits.error());
      if (habits->key.image != image_id || habits_blob_id(habits->key) != id)
        return fail("the bundle has habits under another name");
    } else if (const auto saved = decode_image(blob);
               !saved || saved->id != image_id || image_blob_id(saved->id) != id) {
      return saved ? fail("the bundle has a model of another image") : tl::unexpected(saved.error());
    }
  }
  CuratedImage& image = images_[image_id];
  std::vector<SavedBlob> published;
  for (auto& [key, program] : image.programs) {
    drop_habits_base({image_id, key.executable, key.arch}, program.habits, published);
    if (std::exchange(program.base, {}).empty()) continue;
    program.due = true;
    published.push_back(
        {base_blob_id(profile_blob_id({image_id, key.executable, key.arch})), {}, image_id, true});
  }
  for (const auto& [id, blob] : bundle->models) {
    if (auto loaded = load_base(id, blob); !loaded) return tl::unexpected(loaded.error());
    published.push_back({base_blob_id(id), blob, image_id});
  }
  return published;
}

void Curator::drop_habits_base(const ProfileKey& key, CuratedHabits& habits,
                               std::vector<SavedBlob>& published) {
  if (std::exchange(habits.base, {}).empty()) return;
  habits.due = true;
  published.push_back({base_blob_id(habits_blob_id(key)), {}, key.image, true});
}

std::vector<SavedBlob> Curator::drop_bases(const Order& order) {
  const std::string& image_id = order.about.image;
  CuratedImage& image = images_[image_id];
  std::vector<SavedBlob> published;
  const bool whole_image = order.about.executable.empty();
  for (auto& [key, program] : image.programs) {
    if (!whole_image && key != ProgramKey{order.about.executable, static_cast<Arch>(order.about.arch)})
      continue;
    drop_habits_base({image_id, key.executable, key.arch}, program.habits, published);
    if (std::exchange(program.base, {}).empty()) continue;
    published.push_back(
        {base_blob_id(profile_blob_id({image_id, key.executable, key.arch})), {}, image_id, true});
  }
  if (whole_image && !std::exchange(image.base, {}).empty())
    published.push_back({base_blob_id(image_blob_id(image_id)), {}, image_id, true});
  return published;
}

}  // namespace da
