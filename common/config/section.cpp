#include "common/config/section.h"

#include <algorithm>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/config/scalar.h"
#include "common/config/yaml_tree.h"
#include "common/log.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace da {
namespace {

constexpr std::size_t kMaxSecretBytes = std::size_t{64} << 10;

/// All of the file; an error if it holds more than `limit` bytes.
Result<std::string> read_whole(const UniqueFd& fd, const std::string& path, std::size_t limit) {
  std::string text(limit + 1, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const auto got = ::read(fd.get(), text.data() + done, text.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read " + path);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  if (done > limit) return fail(fmt::format("{} is larger than {} bytes", path, limit));
  text.resize(done);
  return text;
}

Result<std::string> read_secret_file(const std::string& path) {
  // O_NONBLOCK: a fifo with no writer must be an error, not a start that hangs.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail_errno("open " + path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("stat " + path);
  if (!S_ISREG(status.st_mode)) return fail(path + " is not a regular file");
  if ((status.st_mode & S_IROTH) != 0) {
    log_warning("secret file is readable by every user", "file", path, "mode",
                fmt::format("{:04o}", status.st_mode & 07777U));
  }
  auto text = read_whole(fd, path, kMaxSecretBytes);
  if (text && !text->empty() && text->back() == '\n') text->pop_back();
  if (text && text->empty()) return fail(path + " is empty");
  if (text && text->find('\0') != std::string::npos) return fail(path + " holds a NUL character");
  return text;
}

std::string at_line(const std::string& file, int line, std::string_view where, std::string_view what) {
  return where.empty() ? fmt::format("{}:{}: {}", file, line, what)
                       : fmt::format("{}:{}: {}: {}", file, line, where, what);
}

}  // namespace

struct Section::Impl {
  struct Document {
    std::string name;
    YamlValue root;
  };

  std::shared_ptr<const Document> document;
  const YamlValue* mapping = nullptr;  ///< in `document`; null for a missing section
  std::string path;                    ///< "redis.tls"; empty for the root
  int line = 1;                        ///< where the section stands, or its parent if it is missing
  mutable std::vector<std::string> known;

  /// Notes that the key is a known one. Null if it is not given.
  const YamlEntry* ask(std::string_view key) const {
    if (std::find(known.begin(), known.end(), key) == known.end()) known.emplace_back(key);
    return mapping == nullptr ? nullptr : mapping->find(key);
  }

  ConfigError error(std::string_view key, int at, std::string_view what) const {
    return ConfigError(at_line(document->name, at, join_path(path, key), what));
  }

  ConfigError mismatch(const YamlEntry& entry, std::string_view expected) const {
    const YamlValue& value = entry.value;
    std::string got = "nothing";
    if (value.kind == YamlValue::Kind::scalar) got = quote_for_error(value.text);
    if (value.kind == YamlValue::Kind::list) got = "a list";
    if (value.kind == YamlValue::Kind::mapping) got = "a mapping";
    return error(entry.key, entry.line, fmt::format("expected {}, got {}", expected, got));
  }

  /// Null if the key is not given; an error if it holds anything but one plain value.
  const std::string* text(std::string_view key, std::string_view expected) const {
    const YamlEntry* entry = ask(key);
    if (entry == nullptr) return nullptr;
    if (entry->value.kind != YamlValue::Kind::scalar) throw mismatch(*entry, expected);
    return &entry->value.text;
  }

  /// Reads the key with `parse` and checks the range.
  template <typename Value, typename Parse>
  Value ranged(std::string_view key, Value fallback, Value min, Value max, const std::string& expected,
               Parse parse) const {
    const std::string* given = text(key, expected);
    if (given == nullptr) return fallback;
    const std::optional<Value> value = parse(*given);
    if (!value || *value < min || *value > max) throw mismatch(*mapping->find(key), expected);
    return *value;
  }

  static Section open(std::shared_ptr<const Document> document, const YamlValue* value, std::string path,
                      int line) {
    auto impl = std::make_unique<Impl>();
    impl->document = std::move(document);
    impl->mapping = value;
    impl->path = std::move(path);
    impl->line = line;
    return Section(std::move(impl));
  }
};

Section Section::load(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw ConfigError(fail_errno("open " + path).value().message());
  const auto text = read_whole(fd, path, kMaxYamlBytes);
  if (!text) throw ConfigError(text.error().message());
  return parse(*text, path);
}

Section Section::parse(const std::string& text, const std::string& name) {
  auto root = parse_yaml(text);
  if (!root) throw ConfigError(at_line(name, root.error().line, root.error().where, root.error().what));
  if (root->kind != YamlValue::Kind::mapping && root->kind != YamlValue::Kind::null) {
    throw ConfigError(at_line(name, root->line, "", "expected \"key: value\" lines"));
  }
  auto document = std::make_shared<Impl::Document>(Impl::Document{name, std::move(*root)});
  const YamlValue* mapping = &document->root;
  return Impl::open(std::move(document), mapping, "", 1);
}

Section::Section(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Section::Section(Section&&) noexcept = default;
Section& Section::operator=(Section&&) noexcept = default;
Section::~Section() = default;

bool Section::has(std::string_view key) const {
  return impl_->ask(key) != nullptr;
}

std::string Section::string(std::string_view key, std::string_view fallback) {
  const std::string* given = impl_->text(key, "a text");
  return given == nullptr ? std::string(fallback) : *given;
}

std::string Section::word(std::string_view key, std::string_view fallback,
                          const std::vector<std::string_view>& allowed) {
  const std::string expected = fmt::format("one of {}", fmt::join(allowed, ", "));
  const std::string* given = impl_->text(key, expected);
  if (given == nullptr) return std::string(fallback);
  if (std::find(allowed.begin(), allowed.end(), *given) == allowed.end()) {
    throw impl_->mismatch(*impl_->mapping->find(key), expected);
  }
  return *given;
}

std::int64_t Section::integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                              std::int64_t max) {
  return impl_->ranged(key, fallback, min, max, fmt::format("a whole number from {} to {}", min, max),
                       parse_integer);
}

double Section::number(std::string_view key, double fallback, double min, double max) {
  return impl_->ranged(key, fallback, min, max, fmt::format("a number from {} to {}", min, max),
                       parse_number);
}

double Section::percent(std::string_view key, double fallback, double min, double max) {
  constexpr double kWhole = 100;
  return impl_->ranged(key, fallback, min, max,
                       fmt::format("a percentage from {}% to {}%", min * kWhole, max * kWhole),
                       parse_percent);
}

bool Section::boolean(std::string_view key, bool fallback) {
  return impl_->ranged(key, fallback, false, true, "true or false", parse_boolean);
}

std::chrono::milliseconds Section::duration(std::string_view key, std::chrono::milliseconds fallback,
                                            std::chrono::milliseconds min, std::chrono::milliseconds max) {
  return impl_->ranged(
      key, fallback, min, max,
      fmt::format("a duration (ms, s, m, h, d) from {} to {}", format_duration(min), format_duration(max)),
      parse_duration);
}

std::uint64_t Section::bytes(std::string_view key, std::uint64_t fallback, std::uint64_t min,
                             std::uint64_t max) {
  return impl_->ranged(
      key, fallback, min, max,
      fmt::format("a size (B, KiB, MiB, GiB) from {} to {}", format_bytes(min), format_bytes(max)),
      parse_bytes);
}

std::vector<std::string> Section::strings(std::string_view key) {
  std::vector<std::string> texts;
  const YamlEntry* entry = impl_->ask(key);
  if (entry == nullptr || entry->value.kind == YamlValue::Kind::null) return texts;
  if (entry->value.kind != YamlValue::Kind::list) throw impl_->mismatch(*entry, "a list of texts");
  for (const YamlValue& item : entry->value.items) {
    if (item.kind != YamlValue::Kind::scalar) {
      const std::string item_key = fmt::format("{}[{}]", key, texts.size());
      throw impl_->mismatch(YamlEntry{item_key, item.line, item}, "a text");
    }
    texts.push_back(item.text);
  }
  return texts;
}

std::optional<std::string> Section::secret(std::string_view key, const char* environment_variable) {
  const std::string file_key = fmt::format("{}_file", key);
  const YamlEntry* direct = impl_->ask(key);
  const YamlEntry* file = impl_->ask(file_key);
  if (direct != nullptr && file != nullptr)
    throw error(key, fmt::format("give this or {}, not both", file_key));
  if (direct != nullptr) {
    // Not mismatch(): a secret must not be shown, even a malformed one.
    if (direct->value.kind != YamlValue::Kind::scalar || direct->value.text.empty())
      throw error(key, "expected a text");
    return direct->value.text;
  }
  if (file != nullptr) {
    const auto text = read_secret_file(*impl_->text(file_key, "the name of a file"));
    if (!text) throw error(file_key, text.error().message());
    return *text;
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here calls setenv
  const char* value = environment_variable == nullptr ? nullptr : std::getenv(environment_variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

Section Section::section(std::string_view key) {
  const YamlEntry* entry = impl_->ask(key);
  const std::string path = join_path(impl_->path, key);
  if (entry == nullptr) return Impl::open(impl_->document, nullptr, path, impl_->line);
  if (entry->value.kind == YamlValue::Kind::null)
    return Impl::open(impl_->document, nullptr, path, entry->line);
  if (entry->value.kind != YamlValue::Kind::mapping) throw impl_->mismatch(*entry, "a mapping");
  return Impl::open(impl_->document, &entry->value, path, entry->line);
}

std::vector<Section> Section::sections(std::string_view key) {
  std::vector<Section> found;
  const YamlEntry* entry = impl_->ask(key);
  if (entry == nullptr || entry->value.kind == YamlValue::Kind::null) return found;
  if (entry->value.kind != YamlValue::Kind::list) throw impl_->mismatch(*entry, "a list of mappings");
  for (const YamlValue& item : entry->value.items) {
    const std::string item_key = fmt::format("{}[{}]", key, found.size());
    if (item.kind != YamlValue::Kind::mapping) {
      throw impl_->mismatch(YamlEntry{item_key, item.line, item}, "a mapping");
    }
    found.push_back(Impl::open(impl_->document, &item, join_path(impl_->path, item_key), item.line));
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
    throw impl_->error(entry.key, entry.line, "unknown key; " + hint);
  }
}

ConfigError Section::error(std::string_view key, std::string_view what) const {
  const YamlEntry* entry = impl_->mapping == nullptr ? nullptr : impl_->mapping->find(key);
  return impl_->error(key, entry == nullptr ? impl_->line : entry->line, what);
}

}  // namespace da
