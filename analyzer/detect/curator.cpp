#include "analyzer/detect/curator.h"

#include <algorithm>
#include <utility>

#include "analyzer/store/profile_codec.h"
#include "proto/fnv1a.h"

namespace da {
namespace {

constexpr std::size_t kMaxTransitions = 1000;

}  // namespace

Result<> Curator::load(std::string_view id, std::string_view blob) {
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
  image.published = fnv1a(blob);
  return {};
}

Result<> Curator::take_part(ShardId shard, std::string_view id, std::string blob) {
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
  const auto saved = decode_image(blob);
  if (!saved) return tl::unexpected(saved.error());
  if (image_blob_id(saved->id) != id) return fail("saved under another id");
  CuratedImage& image = images_[saved->id];
  image.name = saved->name;
  image.parts[shard] = std::move(blob);
  image.due = true;
  return {};
}

std::vector<SavedBlob> Curator::advance(std::size_t most) {
  std::vector<SavedBlob> published;
  std::size_t added = 0;
  for (auto& [id, image] : images_) {
    if (!image.due) continue;
    for (auto& [key, program] : image.programs) {
      if (!program.due) continue;
      if (added >= most) return published;
      program.due = false;
      if (program.parts.empty()) continue;
      added += add_up(image, {id, key.executable, key.arch}, program);
      publish(program.published, {profile_blob_id(program.whole->key()), encode_profile(*program.whole), id},
              published);
    }
    add_up(id, image, published);
  }
  return published;
}

bool Curator::is_due() const noexcept {
  return std::any_of(images_.begin(), images_.end(), [](const auto& image) { return image.second.due; });
}

std::size_t Curator::add_up(CuratedImage& image, const ProfileKey& key, Curated& program) {
  std::vector<Profile> parts;
  std::vector<const Profile*> pointers;
  std::size_t ngrams = 1;
  for (const auto& [shard, blob] : program.parts) {
    // A damaged one cannot become whole by waiting: the rest counts.
    if (auto part = decode_profile(blob, options_, score_)) parts.push_back(*std::move(part));
  }
  for (const Profile& part : parts) {
    pointers.push_back(&part);
    ngrams += part.counter().size();
  }
  auto whole = std::make_shared<Profile>(key, options_, score_);
  if (program.whole) whole->take_state_of(*program.whole);
  whole->merge(pointers);
  if (const auto step = whole->advance()) {
    const char* what = step->to == ProfileState::armed      ? "profile armed"
                       : step->to == ProfileState::learning ? "profile learns on"
                                                            : "profile in shadow";
    tell(what, image.name, key.executable, step->why);
  }
  program.whole = std::move(whole);
  return ngrams;
}

void Curator::add_up(const std::string& id, CuratedImage& image, std::vector<SavedBlob>& published) {
  image.due = false;
  Image whole(id, image.name, options_, score_);
  for (const auto& [shard, blob] : image.parts) {
    const auto saved = decode_image(blob);
    if (!saved) continue;
    Image part(saved->id, saved->name, options_, score_);
    part.restore(*saved, 0);
    whole.merge(part);
  }
  for (const auto& [key, program] : image.programs) {
    if (program.whole) whole.set_profile(key, program.whole);
  }
  whole.set_armed(image.armed);
  if (const auto why = whole.advance()) {
    image.armed = true;
    tell("image armed", image.name, {}, *why);
  }
  publish(image.published, {image_blob_id(id), encode_image(whole.save()), id}, published);
}

/// Unless it is what was published last.
void Curator::publish(std::uint64_t& last, SavedBlob blob, std::vector<SavedBlob>& published) {
  const std::uint64_t hash = fnv1a(blob.blob);
  if (std::exchange(last, hash) != hash) published.push_back(std::move(blob));
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
