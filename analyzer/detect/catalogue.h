// The images and profiles that one shard's stream teaches: found by origin, saved and loaded, and their state
// in words.
//
// Owned by the detector. They are parts: what all shards know together comes from KnownModels. Bounded in
// images and profiles; what finds no room is not profiled, and counted.
//
//   Image* image = catalogue.image_of(origin);
//   for (auto& [id, blob] : catalogue.take_changed()) save(id, blob);
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/detect/blob_id.h"
#include "analyzer/detect/curator.h"
#include "analyzer/detect/known_models.h"
#include "analyzer/model/image.h"
#include "common/result.h"
#include "proto/syscall_batch.h"

namespace da {

/// A profile for a status page or the log.
struct ProfileStatus {
  std::string id;  ///< as in the checkpoint
  std::string image;
  std::string executable;
  Arch arch{};
  ProfileState state{};
  std::string reason;       ///< what the next state waits for
  std::string description;  ///< what was learned
  std::uint64_t calls = 0;
  std::uint64_t threads = 0;  ///< episodes: ended threads, or 1,000 calls of a long one
  std::uint64_t lost = 0;
  double unseen_mass = 1.0;
  unsigned threshold = 0;
};

struct ImageStatus {
  std::string id;
  std::string image;
  bool armed = false;
  std::string reason;
  std::size_t programs = 0;
};

/// Beyond these, new images are not watched and new programs have no profile until another image is
/// forgotten; a Transition says so, once each time.
struct CatalogueLimits {
  std::size_t images = 256;
  std::size_t profiles = 2048;
};

class Catalogue {
 public:
  /// `known` outlives it.
  Catalogue(const LifeCycleOptions& options, const ScoreOptions& score, CatalogueLimits limits,
            const KnownModels& known);

  /// The origin's image, known or new; null if there is no room.
  [[nodiscard]] Image* image_of(const Origin& origin);
  /// The program, learned if it is new and the image still learns; null if it is unknown and stays so.
  [[nodiscard]] Program* program_of(Image& image, const Origin& origin);

  /// The same, learned even if the image is armed.
  [[nodiscard]] Program* learn_program(Image& image, const ProgramKey& key) { return learn(image, key); }

  /// The image that an origin with this id and name would have; null if there is no room.
  [[nodiscard]] Image* image_named(const std::string& id, const std::string& name) {
    return find_or_make(id, name);
  }
  /// Something new is known of this image. True if programs were forgotten by it: pointers to them are void.
  bool follow(const std::string& image);
  /// After a batch, with the stream's clock: images grow old, those of which nothing is known any more leave,
  /// and where room was wanting, the one away for longest is put forward for its curator to forget.
  void tidy(std::int64_t clock_ns);
  /// Images that left since the last call: pointers to them are void afterwards.
  [[nodiscard]] std::vector<std::unique_ptr<Image>> take_left() { return std::exchange(left_, {}); }
  /// What the log should say since the last call.
  [[nodiscard]] std::vector<Transition> take_transitions();

  /// What changed since the last call. Ids are readable: "profile:<image>:<arch>:<executable>".
  [[nodiscard]] std::vector<SavedBlob> take_changed();
  /// Takes up a saved blob, in any order. Refuses a damaged one, and one saved under another id.
  [[nodiscard]] Result<> load(std::string_view id, std::string_view blob);

  [[nodiscard]] std::vector<ProfileStatus> profiles() const;
  [[nodiscard]] std::vector<ImageStatus> images() const;

 private:
  [[nodiscard]] Image* find_or_make(const std::string& id, const std::string& name);
  Program* learn(Image& image, const ProgramKey& key);
  [[nodiscard]] Result<> load_profile(std::string_view id, std::string_view blob);
  [[nodiscard]] Result<> load_habits(std::string_view id, std::string_view blob);
  [[nodiscard]] Result<> load_image(std::string_view id, std::string_view blob);
  void count_profiles();
  void make_room();
  void tell_full(bool& told, std::string what, std::string image, std::string executable, std::string why);

  LifeCycleOptions options_;
  ScoreOptions score_;
  CatalogueLimits limits_;
  const KnownModels& known_;
  std::map<std::string, std::unique_ptr<Image>> images_;
  std::size_t profile_count_ = 0;
  std::int64_t clock_ns_ = 0;
  std::int64_t looked_ns_ = 0;  ///< when ages were looked at last
  bool wants_room_ = false;
  std::vector<std::unique_ptr<Image>> left_;
  std::vector<SavedBlob> gone_;
  bool images_full_told_ = false;
  bool profiles_full_told_ = false;
  std::vector<Transition> transitions_;
};

/// The part of a path that programs are told apart by: its first 512 bytes.
[[nodiscard]] std::string bounded_path(std::string_view path);

}  // namespace da
