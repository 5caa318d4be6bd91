#include "analyzer/model/habits/prefix_tree.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;

namespace {

PrefixTree::Limits small_limits() {
  PrefixTree::Limits limits;
  std::copy_n(std::array<std::uint16_t, 4>{8, 4, 3, 3}.begin(), 4, limits.names);
  limits.keep = [](std::string_view name) noexcept { return name == ".ssh"; };
  return limits;
}

/// Trails that collide often, and overflow at every depth.
std::vector<Trail> random_trails(std::mt19937& random, std::size_t count) {
  std::vector<Trail> trails(count);
  for (Trail& trail : trails) {
    trail.clear();
    const std::size_t length = 1 + random() % 5;
    for (std::size_t i = 0; i < length; ++i) {
      const auto name = random() % 6;
      trail.push(name == 5 ? ".ssh" : std::string(1, static_cast<char>('a' + name)));
    }
  }
  return trails;
}

std::vector<std::string> words(const PrefixTree& tree) {
  std::vector<std::string> lines;
  tree.for_each([&](std::size_t depth, const PrefixTree::Node& node) {
    lines.push_back(std::to_string(depth) + node.name + std::to_string(node.seen.count));
  });
  return lines;
}

}  // namespace

SCENARIO("too many names beside each other become any name") {
  PrefixTree tree(small_limits());
  for (const char* name : {"ann", "bob", "cid", "dan"})
    tree.add(trail_of({"home", name, "mail"}), {1, 5});
  CHECK_FALSE(tree.root().child("home")->any());
  tree.add(trail_of({"home", "eve", "web"}), {1, 3});
  CHECK(words(tree) == std::vector<std::string>{"1home0", "2*0", "3mail4", "3web1"});
  tree.add(trail_of({"home", "zoe", "mail"}), {1, 9});
  CHECK(tree.root().child("home")->find("nobody")->child("mail")->seen == Seen{5, 5});
}

SCENARIO("a secret stays itself among names that became general") {
  PrefixTree tree(small_limits());
  for (const char* name : {"a", "b", ".ssh", "c", "d", "e"})
    tree.add(trail_of({"home", name}), {1, 1});
  const PrefixTree::Node* home = tree.root().child("home");
  CHECK(home->children.size() == 2);
  CHECK(home->child(".ssh")->seen.count == 1);
  CHECK(home->child("*")->seen.count == 5);
}

SCENARIO("a name that is written like any name is none") {
  PrefixTree one(small_limits());
  PrefixTree other(small_limits());
  one.add(trail_of({"*"}), {1, 1});
  one.add(trail_of({"a"}), {1, 1});
  other.add(trail_of({"a"}), {1, 1});
  other.add(trail_of({"*"}), {1, 1});
  CHECK(one == other);
  CHECK_FALSE(one.root().any());
}

SCENARIO("in whatever order and parts trails are learned, the whole is the same") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    auto trails = random_trails(random, 5 + random() % 60);
    PrefixTree all(small_limits());
    for (const Trail& trail : trails)
      all.add(trail, {1, 1});

    std::shuffle(trails.begin(), trails.end(), random);
    std::vector<PrefixTree> parts(4, PrefixTree(small_limits()));
    for (const Trail& trail : trails)
      parts[random() % parts.size()].add(trail, {1, 1});
    PrefixTree left(small_limits());  // ((a + b) + c) + d
    for (const PrefixTree& part : parts)
      left.merge(part);
    PrefixTree right = parts[3];  // (d + c) + (b + a)
    right.merge(parts[2]);
    PrefixTree rest = parts[1];
    rest.merge(parts[0]);
    right.merge(rest);

    REQUIRE(words(left) == words(all));
    REQUIRE(words(right) == words(all));
    REQUIRE(left == all);
    REQUIRE(left.size() == words(all).size());
    REQUIRE(right.size() == left.size());
  }
}

SCENARIO("a tree is bounded, whatever is learned") {
  std::mt19937 random(3);
  PrefixTree::Limits limits;  // as for paths
  PrefixTree tree(limits);
  std::uint64_t added = 0;
  for (int i = 0; i < 100'000; ++i, ++added) {
    Trail trail;
    for (std::size_t depth = 0; depth < 10; ++depth)
      trail.push(std::string(30, 'x') + std::to_string(random() % 8));
    tree.add(trail, {1, 1});
  }
  CHECK(tree.size() <= limits.nodes);
  CHECK(tree.bytes() < 400'000);
  CHECK(tree.root().total().count == added);
  CHECK(tree.depth() < Trail::kMostNames);
  CHECK(tree.size() == words(tree).size());

  PrefixTree other(limits);
  other.add(trail_of({"a", "b", "c", "d", "e", "f", "g", "h"}), {1, 1});
  other.merge(tree);
  CHECK(other.size() <= limits.nodes);
  CHECK(other.root().total().count == added + 1);
}
