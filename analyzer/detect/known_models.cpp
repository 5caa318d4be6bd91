#include "analyzer/detect/known_models.h"

#include <utility>

#include "analyzer/detect/blob_id.h"
#include "analyzer/store/decisions_codec.h"
#include "analyzer/store/habits_codec.h"
#include "analyzer/store/profile_codec.h"
#include "proto/fnv1a.h"

namespace da {
namespace {

/// Null of those that were to begin anew meanwhile: nothing else would say that they are gone.
std::shared_ptr<ProgramHabits> still_valid(std::shared_ptr<ProgramHabits> habits,
                                           const ProgramDecisions* decided) {
  const bool gone = habits && decided != nullptr && habits->generation() < decided->generation;
  return gone ? nullptr : std::move(habits);
}

}  // namespace

Result<> KnownModels::take(std::string_view id, std::string_view blob) {
  if (id.starts_with(kBasePrefix)) return {};  // the curator's
  if (id.starts_with(kDecisionsPrefix)) return take_decisions(id, blob);
  if (id.starts_with(kHabitsPrefix)) return take_habits(id, blob);
  if (id.starts_with("profile:")) {
    auto profile = decode_profile(blob, options_, score_);
    if (!profile) return tl::unexpected(profile.error());
    if (profile_blob_id(profile->key()) != id) return fail("published under another id");
    const ProfileKey key = profile->key();
    const ProgramKey program{key.executable, key.arch};
    std::shared_ptr<Image>& image = find_or_make(key.image);
    profile->set_frozen(image->decisions() != nullptr && image->decisions()->is_frozen(program));
    const auto before = image->programs().find(program);
    profile->share_model(fnv1a(blob),
                         before == image->programs().end() ? nullptr : before->second.profile.get());
    image->set_profile(program, std::make_shared<Profile>(*std::move(profile)));
    if (auto early = early_habits_.extract(key)) set_habits(*image, key, std::move(early.mapped()));
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
  // A new life, begun after all that was left of a forgotten one is gone.
  const Decisions* decided = known->decisions();
  const bool is_over = decided != nullptr && saved->generation == 0 && decided->forgotten > 0 &&
                       decided->forgotten == decided->generation && !decided->decides_any();
  image->set_decisions(is_over ? nullptr : known->shared_decisions());
  // A program that is gone by this is not published any more, and nothing else would say so.
  const bool may_lose = decided != nullptr && !decided->unlearned.empty();
  for (const auto& [key, program] : known->programs()) {
    if (may_lose && !image->programs().contains(key)) continue;
    if (program.profile) image->set_profile(key, program.profile);
    if (program.habits) image->set_habits(key, program.habits);
  }
  known = std::move(image);
  changed_.insert(saved->id);
  return {};
}

Result<> KnownModels::take_decisions(std::string_view id, std::string_view blob) {
  auto decoded = decode_decisions(blob);
  if (!decoded) return tl::unexpected(decoded.error());
  if (decisions_blob_id(decoded->image) != id) return fail("published under another id");
  const auto decisions = std::make_shared<const Decisions>(*std::move(decoded));
  std::shared_ptr<Image>& known = find_or_make(decisions->image);
  // A new one: what was to be forgotten is not published any more, and nothing else would say so.
  auto image = std::make_shared<Image>(decisions->image, known->name(), options_, score_);
  const bool begins_anew = decisions->forgotten > known->save().generation;
  if (!begins_anew) image->restore(known->save(), 0);
  image->set_decisions(decisions);
  if (begins_anew) {
    known = std::move(image);
    changed_.insert(decisions->image);
    return {};
  }
  for (const auto& [key, program] : known->programs()) {
    const ProgramDecisions* decided = decisions->find(key);
    const bool gone = decisions->rejects(key) || (decided != nullptr && program.profile &&
                                                  program.profile->generation() < decided->known_since);
    image->set_profile(key, gone ? nullptr : program.profile);
    if (!gone) image->set_habits(key, still_valid(program.habits, decided));
    if (gone) image->drop_program(key);
    if (!gone && program.profile) program.profile->set_frozen(decisions->is_frozen(key));
  }
  known = std::move(image);
  changed_.insert(decisions->image);
  return {};
}

Result<> KnownModels::take_habits(std::string_view id, std::string_view blob) {
  auto saved = decode_program_habits(blob, options_.habits);
  if (!saved) return tl::unexpected(saved.error());
  if (habits_blob_id(saved->key) != id) return fail("published under another id");
  std::shared_ptr<Image>& image = find_or_make(saved->key.image);
  const auto program = image->programs().find({saved->key.executable, saved->key.arch});
  // The detectors judge by this very image meanwhile, and would take the program for one without a profile.
  if (program == image->programs().end() || !program->second.profile) {
    early_habits_.insert_or_assign(std::move(saved->key), std::move(saved->habits));
    return {};
  }
  set_habits(*image, saved->key, std::move(saved->habits));
  changed_.insert(saved->key.image);
  return {};
}

void KnownModels::set_habits(Image& image, const ProfileKey& key, std::shared_ptr<ProgramHabits> habits) {
  const ProgramKey program{key.executable, key.arch};
  const Decisions* decisions = image.decisions();
  habits = still_valid(std::move(habits), decisions == nullptr ? nullptr : decisions->find(program));
  if (habits) image.set_habits(program, std::move(habits));
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
  if (images_.size() >= kMostImages && !images_.contains(id)) {
    std::erase_if(images_, [](const auto& entry) {
      const Image& known = *entry.second;
      return known.empty() && (known.decisions() == nullptr || !known.decisions()->decides_any());
    });
  }
  std::shared_ptr<Image>& image = images_[id];
  if (!image) image = std::make_shared<Image>(id, id, options_, score_);
  return image;
}

}  // namespace da
