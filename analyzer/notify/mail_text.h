// Lays out a MailView as plain text, 75 columns, LF line ends: for mutt, less, a phone, and tests.
//
//   std::string body = render_text(make_view(note, notices, {}));
#pragma once

#include <string>

#include "analyzer/notify/mail_view.h"

namespace da {

[[nodiscard]] std::string render_text(const MailView& view);
/// One alert of it, without a title.
[[nodiscard]] std::string render_alert(const AlertView& alert);

}  // namespace da
