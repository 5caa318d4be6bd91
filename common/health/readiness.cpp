#include "common/health/readiness.h"

#include <fmt/format.h>

#include "common/one_line.h"

namespace da {

void Readiness::require(std::string_view name, bool there, std::string_view missing) {
  if (there) {
    lines_ += fmt::format("ok {}\n", name);
    return;
  }
  missing_.emplace_back(name);
  lines_ += fmt::format("missing {}: {}\n", name, one_line(missing));
}

void Readiness::note(std::string_view name, std::string_view what) {
  lines_ += fmt::format("note {}: {}\n", name, one_line(what));
}

std::string Readiness::text() const {
  return (ready() ? "ready\n" : "not ready\n") + lines_;
}

std::string Readiness::summary() const {
  return ready() ? "ready" : fmt::format("waits for {}", fmt::join(missing_, ", "));
}

}  // namespace da
