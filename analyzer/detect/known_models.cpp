#include "analyzer/detect/known_models.h"

#include <utility>

#include "analyzer/detect/blob_id.h"
#include "analyzer/store/profile_codec.h"

namespace da {

Result<> KnownModels::take(std::string_view id, std::string_view blob) {
  if (id.starts_with("profile:")) {
    auto profile = decode_profile(blob, options_, score_);
    if (!profile) return tl::unexpected(profile.error());
    if (profile_blob_id(profile->key()) != id) return fail("published under another id");
    const ProfileKey key = profile->key();
    find_or_make(key.image)->set_profile({key.executable, key.arch},
                                         std::make_shared<Profile>(*std::move(profile)));
    changed_.insert(key.image);
    return {};
  }
  const auto saved = decode_image(blob);
  if (!saved) return tl::unexpected(saved.error());
  if (image_blob_id(saved->id) != id) return fail("published under another id");
  // A new one, since restoring adds to what is there; its profiles stay.
  auto image = std::make_shared<Image>(saved->id, saved->name, options_, score_);
  image->restore(*saved, 0);
  std::shared_ptr<Image>& known = find_or_make(saved->id);
  for (const auto& [key, program] : known->programs()) {
    if (program.profile) image->set_profile(key, program.profile);
  }
  known = std::move(image);
  changed_.insert(saved->id);
  return {};
}

std::shared_ptr<const Image> KnownModels::image(const std::string& id) const {
  const auto found = images_.find(id);
  return found == images_.end() ? nullptr : found->second;
}

std::vector<std::string> KnownModels::take_changed() {
  const auto changed = std::exchange(changed_, {});
  return {changed.begin(), changed.end()};
}

std::shared_ptr<Image>& KnownModels::find_or_make(const std::string& id) {
  std::shared_ptr<Image>& image = images_[id];
  if (!image) image = std::make_shared<Image>(id, id, options_, score_);
  return image;
}

}  // namespace da
