#include "analyzer/notify/call_parts.h"

namespace da {

CallParts call_parts(std::string_view text) {
  CallParts parts;
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) {
    parts.name = text;
    return parts;
  }
  parts.name = text.substr(0, open);
  constexpr std::string_view separator = ") = ";
  // The last one: a string argument may hold another, the result has none.
  const std::size_t close = text.rfind(separator);
  if (close != std::string_view::npos && close > open) {
    parts.arguments = text.substr(open + 1, close - open - 1);
    parts.result = text.substr(close + separator.size());
    return parts;
  }
  parts.arguments = text.substr(open + 1);
  if (parts.arguments.ends_with(')')) parts.arguments.remove_suffix(1);
  return parts;
}

}  // namespace da
