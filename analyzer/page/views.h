// The status page's views: what stands on each page, as HTML, from a PageState. Readable without a script.
//
// Used by StatusPage. Pure. A view is made of parts; a part that changes while somebody looks is sent again
// whole, and the page's script puts it in place of the old one.
//
//   const View view = overview(scene);
//   reply(page(view, scene));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/page/html.h"
#include "analyzer/page/page_access.h"
#include "analyzer/page/page_state.h"
#include "analyzer/page/score_log.h"

namespace da {

/// All that views are made from.
struct Scene {
  const PageState& state;
  const ScoreLog& scores;
  const Visitor& visitor;
  std::string form_token;
  bool takes_logins = false;
  std::int64_t now_ns = 0;
};

struct Part {
  std::string id;
  Markup markup;
};

struct View {
  std::string path;  ///< where it is; events are asked for with it
  std::string title;
  std::vector<Part> parts;
  std::string chart;  ///< JSON for the page's chart; empty: it has none
};

[[nodiscard]] View overview(const Scene& scene);
[[nodiscard]] View alert_list(const Scene& scene);
[[nodiscard]] View profile_list(const Scene& scene);
/// Nothing: no such container is known.
[[nodiscard]] std::optional<View> container_view(const Scene& scene, const std::string& id);
[[nodiscard]] View alert_view(const Scene& scene, const AlertDetail& detail);
[[nodiscard]] View profile_view(const Scene& scene, const ProfileDetail& detail);
[[nodiscard]] View login_view(const std::string& problem);
[[nodiscard]] View message_view(const std::string& title, const std::string& text);

/// The parts of a path that change by themselves. Nothing: none, or no such path.
[[nodiscard]] std::optional<View> live_view(const Scene& scene, std::string_view path);

/// A whole document.
[[nodiscard]] std::string document(const View& view, const Scene& scene);

/// The line above each page: of when it is.
[[nodiscard]] Part freshness(const Scene& scene);
/// How many alerts are open, for the line above each page.
[[nodiscard]] Part open_count(const Scene& scene);
/// Whether an operator said something to it, and the form to say it.
[[nodiscard]] Part verdict_part(const Scene& scene, const AlertSummary& alert);

}  // namespace da
