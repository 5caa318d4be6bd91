#include "common/config/key_reference.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "common/config/scalar.h"
#include "common/config/yaml_tree.h"

namespace da {
namespace {

using Json = nlohmann::ordered_json;

/// "redis": the part before the last dot.
std::string section_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

std::string type_in_words(const ReadKey& key) {
  const auto range = [&](std::string_view type) {
    return fmt::format("{}, {} to {}", type, key.min, key.max);
  };
  switch (key.type) {
    case KeyType::text:
      return "text";
    case KeyType::word:
      return fmt::format("`{}`", fmt::join(key.allowed, "`, `"));
    case KeyType::integer:
      return range("whole number");
    case KeyType::number:
      return range("number");
    case KeyType::percent:
      return range("percentage");
    case KeyType::boolean:
      return "`true`, `false`";
    case KeyType::duration:
      return range("duration");
    case KeyType::bytes:
      return range("size");
    case KeyType::texts:
      return "list of texts";
    case KeyType::secret:
      return "text, secret";
  }
  return "text";
}

std::string default_in_words(const DocumentedKey& key) {
  if (key.info.required) return "required";
  if (!key.info.fallback.empty()) return std::string(key.info.fallback);
  if (key.read.fallback.empty() || key.read.fallback == quote_yaml("")) return "";
  if (key.read.fallback == "[]") return "none";
  return fmt::format("`{}`", key.read.fallback);
}

std::string_view effect_in_words(Effect effect) {
  switch (effect) {
    case Effect::at_once:
      return "yes";
    case Effect::anew:
      return "yes, anew";
    case Effect::restart:
      return "restart";
  }
  return "restart";
}

/// In a cell of a table.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

Json schema_of(const DocumentedKey& key) {
  const ReadKey& read = key.read;
  Json schema;
  std::string bounds;
  switch (read.type) {
    case KeyType::text:
      schema["type"] = {"string", "number"};  // 007 is a text, too
      break;
    case KeyType::secret:
      schema["type"] = {"string", "number"};
      schema["minLength"] = 1;
      schema["writeOnly"] = true;
      break;
    case KeyType::word:
      schema["enum"] = read.allowed;
      break;
    case KeyType::integer:
      schema["type"] = "integer";
      schema["minimum"] = parse_integer(read.min).value();
      schema["maximum"] = parse_integer(read.max).value();
      break;
    case KeyType::number:
      schema["type"] = "number";
      schema["minimum"] = parse_number(read.min).value();
      schema["maximum"] = parse_number(read.max).value();
      break;
    case KeyType::percent:
      schema["type"] = "string";
      schema["pattern"] = "^[0-9]+([.][0-9]+)?%$";
      bounds = fmt::format(" From {} to {}.", read.min, read.max);
      break;
    case KeyType::boolean:
      schema["type"] = "boolean";
      break;
    case KeyType::duration:
      schema["type"] = {"string", "integer"};
      schema["pattern"] = "^([0-9]+(ms|s|m|h|d)|0)$";
      schema["maximum"] = 0;  // as a number: 0 alone needs no unit
      schema["minimum"] = 0;
      bounds = fmt::format(" From {} to {}.", read.min, read.max);
      break;
    case KeyType::bytes:
      schema["type"] = {"string", "integer"};
      schema["pattern"] = "^[0-9]+(B|KiB|MiB|GiB)?$";
      schema["minimum"] = parse_bytes(read.min).value();
      schema["maximum"] = parse_bytes(read.max).value();
      bounds = fmt::format(" From {} to {}.", read.min, read.max);
      break;
    case KeyType::texts:
      schema["type"] = {"array", "null"};
      schema["items"]["type"] = {"string", "number"};
      break;
  }
  schema["description"] = std::string(key.info.meaning) + bounds;
  const std::string fallback = default_in_words(key);
  if (!key.info.required && !fallback.empty()) schema["$comment"] = "Default: " + fallback;
  return schema;
}

Json mapping() {
  Json schema;
  schema["type"] = {"object", "null"};
  schema["additionalProperties"] = false;
  schema["properties"] = Json::object();
  return schema;
}

/// The mapping at "redis.nodes[]", made where there is none yet.
Json& mapping_at(Json& root, std::string_view path) {
  Json* at = &root;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('.'), path.size());
    std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    const bool list = name.ends_with("[]");
    if (list) name.remove_suffix(2);
    Json& property = (*at)["properties"][std::string(name)];
    if (property.is_null() && list) {
      property["type"] = {"array", "null"};
      property["items"] = mapping();
    } else if (property.is_null()) {
      property = mapping();
    }
    at = list ? &property["items"] : &property;
  }
  return *at;
}

}  // namespace

std::vector<DocumentedKey> documented_keys(const std::vector<ReadKeys>& read, const KeyTable& table) {
  std::map<std::string, ReadKey> every;
  for (const ReadKeys& keys : read) {
    for (const auto& [path, key] : keys)
      every.try_emplace(general_path(path), key);
  }
  std::vector<DocumentedKey> documented;
  for (const KeyInfo& info : table) {
    const auto found = every.find(std::string(info.path));
    if (found == every.end())
      throw std::logic_error(fmt::format("{} is in the table of keys, but is not read", info.path));
    documented.push_back({found->first, found->second, info});
    every.erase(found);
  }
  if (!every.empty())
    throw std::logic_error(fmt::format("{} is read, but is not in the table of keys", every.begin()->first));
  return documented;
}

std::string reference_of(const std::vector<DocumentedKey>& keys) {
  std::string text =
      "| key | type and bounds | default | reload | meaning |\n"
      "|---|---|---|---|---|\n";
  for (const DocumentedKey& key : keys) {
    text +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", key.path, cell(type_in_words(key.read)),
                    cell(default_in_words(key)), effect_in_words(key.info.effect), cell(key.info.meaning));
  }
  return text;
}

std::string schema_of(std::string_view program, const std::vector<DocumentedKey>& keys) {
  Json root;
  root["$schema"] = "http://json-schema.org/draft-07/schema#";
  root["title"] = fmt::format("Configuration of the {} of docker-anomalies", program);
  root.update(mapping());
  for (const DocumentedKey& key : keys) {
    Json& section = mapping_at(root, section_of(key.path));
    const std::size_t dot = key.path.rfind('.');
    const std::string name = dot == std::string::npos ? key.path : key.path.substr(dot + 1);
    section["properties"][name] = schema_of(key);
    if (key.info.required) section["required"].push_back(name);
  }
  return root.dump(2) + '\n';
}

}  // namespace da
