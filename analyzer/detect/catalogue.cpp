#include "analyzer/detect/catalogue.h"

#include <algorithm>
#include <utility>

#include "analyzer/model/words.h"
#include "analyzer/store/habits_codec.h"
#include "analyzer/store/profile_codec.h"
#include "proto/syscalls/table.h"

namespace da {
namespace {

constexpr std::size_t kPathBytes = 512;

void add_forgotten(std::vector<SavedBlob>& blobs, const ProfileKey& key) {
  blobs.push_back({profile_blob_id(key), {}, key.image, true});
  blobs.push_back({habits_blob_id(key), {}, key.image, true});
}

void add_habits(std::vector<SavedBlob>& blobs, const ProfileKey& key, const Program& program) {
  if (!program.habits || !program.habits->changed()) return;
  blobs.push_back({habits_blob_id(key), encode_program_habits(key, *program.habits), key.image});
  program.habits->clear_changed();
}

}  // namespace

std::string bounded_path(std::string_view path) {
  return std::string(path.substr(0, kPathBytes));
}

Catalogue::Catalogue(const LifeCycleOptions& options, const ScoreOptions& score, CatalogueLimits limits,
                     const KnownModels& known)
    : options_(options), score_(score), limits_(limits), known_(known) {}

Image* Catalogue::image_of(const Origin& origin) {
  Image* image = find_or_make(bounded_path(origin.image_id.empty() ? origin.image : origin.image_id),
                              bounded_path(origin.image));
  if (image != nullptr) image->see(clock_ns_);
  return image;
}

Program* Catalogue::program_of(Image& image, const Origin& origin) {
  const ProgramKey key{bounded_path(origin.executable), origin.arch};
  // A path that could not be read is no identity: its process was gone too soon.
  if (key.executable.empty()) return nullptr;
  if (Program* known = image.find(key)) {
    if (!known->profile && profile_count_ < limits_.profiles) {
      image.give_profile(key);
      ++profile_count_;
    } else if (!known->profile) {
      wants_room_ = true;
    }
    return known;
  }
  return image.learns() && !image.rejects(key) ? learn(image, key) : nullptr;
}

bool Catalogue::follow(const std::string& image) {
  const auto found = images_.find(image);
  if (found == images_.end()) return false;
  found->second->follow(known_.image(image));
  if (!found->second->has_forgotten()) return false;
  images_full_told_ = profiles_full_told_ = false;
  count_profiles();
  return true;
}

void Catalogue::tidy(std::int64_t clock_ns) {
  constexpr std::int64_t kHour = 3'600'000'000'000;
  clock_ns_ = clock_ns;
  const std::int64_t step = std::clamp<std::int64_t>(options_.forget_after.count() / 32, 1, kHour);
  const bool wants_room = std::exchange(wants_room_, false);
  if (!wants_room && clock_ns - looked_ns_ < step) return;
  looked_ns_ = clock_ns;
  for (auto at = images_.begin(); at != images_.end();) {
    Image& image = *at->second;
    image.look_at_age(clock_ns, step);
    if (!image.empty() || (image.unseen_ns() == 0 && !wants_room)) {
      ++at;
      continue;
    }
    for (const ProgramKey& key : image.take_forgotten())
      add_forgotten(gone_, {image.id(), key.executable, key.arch});
    gone_.push_back({image_blob_id(image.id()), {}, image.id(), true});
    left_.push_back(std::move(at->second));
    at = images_.erase(at);
    images_full_told_ = profiles_full_told_ = false;
  }
  if (wants_room) make_room();
}

void Catalogue::make_room() {
  if (options_.forget_after.count() == 0) return;
  Image* longest = nullptr;
  std::int64_t away = 0;
  for (const auto& [id, image] : images_) {
    const auto whole = known_.image(id);
    const Decisions* decided = image->decisions();
    const std::int64_t unseen = whole ? std::min(whole->unseen_ns(), image->unseen_ns()) : 0;
    if (unseen < options_.least_absence().count() || (decided != nullptr && decided->freezes_any())) continue;
    if (image->crowded()) return;  // it is about to go
    if (longest != nullptr && unseen <= away) continue;
    longest = image.get();
    away = unseen;
  }
  if (longest != nullptr) longest->set_crowded(true);
}

std::vector<Transition> Catalogue::take_transitions() {
  return std::exchange(transitions_, {});
}

std::vector<SavedBlob> Catalogue::take_changed() {
  std::vector<SavedBlob> blobs = std::exchange(gone_, {});
  for (const auto& [id, image] : images_) {
    if (image->changed()) blobs.push_back({image_blob_id(id), encode_image(image->save()), id});
    image->clear_changed();
    for (const ProgramKey& key : image->take_forgotten())
      add_forgotten(blobs, {id, key.executable, key.arch});
    for (const auto& [key, program] : image->programs()) {
      add_habits(blobs, {id, key.executable, key.arch}, program);
      if (!program.profile || !program.profile->changed()) continue;
      blobs.push_back({profile_blob_id(program.profile->key()), encode_profile(*program.profile), id});
      program.profile->clear_changed();
    }
  }
  return blobs;
}

Result<> Catalogue::load(std::string_view id, std::string_view blob) {
  if (id.substr(0, 8) == "profile:") return load_profile(id, blob);
  if (id.substr(0, 6) == "image:") return load_image(id, blob);
  if (id.starts_with(kHabitsPrefix)) return load_habits(id, blob);
  return fail("neither a profile nor an image");
}

Result<> Catalogue::load_profile(std::string_view id, std::string_view blob) {
  auto profile = decode_profile(blob, options_, score_);
  if (!profile) return tl::unexpected(profile.error());
  if (profile_blob_id(profile->key()) != id) return fail("saved under another id");
  Image* image = find_or_make(profile->key().image, profile->key().image);
  if (image == nullptr) return fail("too many images");
  Program* program = learn(*image, {profile->key().executable, profile->key().arch});
  if (program == nullptr || !program->profile) return fail("too many profiles");
  *program->profile = std::move(*profile);
  image->obey_anew();
  image->follow(known_.image(image->id()));
  return {};
}

Result<> Catalogue::load_habits(std::string_view id, std::string_view blob) {
  auto saved = decode_program_habits(blob, options_.habits);
  if (!saved) return tl::unexpected(saved.error());
  if (habits_blob_id(saved->key) != id) return fail("saved under another id");
  Image* image = find_or_make(saved->key.image, saved->key.image);
  if (image == nullptr) return fail("too many images");
  Program* program = learn(*image, {saved->key.executable, saved->key.arch});
  if (program == nullptr || !program->habits) return fail("too many profiles");
  *program->habits = std::move(*saved->habits);
  image->obey_anew();
  image->follow(known_.image(image->id()));
  return {};
}

Result<> Catalogue::load_image(std::string_view id, std::string_view blob) {
  const auto saved = decode_image(blob);
  if (!saved) return tl::unexpected(saved.error());
  if (image_blob_id(saved->id) != id) return fail("saved under another id");
  Image* image = find_or_make(saved->id, saved->name);
  if (image == nullptr) return fail("too many images");
  const auto without_profiles = image->programs().size();
  image->restore(*saved, limits_.profiles - std::min(limits_.profiles, profile_count_));
  if (image->programs().size() != without_profiles) count_profiles();
  image->follow(known_.image(saved->id));
  return {};
}

std::vector<ProfileStatus> Catalogue::profiles() const {
  std::vector<ProfileStatus> list;
  for (const auto& [id, image] : images_) {
    for (const auto& [key, program] : image->programs()) {
      if (!program.profile) continue;
      const Profile& profile = program.profile->best();
      const LifeCycle& life = profile.life();
      list.push_back({profile_blob_id(profile.key()), image->name(), key.executable, key.arch, life.state(),
                      profile.reason(), profile.description(), life.learned().calls, life.learned().episodes,
                      life.learned().lost, life.novelty().unseen_mass(), life.threshold()});
    }
  }
  return list;
}

std::vector<ImageStatus> Catalogue::images() const {
  std::vector<ImageStatus> list;
  for (const auto& [id, image] : images_)
    list.push_back(
        {image_blob_id(id), image->name(), image->armed(), image->reason(), image->programs().size()});
  return list;
}

Image* Catalogue::find_or_make(const std::string& id, const std::string& name) {
  const auto found = images_.find(id);
  if (found != images_.end()) return found->second.get();
  if (images_.size() >= limits_.images) {
    wants_room_ = true;
    tell_full(images_full_told_, "too many images: new ones are not watched", name, {},
              counted(images_.size(), "image") + " known");
    return nullptr;
  }
  auto& image = images_.emplace(id, std::make_unique<Image>(id, name, options_, score_)).first->second;
  image->follow(known_.image(id));
  return image.get();
}

void Catalogue::tell_full(bool& told, std::string what, std::string image, std::string executable,
                          std::string why) {
  if (!std::exchange(told, true)) {
    transitions_.push_back({std::move(what), std::move(image), std::move(executable), std::move(why)});
  }
}

Program* Catalogue::learn(Image& image, const ProgramKey& key) {
  if (Program* known = image.find(key)) return known;
  Program* program = image.learn_program(key, profile_count_ < limits_.profiles);
  if (program != nullptr && program->profile) ++profile_count_;
  if (program != nullptr && !program->profile) {
    wants_room_ = true;
    tell_full(profiles_full_told_, "too many programs: new ones have no profile, and their images do not arm",
              image.name(), key.executable, counted(profile_count_, "profile") + " known");
  }
  return program;
}

void Catalogue::count_profiles() {
  profile_count_ = 0;
  for (const auto& [id, image] : images_) {
    for (const auto& [key, program] : image->programs())
      profile_count_ += program.profile ? 1 : 0;
  }
}

}  // namespace da
