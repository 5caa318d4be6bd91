// Small pieces that several views of the status page are made of.
//
//   html("<td>{}</td>", state_word("armed"))
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/notify/mail_view.h"
#include "analyzer/page/html.h"
#include "analyzer/page/page_state.h"

namespace da {

/// A word with a colour of its own: a profile's state, or an alert's.
[[nodiscard]] Markup state_word(std::string_view word);
/// "2026-11-27 10:12:03", with the exact time for programs.
[[nodiscard]] Markup time_words(std::int64_t time_ns);
[[nodiscard]] Markup facts_list(const std::vector<Fact>& facts);
[[nodiscard]] Markup container_link(const std::string& id, const std::string& name);
/// Its id, unless that is none to stand in a path.
[[nodiscard]] Markup alert_rows(const std::vector<const AlertSummary*>& alerts);
/// A line of what the scores were, with the threshold; see ScoreLog::values().
[[nodiscard]] Markup score_line(const std::vector<int>& values, std::string_view css_class);
/// "web", or the beginning of its id; safe.
[[nodiscard]] std::string container_name(const std::string& id, const std::string& name);
/// "1,204" for many, "0.3" for few.
[[nodiscard]] std::string rate_words(double per_second);

}  // namespace da
