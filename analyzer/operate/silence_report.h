// Silences as an operator's command shows them: as text, safe for a terminal, or as JSON.
//
// Pure. Also for mails and the status page, which say the same words.
//
//   print(silences_text(table.silences, now));
#pragma once

#include <string>
#include <vector>

#include "analyzer/notify/silence.h"

namespace da {

/// "active", "ended" or "removed".
[[nodiscard]] const char* silence_state(const Silence& silence, Moment now);
/// "container web-*, executable /bin/sh"
[[nodiscard]] std::string silence_words(const Silence& silence);

/// A line each.
[[nodiscard]] std::string silences_text(const std::vector<Silence>& silences, Moment now);
[[nodiscard]] std::string silences_json(const std::vector<Silence>& silences, Moment now);
/// One of them, an object.
[[nodiscard]] std::string silence_json(const Silence& silence, Moment now);

}  // namespace da
