#include "collector/docker/target_filter.h"

#include <algorithm>
#include <string_view>

#include <fnmatch.h>

namespace da::docker {
namespace {

constexpr std::size_t kShortIdDigits = 12;  // what `docker ps` shows; shorter prefixes are too easily names

bool matches_glob(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

/// "registry:5000/nginx:1.25" and "registry:5000/nginx@sha256:..." are "registry:5000/nginx".
std::string without_tag(const std::string& image) {
  const std::string name = image.substr(0, image.find('@'));
  const std::size_t colon = name.rfind(':');
  const std::size_t slash = name.rfind('/');
  const bool has_tag = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  return has_tag ? name.substr(0, colon) : name;
}

bool matches_label(const std::string& rule, const Container& container) {
  const std::size_t equals = rule.find('=');
  const auto label = container.labels.find(rule.substr(0, equals));
  if (label == container.labels.end()) return false;
  return equals == std::string::npos || label->second == rule.substr(equals + 1);
}

bool matches_any(const FilterRules& rules, const Container& container) {
  const std::string plain_image = without_tag(container.image);
  const auto name_matches = [&](const std::string& glob) { return matches_glob(glob, container.name); };
  const auto image_matches = [&](const std::string& glob) {
    return matches_glob(glob, container.image) || matches_glob(glob, plain_image);
  };
  const auto label_matches = [&](const std::string& rule) { return matches_label(rule, container); };
  return std::any_of(rules.names.begin(), rules.names.end(), name_matches) ||
         std::any_of(rules.images.begin(), rules.images.end(), image_matches) ||
         std::any_of(rules.labels.begin(), rules.labels.end(), label_matches);
}

}  // namespace

TargetFilter::TargetFilter(FilterConfig config, std::string own_container) : config_(std::move(config)) {
  if (!own_container.empty()) config_.own.push_back(std::move(own_container));
}

bool TargetFilter::wants(const Container& container) const {
  if (is_own(container) || matches_any(config_.exclude, container)) return false;
  return config_.include.empty() || matches_any(config_.include, container);
}

bool TargetFilter::is_own(const Container& container) const {
  // Labels come from whoever built the image, its name from whoever runs it: a label alone must hide nothing.
  const std::string image = without_tag(container.image);
  const bool named_so = image.substr(image.rfind('/') + 1).starts_with("docker-anomalies");
  const auto role = container.labels.find(kRoleLabel);
  if (named_so && role != container.labels.end() &&
      (role->second == "collector" || role->second == "analyzer" || role->second == "redis")) {
    return true;
  }
  return std::any_of(config_.own.begin(), config_.own.end(), [&](const std::string& own) {
    return own == container.name || (own.size() >= kShortIdDigits && container.id.starts_with(own));
  });
}

}  // namespace da::docker
