#include "analyzer/operate/profile_commands.h"

#include <set>
#include <utility>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include "analyzer/detect/blob_id.h"
#include "analyzer/operate/bundle_file.h"
#include "analyzer/operate/bundle_trust.h"
#include "analyzer/operate/model_catalogue.h"
#include "analyzer/operate/order_desk.h"
#include "analyzer/operate/output.h"
#include "analyzer/operate/point_in_time.h"
#include "analyzer/operate/profile_diff.h"
#include "analyzer/operate/profile_report.h"
#include "analyzer/store/bundle.h"
#include "analyzer/store/commit.h"
#include "analyzer/store/habits_codec.h"
#include "analyzer/store/profile_codec.h"

namespace da {
namespace {

struct Side {
  ImageModels models;
  ProgramKey program;  ///< none: all of the image
};

/// A file if there is one of that name, else what redis has.
Result<Side> read_side(RedisSession& redis, const DetectorOptions& detector, const std::string& what) {
  if (::access(what.c_str(), F_OK) == 0) {
    const auto bytes = read_bundle_file(what);
    if (!bytes) return tl::unexpected(bytes.error());
    auto bundle = decode_bundle(*bytes);
    if (!bundle) return fail(what + ": " + bundle.error().message());
    auto models = models_from(std::move(bundle->models), bundle->image, detector);
    if (!models) return fail(what + ": " + models.error().message());
    return Side{*std::move(models), {}};
  }
  const auto catalogue = ModelCatalogue::read(redis);
  if (!catalogue) return tl::unexpected(catalogue.error());
  const auto target = catalogue->find(what, true);
  if (!target) return tl::unexpected(target.error());
  auto models = read_models(redis, target->image, detector);
  if (!models) return tl::unexpected(models.error());
  return Side{*std::move(models), target->program};
}

/// The keys one of which must have signed; none: any bundle will do.
Result<std::vector<PublicKey>> wanted_keys(const ProfileOptions& options) {
  if (options.verify.empty()) return options.unverified ? std::vector<PublicKey>{} : options.trusted_keys;
  auto key = PublicKey::from_file(options.verify);
  if (!key) return tl::unexpected(key.error());
  return std::vector<PublicKey>{*std::move(key)};
}

/// A container that taught something of an image.
struct Pupil {
  std::string container;
  std::string image;
  friend auto operator<=>(const Pupil&, const Pupil&) = default;
};

/// Those whose id begins so, as the shards' parts say.
Result<std::set<Pupil>> taught_by(RedisSession& redis, const std::string& beginning) {
  std::set<Pupil> found;
  for (const ShardId shard : redis.shards()) {
    const auto parts = redis.fields(shard, kPartsKey);
    if (!parts) return tl::unexpected(parts.error());
    for (const std::string& part : *parts) {
      const bool of_habits = part.find('/' + std::string(kHabitsPrefix)) != std::string::npos;
      if (!of_habits && part.find("/profile:") == std::string::npos) continue;
      const auto blob = redis.field(shard, kPartsKey, part);
      if (!blob) return tl::unexpected(blob.error());
      if (!*blob) continue;
      const auto key = of_habits ? habits_key_of(**blob) : profile_key_of(**blob);
      const auto teachers = of_habits ? teachers_of_habits(**blob) : teachers_of(**blob);
      if (!key || !teachers) continue;  // the analyzers' log has it
      for (const std::string& id : *teachers) {
        if (id.starts_with(beginning)) found.insert({id, key->image});
      }
    }
  }
  return found;
}

}  // namespace

int list_profiles(RedisSession& redis, const DetectorOptions& detector, const ProfileOptions& options) {
  const auto catalogue = ModelCatalogue::read(redis);
  if (!catalogue) return refuse(catalogue.error());
  std::size_t unreadable = catalogue->unreadable();
  std::string text;
  std::vector<std::string> items;
  for (const ModelName& name : catalogue->names()) {
    if (!name.is_image()) continue;
    const auto models = read_models(redis, name.image, detector);
    if (!models) {
      ++unreadable;
    } else if (options.json) {
      items.push_back(list_item_json(*models));
    } else {
      text += list_text(*models);
    }
  }
  if (unreadable > 0) fmt::print(stderr, "analyzer: {} images cannot be read\n", unreadable);
  if (options.json) return print_all(list_json(items));
  return print_all(text.empty() ? "nothing is learned yet\n" : text);
}

int show_profile(RedisSession& redis, const DetectorOptions& detector, const ProfileOptions& options) {
  const auto catalogue = ModelCatalogue::read(redis);
  if (!catalogue) return refuse(catalogue.error());
  const auto target = catalogue->find(options.target, true);
  if (!target) return refuse(target.error());
  const auto models = read_models(redis, target->image, detector);
  if (!models) return refuse(models.error());
  if (target->is_image()) return print_all(options.json ? image_json(*models) : image_text(*models));
  if (!models->blobs.contains(target->id)) return refuse({{}, "the profile is gone meanwhile"});
  return print_all(options.json ? profile_json(*models, target->program)
                                : profile_text(*models, target->program));
}

int diff_profiles(RedisSession& redis, const DetectorOptions& detector, const ProfileOptions& options) {
  const auto left = read_side(redis, detector, options.target);
  if (!left) return refuse(left.error());
  const auto right = read_side(redis, detector, options.other);
  if (!right) return refuse(right.error());
  // A profile against a whole image is compared with that image's profile of the same program.
  const ProgramKey& only = left->program.executable.empty() ? right->program : left->program;
  const bool both = !left->program.executable.empty() && !right->program.executable.empty();
  if (both && left->program != right->program)
    return refuse({{}, "these are profiles of two different programs"});
  const ModelDiff diff = diff_models(left->models.image, right->models.image, only);
  return print_all(options.json ? diff_json(diff) : diff_text(diff));
}

int order_profile(RedisSession& redis, const ProfileOptions& options, OrderVerb verb) {
  const auto catalogue = ModelCatalogue::read(redis);
  if (!catalogue) return refuse(catalogue.error());
  const auto target = catalogue->find(options.target, false);
  if (!target) return refuse(target.error());
  Order order;
  order.verb = verb;
  order.target = target->id;
  order.about.image = target->image;
  order.about.executable = target->program.executable;
  order.about.arch = static_cast<std::uint8_t>(target->program.arch);
  order.image_name = target->image_name;
  order.comment = options.comment;
  return place_order(redis, std::move(order), {}, options.json);
}

int unlearn_container(RedisSession& redis, const ProfileOptions& options) {
  Order order;
  order.verb = OrderVerb::unlearn;
  if (!options.since.empty()) order.since_ns = parse_point_in_time(options.since, now_ns()).value_or(0);
  const auto found = taught_by(redis, options.container);
  if (!found) return refuse(found.error());
  if (found->empty()) {
    return refuse({{},
                   "nothing is known that a container " + options.container +
                       " alone taught: others showed it too, or it was learned before that was kept"});
  }
  if (found->size() > 1) {
    std::string several = "several containers fit " + options.container + ':';
    for (const Pupil& pupil : *found)
      several += ' ' + pupil.container + " of " + pupil.image;
    return refuse({{}, several.substr(0, 1000)});
  }
  order.target = found->begin()->container;
  order.about.image = found->begin()->image;
  order.image_name = order.about.image;
  order.comment = options.comment;
  return place_order(redis, std::move(order), {}, options.json);
}

int export_profile(RedisSession& redis, const DetectorOptions& detector, const ProfileOptions& options) {
  const auto catalogue = ModelCatalogue::read(redis);
  if (!catalogue) return refuse(catalogue.error());
  const auto target = catalogue->find(options.target, true);
  if (!target) return refuse(target.error());
  if (!target->is_image()) return refuse({{}, "a bundle is of a whole image: image:" + target->image});
  auto models = read_models(redis, target->image, detector);
  if (!models) return refuse(models.error());
  Bundle bundle;
  bundle.image = target->image;
  bundle.name = target->image_name;
  bundle.time_ns = now_ns();
  bundle.models = std::move(models->blobs);
  std::string bytes = encode_bundle(bundle);
  std::string signed_by;
  if (!options.sign.empty()) {
    const auto key = SigningKey::from_file(options.sign);
    if (!key) return refuse(key.error());
    auto signed_bytes = sign_bundle(bytes, *key);
    if (!signed_bytes) return refuse(signed_bytes.error());
    bytes = *std::move(signed_bytes);
    signed_by = key->fingerprint();
  }
  if (bytes.size() > kMostBundleBytes) return refuse({{}, "the models are larger than a bundle may be"});
  if (auto written = write_bundle_file(options.file, bytes); !written) return refuse(written.error());
  if (options.file == "-") return kExitOk;
  return print_all(bundle_made(bundle, options.file, bytes.size(), signed_by, options.json));
}

int import_profile(RedisSession& redis, const ProfileOptions& options) {
  const auto bytes = read_bundle_file(options.file);
  if (!bytes) return refuse(bytes.error());
  const auto bundle = decode_bundle(*bytes);
  if (!bundle) return refuse({{}, options.file + ": " + bundle.error().message()});
  const auto trusted = wanted_keys(options);
  if (!trusted) return refuse(trusted.error());
  const auto signature = check_signature(*bundle, *trusted);
  if (!signature)
    return refuse({{}, options.file + ": " + signature.error().message() + "; nothing was imported"});
  Order order;
  order.verb = OrderVerb::import;
  order.target = "image:" + bundle->image;
  order.about.image = bundle->image;
  order.image_name = bundle->name;
  order.comment = options.comment;
  return place_order(redis, std::move(order), *bytes, options.json, *signature);
}

}  // namespace da
