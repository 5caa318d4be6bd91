// One configuration out of its layers, the later over the earlier (lay_over() in yaml_tree.h):
//
//   1. the file, such as /etc/docker-anomalies/analyzer.yaml;
//   2. conf.d/*.yaml beside it, in byte order: for every configuration in that directory;
//   3. analyzer.d/*.yaml beside it, in byte order: for analyzer.yaml alone;
//   4. environment variables: DOCKER_ANOMALIES__REDIS__URL is redis.url;
//   5. options: -o redis.url=unix:///r.sock.
//
// Values of 4 and 5 are YAML, so `[a, b]` is a list. An empty variable counts as none; `-o a.b=` takes the
// key back to its default.
//
//   ConfigSources sources = ConfigSources::of_process();
//   sources.file = "/etc/docker-anomalies/analyzer.yaml";
//   Section root = Section::load(sources);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/yaml_tree.h"

namespace da {

/// Where a binary is told to find its configuration. Kept, so that a reload reads the same again.
struct ConfigSources {
  std::string file;
  std::vector<std::string> options{};      ///< "a.b=c"
  std::vector<std::string> environment{};  ///< "NAME=value"; of other names than ours nothing is read

  /// With the environment of this process, and nothing else yet.
  [[nodiscard]] static ConfigSources of_process();
};

inline constexpr std::string_view kOverridePrefix = "DOCKER_ANOMALIES__";

/// One layer, as errors name it.
struct ConfigOrigin {
  std::string name;
  bool has_lines = true;  ///< false: of a single value, such as an environment variable
};

struct LayeredConfig {
  std::vector<ConfigOrigin> origins;  ///< what `source` of a YamlValue counts in
  YamlValue root;                     ///< a mapping, or null
};

/// Throws ConfigError (section.h).
[[nodiscard]] LayeredConfig load_layers(const ConfigSources& sources);
/// A single text; `name` stands in for the file in errors.
[[nodiscard]] LayeredConfig single_layer(const std::string& text, const std::string& name);

/// "analyzer.yaml:12", or the name of what has no lines.
[[nodiscard]] std::string place_of(const ConfigOrigin& origin, int line);

}  // namespace da
