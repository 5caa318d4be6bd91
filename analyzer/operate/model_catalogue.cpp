#include "analyzer/operate/model_catalogue.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "analyzer/detect/blob_id.h"
#include "analyzer/detect/home_shard.h"
#include "analyzer/operate/redis_session.h"
#include "analyzer/store/commit.h"
#include "analyzer/store/decisions_codec.h"
#include "analyzer/store/habits_codec.h"
#include "analyzer/store/profile_codec.h"

namespace da {
namespace {

bool is_image_id(std::string_view id) {
  return id.starts_with("image:");
}
bool is_profile_id(std::string_view id) {
  return id.starts_with("profile:");
}

Result<ImageModels> assemble(std::map<std::string, std::string> blobs, std::optional<Decisions> decided,
                             const std::string& image_id, const DetectorOptions& options) {
  const auto blob = blobs.find(image_blob_id(image_id));
  if (blob == blobs.end()) return fail("nothing is known of the image");
  const auto saved = decode_image(blob->second);
  if (!saved) return tl::unexpected(saved.error());
  Decisions decisions = decided ? *std::move(decided) : Decisions{};
  Image image(saved->id, saved->name, options.life, options.score);
  image.restore(*saved, 0);
  image.set_decisions(std::make_shared<const Decisions>(decisions));
  image.set_armed(saved->armed);
  for (const auto& [id, bytes] : blobs) {
    if (id.starts_with(kHabitsPrefix)) {
      auto read = decode_program_habits(bytes, options.life.habits);
      if (!read) return fail(id + ": " + read.error().message());
      image.set_habits({read->key.executable, read->key.arch}, std::move(read->habits));
    }
    if (!is_profile_id(id)) continue;
    auto profile = decode_profile(bytes, options.life, options.score);
    if (!profile) return fail(id + ": " + profile.error().message());
    const ProgramKey key{profile->key().executable, profile->key().arch};
    profile->set_frozen(decisions.is_frozen(key));
    image.set_profile(key, std::make_shared<Profile>(*std::move(profile)));
  }
  return ImageModels{std::move(image), std::move(decisions), std::move(blobs)};
}

}  // namespace

Result<ModelCatalogue> ModelCatalogue::read(RedisSession& redis) {
  ModelCatalogue catalogue;
  for (const ShardId shard : redis.shards()) {
    const auto ids = redis.fields(shard, kKnownKey);
    if (!ids) return tl::unexpected(ids.error());
    for (const std::string& id : *ids) {
      if (!is_image_id(id)) continue;
      const auto blob = redis.field(shard, kKnownKey, id);
      if (!blob) return tl::unexpected(blob.error());
      if (!*blob) continue;
      const auto saved = decode_image(**blob);
      if (!saved) {
        ++catalogue.unreadable_;
        continue;
      }
      catalogue.names_.push_back({id, saved->id, saved->name, {}});
      const std::set<std::string> published(ids->begin(), ids->end());
      for (const auto& program : saved->programs) {
        const ProgramKey& key = program.key;
        std::string profile = profile_blob_id({saved->id, key.executable, key.arch});
        if (published.contains(profile))
          catalogue.names_.push_back({std::move(profile), saved->id, saved->name, key});
      }
    }
  }
  return catalogue;
}

Result<ModelName> ModelCatalogue::find(std::string_view text, bool loosely) const {
  std::vector<const ModelName*> found;
  const auto collect = [&](auto fits) {
    if (!found.empty()) return;
    for (const ModelName& name : names_) {
      if (fits(name)) found.push_back(&name);
    }
  };
  collect([&](const ModelName& name) { return name.id == text; });
  collect([&](const ModelName& name) { return name.alias() == text; });
  if (loosely) {
    collect([&](const ModelName& name) {
      return name.id.find(text) != std::string::npos || name.alias().find(text) != std::string::npos;
    });
  }
  if (found.empty()) return fail("no model " + std::string(text) + ": see analyzer profile list");
  if (found.size() == 1) return *found.front();
  std::string several = std::to_string(found.size()) + " models fit " + std::string(text) + ":";
  for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 8); ++i)
    several += ' ' + found[i]->id;
  return fail(std::move(several));
}

Result<ImageModels> read_models(RedisSession& redis, const std::string& image,
                                const DetectorOptions& options) {
  const ShardId home = home_shard(image, static_cast<std::uint16_t>(redis.shards().size()));
  const auto image_blob = redis.field(home, kKnownKey, image_blob_id(image));
  if (!image_blob) return tl::unexpected(image_blob.error());
  if (!*image_blob) return fail("nothing is known of the image");
  std::map<std::string, std::string> blobs{{image_blob_id(image), **image_blob}};
  const auto saved = decode_image(**image_blob);
  if (!saved) return tl::unexpected(saved.error());
  for (const auto& program : saved->programs) {
    const ProfileKey key{image, program.key.executable, program.key.arch};
    for (std::string& id : std::array{profile_blob_id(key), habits_blob_id(key)}) {
      auto blob = redis.field(home, kKnownKey, id);
      if (!blob) return tl::unexpected(blob.error());
      if (*blob) blobs.emplace(std::move(id), **std::move(blob));
    }
  }
  std::optional<Decisions> decisions;
  const auto blob = redis.field(home, kKnownKey, decisions_blob_id(image));
  if (!blob) return tl::unexpected(blob.error());
  if (*blob) {
    auto decoded = decode_decisions(**blob);
    if (!decoded) return tl::unexpected(decoded.error());
    decisions = *std::move(decoded);
  }
  return assemble(std::move(blobs), std::move(decisions), image, options);
}

Result<ImageModels> models_from(std::map<std::string, std::string> blobs, const std::string& image,
                                const DetectorOptions& options) {
  return assemble(std::move(blobs), std::nullopt, image, options);
}

}  // namespace da
