// What one set of models knows and another does not: programs, relations, calls and sequences.
//
// Pure.
//
//   print(diff_text(diff_models(ours, theirs)));
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/operate/model_catalogue.h"

namespace da {

/// Known to one side alone; first: the left.
template <typename Value>
struct OnlyIn {
  std::vector<Value> left;
  std::vector<Value> right;
  [[nodiscard]] bool empty() const noexcept { return left.empty() && right.empty(); }
};

struct ProfileDiff {
  ProgramKey program;
  std::string left_state;  ///< of its life
  std::string right_state;
  OnlyIn<std::string> calls;
  /// N-grams of the highest order, the names of their calls with spaces, the most common first.
  OnlyIn<std::string> sequences;
  OnlyIn<std::string> habits;      ///< "directories read /srv"
  std::size_t left_sequences = 0;  ///< how many there are, though not all are listed
  std::size_t right_sequences = 0;

  [[nodiscard]] bool empty() const noexcept {
    return left_state == right_state && calls.empty() && habits.empty() && left_sequences == 0 &&
           right_sequences == 0;
  }
};

struct ModelDiff {
  OnlyIn<std::string> programs;
  OnlyIn<std::pair<std::string, std::string>> starts;
  std::vector<ProfileDiff> profiles;  ///< those that differ, of programs that both have

  [[nodiscard]] bool empty() const noexcept { return programs.empty() && starts.empty() && profiles.empty(); }
};

/// `only`: this program; empty: all.
[[nodiscard]] ModelDiff diff_models(const Image& left, const Image& right, const ProgramKey& only = {});

/// "-": only the left has it, "+": only the right.
[[nodiscard]] std::string diff_text(const ModelDiff& diff);
[[nodiscard]] std::string diff_json(const ModelDiff& diff);

}  // namespace da
