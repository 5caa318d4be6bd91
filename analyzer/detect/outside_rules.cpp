#include "analyzer/detect/outside_rules.h"

#include <algorithm>

#include <fnmatch.h>

namespace da {

OutsideRule OutsideRules::of(const std::string& image_name) const {
  const auto found = std::find_if(exceptions.begin(), exceptions.end(), [&](const Exception& exception) {
    return ::fnmatch(exception.images.c_str(), image_name.c_str(), 0) == 0;
  });
  return found == exceptions.end() ? usual : found->rule;
}

}  // namespace da
