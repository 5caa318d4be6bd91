// Trails that were seen, how often and since when, with what is too varied made general.
//
// Below each name at most as many different names as `Limits::names` allows for its depth; one more, and
// they all become one that stands for any ("*"), with what lay below them united. The tree is a function
// of the multiset of trails added: whether names are too many depends on the set of them alone, and once they
// are too many in a part they are so in any whole; so trees can be merged in any order and grouping, to the
// same bytes, though parts generalise while they learn. Names that are to be told apart whatever their number
// (Limits::keep: ".ssh" among home directories) never become general.
//
// Bounded: of more than Limits::nodes names, those of the greatest depth are cut off, all over the tree. Only
// then may the result depend on the order, and it is coarser, never finer.
//
//   PrefixTree tree(limits);
//   tree.add(trail, {1, time_ns});  tree.merge(another_shards);
//   const PrefixTree::Node* www = tree.root().child("var")->child("www");
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/model/habits/seen.h"
#include "analyzer/model/habits/trail.h"

namespace da {

class PrefixTree {
 public:
  static constexpr std::string_view kAny = "*";

  struct Limits {
    /// How many names may lie below a node of depth 0 (the root), 1, 2, and any greater depth.
    std::uint16_t names[4] = {64, 32, 16, 8};
    std::size_t nodes = 1024;
    bool (*keep)(std::string_view name) noexcept = nullptr;
  };

  struct Node {
    std::string name;
    Seen seen;                   ///< trails that end here, or went on beyond the depth of the tree
    std::vector<Node> children;  ///< by name

    /// Of that very name, or null.
    [[nodiscard]] const Node* child(std::string_view child_name) const noexcept;
    /// Of that name, or of any; null if neither.
    [[nodiscard]] const Node* find(std::string_view child_name) const noexcept;
    [[nodiscard]] bool any() const noexcept { return child(kAny) != nullptr; }
    /// With what lies below.
    [[nodiscard]] Seen total() const noexcept;
  };

  explicit PrefixTree(const Limits& limits) noexcept : limits_(limits) {}

  /// Nothing if the trail is empty.
  void add(const Trail& trail, const Seen& seen);
  /// Where a trail is counted, if that changes nothing but counts; valid until the tree changes its form.
  /// Else null.
  [[nodiscard]] Node* find_place(const Trail& trail) noexcept;
  /// Of what `other` has, nobody knows any more who taught it.
  void merge(const PrefixTree& other);
  /// Takes away what was seen at the nodes of which drop(node) is true, and names that lead to nothing then.
  /// What became general stays so.
  template <typename Drop>
  void take_away(Drop&& drop) {
    take_away_below(root_, drop);
  }
  /// As if all had been seen long ago.
  void grow_old() { grow_old(root_); }

  [[nodiscard]] const Node& root() const noexcept { return root_; }
  /// Without the root.
  [[nodiscard]] std::size_t size() const noexcept { return nodes_; }
  /// Of memory, about.
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// Names beyond this depth are not kept; less than Trail::kMostNames if there was no room.
  [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }

  /// visit(depth from 1, node), a node before those below it.
  template <typename Visitor>
  void for_each(Visitor&& visit) const {
    visit_below(root_, 1, visit);
  }

  /// For the codec, in the order of for_each(). False, and what was taken up is of no use, if that is no tree
  /// within the limits.
  class Builder;

  friend bool operator==(const PrefixTree& a, const PrefixTree& b) noexcept {
    return a.depth_ == b.depth_ && same(a.root_, b.root_);
  }

 private:
  template <typename Visitor>
  static void visit_below(const Node& node, std::size_t depth, Visitor& visit) {
    for (const Node& child : node.children) {
      visit(depth, child);
      visit_below(child, depth + 1, visit);
    }
  }
  template <typename Drop>
  void take_away_below(Node& node, Drop& drop) {
    std::erase_if(node.children, [&](Node& child) {
      if (child.seen.count > 0 && drop(std::as_const(child))) child.seen = {};
      take_away_below(child, drop);
      const bool leads_nowhere = child.seen.count == 0 && child.children.empty();
      if (leads_nowhere) --nodes_;
      return leads_nowhere;
    });
  }
  static void grow_old(Node& node);
  [[nodiscard]] static bool same(const Node& a, const Node& b) noexcept;
  [[nodiscard]] std::size_t most_names(std::size_t depth) const noexcept {
    return limits_.names[depth < 3 ? depth : 3];
  }
  [[nodiscard]] bool kept(std::string_view name) const noexcept {
    return limits_.keep != nullptr && limits_.keep(name);
  }
  Node& child_for(Node& node, std::string_view name, std::size_t depth);
  void generalise(Node& node, std::size_t depth);
  /// Are the nodes that are united of one part, which has one numbering of teachers?
  enum class Of : std::uint8_t { one, several };
  void merge_into(Node& node, const Node& other, std::size_t depth, Of of);
  void cut(Node& node, std::size_t depth);
  void make_room();

  Limits limits_;
  Node root_;
  std::size_t nodes_ = 0;
  std::size_t depth_ = Trail::kMostNames;
};

/// Takes up a saved tree, name by name; refuses what no tree within its limits would have saved.
class PrefixTree::Builder {
 public:
  Builder(const Limits& limits, std::size_t depth) : tree_(limits) { tree_.depth_ = depth; }
  [[nodiscard]] bool add(std::size_t depth, std::string_view name, const Seen& seen);
  [[nodiscard]] PrefixTree take() && { return std::move(tree_); }

 private:
  PrefixTree tree_;
  std::vector<std::size_t> at_;  ///< index of the newest node of each depth
};

}  // namespace da
