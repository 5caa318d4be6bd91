#include "analyzer/store/profile_codec.h"

#include <algorithm>
#include <array>
#include <exception>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include <msgpack.hpp>

#include "analyzer/store/profile_fields.h"

namespace da {
namespace {

using profile_fields::as_arch;
using profile_fields::as_time;
using profile_fields::Fields;
using profile_fields::guarded;
using profile_fields::Malformed;
using profile_fields::pack_bytes;
using profile_fields::Packer;

// Symbols are numbered by CallId on the wire, not in the order of learning: that makes blobs canonical.
struct Numbering {
  std::vector<CallId> calls;  // sorted; the wire's symbol i + 1
  std::array<Symbol, 256> to_wire{};
};

Numbering number_calls(const SymbolTable& symbols) {
  Numbering numbering{symbols.calls(), {}};
  std::sort(numbering.calls.begin(), numbering.calls.end());
  for (std::size_t i = 0; i < numbering.calls.size(); ++i)
    numbering.to_wire[symbols.find(numbering.calls[i])] = static_cast<Symbol>(i + 1);
  numbering.to_wire[kOtherSymbol] = kOtherSymbol;
  return numbering;
}

struct WireNgram {
  Ngram ngram;
  std::uint32_t count;
  std::uint32_t age;  // blocks since it was first seen, for the Good-Turing estimate; 0 if not needed
};

std::vector<WireNgram> sorted_ngrams(const Profile& profile, const Numbering& numbering) {
  const std::uint32_t block = profile.life().block();
  std::vector<WireNgram> ngrams;
  ngrams.reserve(profile.counter().size());
  profile.counter().for_each([&](const NgramCounter::Entry& entry) {
    Ngram wire = kEmptyNgram;
    for (std::size_t age = length_of(entry.ngram); age > 0; --age)
      wire = append(wire, numbering.to_wire[symbol_at(entry.ngram, age - 1)]);
    // Only a singleton's birth matters any more.
    const std::uint32_t age = std::min<std::uint32_t>(block - entry.born, RecentNovelty::kBlocks);
    ngrams.push_back({wire, entry.count, entry.count == 1 ? age : 0});
  });
  std::sort(ngrams.begin(), ngrams.end(),
            [](const WireNgram& a, const WireNgram& b) { return a.ngram < b.ngram; });
  return ngrams;
}

void pack_ngrams(Packer& packer, const std::vector<WireNgram>& ngrams) {
  // Columns: differences of the sorted n-grams, counts, ages of singletons.
  const auto size = static_cast<std::uint32_t>(ngrams.size());
  packer.pack("ngrams").pack_array(size);
  Ngram previous = 0;
  for (const WireNgram& entry : ngrams)
    packer.pack_uint64(entry.ngram - std::exchange(previous, entry.ngram));
  packer.pack("counts").pack_array(size);
  for (const WireNgram& entry : ngrams)
    packer.pack_uint32(entry.count);
  std::string ages;
  for (const WireNgram& entry : ngrams) {
    if (entry.count == 1) ages.push_back(static_cast<char>(entry.age));
  }
  packer.pack("ages");
  pack_bytes(packer, ages);
}

void pack_learned(Packer& packer, const LearningEvidence& learned) {
  packer.pack("learned").pack_array(6);
  packer.pack_int64(learned.time.total_ns());
  for (const std::uint64_t value :
       {learned.calls, learned.episodes, learned.starts, learned.gaps, learned.lost})
    packer.pack_uint64(value);
}

void pack_shadow(Packer& packer, const ShadowEvidence& shadow) {
  packer.pack("shadow").pack_array(6);
  packer.pack_int64(shadow.time.total_ns());
  for (const std::uint64_t value : {shadow.calls, shadow.ngrams, shadow.unseen, shadow.would_alert})
    packer.pack_uint64(value);
  packer.pack_uint32(shadow.scores.highest());
  packer.pack("maxima").pack_array(kMaxFrame + 1);
  for (const std::uint64_t episodes : shadow.scores.histogram())
    packer.pack_uint64(episodes);
}

void pack_blocks(Packer& packer, const LifeCycle::Saved& life) {
  // Oldest first, so that the bytes do not depend on where the ring stands.
  packer.pack("recent").pack_array(2 * RecentNovelty::kBlocks);
  for (std::uint32_t i = 1; i <= RecentNovelty::kBlocks; ++i) {
    const RecentNovelty::Block& block = life.blocks[(life.block + i) % RecentNovelty::kBlocks];
    packer.pack_uint64(block.ngrams);
    packer.pack_uint64(block.singletons);
  }
}

SymbolTable read_symbols(const Fields& fields) {
  SymbolTable symbols;
  std::uint64_t previous = 0;
  for (const std::uint64_t raw : fields.numbers("calls", kMaxSymbols)) {
    if (raw > UINT32_MAX || (symbols.size() > 0 && raw <= previous)) throw Malformed("calls");
    symbols.learn(CallId{static_cast<std::uint32_t>(previous = raw)});
  }
  if (fields.flag("other")) symbols.set_overflowed();
  return symbols;
}

void check_ngram(Ngram ngram, const NgramCounter& counter, const SymbolTable& symbols) {
  const std::size_t length = length_of(ngram);
  if (length == 0 || length > counter.order()) throw Malformed("ngrams");
  for (std::size_t age = 0; age < length; ++age) {
    const Symbol symbol = symbol_at(ngram, age);
    const bool known =
        symbol != kNoSymbol && (symbol <= symbols.size() || (symbol == kOtherSymbol && symbols.overflowed()));
    if (!known) throw Malformed("ngrams");
  }
}

NgramCounter read_ngrams(const Fields& fields, const SymbolTable& symbols, const LifeCycle::Saved& life,
                         std::size_t order, std::size_t capacity) {
  const auto steps = fields.numbers("ngrams", capacity);
  const auto counts = fields.numbers("counts", capacity);
  const std::string ages = fields.bytes("ages", capacity);
  if (counts.size() != steps.size()) throw Malformed("counts");
  NgramCounter counter(order, capacity);
  std::size_t singletons = 0;
  Ngram ngram = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] == 0 || steps[i] > UINT64_MAX - ngram || counts[i] == 0 || counts[i] > UINT32_MAX)
      throw Malformed("ngrams");
    ngram += steps[i];
    check_ngram(ngram, counter, symbols);
    std::uint32_t age = 0;
    if (counts[i] == 1) {
      if (singletons >= ages.size()) throw Malformed("ages");
      age = static_cast<std::uint8_t>(ages[singletons++]);
      if (age > RecentNovelty::kBlocks) throw Malformed("ages");
    }
    counter.add_count(ngram, static_cast<std::uint32_t>(counts[i]), life.block - age);
  }
  if (singletons != ages.size()) throw Malformed("ages");
  counter.set_dropped(fields.number("dropped"));
  return counter;
}

