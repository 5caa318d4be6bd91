#include "analyzer/notify/container_labels.h"

#include <algorithm>

#include "common/glob.h"

namespace da {

std::vector<ContainerLabel> split_labels(std::string_view labels) {
  std::vector<ContainerLabel> all;
  while (!labels.empty()) {
    const std::string_view pair = labels.substr(0, labels.find('\0'));
    labels.remove_prefix(std::min(pair.size() + 1, labels.size()));
    const std::size_t name = std::min(pair.find('='), pair.size());
    if (name > 0) all.push_back({pair.substr(0, name), pair.substr(std::min(name + 1, pair.size()))});
  }
  return all;
}

bool has_label(std::string_view labels, std::string_view pattern) {
  const std::size_t equals = pattern.find('=');
  const auto all = split_labels(labels);
  return std::ranges::any_of(all, [&](const ContainerLabel& label) {
    return label.name == pattern.substr(0, equals) &&
           (equals == std::string_view::npos || glob_matches(pattern.substr(equals + 1), label.value));
  });
}

}  // namespace da
