#include "analyzer/model/habits/prefix_tree.h"

#include <algorithm>
#include <utility>

namespace da {
namespace {

template <typename Nodes>
auto position_of(Nodes& nodes, std::string_view name) noexcept {
  return std::lower_bound(
      nodes.begin(), nodes.end(), name,
      [](const PrefixTree::Node& node, std::string_view n) { return std::string_view(node.name) < n; });
}

}  // namespace

const PrefixTree::Node* PrefixTree::Node::child(std::string_view child_name) const noexcept {
  const auto found = position_of(children, child_name);
  return found != children.end() && std::string_view(found->name) == child_name ? &*found : nullptr;
}

const PrefixTree::Node* PrefixTree::Node::find(std::string_view child_name) const noexcept {
  const Node* exact = child(child_name);
  return exact != nullptr ? exact : child(kAny);
}

Seen PrefixTree::Node::total() const noexcept {
  Seen sum = seen;
  for (const Node& below : children)
    sum.add(below.total());
  return sum;
}

void PrefixTree::add(const Trail& trail, const Seen& seen) {
  if (trail.empty()) return;
  Node* node = &root_;
  for (std::size_t depth = 0; depth < std::min(trail.size(), depth_); ++depth)
    node = &child_for(*node, trail[depth], depth);
  node->seen.add(seen);
  make_room();
}

/// Beside "any" there are none but names to be kept.
PrefixTree::Node* PrefixTree::find_place(const Trail& trail) noexcept {
  if (trail.empty()) return nullptr;
  Node* node = &root_;
  for (std::size_t depth = 0; depth < std::min(trail.size(), depth_); ++depth) {
    const std::string_view name = trail[depth];
    const Node* next = node->child(name);
    if (next == nullptr && !kept(name)) next = node->child(kAny);
    if (next == nullptr) return nullptr;
    node = &node->children[static_cast<std::size_t>(next - node->children.data())];
  }
  return node;
}

/// The child to go on with, made if need be; `depth` is the node's own.
PrefixTree::Node& PrefixTree::child_for(Node& node, std::string_view name, std::size_t depth) {
  if (node.any() && !kept(name)) name = kAny;
  auto found = position_of(node.children, name);
  if (found != node.children.end() && std::string_view(found->name) == name) return *found;
  found = node.children.insert(found, Node{std::string(name), {}, {}});
  ++nodes_;
  const auto at = static_cast<std::size_t>(found - node.children.begin());
  const auto general = static_cast<std::size_t>(std::count_if(
      node.children.begin(), node.children.end(), [this](const Node& n) { return !kept(n.name); }));
  if (general <= most_names(depth)) return node.children[at];
  generalise(node, depth);
  const Node* next = node.find(name);
  return node.children[static_cast<std::size_t>(next - node.children.data())];
}

/// All names below the node become any, but those to be kept.
void PrefixTree::generalise(Node& node, std::size_t depth) {
  std::vector<Node> before;
  before.swap(node.children);
  Node any{std::string(kAny), {}, {}};
  for (Node& child : before) {
    if (kept(child.name)) {
      node.children.push_back(std::move(child));
      continue;
    }
    --nodes_;
    merge_into(any, child, depth + 1, Of::one);
    cut(child, 0);  // of what lay below, merge_into() has counted what is new
  }
  node.children.insert(position_of(node.children, kAny), std::move(any));
  ++nodes_;
}

/// Counts the nodes that are added; those of `other` are not ours.
void PrefixTree::merge_into(Node& node, const Node& other, std::size_t depth, Of of) {
  const auto add = [&](const Seen& seen) { node.seen.add(of == Of::one ? seen : seen.anonymous()); };
  add(other.seen);
  if (depth >= depth_) {
    for (const Node& child : other.children)
      add(child.total());
    return;
  }
  // First that any name is meant, so that no name is taken up that becomes general right after.
  if (other.any() && !node.any()) generalise(node, depth);
  for (const Node& child : other.children)
    merge_into(child_for(node, child.name, depth), child, depth + 1, of);
}

void PrefixTree::merge(const PrefixTree& other) {
  if (other.depth_ < depth_) {
    depth_ = other.depth_;
    cut(root_, depth_);
  }
  merge_into(root_, other.root_, 0, Of::several);
  make_room();
}

/// Nothing is left more than `depth` below the node.
void PrefixTree::cut(Node& node, std::size_t depth) {
  for (Node& child : node.children) {
    cut(child, depth == 0 ? 0 : depth - 1);
    if (depth > 0) continue;
    node.seen.add(child.seen);
    --nodes_;
  }
  if (depth == 0) node.children.clear();
}

void PrefixTree::make_room() {
  while (nodes_ > limits_.nodes && depth_ > 1)
    cut(root_, --depth_);
}

void PrefixTree::grow_old(Node& node) {
  if (node.seen.count > 0) node.seen.first_ns = 0;
  for (Node& child : node.children)
    grow_old(child);
}

std::size_t PrefixTree::bytes() const noexcept {
  std::size_t sum = sizeof *this + root_.children.capacity() * sizeof(Node);
  for_each([&sum](std::size_t, const Node& node) {
    sum += node.children.capacity() * sizeof(Node);
    if (node.name.capacity() > std::string().capacity()) sum += node.name.capacity() + 1;
  });
  return sum;
}

bool PrefixTree::same(const Node& a, const Node& b) noexcept {
  return a.name == b.name && a.seen == b.seen &&
         std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(), same);
}

bool PrefixTree::Builder::add(std::size_t depth, std::string_view name, const Seen& seen) {
  if (depth == 0 || depth > at_.size() + 1 || depth > tree_.depth_) return false;
  if (name.size() > Trail::kMostBytes || tree_.nodes_ == tree_.limits_.nodes) return false;
  at_.resize(depth - 1);
  Node* node = &tree_.root_;
  for (const std::size_t index : at_)
    node = &node->children[index];
  if (!node->children.empty() && std::string_view(node->children.back().name) >= name) return false;
  node->children.push_back({std::string(name), seen, {}});
  at_.push_back(node->children.size() - 1);
  ++tree_.nodes_;

  std::size_t general = 0;
  for (const Node& child : node->children)
    general += tree_.kept(child.name) ? 0 : 1;
  return general <= (node->any() ? 1 : tree_.most_names(depth - 1));
}

}  // namespace da
