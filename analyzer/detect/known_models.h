// What all streams together taught: the wholes of images and profiles, as their curators published them.
//
// One per analyzer; the detectors of its shards judge by it. Nothing here is learned.
//
//   KnownModels known(options.life, options.score);
//   for (auto& [id, blob] : published) known.take(id, blob);
//   std::shared_ptr<const Image> image = known.image("sha256:...");     // null: nothing is known of it
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/model/image.h"
#include "common/result.h"

namespace da {

class KnownModels {
 public:
  KnownModels(const LifeCycleOptions& options, const ScoreOptions& score)
      : options_(options), score_(score) {}

  /// A blob that was published, in any order. Refuses a damaged one, and one published under another id.
  [[nodiscard]] Result<> take(std::string_view id, std::string_view blob);
  /// Nothing is published of it any more.
  void drop(const std::string& image) { images_.erase(image); }
  [[nodiscard]] std::shared_ptr<const Image> image(const std::string& id) const;
  /// Ids of the images of which something was taken since the last call.
  [[nodiscard]] std::vector<std::string> take_changed();
  [[nodiscard]] const std::map<std::string, std::shared_ptr<Image>>& images() const noexcept {
    return images_;
  }

 private:
  /// Of each one that was forgotten a name remains; beyond so many those go.
  static constexpr std::size_t kMostImages = 4096;

  [[nodiscard]] Result<> take_decisions(std::string_view id, std::string_view blob);
  [[nodiscard]] Result<> take_habits(std::string_view id, std::string_view blob);
  static void set_habits(Image& image, const ProfileKey& key, std::shared_ptr<ProgramHabits> habits);
  std::shared_ptr<Image>& find_or_make(const std::string& id);

  LifeCycleOptions options_;
  ScoreOptions score_;
  std::map<std::string, std::shared_ptr<Image>> images_;
  std::map<ProfileKey, std::shared_ptr<ProgramHabits>> early_habits_;  ///< of profiles that are not here yet
  std::set<std::string> changed_;
};

}  // namespace da
