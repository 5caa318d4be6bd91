// The Witten-Bell model of witten_bell.h as an automaton: what a call costs, in one look-up or two.
//
// A state is a context: the longest suffix of the calls so far that was learned as one. An arc is a call
// seen after it: the next state, the call's surprisal, and how many calls of the history it matched. A
// call that was not seen after the context costs the context's escape, -log2(T / (c + T)), and is looked
// up in the context without its oldest call: the suffix link. So the sum over the links is exactly the
// interpolated probability, because a call unseen after h has P(s | h) = T(h) P(s | h') / (c(h) + T(h)).
// (Witten and Bell 1991; suffix links as in Aho and Corasick 1975 and the suffix automata of language
// models.) A context keeps its likeliest arc in itself, the others are in one hash table. Links skip contexts
// that know no call more, since what is unseen here is unseen there.
//
// Each step also tells whether its last three calls are an unseen trigram, or a rare one: seen fewer than
// `min_count` times (the rare n-grams of t-STIDE; Warrender, Forrest, Pearlmutter 1999).
//
// Surprisal is in units of 1/256 bit, each arc and each link rounded: a step is off by at most kMaxOrder + 1
// halves of a unit. Contexts seen fewer than `min_count` times are left out, but for those of up to two
// calls, so that trigrams are told exactly.
//
// Bounded: 12 bytes for each state (no more than arcs), 24 for each of at most max_arcs arcs, and the symbol
// table: 33 kB. A counter that needs more is compiled with a higher min_count (see min_count()).
//
//   const CompiledModel model(counter, {});
//   CompiledModel::Step step = model.step(model.start(), model.symbols().id(symbol));
//   step.surprisal / 256.0;   step.matched;   state = step.next;
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/model/ngram_counter.h"
#include "analyzer/model/symbol_table.h"

namespace da {

struct CompileOptions {
  std::uint32_t min_count = 3;       ///< of a context, to be kept; of a trigram, not to be rare
  std::size_t max_arcs = 1U << 20U;  ///< at most 2^22
};

inline constexpr double kUnitsPerBit = 256.0;

enum class Trigram : std::uint8_t { unseen, rare, known };

class CompiledModel {
 public:
  using State = std::uint32_t;

  struct Step {
    State next = 0;
    std::uint32_t surprisal = 0;  ///< 1/256 bit
    unsigned matched = 0;         ///< calls, this one included, that were seen in sequence; 0: never seen
    /// Of the last three calls. Means nothing for a thread's first two calls.
    Trigram trigram = Trigram::unseen;
  };

  /// Knows nothing: every call costs nothing and matches nothing.
  CompiledModel() : table_(1) {}
  CompiledModel(const NgramCounter& counter, const CompileOptions& options);

  /// The state of a thread of which nothing was seen.
  [[nodiscard]] static constexpr State start() noexcept { return 0; }

  /// Precondition: `from` is of this model.
  [[nodiscard]] Step step(State from, DenseId symbol) const noexcept {
    std::uint32_t escapes = 0;
    for (State state = from;;) {
      const Context& context = contexts_[state];
      if (context.symbol == symbol) [[likely]]
        return step_to(context.next, escapes + context.cost);
      if (context.has_more) {
        const std::uint32_t key = key_of(state, symbol);
        for (std::size_t at = place_of(key); table_[at].key != kNoKey; ++at) {
          if (table_[at].key == key) return step_to(table_[at].next, escapes + table_[at].cost);
        }
      }
      escapes += context.escape;
      if (state == start()) return {start(), escapes, 0, Trigram::unseen};
      state = context.shorter;
    }
  }

  /// The state of a thread whose latest calls these are: for a thread that was saved, or met another model.
  [[nodiscard]] State state_after(Ngram history) const noexcept {
    // A state is a context of at most kMaxOrder - 1 calls, so older ones do not matter.
    State state = start();
    for (std::size_t age = std::min(length_of(history), kMaxOrder - 1); age-- > 0;)
      state = step(state, symbols_.id(symbol_at(history, age))).next;
    return state;
  }

  [[nodiscard]] const SymbolTable& symbols() const noexcept { return symbols_; }
  [[nodiscard]] std::size_t states() const noexcept { return contexts_.size(); }
  [[nodiscard]] std::size_t arcs() const noexcept { return arcs_; }
  /// The one used: that of the options, or more if the counter would have needed too many arcs.
  [[nodiscard]] std::uint32_t min_count() const noexcept { return min_count_; }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return sizeof *this + contexts_.capacity() * sizeof(Context) + table_.capacity() * sizeof(Arc);
  }

  friend bool operator==(const CompiledModel&, const CompiledModel&) = default;

 private:
  static constexpr unsigned kStateBits = 22;
  static constexpr unsigned kMatchedBits = 4;
  static constexpr std::uint32_t kStateMask = (1U << kStateBits) - 1U;
  static constexpr std::uint32_t kMatchedMask = (1U << kMatchedBits) - 1U;
  static constexpr std::uint32_t kNoKey = 0xffffffffU;
  static_assert(kDenseIdBits + kStateBits < 32);

  /// With the likeliest of its arcs, which most calls take.
  struct Context {
    std::uint32_t next = 0;                  ///< of the arc: state, matched, trigram, from the lowest bit on
    std::uint32_t shorter : kStateBits = 0;  ///< where to look a call up that has no arc here
    std::uint32_t symbol : kDenseIdBits = kUnknownId;
    std::uint32_t has_more : 1 = 0;  ///< other arcs, in the table
    std::uint16_t cost = 0;          ///< of the arc, 1/256 bit
    std::uint16_t escape = 0;        ///< of going to the shorter context, 1/256 bit
    friend bool operator==(const Context&, const Context&) = default;
  };
  struct Arc {
    std::uint32_t key = kNoKey;
    std::uint32_t next = 0;
    std::uint32_t cost = 0;
    friend bool operator==(const Arc&, const Arc&) = default;
  };
  static_assert(sizeof(Context) == 12 && sizeof(Arc) == 12);

  [[nodiscard]] static constexpr Step step_to(std::uint32_t next, std::uint32_t cost) noexcept {
    return {next & kStateMask, cost, (next >> kStateBits) & kMatchedMask,
            static_cast<Trigram>(next >> (kStateBits + kMatchedBits))};
  }
  [[nodiscard]] static constexpr std::uint32_t key_of(State state, DenseId symbol) noexcept {
    return (state << kDenseIdBits) | symbol;
  }
  [[nodiscard]] std::size_t place_of(std::uint32_t key) const noexcept {
    const std::uint64_t hash = key * 0x9e3779b97f4a7c15U >> 32U;
    return static_cast<std::size_t>(hash * places_ >> 32U);
  }
  void insert(const Arc& arc);

  SymbolTable symbols_;
  std::uint32_t min_count_ = 0;
  std::size_t arcs_ = 0;
  std::uint64_t places_ = 0;
  std::vector<Context> contexts_{1};
  /// Open addressing, half full; the places behind the last hash are the end of any search.
  std::vector<Arc> table_;
};

}  // namespace da
