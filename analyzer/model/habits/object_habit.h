// What a program does to one kind of object: the trails seen, and whether enough is known to judge by them.
//
// Good (1953): of things to come, about as many are new as were seen once. Each new object is an alert here,
// so what counts is not their share but how many come in a time: about as many in the next `recent` as were
// first seen, and once only, in the last. It has settled when these are none. Only those count that would
// have been told (see familiar.h), and the start of a program is forgotten with time.
//
// Used by habits, once each for what is read, changed, reached and run. Parts add up (merge), in any order.
//
//   ObjectHabit reads(rule, options);
//   reads.learn(trail, record.time_ns);
//   if (!reads.knows(trail)) ...          // beside it: reads.settling(time)
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/model/habits/familiar.h"
#include "analyzer/model/habits/habit_options.h"
#include "analyzer/model/habits/prefix_tree.h"
#include "analyzer/model/observed_time.h"

namespace da {

/// What is missing before a habit can be judged by.
struct Settling {
  bool settled = false;
  std::string missing;  ///< in words; empty if settled
};

class ObjectHabit {
 public:
  struct Rule {
    const char* objects;  ///< "directories read"
    PrefixTree::Limits limits;
    Familiar familiar;
    std::uint64_t least = 0;  ///< observations before it can settle
    char separator = '/';     ///< between names, in words
  };

  ObjectHabit(const Rule& rule, const HabitOptions& options) noexcept;

  void learn(const Trail& trail, const Seen& seen) { tree_.add(trail, seen); }
  /// See PrefixTree.
  [[nodiscard]] PrefixTree::Node* find_place(const Trail& trail) noexcept { return tree_.find_place(trail); }
  [[nodiscard]] bool knows(const Trail& trail) const { return rule_.familiar(tree_, trail, nullptr); }
  void merge(const ObjectHabit& other);

  /// `time`: when the program was seen running, of which so much is wanted.
  [[nodiscard]] Settling settling(const ObservedTime& time, std::chrono::nanoseconds wanted) const;
  [[nodiscard]] Settling settling(const ObservedTime& time) const {
    return settling(time, options_.min_time);
  }
  /// What it mostly deals with: "/var/www, /usr/lib, /proc/self"; "nothing".
  [[nodiscard]] std::string seen_words(std::size_t most = 5) const;
  /// In words and how often, the most common first. `each`: all that was learned; else an overview, of few
  /// names.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> seen(std::size_t most, bool each) const;
  [[nodiscard]] std::uint64_t observations() const noexcept { return tree_.root().total().count; }
  [[nodiscard]] const char* objects() const noexcept { return rule_.objects; }
  [[nodiscard]] char separator() const noexcept { return rule_.separator; }

  /// Takes away the objects of which drop(seen) is true.
  template <typename Drop>
  void take_away(Drop&& drop) {
    tree_.take_away([&](const PrefixTree::Node& node) { return drop(node.seen); });
  }
  /// What another version of the image begins with: the same, as of long ago; of more than half of the room,
  /// only what was seen more than once.
  [[nodiscard]] ObjectHabit successor() const;

  [[nodiscard]] const PrefixTree& tree() const noexcept { return tree_; }
  /// For the codec. Precondition: the tree's limits are this one's.
  void restore(PrefixTree tree);

  friend bool operator==(const ObjectHabit& a, const ObjectHabit& b) noexcept { return a.tree_ == b.tree_; }

 private:
  struct Surprises {
    std::uint64_t count = 0;
    std::string one;  ///< in words
  };
  void find_surprises(const PrefixTree::Node& node, Trail& trail, std::int64_t since_ns,
                      Surprises& found) const;

  Rule rule_;
  HabitOptions options_;
  PrefixTree tree_;
};

/// A trail in words: as a path where it is one.
[[nodiscard]] std::string object_words(const Trail& trail, char separator);

}  // namespace da
