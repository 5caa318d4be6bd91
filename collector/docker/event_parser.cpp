#include "collector/docker/event_parser.h"

#include "collector/capture/container.h"
#include "collector/docker/json_value.h"

namespace da::docker {
namespace {

std::optional<DockerEventKind> kind_of(std::string_view action) {
  // "exec_start: /bin/sh -c ..." carries the command, which the user chose.
  const std::string_view word = action.substr(0, action.find(':'));
  if (word == "create") return DockerEventKind::create;
  if (word == "start") return DockerEventKind::start;
  if (word == "die") return DockerEventKind::die;
  if (word == "destroy") return DockerEventKind::destroy;
  if (word == "rename") return DockerEventKind::rename;
  if (word == "pause") return DockerEventKind::pause;
  if (word == "unpause") return DockerEventKind::unpause;
  if (word == "exec_create") return DockerEventKind::exec_create;
  if (word == "exec_start") return DockerEventKind::exec_start;
  if (word == "exec_die") return DockerEventKind::exec_die;
  return std::nullopt;
}

std::string printable_attribute(const DockerEvent& event, const std::string& key) {
  const auto found = event.attributes.find(key);
  const bool usable = found != event.attributes.end() && is_printable(found->second);
  return usable ? found->second : std::string();
}

}  // namespace

Result<std::optional<DockerEvent>> parse_event(std::string_view line) {
  const Json json = parse_json(line);
  if (!json.is_object()) return fail("docker event is not a JSON object");
  const std::string* type = text_field(&json, "Type");
  const std::string* action = text_field(&json, "Action");
  if (type == nullptr || action == nullptr) return fail("docker event without Type or Action");
  const auto kind = kind_of(*action);
  if (*type != "container" || !kind) return std::optional<DockerEvent>();

  const Json* actor = field(&json, "Actor");
  DockerEvent event;
  event.kind = *kind;
  event.id = text_or_empty(actor, "ID");
  if (!is_container_id(event.id)) return fail("docker event without a container id");
  event.attributes = texts_of(field(actor, "Attributes"));
  event.name = printable_attribute(event, "name");
  event.image = printable_attribute(event, "image");
  event.time_ns = integer_field(&json, "timeNano").value_or(0);
  return event;
}

}  // namespace da::docker
