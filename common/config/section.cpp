#include "common/config/section.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/config/scalar.h"
#include "common/config/secret_file.h"
#include "common/config/yaml_tree.h"
#include "common/log.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace da {
namespace {

/// As a YAML list on one line.
std::string list_text(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ", ";
    list += quote_yaml(text);
  }
  return list + "]";
}

}  // namespace

struct Section::Impl {
  struct Document {
    LayeredConfig config;
    ReadKeys read;
  };

  std::shared_ptr<Document> document;
  const YamlValue* mapping = nullptr;  ///< in `document`; null for a missing section
  std::string path;                    ///< "redis.tls"; empty for the root
  int line = 1;                        ///< where the section stands, or its parent if it is missing
  std::size_t source = 0;              ///< in document->config.origins
  mutable std::vector<std::string> known;

  /// Notes that the key is a known one. Null if it is not given.
  const YamlEntry* ask(std::string_view key) const {
    if (std::find(known.begin(), known.end(), key) == known.end()) known.emplace_back(key);
    return mapping == nullptr ? nullptr : mapping->find(key);
  }

  std::string place(std::size_t layer, int at) const {
    return place_of(document->config.origins.at(layer), at);
  }

  ConfigError error(std::string_view key, std::size_t layer, int at, std::string_view what) const {
    return ConfigError(fmt::format("{}: {}: {}", place(layer, at), join_path(path, key), what));
  }

  /// Notes what was asked for, and what came of it.
  void record(std::string_view key, ReadKey read) const {
    if (const YamlEntry* entry = mapping == nullptr ? nullptr : mapping->find(key))
      read.origin = place(entry->source, entry->line);
    read.number = document->read.size();
    document->read.insert_or_assign(join_path(path, key), std::move(read));
  }

  ConfigError mismatch(const YamlEntry& entry, std::string_view expected) const {
    const YamlValue& value = entry.value;
    std::string got = "nothing";
    if (value.kind == YamlValue::Kind::scalar) got = quote_for_error(value.text);
    if (value.kind == YamlValue::Kind::list) got = "a list";
    if (value.kind == YamlValue::Kind::mapping) got = "a mapping";
    return error(entry.key, entry.source, entry.line, fmt::format("expected {}, got {}", expected, got));
  }

  /// Null if the key is not given; an error if it holds anything but one plain value.
  const std::string* text(std::string_view key, std::string_view expected) const {
    const YamlEntry* entry = ask(key);
    if (entry == nullptr) return nullptr;
    if (entry->value.kind != YamlValue::Kind::scalar) throw mismatch(*entry, expected);
    return &entry->value.text;
  }

  /// Reads the key with `parse` and checks the range. `write` is the way back.
  template <typename Value, typename Parse, typename Write>
  Value ranged(std::string_view key, KeyType type, Value fallback, Value min, Value max,
               const std::string& expected, Parse parse, Write write) const {
    std::optional<Value> value = fallback;
    if (const std::string* given = text(key, expected)) {
      value = parse(*given);
      if (!value || *value < min || *value > max) throw mismatch(*mapping->find(key), expected);
    }
    record(key, {.type = type,
                 .fallback = write(fallback),
                 .min = write(min),
                 .max = write(max),
                 .value = write(*value)});
    return *value;
  }

  [[nodiscard]] std::optional<std::string> secret(std::string_view key,
                                                  const char* environment_variable) const;

  static Section open(std::shared_ptr<Document> document, const YamlValue* value, std::string path, int line,
                      std::size_t source) {
    auto impl = std::make_unique<Impl>();
    impl->document = std::move(document);
    impl->mapping = value;
    impl->path = std::move(path);
    impl->line = line;
    impl->source = source;
    return Section(std::move(impl));
  }

  static Section open_root(LayeredConfig config) {
    auto document = std::make_shared<Document>(Document{std::move(config), {}});
    const YamlValue* mapping = &document->config.root;
    return open(std::move(document), mapping, "", 1, 0);
  }
};

Section Section::load(const ConfigSources& sources) {
  return Impl::open_root(load_layers(sources));
}

