// Makes bytes that a container chose valid UTF-8, for JSON: programs read what is valid as it is.
//
// Used by alert_json. People are shown safe_text instead, where a look-alike letter cannot pass for another.
//
//   utf8_text("/tmp/caf\xc3\xa9\xff")   // /tmp/café\xff: the last four are characters
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace da {

/// Valid UTF-8 stays, any other byte is shown as \xNN. Of more than `limit` bytes the middle is cut out.
/// At most four times `limit` bytes long.
[[nodiscard]] std::string utf8_text(std::string_view raw, std::size_t limit = 1024);

}  // namespace da
