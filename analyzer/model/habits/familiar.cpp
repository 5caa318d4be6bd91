#include "analyzer/model/habits/familiar.h"

#include <algorithm>

#include "analyzer/model/habits/path_object.h"

namespace da {
namespace {

using Node = PrefixTree::Node;

/// So many known names beside each other stand for others like them.
constexpr std::size_t kLikenesses = 3;
/// Public networks are judged only where there are so few, each used so often that another would have been
/// seen by now.
constexpr std::size_t kFewNetworks = 3;
constexpr std::uint64_t kWellKnown = 1000;

const Node* next_of(const Node& node, std::string_view name, const Node* except) {
  const Node* next = node.find(name);
  return next == except ? nullptr : next;
}

/// Beside the one that does not count.
std::size_t children_of(const Node& node, const Node* except) {
  const bool has = except != nullptr && !node.children.empty() && except >= node.children.data() &&
                   except <= &node.children.back();
  return node.children.size() - (has ? 1 : 0);
}

bool vouches(const Node& node, const Trail& trail, std::size_t depth, const Node* except) {
  if (node.seen.count == 0 && children_of(node, except) < kLikenesses && !node.any()) return false;
  return !is_shared_directory(trail, depth);
}

bool has_secret(const Trail& trail, std::size_t from) {
  for (std::size_t i = from; i < trail.size(); ++i)
    if (is_secret_name(trail[i])) return true;
  return false;
}

}  // namespace

bool familiar_path(const PrefixTree& tree, const Trail& trail, const Node* except) {
  const Node* node = &tree.root();
  bool vouched = false;
  const bool serving = !trail.empty() && trail[0] == kServing;
  const std::size_t size = std::min(trail.size(), tree.depth());
  for (std::size_t depth = 0; depth < size; ++depth) {
    const std::string_view name = trail[depth];
    vouched = vouched || (!serving && vouches(*node, trail, depth, except));
    const bool secret = is_secret_name(name);
    if (secret) vouched = false;
    const Node* next = secret ? node->child(name) : node->find(name);
    if (next == nullptr || next == except) return vouched && !has_secret(trail, depth);
    node = next;
  }
  if (node->seen.count > 0 || vouched) return true;
  // A directory between those known: its own, unless many owners share it.
  return size > 0 && !serving && !node->children.empty() && !is_shared_directory(trail, size);
}

bool familiar_address(const PrefixTree& tree, const Trail& trail, const Node* except) {
  constexpr std::size_t kNetwork = 3;  // after use, class and port
  const Node* node = &tree.root();
  for (std::size_t depth = 0; depth < std::min(trail.size(), tree.depth()); ++depth) {
    const Node* next = next_of(*node, trail[depth], except);
    if (next == nullptr && depth == kNetwork && trail[1] == "public") {
      if (children_of(*node, except) > kFewNetworks || node->any()) return true;
      for (const Node& network : node->children)
        if (&network != except && network.seen.count < kWellKnown) return true;
      // As if it had not been learned, and no other network was: then the port is new, too.
      return children_of(*node, except) == 0 && except == nullptr;
    }
    if (next == nullptr) return false;
    node = next;
  }
  return true;
}

bool familiar_command(const PrefixTree& tree, const Trail& trail, const Node* except) {
  const Node* node = &tree.root();
  for (std::size_t depth = 0; depth < std::min(trail.size(), tree.depth()); ++depth) {
    node = next_of(*node, trail[depth], except);
    if (node == nullptr) return false;
  }
  return node->seen.count > 0;
}

}  // namespace da
