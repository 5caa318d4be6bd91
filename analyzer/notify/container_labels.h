// A container's labels as the collector tells them, and what a route asks of them. Pure.
//
// A container's labels are chosen by whoever built its image, or runs it.
//
//   for (const ContainerLabel& label : split_labels(alert.labels)) ...
//   has_label(alert.labels, "team=web-*")
#pragma once

#include <string_view>
#include <vector>

namespace da {

struct ContainerLabel {
  std::string_view name;
  std::string_view value;
};

/// `labels`: "name=value" with NUL between them (Origin::labels), which outlive the result.
[[nodiscard]] std::vector<ContainerLabel> split_labels(std::string_view labels);

/// `pattern`: "name=GLOB" (common/glob.h), or "name" for any value.
[[nodiscard]] bool has_label(std::string_view labels, std::string_view pattern);

}  // namespace da
