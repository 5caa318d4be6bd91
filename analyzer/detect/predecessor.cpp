#include "analyzer/detect/predecessor.h"

#include <algorithm>
#include <tuple>

namespace da {
namespace {

/// As Docker abbreviates the id of an image that has no name.
bool is_hex_id(std::string_view name) noexcept {
  constexpr std::size_t kShort = 12;
  constexpr std::size_t kLong = 64;
  return (name.size() == kShort || name.size() == kLong) &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// One that only began to learn itself has nothing to hand on.
bool knows_enough(const Image& image) {
  const auto is_armed = [](const auto& entry) {
    return entry.second.profile && entry.second.profile->life().state() == ProfileState::armed;
  };
  return image.armed() || std::any_of(image.programs().begin(), image.programs().end(), is_armed);
}

}  // namespace

std::string_view repository_of(std::string_view image_name) noexcept {
  if (image_name.starts_with("sha256:") || image_name.starts_with('<')) return {};
  std::string_view name = image_name.substr(0, image_name.find('@'));
  const std::size_t slash = name.rfind('/');
  const std::size_t colon = name.find(':', slash == std::string_view::npos ? 0 : slash);
  name = name.substr(0, colon);
  return is_hex_id(name) ? std::string_view{} : name;
}

const Image* predecessor_of(std::string_view id, std::string_view name,
                            const std::map<std::string, std::shared_ptr<Image>>& images) {
  const std::string_view repository = repository_of(name);
  if (repository.empty()) return nullptr;
  const Image* best = nullptr;
  const auto rank = [](const Image& image) { return std::tuple(image.armed(), image.latest_ns()); };
  for (const auto& [other, image] : images) {
    if (other == id || !knows_enough(*image) || repository_of(image->name()) != repository) continue;
    // Among equals the first by id, so that all would choose the same.
    if (best == nullptr || rank(*best) < rank(*image)) best = image.get();
  }
  return best;
}

}  // namespace da
