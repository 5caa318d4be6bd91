#include "collector/docker/filter_config.h"

#include <algorithm>

namespace da::docker {
namespace {

/// A list of rules. An empty one, which would match nothing or everything, is a slip of the pen.
std::vector<std::string> rules(Section& section, const char* key) {
  auto texts = section.strings(key);
  for (const std::string& text : texts) {
    if (text.empty() || text.front() == '=') throw section.error(key, "an empty rule");
    if (text.find_first_of("\n\t") != std::string::npos) throw section.error(key, "a rule must be one line");
  }
  return texts;
}

FilterRules rules_from(Section section) {
  FilterRules all;
  all.names = rules(section, "names");
  all.images = rules(section, "images");
  all.labels = rules(section, "labels");
  section.done();
  return all;
}

}  // namespace

FilterConfig FilterConfig::from(Section& section) {
  FilterConfig config;
  config.include = rules_from(section.section("include"));
  config.exclude = rules_from(section.section("exclude"));
  config.own = rules(section, "own");
  section.done();
  return config;
}

}  // namespace da::docker
