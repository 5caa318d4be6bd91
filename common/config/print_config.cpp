#include "common/config/print_config.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "common/config/yaml_tree.h"
#include "common/log.h"

namespace da {
namespace {

struct Branch {
  std::vector<std::pair<std::string, std::unique_ptr<Branch>>> branches;
  const ReadKey* leaf = nullptr;

  Branch& at(std::string_view name) {
    for (auto& [key, branch] : branches) {
      if (key == name) return *branch;
    }
    return *branches.emplace_back(name, std::make_unique<Branch>()).second;
  }
};

/// "redis.nodes[0].url": redis, nodes, [0], url.
void grow(Branch& root, std::string_view path, const ReadKey& key) {
  Branch* branch = &root;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of(".[", 1), path.size());
    branch = &branch->at(path.substr(0, end));
    path.remove_prefix(end);
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  branch->leaf = &key;
}

void print(const Branch& branch, const std::string& indent, std::string& text) {
  for (const auto& [name, below] : branch.branches) {
    if (name.starts_with('[')) {
      std::string item;
      print(*below, indent + "  ", item);
      if (item.size() > indent.size()) item[indent.size()] = '-';
      text += item;
    } else if (below->leaf == nullptr) {
      text += fmt::format("{}{}:\n", indent, name);
      print(*below, indent + "  ", text);
    } else {
      const std::string& origin = below->leaf->origin;
      // A file's name may hold anything.
      text += fmt::format("{}{}: {}  # {}\n", indent, name, below->leaf->value,
                          origin.empty() ? "default" : logfmt_value(origin));
    }
  }
}

}  // namespace

std::string print_config(const ReadKeys& keys) {
  std::vector<std::pair<std::string_view, const ReadKey*>> in_order;
  for (const auto& [path, key] : keys) {
    const bool given = !key.value.empty() && (!key.origin.empty() || key.value != quote_yaml(""));
    if (given) in_order.emplace_back(path, &key);
  }
  std::ranges::sort(in_order, {}, [](const auto& each) { return each.second->number; });
  Branch root;
  for (const auto& [path, key] : in_order)
    grow(root, path, *key);
  std::string text;
  print(root, "", text);
  return text;
}

}  // namespace da
