// The labels of a container that go with its records, as one text: Origin::labels.
//
// Used by what describes programs. A container's labels are chosen by whoever built its image: bounded.
//
//   origin.labels = labels_text(container.labels, {"team"});    // "team=web"
#pragma once

#include <map>
#include <string>
#include <vector>

namespace da {

inline constexpr std::size_t kMostToldLabels = 16;
inline constexpr std::size_t kLongestToldLabel = 255;  ///< bytes of "key=value"; longer values are cut

/// Those of `names` that there are, by name, with NUL between them. A value ends at its first NUL.
[[nodiscard]] std::string labels_text(const std::map<std::string, std::string>& labels,
                                      const std::vector<std::string>& names);

}  // namespace da
