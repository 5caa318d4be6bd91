// Fields of a hostile JSON object, without exceptions: absent and of another type are one answer.
//
// Internal to the parsers of Docker's replies; includes nlohmann-json, so keep it out of headers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace da::docker {

using Json = nlohmann::json;

/// Discarded (is_discarded()) if the text is no JSON or no UTF-8.
[[nodiscard]] inline Json parse_json(std::string_view text) {
  return Json::parse(text, nullptr, false);
}

/// Null if `object` is no object or has no such key.
[[nodiscard]] inline const Json* field(const Json* object, const char* key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}

[[nodiscard]] inline const std::string* text_field(const Json* object, const char* key) {
  const Json* value = field(object, key);
  return value == nullptr ? nullptr : value->get_ptr<const Json::string_t*>();
}

[[nodiscard]] inline std::string text_or_empty(const Json* object, const char* key) {
  const std::string* text = text_field(object, key);
  return text == nullptr ? std::string() : *text;
}

[[nodiscard]] inline std::optional<std::int64_t> integer_field(const Json* object, const char* key) {
  const Json* value = field(object, key);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  // Of an unsigned number above 2^63 - 1, get<int64_t>() would make a negative one.
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  return value->get<std::int64_t>();
}

[[nodiscard]] inline std::optional<bool> boolean_field(const Json* object, const char* key) {
  const Json* value = field(object, key);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

/// Names and images are matched as C strings, logged and mailed: no NUL, no control characters.
[[nodiscard]] inline bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return false;
  }
  return true;
}

/// The members that are texts.
[[nodiscard]] inline std::map<std::string, std::string> texts_of(const Json* object) {
  std::map<std::string, std::string> texts;
  if (object == nullptr || !object->is_object()) return texts;
  for (const auto& [key, value] : object->items()) {
    if (value.is_string()) texts.emplace(key, value.template get_ref<const std::string&>());
  }
  return texts;
}

}  // namespace da::docker
