// Adds up what the shards' streams taught of images and programs, and decides by it: when a profile or an
// image is armed, and with which threshold.
//
// Each image has one curator, at the analyzer that holds the image's home shard; it works on what the shards'
// holders saved, so that the result does not depend on who they are or how many. Pure.
//
//   Curator curator(options.life, options.score);
//   curator.load(id, blob);                    // what was published last
//   curator.take_part(shard, id, blob);        // whenever a shard saved one anew
//   for (SavedBlob& blob : curator.advance(most)) publish(blob);
//   for (SavedBlob& blob : curator.carry_out(order, bundle)) publish(blob);     // with the order's end
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/detect/blob_id.h"
#include "analyzer/model/image.h"
#include "analyzer/notify/order.h"
#include "common/result.h"
#include "proto/ids.h"

namespace da {

/// Something an operator's log should say.
struct Transition {
  std::string what;  ///< "profile armed", "profile in shadow", "profile learns on", "image armed"
  std::string image;
  std::string executable;  ///< empty for an image
  std::string why;
};

class Curator {
 public:
  Curator(const LifeCycleOptions& options, const ScoreOptions& score) : options_(options), score_(score) {}

  /// What was published before, by whoever was the curator.
  [[nodiscard]] Result<> load(std::string_view id, std::string_view blob);
  /// What one shard's stream taught, in place of what came of that shard before.
  [[nodiscard]] Result<> take_part(ShardId shard, std::string_view id, std::string blob);
  /// Adds up what changed, and takes the steps that are due: what is to be published. Goes on to the next
  /// image only while it has added up fewer than `most` n-grams: call again for the rest.
  [[nodiscard]] std::vector<SavedBlob> advance(std::size_t most);
  /// Carries an operator's order out, once however often it is given: what is to be published of it at once.
  /// What follows for the models comes from advance(). Whether it was done is noted in what is published.
  [[nodiscard]] std::vector<SavedBlob> carry_out(const Order& order, std::string_view bundle);
  /// Id and name of those of which only parts have come so far: see predecessor.h.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> new_images() const;
  /// Such an image begins from the counts of another: what is to be published of that at once.
  [[nodiscard]] std::vector<SavedBlob> begin_from(const Image& predecessor, const std::string& id);
  /// There is something for advance() to do.
  [[nodiscard]] bool is_due() const noexcept;
  /// Another is the curator of this image now.
  void forget(const std::string& image) { images_.erase(image); }
  [[nodiscard]] std::vector<std::string> images() const;

  [[nodiscard]] std::vector<Transition> take_transitions();

 private:
  struct CuratedHabits {
    std::map<ShardId, std::string> parts;
    std::string base;
    std::shared_ptr<ProgramHabits> whole;
    std::uint64_t published = 0;
    bool due = false;
  };
  struct Curated {
    std::map<ShardId, std::string> parts;
    std::set<ShardId> unlearned;  ///< parts of which nothing is left but what does not count
    std::string base;             ///< what another site or version taught; empty: nothing
    std::shared_ptr<Profile> whole;
    std::uint64_t published = 0;  ///< hash of the blob
    bool due = false;
    CuratedHabits habits;
  };
  struct CuratedImage {
    std::map<ShardId, std::string> parts;
    std::map<ShardId, std::uint32_t> generations;  ///< of those
    std::map<ProgramKey, Curated> programs;
    std::string base;
    std::shared_ptr<const Decisions> decisions;  ///< null: none
    std::string name;
    std::uint64_t published = 0;
    std::uint32_t generation = 0;  ///< of what was published
    bool armed = false;
    bool due = false;
    bool tell_decisions = false;  ///< to a shard that did not follow
  };
  /// What the parts say of when an image was seen.
  struct Sight {
    bool taught = false;      ///< there is a part that counts, with something in it
    bool all_emptied = true;  ///< every part is of this generation, with nothing in it
    bool crowded = false;
    std::int64_t unseen_ns = 0;
  };

  [[nodiscard]] Result<> load_base(std::string_view id, std::string_view blob);
  [[nodiscard]] Result<std::vector<SavedBlob>> take_bundle(const std::string& image, std::string_view bundle);
  [[nodiscard]] std::vector<SavedBlob> drop_bases(const Order& order);
  [[nodiscard]] static bool is_forgotten(const CuratedImage& image, const ProgramKey& key);
  static void leave_unlearned_out(const CuratedImage& image, ShardId shard, Image::Saved& part);
  static void make_due(CuratedImage& image, const Decisions& before);
  [[nodiscard]] std::set<ProgramKey> known_programs(const std::string& image) const;
  [[nodiscard]] static Decisions decisions_of(const std::string& id, const CuratedImage& image);
  [[nodiscard]] static bool is_of_former_life(const CuratedImage& image, ShardId shard);
  /// The n-grams that were added up. Its whole is null if there is no such program (any more).
  [[nodiscard]] std::size_t add_up(CuratedImage& image, const ProfileKey& key, Curated& program);
  Sight add_up(const std::string& id, CuratedImage& image, std::vector<SavedBlob>& published);
  [[nodiscard]] Result<> take_image_part(ShardId shard, std::string_view id, std::string blob);
  /// Why it is to be forgotten; nothing: it is not.
  [[nodiscard]] std::optional<std::string> why_forget(const CuratedImage& image, const Sight& sight) const;
  void forget_parts(const std::string& id, CuratedImage& image, std::string why,
                    std::vector<SavedBlob>& published);
  [[nodiscard]] static bool is_over(const CuratedImage& image, const Sight& sight);
  void publish(const ProfileKey& key, Curated& program, std::vector<SavedBlob>& published) const;
  // Habits, in curator_habits.cpp.
  [[nodiscard]] Result<> load_habits(std::string_view id, std::string_view blob);
  [[nodiscard]] Result<CuratedHabits*> habits_named(std::string_view id, std::string_view blob);
  static void drop_habits_base(const ProfileKey& key, CuratedHabits& habits,
                               std::vector<SavedBlob>& published);
  [[nodiscard]] std::size_t add_up_habits(const CuratedImage& image, const ProfileKey& key,
                                          const ProgramDecisions& decided, CuratedHabits& habits,
                                          std::vector<SavedBlob>& published);
  static void publish(std::uint64_t& last, SavedBlob blob, std::vector<SavedBlob>& published);
  void tell(std::string what, const std::string& image, const std::string& executable, std::string why);

  LifeCycleOptions options_;
  ScoreOptions score_;
  std::map<std::string, CuratedImage> images_;
  std::vector<Transition> transitions_;
};

}  // namespace da
