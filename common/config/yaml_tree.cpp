#include "common/config/yaml_tree.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace da {
namespace {

using Kind = YamlValue::Kind;

int line_of(const YAML::Mark& mark) {
  return mark.is_null() ? 1 : mark.line + 1;
}

/// Copies yaml-cpp's graph into a tree. An alias is copied each time it is used, so the budgets are what
/// stops "billion laughs" and an alias to its own parent.
class Copier {
 public:
  explicit Copier(std::size_t source) : source_(source) {}

  YamlValue copy(const YAML::Node& node, const std::string& path, int line, int depth) {
    if (depth > kMaxYamlDepth) throw YamlError{line, path, "nested too deeply, or an alias to itself"};
    if (++values_ > kMaxYamlValues) throw YamlError{line, path, "too many values (aliases expanded)"};

    YamlValue value;
    value.line = line;
    value.source = source_;
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        break;
      case YAML::NodeType::Scalar:
        value.kind = Kind::scalar;
        value.text = text_of(node, path, line);
        break;
      case YAML::NodeType::Sequence:
        value.kind = Kind::list;
        copy_items(node, path, depth, value);
        break;
      case YAML::NodeType::Map:
        value.kind = Kind::mapping;
        copy_entries(node, path, depth, value);
        break;
    }
    return value;
  }

 private:
  void copy_items(const YAML::Node& node, const std::string& path, int depth, YamlValue& value) {
    for (const auto& item : node) {
      const std::string item_path = fmt::format("{}[{}]", path, value.items.size());
      const int line = item.Mark().is_null() ? value.line : line_of(item.Mark());
      value.items.push_back(copy(item, item_path, line, depth + 1));
    }
  }

  void copy_entries(const YAML::Node& node, const std::string& path, int depth, YamlValue& value) {
    for (const auto& pair : node) {
      const int line = line_of(pair.first.Mark());
      if (!pair.first.IsScalar()) throw YamlError{line, path, "a key must be a word"};
      YamlEntry entry;
      entry.key = text_of(pair.first, path, line);
      entry.line = line;
      entry.source = source_;
      const std::string entry_path = join_path(path, entry.key);
      if (const YamlEntry* earlier = value.find(entry.key)) {
        throw YamlError{line, entry_path, fmt::format("given twice, first in line {}", earlier->line)};
      }
      // Errors of a value name the line of its key: "key:" without a value has no line of its own.
      entry.value = copy(pair.second, entry_path, line, depth + 1);
      value.entries.push_back(std::move(entry));
    }
  }

  std::string text_of(const YAML::Node& scalar, const std::string& path, int line) {
    const std::string& text = scalar.Scalar();
    text_bytes_ += text.size();
    if (text_bytes_ > kMaxYamlTextBytes) throw YamlError{line, path, "too much text (aliases expanded)"};
    if (text.find('\0') != std::string::npos) throw YamlError{line, path, "a NUL character is not allowed"};
    return text;
  }

  std::size_t source_;
  std::size_t values_ = 0;
  std::size_t text_bytes_ = 0;
};

}  // namespace

const YamlEntry* YamlValue::find(std::string_view key) const {
  for (const auto& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

tl::expected<YamlValue, YamlError> parse_yaml(const std::string& text, std::size_t source) {
  if (text.size() > kMaxYamlBytes) {
    return tl::unexpected(YamlError{1, "", fmt::format("larger than {} bytes", kMaxYamlBytes)});
  }
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty()) return YamlValue{};
    if (documents.size() > 1) {
      return tl::unexpected(
          YamlError{line_of(documents[1].Mark()), "", "a second document (\"---\") is not read"});
    }
    return Copier(source).copy(documents[0], "", line_of(documents[0].Mark()), 0);
  } catch (const YamlError& error) {
    return tl::unexpected(error);
  } catch (const YAML::Exception& error) {
    return tl::unexpected(YamlError{line_of(error.mark), "", "not valid YAML: " + error.msg});
  }
}

void lay_over(YamlValue& base, YamlValue over) {
  if (over.kind != Kind::mapping) {
    base = std::move(over);
    return;
  }
  if (base.kind != Kind::mapping) {
    base = YamlValue{};
    base.kind = Kind::mapping;
    base.line = over.line;
    base.source = over.source;
  }
  for (YamlEntry& entry : over.entries) {
    const auto same_key = [&](const YamlEntry& other) { return other.key == entry.key; };
    auto below = std::find_if(base.entries.begin(), base.entries.end(), same_key);
    if (entry.value.kind == Kind::null) {
      if (below != base.entries.end()) base.entries.erase(below);
      continue;
    }
    if (below == base.entries.end()) {
      base.entries.push_back({std::move(entry.key), entry.line, entry.source, {}});
      below = std::prev(base.entries.end());
    }
    below->line = entry.line;
    below->source = entry.source;
    lay_over(below->value, std::move(entry.value));
  }
}

std::string join_path(std::string_view section, std::string_view key) {
  return section.empty() ? std::string(key) : fmt::format("{}.{}", section, key);
}

std::string quote_for_error(std::string_view raw) {
  constexpr std::size_t kShown = 80;
  std::string quoted = quote_yaml(raw.substr(0, kShown));
  if (raw.size() > kShown) quoted.insert(quoted.size() - 1, "...");
  return quoted;
}

std::string quote_yaml(std::string_view raw) {
  std::string quoted = "\"";
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') quoted += '\\';
    if (byte < ' ' || byte == 0x7f) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace da
