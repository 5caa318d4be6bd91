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

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/model/habits/familiar.h"
#include "analyzer/model/habits/prefix_tree.h"
#include "analyzer/model/observed_time.h"

namespace da {

/// When a habit is known well enough to be judged by.
struct HabitOptions {
  std::chrono::nanoseconds min_time = std::chrono::hours(1);  ///< seen running, pauses cut short
  std::chrono::nanoseconds longest_pause = std::chrono::seconds(60);
  /// Lately: within which nothing may have come that is new and was seen once only.
  std::chrono::nanoseconds recent = std::chrono::hours(1);
  std::uint64_t min_runs = 20;   ///< programs started, before their arguments are judged
  std::size_t max_names = 1024;  ///< of each tree

  std::chrono::nanoseconds window = std::chrono::seconds(10);  ///< of record time, in which a pace is counted

  /// A program that runs for a moment now and then has not been seen for long when it has been seen twice.
  [[nodiscard]] std::chrono::nanoseconds pause() const noexcept {
    return std::min(longest_pause, min_time / 20);
  }
};

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

  void learn(const Trail& trail, std::int64_t time_ns);
  [[nodiscard]] bool knows(const Trail& trail) const { return rule_.familiar(tree_, trail, nullptr); }
  void merge(const ObjectHabit& other);

  /// `time`: when the program was seen running.
  [[nodiscard]] Settling settling(const ObservedTime& time) const;
  /// What it mostly deals with: "/var/www, /usr/lib, /proc/self"; "nothing".
  [[nodiscard]] std::string seen_words(std::size_t most = 5) const;
  [[nodiscard]] std::uint64_t observations() const noexcept { return tree_.root().total().count; }

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
