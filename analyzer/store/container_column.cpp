#include "analyzer/store/container_column.h"

#include <algorithm>
#include <functional>

#include "analyzer/model/lessons.h"
#include "analyzer/store/leb128.h"

namespace da {
namespace {

using profile_fields::Malformed;

constexpr std::size_t kMostId = 128;

}  // namespace

void add_containers(std::string& bytes, const std::set<std::string>& ids) {
  add_number(bytes, static_cast<std::uint32_t>(ids.size()));
  for (const std::string& id : ids) {
    add_number(bytes, static_cast<std::uint32_t>(id.size()));
    bytes += id;
  }
}

std::vector<std::string> take_containers(std::string_view& bytes, const char* what) {
  const std::uint32_t count = take_number(bytes, what);
  if (count > Lessons::kMostContainers) throw Malformed(what);
  std::vector<std::string> ids(count);
  for (std::string& id : ids) {
    const std::uint32_t length = take_number(bytes, what);
    if (length == 0 || length > kMostId || length > bytes.size()) throw Malformed(what);
    id = bytes.substr(0, length);
    bytes.remove_prefix(length);
  }
  if (std::ranges::adjacent_find(ids, std::ranges::greater_equal{}) != ids.end()) throw Malformed(what);
  return ids;
}

}  // namespace da
