// What operators decided of one image, beside what its streams teach: the behaviour they accepted or
// rejected, what is frozen, and what was to be forgotten.
//
// Changed by detect/order_rules as orders come, published like a model, and looked at by the image's curator,
// who adds it up with the parts, and by the parts. Pure data.
//
// Nothing is erased in other shards' parts by hand: what is to be forgotten gets a new generation, and what
// parts of a former generation taught does not count.
//
//   if (decisions.rejects({"/bin/sh", Arch::x86_64})) ...
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/model/footprint.h"
#include "analyzer/model/ngram.h"
#include "analyzer/model/program_key.h"

namespace da {

enum class Ruling : std::uint8_t { none, accepted, rejected };

struct ProgramDecisions {
  static constexpr std::size_t kMostAccepted = 8192;
  static constexpr std::size_t kMostRejected = 512;
  static constexpr std::size_t kMostFootprints = 64;
  static constexpr std::size_t kMostObjects = 256;  ///< accepted, and rejected

  Ruling ruling = Ruling::none;  ///< of the program itself
  bool frozen = false;
  std::uint32_t generation = 0;   ///< of its profile: counts how often that was to begin anew
  std::uint32_t known_since = 0;  ///< the program itself is known by what was seen since this generation
  std::set<Ngram> accepted;       ///< with all their suffixes
  std::set<Ngram> rejected;       ///< with all n-grams that contain them
  std::set<Footprint> accepted_footprints{};  ///< of threads as a whole
  /// Of habits (see habits/habit_object.h), with their amounts.
  std::map<std::string, std::uint64_t> accepted_objects{};
  std::map<std::string, std::uint64_t> rejected_objects{};

  friend bool operator==(const ProgramDecisions&, const ProgramDecisions&) = default;
};

/// An order that was carried out, for people to look at.
struct CarriedOut {
  std::string order;
  std::string verb;
  std::string target;  ///< an alert's id or a model's
  std::string author;
  std::string comment;
  std::int64_t time_ns = 0;
  std::string refused;  ///< why it was not; empty: it was

  friend bool operator==(const CarriedOut&, const CarriedOut&) = default;
};

struct Decisions {
  static constexpr std::size_t kMostPrograms = 1024;
  static constexpr std::size_t kMostStarts = 4096;
  static constexpr std::size_t kMostOrders = 512;
  static constexpr std::size_t kMostUnlearned = 64;

  std::string image;  ///< id
  std::string name;
  bool frozen = false;           ///< all of it
  std::uint32_t generation = 0;  ///< of the image: counts how often it was to begin anew
  std::uint32_t forgotten =
      0;  ///< the latest generation that began because it was not seen for long; 0: none
  std::map<ProgramKey, ProgramDecisions> programs;
  std::map<std::pair<std::string, std::string>, Ruling> starts;  ///< (parent, child)
  /// Containers by id, and from when on what only they showed is not learned.
  std::map<std::string, std::int64_t> unlearned;
  std::vector<CarriedOut> orders;  ///< the oldest first; only the latest are kept

  /// Null: nothing was decided of it.
  [[nodiscard]] const ProgramDecisions* find(const ProgramKey& key) const {
    const auto found = programs.find(key);
    return found == programs.end() ? nullptr : &found->second;
  }
  [[nodiscard]] bool rejects(const ProgramKey& key) const {
    const ProgramDecisions* program = find(key);
    return program != nullptr && program->ruling == Ruling::rejected;
  }
  [[nodiscard]] bool rejects_start(const std::string& parent, const std::string& child) const {
    const auto found = starts.find({parent, child});
    return found != starts.end() && found->second == Ruling::rejected;
  }
  [[nodiscard]] bool is_frozen(const ProgramKey& key) const {
    const ProgramDecisions* program = find(key);
    return frozen || (program != nullptr && program->frozen);
  }

  /// Nothing may be taken from it.
  [[nodiscard]] bool freezes_any() const {
    return frozen || std::ranges::any_of(programs, [](const auto& entry) { return entry.second.frozen; });
  }
  /// Operators decided something that still holds; what they ordered once is not that.
  [[nodiscard]] bool decides_any() const {
    return freezes_any() || !starts.empty() || !unlearned.empty() ||
           std::ranges::any_of(programs, [](const auto& entry) {
             const ProgramDecisions& program = entry.second;
             return program.ruling != Ruling::none || !program.accepted.empty() ||
                    !program.rejected.empty() || !program.accepted_footprints.empty() ||
                    !program.accepted_objects.empty() || !program.rejected_objects.empty();
           });
  }

  friend bool operator==(const Decisions&, const Decisions&) = default;
};

/// Whether the calls of `part` follow one another in `ngram`. An empty part is in none.
[[nodiscard]] constexpr bool contains(Ngram ngram, Ngram part) noexcept {
  const std::size_t length = length_of(part);
  if (length == 0) return false;
  for (std::size_t rest = length_of(ngram); rest >= length; --rest, ngram = context_of(ngram)) {
    if (suffix(ngram, length) == part) return true;
  }
  return false;
}
[[nodiscard]] inline bool contains_any(Ngram ngram, const std::set<Ngram>& parts) {
  for (std::size_t rest = length_of(ngram); rest > 0; --rest, ngram = context_of(ngram)) {
    for (std::size_t length = 1; length <= rest; ++length) {
      if (parts.contains(suffix(ngram, length))) return true;
    }
  }
  return false;
}

}  // namespace da
