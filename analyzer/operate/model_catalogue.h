// The models that the curators published, found by what an operator calls them, and read one image at a time:
// all of them at once may be more than fits in memory.
//
// Used by the operator's commands on profiles.
//
//   const auto catalogue = ModelCatalogue::read(redis);
//   const auto target = catalogue->find("shop:1.4:/bin/app");        // Result<ModelName>
//   auto models = read_models(redis, target->image, config.detector);
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/detector.h"
#include "analyzer/model/decisions.h"
#include "analyzer/model/image.h"
#include "common/result.h"

namespace da {

class RedisSession;

/// A profile, or an image: that has no program.
struct ModelName {
  std::string id;  ///< as published: "profile:sha256:...:x86_64:/bin/app", "image:sha256:..."
  std::string image;
  std::string image_name;
  ProgramKey program;

  [[nodiscard]] bool is_image() const noexcept { return program.executable.empty(); }
  /// What people call it: "shop:1.4", "shop:1.4:/bin/app".
  [[nodiscard]] std::string alias() const {
    return is_image() ? image_name : image_name + ':' + program.executable;
  }
};

class ModelCatalogue {
 public:
  [[nodiscard]] static Result<ModelCatalogue> read(RedisSession& redis);

  /// By id or alias. With `loosely`, also by a part of either that no other has.
  [[nodiscard]] Result<ModelName> find(std::string_view text, bool loosely) const;
  /// Those of an image together, the image first.
  [[nodiscard]] const std::vector<ModelName>& names() const noexcept { return names_; }
  /// Published blobs that could not be read.
  [[nodiscard]] std::size_t unreadable() const noexcept { return unreadable_; }

 private:
  std::vector<ModelName> names_;
  std::size_t unreadable_ = 0;
};

/// What is known of one image.
struct ImageModels {
  Image image;
  Decisions decisions;
  std::map<std::string, std::string> blobs;  ///< of the image and its profiles, as published
};

[[nodiscard]] Result<ImageModels> read_models(RedisSession& redis, const std::string& image,
                                              const DetectorOptions& options);
/// The same from blobs, as in a bundle.
[[nodiscard]] Result<ImageModels> models_from(std::map<std::string, std::string> blobs,
                                              const std::string& image, const DetectorOptions& options);

}  // namespace da
