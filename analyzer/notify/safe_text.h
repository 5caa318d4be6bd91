// Makes text of containers, Redis and mail servers safe to show: in a terminal, in HTML, in a shell.
//
// Used by mail_view and the notifier's log. Everything comes back as printable ASCII. Bytes outside it
// are shown as \xNN: a look-alike letter or a right-to-left mark must not pass for the name it imitates.
//
//   plain_text("/tmp/\x1b[2Jsh")   // /tmp/\x1b[2Jsh, 15 harmless characters
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace da {

/// Printable ASCII; anything else as \xNN, a backslash doubled. Longer than `limit` characters: elided.
[[nodiscard]] std::string plain_text(std::string_view raw, std::size_t limit = 1024);

/// The same for text that is escaped already (described calls): a backslash stays as it is.
[[nodiscard]] std::string described_text(std::string_view raw, std::size_t limit = 1024);

/// Cuts the middle out, since both ends of a path tell something: "/very/lo[...]/sh".
[[nodiscard]] std::string elide(std::string text, std::size_t limit);

/// One word of a command line as a shell would read it back: bare, 'quoted' or $'with \x1b escapes'.
[[nodiscard]] std::string shell_word(std::string_view raw);

/// Escapes & < > " ' for HTML text and attribute values. Takes ASCII.
[[nodiscard]] std::string html_text(std::string_view text);

/// Breaks at spaces, and inside words that are too long, into lines of at most `width` characters
/// (without `rest_indent`, which is put before every line but the first).
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::string_view rest_indent);

}  // namespace da