Section Section::parse(const std::string& text, const std::string& name) {
  return Impl::open_root(single_layer(text, name));
}

Section::Section(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Section::Section(Section&&) noexcept = default;
Section& Section::operator=(Section&&) noexcept = default;
Section::~Section() = default;

bool Section::has(std::string_view key) const {
  const YamlEntry* entry = impl_->ask(key);
  return entry != nullptr && entry->value.kind != YamlValue::Kind::null;
}

std::string Section::string(std::string_view key, std::string_view fallback) {
  const std::string* given = impl_->text(key, "a text");
  std::string text(given == nullptr ? fallback : *given);
  impl_->record(key, {.type = KeyType::text, .fallback = quote_yaml(fallback), .value = quote_yaml(text)});
  return text;
}

std::string Section::word(std::string_view key, std::string_view fallback,
                          const std::vector<std::string_view>& allowed) {
  const std::string expected = fmt::format("one of {}", fmt::join(allowed, ", "));
  const std::string* given = impl_->text(key, expected);
  std::string word(given == nullptr ? fallback : *given);
  if (given != nullptr && std::find(allowed.begin(), allowed.end(), word) == allowed.end())
    throw impl_->mismatch(*impl_->mapping->find(key), expected);
  impl_->record(key, {.type = KeyType::word,
                      .fallback = std::string(fallback),
                      .allowed = {allowed.begin(), allowed.end()},
                      .value = word});
  return word;
}

std::int64_t Section::integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                              std::int64_t max) {
  return impl_->ranged(key, KeyType::integer, fallback, min, max,
                       fmt::format("a whole number from {} to {}", min, max), parse_integer,
                       [](std::int64_t value) { return fmt::format("{}", value); });
}

double Section::number(std::string_view key, double fallback, double min, double max) {
  return impl_->ranged(key, KeyType::number, fallback, min, max,
                       fmt::format("a number from {} to {}", min, max), parse_number,
                       [](double value) { return fmt::format("{}", value); });
}

double Section::percent(std::string_view key, double fallback, double min, double max) {
  constexpr double kWhole = 100;
  const auto write = [](double value) { return fmt::format("{:g}%", value * kWhole); };
  return impl_->ranged(key, KeyType::percent, fallback, min, max,
                       fmt::format("a percentage from {} to {}", write(min), write(max)), parse_percent,
                       write);
}

bool Section::boolean(std::string_view key, bool fallback) {
  return impl_->ranged(key, KeyType::boolean, fallback, false, true, "true or false", parse_boolean,
                       [](bool value) { return std::string(value ? "true" : "false"); });
}

std::chrono::milliseconds Section::duration(std::string_view key, std::chrono::milliseconds fallback,
                                            std::chrono::milliseconds min, std::chrono::milliseconds max) {
  return impl_->ranged(
      key, KeyType::duration, fallback, min, max,
      fmt::format("a duration (ms, s, m, h, d) from {} to {}", format_duration(min), format_duration(max)),
      parse_duration, format_duration);
}

std::uint64_t Section::bytes(std::string_view key, std::uint64_t fallback, std::uint64_t min,
                             std::uint64_t max) {
  return impl_->ranged(
      key, KeyType::bytes, fallback, min, max,
      fmt::format("a size (B, KiB, MiB, GiB) from {} to {}", format_bytes(min), format_bytes(max)),
      parse_bytes, format_bytes);
}

std::vector<std::string> Section::strings(std::string_view key, const std::vector<std::string>& fallback) {
  std::vector<std::string> texts;
  const YamlEntry* entry = impl_->ask(key);
  if (entry == nullptr) {
    texts = fallback;
  } else if (entry->value.kind != YamlValue::Kind::null) {
    if (entry->value.kind != YamlValue::Kind::list) throw impl_->mismatch(*entry, "a list of texts");
    for (const YamlValue& item : entry->value.items) {
      if (item.kind != YamlValue::Kind::scalar) {
        const std::string item_key = fmt::format("{}[{}]", key, texts.size());
        throw impl_->mismatch(YamlEntry{item_key, item.line, item.source, item}, "a text");
      }
      texts.push_back(item.text);
    }
  }
  impl_->record(key, {.type = KeyType::texts, .fallback = list_text(fallback), .value = list_text(texts)});
  return texts;
}