LifeCycle::Saved read_life(const Fields& fields) {
  LifeCycle::Saved life;
  const std::uint64_t state = fields.number("state");
  if (state > static_cast<std::uint64_t>(ProfileState::armed)) throw Malformed("state");
  life.state = static_cast<ProfileState>(state);

  const auto learned = fields.exactly("learned", 6);
  life.learned.time.restore(as_time(learned[0], "learned"));
  life.learned.calls = learned[1];
  life.learned.episodes = learned[2];
  life.learned.starts = learned[3];
  life.learned.gaps = learned[4];
  life.learned.lost = learned[5];

  const auto shadow = fields.exactly("shadow", 6);
  life.shadow.time.restore(as_time(shadow[0], "shadow"));
  life.shadow.calls = shadow[1];
  life.shadow.ngrams = shadow[2];
  life.shadow.unseen = shadow[3];
  life.shadow.would_alert = shadow[4];
  if (shadow[5] > kMaxFrame) throw Malformed("shadow");
  const auto maxima = fields.exactly("maxima", kMaxFrame + 1);
  std::array<std::uint64_t, kMaxFrame + 1> histogram{};
  std::copy(maxima.begin(), maxima.end(), histogram.begin());
  life.shadow.scores.restore(static_cast<unsigned>(shadow[5]), histogram);

  life.extensions =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(fields.number("extensions"), UINT32_MAX));
  const std::uint64_t threshold = fields.number("threshold");
  if (threshold > kMaxFrame) throw Malformed("threshold");
  life.threshold = static_cast<unsigned>(threshold);

  // Blocks are counted on from kBlocks, so that the birth of the oldest singleton is not negative.
  life.block = RecentNovelty::kBlocks;
  const auto recent = fields.exactly("recent", 2 * RecentNovelty::kBlocks);
  for (std::size_t i = 0; i < RecentNovelty::kBlocks; ++i) {
    auto& block = life.blocks[(life.block + 1 + i) % RecentNovelty::kBlocks];
    block = {recent[2 * i], recent[2 * i + 1]};
    // Bounded, so that sums over blocks cannot overflow.
    if (block.ngrams > UINT32_MAX || block.singletons > block.ngrams) throw Malformed("recent");
  }
  return life;
}

}  // namespace

std::string encode_profile(const Profile& profile) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  const LifeCycle::Saved life = profile.life().save();
  const Numbering numbering = number_calls(profile.symbols());

  packer.pack_map(19);
  packer.pack("v").pack_uint32(kProfileVersion);
  packer.pack("kind").pack("profile");
  packer.pack("image");
  pack_bytes(packer, profile.key().image);
  packer.pack("exe");
  pack_bytes(packer, profile.key().executable);
  packer.pack("arch").pack_uint32(static_cast<std::uint32_t>(profile.key().arch));
  packer.pack("order").pack_uint64(profile.counter().order());
  packer.pack("calls").pack_array(static_cast<std::uint32_t>(numbering.calls.size()));
  for (const CallId call : numbering.calls)
    packer.pack_uint32(static_cast<std::uint32_t>(call));
  packer.pack("other").pack_uint32(profile.symbols().overflowed() ? 1 : 0);
  pack_ngrams(packer, sorted_ngrams(profile, numbering));
  packer.pack("dropped").pack_uint64(profile.counter().dropped());
  packer.pack("state").pack_uint32(static_cast<std::uint32_t>(life.state));
  pack_learned(packer, life.learned);
  pack_shadow(packer, life.shadow);
  packer.pack("extensions").pack_uint32(life.extensions);
  packer.pack("threshold").pack_uint32(life.threshold);
  pack_blocks(packer, life);
  return {buffer.data(), buffer.size()};
}

Result<Profile> decode_profile(std::string_view blob, const LifeCycleOptions& options,
                               const ScoreOptions& score) {
  return guarded<Profile>(blob, "profile", [&](const Fields& fields) -> Result<Profile> {
    ProfileKey key{fields.bytes("image"), fields.bytes("exe"), as_arch(fields.number("arch"))};
    Profile profile(std::move(key), options, score);
    if (fields.number("order") != profile.counter().order()) return fail("learned with another n-gram order");
    const LifeCycle::Saved life = read_life(fields);
    SymbolTable symbols = read_symbols(fields);
    NgramCounter counter = read_ngrams(fields, symbols, life, profile.counter().order(), options.max_ngrams);
    profile.restore(std::move(symbols), std::move(counter), life);
    return profile;
  });
}

}  // namespace da
