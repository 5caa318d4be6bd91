// HTML that cannot hold text by accident: whatever is put into a template is escaped, unless it is Markup.
//
// Used by the page's views. Pure.
//
//   Markup row = html("<td>{}</td><td>{}</td>", name, 17);
//   Markup page = html("<table>{}</table>", row);
//
// Templates are literals of ours; what goes into one is printable ASCII by then (other bytes as \xNN), so
// that no look-alike letter passes for the name it imitates. Attributes in templates stand in double quotes.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

namespace da {

struct Markup {
  std::string text;

  Markup& operator+=(const Markup& more) {
    text += more.text;
    return *this;
  }
  [[nodiscard]] bool empty() const noexcept { return text.empty(); }
};

[[nodiscard]] std::string as_html(std::string_view text);
[[nodiscard]] inline std::string as_html(const Markup& markup) {
  return markup.text;
}
template <typename Number>
requires std::is_arithmetic_v<Number>
[[nodiscard]] std::string as_html(Number number) {
  return fmt::format("{}", number);
}

template <typename>
using HtmlText = std::string;

template <typename... Values>
[[nodiscard]] Markup html(fmt::format_string<HtmlText<Values>&...> format, const Values&... values) {
  return [&](HtmlText<Values>... texts) { return Markup{fmt::format(format, texts...)}; }(as_html(values)...);
}

/// For a query or a path: everything but letters, digits and -._~ as %NN.
[[nodiscard]] std::string url_text(std::string_view raw);

}  // namespace da
