// Patterns with *, ?, [a-z] and \ for text of which a container may have chosen every byte: in time that
// grows with the product of both lengths, whatever they hold, which fnmatch(3) does not promise.
//
// Used by silences and mail routes. As fnmatch() without flags in the C locale: * takes slashes, too; bytes,
// not letters.
//
//   glob_matches("web-*", "web-7");          // true
//   glob_of_text("a[1]");                    // "a\[1]": matches that text and no other
#pragma once

#include <string>
#include <string_view>

namespace da {

[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text) noexcept;
/// The pattern that matches `text` alone.
[[nodiscard]] std::string glob_of_text(std::string_view text);

}  // namespace da
