// What Docker's replies say about containers and about itself. Pure; the bodies are hostile.
//
// Used by the client: GET /containers/{id}/json, GET /containers/json, GET /version.
//
//   auto state = parse_inspect(body);
//   if (state && state->running) watch(state->container);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collector/capture/container.h"
#include "common/result.h"

namespace da::docker {

/// A container at one moment. Its pid and start time together name one run of it.
struct ContainerState {
  Container container;     ///< init is 0 if it does not run
  bool running = false;    ///< there is a process; false while Docker waits to restart it
  std::string started_at;  ///< as Docker prints it; compared, never computed with

  [[nodiscard]] bool same_run(const ContainerState& other) const {
    return container.init == other.container.init && started_at == other.started_at;
  }
};

[[nodiscard]] Result<ContainerState> parse_inspect(std::string_view body);

/// An entry of a list of containers.
struct ListedContainer {
  /// Without a name: nothing but the id can be used, or it is being removed. The image is an id if its name
  /// means another image by now. init is 0.
  Container container;
  bool may_run = false;
};

[[nodiscard]] Result<std::vector<ListedContainer>> parse_list(std::string_view body);
/// Of a /version reply: the API version to ask for, e.g. "1.41"; see choose_api_version().
[[nodiscard]] Result<std::string> parse_version(std::string_view body);

/// The version nearest to `wanted` that the daemon speaks: newer daemons refuse old versions, old ones
/// new versions. Versions are "MAJOR.MINOR"; `oldest` may be empty. An error if one is anything else.
[[nodiscard]] Result<std::string> choose_api_version(std::string_view wanted, std::string_view oldest,
                                                     std::string_view newest);

}  // namespace da::docker
