// Lays out a MailView as one self-contained HTML page: tables and inline styles only, since mail readers
// drop style sheets; nothing is loaded from anywhere; one column, readable on a phone.
//
//   std::string body = render_html(make_view(note, notices, {}));
#pragma once

#include <string>

#include "analyzer/notify/mail_view.h"

namespace da {

[[nodiscard]] std::string render_html(const MailView& view);

}  // namespace da
