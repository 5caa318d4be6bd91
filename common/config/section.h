// Reads one YAML mapping of a configuration file, key by key, with errors that name file, line and key.
//
// Used by each binary's config.cpp. Read every key you know, then call done(): what was not asked for
// is an unknown key, and an error.
//
//   Section root = Section::load(sources);
//   Section redis = root.section("redis");
//   auto port = redis.integer("port", 6379, 1, 65535);
//   redis.done();
//
// All functions throw ConfigError. A missing key yields the default. What was read is recorded, key by key
// (read_keys.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/config_error.h"
#include "common/config/config_layers.h"
#include "common/config/read_keys.h"

namespace da {

class Section {
 public:
  /// Reads the file and what is laid over it. An empty file is an empty section; a missing or malformed one
  /// an error.
  [[nodiscard]] static Section load(const ConfigSources& sources);
  /// For tests: `name` stands in for the file in errors.
  [[nodiscard]] static Section parse(const std::string& text, const std::string& name);

  Section(Section&&) noexcept;
  Section& operator=(Section&&) noexcept;
  ~Section();

  /// With a value.
  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] std::string string(std::string_view key, std::string_view fallback);
  /// One of the words of `allowed`.
  [[nodiscard]] std::string word(std::string_view key, std::string_view fallback,
                                 const std::vector<std::string_view>& allowed);
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                                     std::int64_t max);
  [[nodiscard]] double number(std::string_view key, double fallback, double min, double max);
  /// "25%" is 0.25, and so are the bounds given.
  [[nodiscard]] double percent(std::string_view key, double fallback, double min, double max);
  [[nodiscard]] bool boolean(std::string_view key, bool fallback);
  /// "250ms", "5s", "10m", "4h", "1d".
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view key, std::chrono::milliseconds fallback,
                                                   std::chrono::milliseconds min,
                                                   std::chrono::milliseconds max);
  /// "64KiB", "16MiB", "1GiB", or plain bytes.
  [[nodiscard]] std::uint64_t bytes(std::string_view key, std::uint64_t fallback, std::uint64_t min,
                                    std::uint64_t max);
  [[nodiscard]] std::vector<std::string> strings(std::string_view key,
                                                 const std::vector<std::string>& fallback = {});
  /// From `key`, from the file that `key`_file names (one trailing newline dropped), or, with neither of
  /// them, from the environment variable; at most one of the first two. Its value is in no error. A file
  /// that every user may read is worth a warning.
  [[nodiscard]] std::optional<std::string> secret(std::string_view key, const char* environment_variable);
  /// A nested mapping; empty if missing.
  [[nodiscard]] Section section(std::string_view key);
  /// A list of mappings; empty if missing.
  [[nodiscard]] std::vector<Section> sections(std::string_view key);

  /// Throws for a key that no one asked for; names the nearest known one.
  void done() const;

  /// What was read so far, of all sections of this configuration.
  [[nodiscard]] const ReadKeys& read_keys() const noexcept;

  /// Builds the error for a check of the caller's own: "file:line: section.key: <what>".
  [[nodiscard]] ConfigError error(std::string_view key, std::string_view what) const;

 private:
  struct Impl;
  explicit Section(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace da
