// One line of Docker's GET /events as a value. Pure; the line is hostile.
//
// Used by the client. The attributes mix the container's labels with Docker's own keys, which win: a label
// cannot forge name or image, but may look like any other key. A container's facts come from inspect_parser;
// an event says "look at this container".
//
//   auto event = parse_event(R"({"Type":"container","Action":"start","Actor":{"ID":"3f..."},"timeNano":1})");
//   if (event && *event) (*event)->kind;   // DockerEventKind::start
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/result.h"

namespace da::docker {

enum class DockerEventKind : std::uint8_t {
  create,
  start,
  die,
  destroy,
  rename,
  pause,
  unpause,
  exec_create,
  exec_start,
  exec_die,
};

struct DockerEvent {
  DockerEventKind kind = DockerEventKind::start;
  std::string id;     ///< 64 hex digits
  std::string name;   ///< empty if there is none that can be used; of a rename the new one
  std::string image;  ///< as the user gave it; may be empty
  std::map<std::string, std::string> attributes;  ///< all of them: labels, exitCode, execID, oldName ...
  std::int64_t time_ns = 0;                       ///< CLOCK_REALTIME of the daemon; 0 if it was not given
};

/// Nothing for an event of another kind (networks, images, other actions of containers). An error for
/// what is no event at all.
[[nodiscard]] Result<std::optional<DockerEvent>> parse_event(std::string_view line);

}  // namespace da::docker