std::optional<std::string> Section::secret(std::string_view key, const char* environment_variable) {
  auto text = impl_->secret(key, environment_variable);
  impl_->record(key, {.type = KeyType::secret,
                      .fallback = {},
                      .value = text ? "\"***\"" : "",
                      .fingerprint = text ? std::hash<std::string>{}(*text) : 0});
  return text;
}

std::optional<std::string> Section::Impl::secret(std::string_view key,
                                                 const char* environment_variable) const {
  const std::string file_key = fmt::format("{}_file", key);
  const YamlEntry* direct = ask(key);
  const std::string* file_name = text(file_key, "the name of a file");
  record(file_key, {.type = KeyType::text,
                    .fallback = "\"\"",
                    .value = file_name == nullptr ? "\"\"" : quote_yaml(*file_name)});
  if (direct != nullptr && file_name != nullptr)
    throw error(key, direct->source, direct->line, fmt::format("give this or {}, not both", file_key));
  if (direct != nullptr) {
    // Not mismatch(): a secret must not be shown, even a malformed one.
    if (direct->value.kind != YamlValue::Kind::scalar || direct->value.text.empty())
      throw error(key, direct->source, direct->line, "expected a text");
    return direct->value.text;
  }
  if (file_name != nullptr) {
    auto content = read_secret_file(*file_name);
    if (content) return *std::move(content);
    const YamlEntry* file = mapping->find(file_key);
    throw error(file_key, file->source, file->line, content.error().message());
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here calls setenv
  const char* value = environment_variable == nullptr ? nullptr : std::getenv(environment_variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

Section Section::section(std::string_view key) {
  const YamlEntry* entry = impl_->ask(key);
  const std::string path = join_path(impl_->path, key);
  if (entry == nullptr) return Impl::open(impl_->document, nullptr, path, impl_->line, impl_->source);
  if (entry->value.kind == YamlValue::Kind::null)
    return Impl::open(impl_->document, nullptr, path, entry->line, entry->source);
  if (entry->value.kind != YamlValue::Kind::mapping) throw impl_->mismatch(*entry, "a mapping");
  return Impl::open(impl_->document, &entry->value, path, entry->line, entry->source);
}

std::vector<Section> Section::sections(std::string_view key) {
  std::vector<Section> found;
  const YamlEntry* entry = impl_->ask(key);
  if (entry == nullptr || entry->value.kind == YamlValue::Kind::null) return found;
  if (entry->value.kind != YamlValue::Kind::list) throw impl_->mismatch(*entry, "a list of mappings");
  for (const YamlValue& item : entry->value.items) {
    const std::string item_key = fmt::format("{}[{}]", key, found.size());
    if (item.kind != YamlValue::Kind::mapping) {
      throw impl_->mismatch(YamlEntry{item_key, item.line, item.source, item}, "a mapping");
    }
    found.push_back(
        Impl::open(impl_->document, &item, join_path(impl_->path, item_key), item.line, item.source));
  }
  return found;
}

void Section::done() const {
  if (impl_->mapping == nullptr) return;
  for (const YamlEntry& entry : impl_->mapping->entries) {
    if (std::find(impl_->known.begin(), impl_->known.end(), entry.key) != impl_->known.end()) continue;
    const auto nearest = nearest_word(entry.key, impl_->known);
    const std::string hint = nearest ? fmt::format("did you mean {}?", *nearest)
                                     : fmt::format("known here: {}", fmt::join(impl_->known, ", "));
    throw impl_->error(entry.key, entry.source, entry.line, "unknown key; " + hint);
  }
}

const ReadKeys& Section::read_keys() const noexcept {
  return impl_->document->read;
}

ConfigError Section::error(std::string_view key, std::string_view what) const {
  const YamlEntry* entry = impl_->mapping == nullptr ? nullptr : impl_->mapping->find(key);
  if (entry == nullptr) return impl_->error(key, impl_->source, impl_->line, what);
  return impl_->error(key, entry->source, entry->line, what);
}

}  // namespace da
