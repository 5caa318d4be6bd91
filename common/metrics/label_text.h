// Makes any bytes the text of a label: well-formed UTF-8 without control characters, of bounded length.
//
// Used by MetricsPage. Prometheus refuses a whole page for one malformed label, and people read pages in
// terminals. What is no such text becomes U+FFFD; quotes, backslashes and newlines stay: writing them is the
// format's affair.
//
//   label_text("web\xff")   // "web\xef\xbf\xbd"
#pragma once

#include <string>
#include <string_view>

namespace da {

/// Of `raw`, the first 256 bytes.
[[nodiscard]] std::string label_text(std::string_view raw);

}  // namespace da
