#include "collector/capture/labels_text.h"

#include <algorithm>
#include <set>

#include "proto/codec.h"

namespace da {

// What is cut in the midst of a value would fit another route than it should.
static_assert(kMostToldLabels * (kLongestToldLabel + 1) <= WireLimits::text_bytes);

std::string labels_text(const std::map<std::string, std::string>& labels,
                        const std::vector<std::string>& names) {
  std::string text;
  std::size_t told = 0;
  for (const std::string& name : std::set<std::string>(names.begin(), names.end())) {
    const auto label = labels.find(name);
    if (label == labels.end() || ++told > kMostToldLabels) continue;
    if (!text.empty()) text += '\0';
    const std::string pair = name + '=' + label->second;
    text += pair.substr(0, std::min(pair.find('\0'), kLongestToldLabel));
  }
  return text;
}

}  // namespace da
