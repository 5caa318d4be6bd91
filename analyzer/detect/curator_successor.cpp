// The curator's part in new versions of images: they begin from the counts and habits of their predecessor,
// kept like what came in a bundle, and with its operators' decisions.
#include <utility>

#include "analyzer/detect/curator.h"
#include "analyzer/model/words.h"
#include "analyzer/store/bundle.h"
#include "analyzer/store/decisions_codec.h"
#include "analyzer/store/habits_codec.h"
#include "analyzer/store/profile_codec.h"

namespace da {
namespace {

/// What was decided of behaviour, and not of one version's models.
Decisions rulings_of(const Decisions& before, const std::string& id, const std::string& name) {
  Decisions after;
  after.image = id;
  after.name = name;
  after.starts = before.starts;
  for (const auto& [key, decided] : before.programs) {
    ProgramDecisions ruled = decided;
    ruled.frozen = false;
    ruled.generation = ruled.known_since = 0;
    if (ruled != ProgramDecisions{}) after.programs.emplace(key, std::move(ruled));
  }
  return after;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Curator::new_images() const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [id, image] : images_) {
    if (image.due && image.published == 0 && image.base.empty() && !image.decisions && !image.parts.empty())
      found.emplace_back(id, image.name);
  }
  return found;
}

std::vector<SavedBlob> Curator::begin_from(const Image& predecessor, const std::string& id) {
  CuratedImage& image = images_[id];
  std::vector<SavedBlob> published;
  std::size_t room = kMostBundleBytes;
  for (const auto& [key, program] : predecessor.programs()) {
    if (!program.profile) continue;
    std::string blob = encode_profile(program.profile->successor(id));
    if (blob.size() > room) continue;  // it is known, and learned anew
    room -= blob.size();
    Curated& begun = image.programs[key];
    begun.base = blob;
    begun.due = true;
    const ProfileKey whole{id, key.executable, key.arch};
    published.push_back({base_blob_id(profile_blob_id(whole)), std::move(blob), id});
    if (!program.habits) continue;
    std::string habits = encode_program_habits(whole, program.habits->successor());
    if (habits.size() > room) continue;
    room -= habits.size();
    begun.habits.base = habits;
    begun.habits.due = true;
    published.push_back({base_blob_id(habits_blob_id(whole)), std::move(habits), id});
  }
  image.base = encode_image(predecessor.successor(id, image.name));
  image.due = true;
  published.push_back({base_blob_id(image_blob_id(id)), image.base, id});
  if (const Decisions* decided = predecessor.decisions()) {
    Decisions after = rulings_of(*decided, id, image.name);
    if (!after.programs.empty() || !after.starts.empty()) {
      image.decisions = std::make_shared<const Decisions>(std::move(after));
      make_due(image, {});
      published.push_back({decisions_blob_id(id), encode_decisions(*image.decisions), id});
    }
  }
  tell("image is new", image.name, {},
       "begins from " + predecessor.name() + ": " + counted(predecessor.programs().size(), "program") + ", " +
           counted(predecessor.starts().size(), "relation") + " of parent and child");
  return published;
}

}  // namespace da
