// Any bytes as a JSON string, without a JSON library.
//
// Used by trace_format. The result is plain ASCII: valid UTF-8 beyond it becomes \uXXXX (a surrogate pair
// above U+FFFF); a byte that is not part of valid UTF-8 becomes \u00XX, as if it were Latin-1.
//
//   append_json_string(out, "a\"b\xff");   // "a\"b\u00ff"
#pragma once

#include <string>
#include <string_view>

namespace da {

void append_json_string(std::string& out, std::string_view bytes);

}  // namespace da
