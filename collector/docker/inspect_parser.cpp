#include "collector/docker/inspect_parser.h"

#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "collector/docker/json_value.h"

namespace da::docker {
namespace {

constexpr std::string_view kWantedApiVersion = "1.41";  // of Docker 20.10; has all that is asked for here

/// Of an entry of a list, which holds "/web" and, by legacy links, "/other/alias". Empty if there is none.
std::string own_name(const Json& item) {
  const Json* names = field(&item, "Names");
  if (names == nullptr || !names->is_array()) return {};
  for (const Json& name : *names) {
    const auto* text = name.get_ptr<const Json::string_t*>();
    if (text == nullptr || text->rfind('/') != 0 || !is_printable(*text)) continue;
    return text->substr(1);
  }
  return {};
}

/// What is not among the states without a process is looked at: there may be new ones.
bool may_run(std::string_view state) {
  return state != "created" && state != "exited" && state != "dead";
}

using Version = std::pair<int, int>;

std::optional<Version> to_version(std::string_view text) {
  Version version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.first);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.second);
  if (minor.ec != std::errc{} || minor.ptr != end || version.first < 0 || version.second < 0)
    return std::nullopt;
  return version;
}

}  // namespace

Result<ContainerState> parse_inspect(std::string_view body) {
  const Json json = parse_json(body);
  if (!json.is_object()) return fail("docker inspect reply is not a JSON object");
  const Json* config = field(&json, "Config");
  const Json* state = field(&json, "State");

  ContainerState result;
  Container& container = result.container;
  container.id = text_or_empty(&json, "Id");
  if (!is_container_id(container.id)) return fail("docker inspect reply without a container id");
  container.name = text_or_empty(&json, "Name");
  if (!container.name.empty() && container.name.front() == '/') container.name.erase(0, 1);
  container.image = text_or_empty(config, "Image");
  container.image_id = text_or_empty(&json, "Image");
  if (container.name.empty() || !is_printable(container.name) || !is_printable(container.image) ||
      !is_printable(container.image_id)) {
    return fail("docker inspect reply with an unusable name or image");
  }
  container.labels = texts_of(field(config, "Labels"));

  const auto running = boolean_field(state, "Running");
  const auto pid = integer_field(state, "Pid");
  if (!running || !pid || *pid < 0 || *pid > std::numeric_limits<std::int32_t>::max()) {
    return fail("docker inspect reply without a usable state");
  }
  // A container between two restarts is "running" with pid 0.
  result.running = *running && *pid > 0;
  if (result.running) container.init = Pid{static_cast<std::int32_t>(*pid)};
  result.started_at = text_or_empty(state, "StartedAt");
  return result;
}

Result<std::vector<ListedContainer>> parse_list(std::string_view body) {
  const Json json = parse_json(body);
  if (!json.is_array()) return fail("docker list reply is not a JSON array");
  std::vector<ListedContainer> all;
  for (const Json& item : json) {
    ListedContainer& listed = all.emplace_back();
    Container& container = listed.container;
    container.id = text_or_empty(&item, "Id");
    if (!is_container_id(container.id)) return fail("docker list reply with an entry without a container id");
    container.image = text_or_empty(&item, "Image");
    container.image_id = text_or_empty(&item, "ImageID");
    container.labels = texts_of(field(&item, "Labels"));
    // One container that cannot be used must not hide the others.
    if (is_printable(container.image) && is_printable(container.image_id)) container.name = own_name(item);
    listed.may_run = may_run(text_or_empty(&item, "State"));
  }
  return all;
}

Result<std::string> parse_version(std::string_view body) {
  const Json json = parse_json(body);
  const std::string* newest = text_field(&json, "ApiVersion");
  if (newest == nullptr) return fail("docker version reply without ApiVersion");
  return choose_api_version(kWantedApiVersion, text_or_empty(&json, "MinAPIVersion"), *newest);
}

Result<std::string> choose_api_version(std::string_view wanted, std::string_view oldest,
                                       std::string_view newest) {
  const auto want = to_version(wanted);
  const auto low = oldest.empty() ? Version{0, 0} : to_version(oldest);
  const auto high = to_version(newest);
  if (!want || !low || !high || *low > *high) return fail("docker reports no usable API version");
  if (*want < *low) return std::string(oldest);
  if (*want > *high) return std::string(newest);
  return std::string(wanted);
}

}  // namespace da::docker
