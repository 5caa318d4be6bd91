// What a binary needs to do its work, and whether it has it: the answer of /readyz and the status that
// systemd shows. Pure.
//
//   Readiness readiness;
//   readiness.require("docker", hears_docker, "its events are not heard");
//   readiness.note("mail", "not configured, alerts are only logged");
//   readiness.ready()        // false: something required is missing
//   readiness.text()         // "not ready\nmissing docker: its events are not heard\n..."
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace da {

class Readiness {
 public:
  /// `missing`: what is wrong if it is not `there`. May hold any bytes; it is shown as one line.
  void require(std::string_view name, bool there, std::string_view missing);
  /// Something to know, and no reason not to be ready.
  void note(std::string_view name, std::string_view what);

  [[nodiscard]] bool ready() const noexcept { return missing_.empty(); }
  /// All of it, a line each, "ready" or "not ready" first.
  [[nodiscard]] std::string text() const;
  /// "ready", or "waits for docker, redis".
  [[nodiscard]] std::string summary() const;

 private:
  std::vector<std::string> missing_;  ///< names
  std::string lines_;
};

}  // namespace da
