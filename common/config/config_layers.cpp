#include "common/config/config_layers.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "common/config/config_error.h"
#include "common/config/read_text.h"

namespace da {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 256;  ///< of one directory
constexpr std::size_t kMostOverrides = 1000;

/// Adds one layer after the other.
class Layers {
 public:
  void add_file(const std::string& path) {
    // O_NONBLOCK: a fifo with no writer must be an error, not a start that hangs.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) throw ConfigError(fail_errno("open " + path).value().message());
    const auto text = read_text(fd, path, kMaxYamlBytes);
    if (!text) throw ConfigError(text.error().message());
    add_text(*text, path);
  }

  void add_text(const std::string& text, const std::string& name) {
    const std::size_t source = add_origin({name, true});
    auto root = parse_yaml(text, source);
    if (!root) {
      const std::string where = root.error().where.empty() ? "" : root.error().where + ": ";
      throw ConfigError(
          fmt::format("{}: {}{}", place_of(origin(source), root.error().line), where, root.error().what));
    }
    if (root->kind == YamlValue::Kind::null) return;
    if (root->kind != YamlValue::Kind::mapping)
      throw ConfigError(place_of(origin(source), root->line) + ": expected \"key: value\" lines");
    lay(*std::move(root));
  }

  /// A single value. `name` is how errors call it; the value is in none of them: it may be a secret.
  void add_value(const std::string& name, const std::vector<std::string>& path, const std::string& text) {
    const std::size_t source = add_origin({name, false});
    auto value = parse_yaml(text, source);
    // A comment (#...) or a directive (%...) alone is valid YAML, and no value: hardly what was meant.
    const bool is_lost =
        value && value->kind == YamlValue::Kind::null && !text.empty() && text != "~" && text != "null";
    if (!value || is_lost) throw ConfigError(name + ": the value is not valid YAML; does it need quotes?");
    for (auto key = path.rbegin(); key != path.rend(); ++key) {
      YamlValue outer;
      outer.kind = YamlValue::Kind::mapping;
      outer.source = source;
      outer.entries.push_back({*key, 1, source, *std::move(value)});
      value = std::move(outer);
    }
    lay(*std::move(value));
  }

  LayeredConfig take() { return std::move(config_); }

 private:
  std::size_t add_origin(ConfigOrigin origin) {
    config_.origins.push_back(std::move(origin));
    return config_.origins.size() - 1;
  }
  const ConfigOrigin& origin(std::size_t source) const { return config_.origins.at(source); }

  void lay(YamlValue over) {
    if (config_.origins.size() == 1) {
      config_.root = std::move(over);
    } else {
      lay_over(config_.root, std::move(over));
    }
  }

  LayeredConfig config_;
};

/// In byte order. None if there is no such directory.
std::vector<std::string> yaml_files_of(const fs::path& directory) {
  std::vector<std::string> files;
  std::error_code error;
  if (!fs::exists(directory, error) && !error) return files;
  fs::directory_iterator entries(directory, error);
  if (error) throw ConfigError(fmt::format("{}: {}", directory.string(), error.message()));
  for (const fs::directory_entry& entry : entries) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.') && name.ends_with(".yaml")) files.push_back(entry.path().string());
    if (files.size() > kMostFiles)
      throw ConfigError(fmt::format("{}: more than {} files", directory.string(), kMostFiles));
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Of "redis" and "url" with a '.' between them, or "REDIS__URL". Empty if that is no name of a key.
std::vector<std::string> key_path(std::string_view text, std::string_view separator) {
  std::vector<std::string> path;
  while (true) {
    const std::size_t end = text.find(separator);
    const std::string_view key = text.substr(0, end);
    if (key.empty() || path.size() >= static_cast<std::size_t>(kMaxYamlDepth)) return {};
    path.emplace_back(key);
    if (end == std::string_view::npos) return path;
    text.remove_prefix(end + separator.size());
  }
}

void add_environment(Layers& layers, const std::vector<std::string>& environment) {
  std::vector<std::pair<std::string, std::string>> overrides;
  for (const std::string& variable : environment) {
    const std::size_t equals = variable.find('=');
    if (equals == std::string::npos || !variable.starts_with(kOverridePrefix)) continue;
    if (equals + 1 < variable.size())
      overrides.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  if (overrides.size() > kMostOverrides)
    throw ConfigError(fmt::format("more than {} variables {}...", kMostOverrides, kOverridePrefix));
  std::sort(overrides.begin(), overrides.end());
  for (const auto& [name, value] : overrides) {
    std::string key = name.substr(kOverridePrefix.size());
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto path = key_path(key, "__");
    const std::string origin = "environment variable " + name;
    if (path.empty()) throw ConfigError(origin + ": names no key");
    layers.add_value(origin, path, value);
  }
}

void add_options(Layers& layers, const std::vector<std::string>& options) {
  for (const std::string& option : options) {
    const std::size_t equals = option.find('=');
    const auto path = key_path(std::string_view(option).substr(0, equals), ".");
    if (equals == std::string::npos || path.empty())
      throw ConfigError("-o " + quote_for_error(option.substr(0, equals)) + ": expected KEY=VALUE, such as " +
                        "-o redis.url=unix:///run/redis/redis.sock");
    layers.add_value("-o " + option.substr(0, equals), path, option.substr(equals + 1));
  }
}

}  // namespace

ConfigSources ConfigSources::of_process() {
  ConfigSources sources;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (std::string_view(*variable).starts_with(kOverridePrefix)) sources.environment.emplace_back(*variable);
  }
  return sources;
}

LayeredConfig load_layers(const ConfigSources& sources) {
  Layers layers;
  layers.add_file(sources.file);
  const fs::path file(sources.file);
  const fs::path own = file.stem().string() + ".d";
  for (const fs::path& directory : {fs::path("conf.d"), own}) {
    for (const std::string& path : yaml_files_of(file.parent_path() / directory))
      layers.add_file(path);
    if (own == "conf.d") break;
  }
  add_environment(layers, sources.environment);
  add_options(layers, sources.options);
  return layers.take();
}

LayeredConfig single_layer(const std::string& text, const std::string& name) {
  Layers layers;
  layers.add_text(text, name);
  return layers.take();
}

std::string place_of(const ConfigOrigin& origin, int line) {
  return origin.has_lines ? fmt::format("{}:{}", origin.name, line) : origin.name;
}

}  // namespace da
