// The pieces of RFC 5322 and MIME that our mails need: header folding, encoded words, quoted-printable.
//
// Used by mail_message only. Pure; lines end in CRLF and are at most 76 (bodies) or 78 (headers) long.
//
//   std::string line = header_line("Subject", "[docker-anomalies] web on host7: ...");
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/notify/notification.h"

namespace da {

/// "Name: value\r\n", folded at spaces. `value` is printable ASCII; anything else is left out.
[[nodiscard]] std::string header_line(std::string_view name, std::string_view value);

/// The same for text that may need RFC 2047 encoded words (UTF-8).
[[nodiscard]] std::string text_header_line(std::string_view name, std::string_view utf8);

/// A phrase before an address: as it is, "quoted", or =?UTF-8?B?...?=.
[[nodiscard]] std::string header_phrase(std::string_view utf8);

/// A header of several comma-separated items, one a line.
[[nodiscard]] std::string list_header_line(std::string_view name, const std::vector<std::string>& items);

/// RFC 2045 quoted-printable of a text with LF line ends; comes back with CRLF.
[[nodiscard]] std::string quoted_printable(std::string_view text);

/// RFC 2045 base64 in lines of 76, each with CRLF.
[[nodiscard]] std::string base64_lines(std::string_view raw);

/// "Tue, 24 Nov 2026 03:12:07 +0000"
[[nodiscard]] std::string header_date(Moment time);

}  // namespace da
