#include "analyzer/store/profile_codec.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

#include <msgpack.hpp>

#include "analyzer/store/lesson_column.h"
#include "analyzer/store/ngram_column.h"
#include "analyzer/store/profile_fields.h"
#include "analyzer/store/thread_columns.h"

namespace da {
namespace {

using profile_fields::as_arch;
using profile_fields::as_time;
using profile_fields::Fields;
using profile_fields::guarded;
using profile_fields::Malformed;
using profile_fields::pack_bytes;
using profile_fields::Packer;

constexpr std::size_t kMaxNgramBytes = profile_fields::kMaxBlobBytes;
constexpr std::size_t kMostSampleBytes = 8 + 12 * HeldOutSample::kCapacity;
/// By kind; their order is that of ThreadKind.
constexpr OfThreadKinds<const char*> kHeldOutFields = {"held_out_start", "held_out_process",
                                                       "held_out_thread", "held_out_later"};
constexpr OfThreadKinds<const char*> kFittedFields = {"fitted_start", "fitted_process", "fitted_thread",
                                                      "fitted_later"};
constexpr std::size_t kMostSetBytes = Profile::kMostFootprints * (kMostFootprintBytes + 4);
constexpr std::size_t kMostAcceptedBytes = Profile::kMostAcceptedFootprints * kMostFootprintBytes;
/// Of a whole: those of all its parts.
constexpr std::size_t kMostSavedSpans = 1 + 2 * 64 * ObservedTime::kMostSpans;

void pack_time(Packer& packer, const ObservedTime& time) {
  packer.pack_array(static_cast<std::uint32_t>(1 + 2 * time.spans().size()));
  packer.pack_int64(time.forgotten_ns());
  for (const ObservedTime::Span& span : time.spans()) {
    packer.pack_int64(span.begin);
    packer.pack_int64(span.end);
  }
}

void pack_learned(Packer& packer, const LearningEvidence& learned) {
  packer.pack("seen");
  pack_time(packer, learned.time);
  packer.pack("learned").pack_array(5);
  for (const std::uint64_t value :
       {learned.calls, learned.episodes, learned.starts, learned.gaps, learned.lost})
    packer.pack_uint64(value);
}

void pack_shadow(Packer& packer, const ShadowEvidence& shadow) {
  packer.pack("shadow_seen");
  pack_time(packer, shadow.time);
  packer.pack("shadow").pack_array(5);
  for (const std::uint64_t value : {shadow.calls, shadow.ngrams, shadow.unseen, shadow.would_alert})
    packer.pack_uint64(value);
  packer.pack_uint32(shadow.scores.highest());
  packer.pack("maxima").pack_array(kMaxFrame + 1);
  for (const std::uint64_t episodes : shadow.scores.histogram())
    packer.pack_uint64(episodes);
}

void pack_threads(Packer& packer, const Profile& profile, const LifeCycle::Saved& life) {
  packer.pack("footprints");
  pack_bytes(packer, encode_footprints(profile.footprints()));
  packer.pack("accepted");
  pack_bytes(packer, encode_footprints(profile.accepted_footprints()));
  for (std::size_t i = 0; i < kThreadKinds; ++i) {
    const auto kind = static_cast<ThreadKind>(i);
    packer.pack(kHeldOutFields.at(i));
    pack_bytes(packer, encode_sample(life.shadow.threads.of(kind)));
    packer.pack(kFittedFields.at(i));
    const Fitted* fitted = life.bounds.of(kind);
    const auto numbers = fitted == nullptr ? std::vector<std::uint64_t>{} : numbers_of(*fitted);
    packer.pack_array(static_cast<std::uint32_t>(numbers.size()));
    for (const std::uint64_t number : numbers)
      packer.pack_uint64(number);
  }
}

void pack_blocks(Packer& packer, const LifeCycle::Saved& life) {
  // Oldest first, so that the bytes do not depend on where the ring stands.
  packer.pack("recent").pack_array(3 * RecentNovelty::kBlocks);
  for (std::uint32_t i = 1; i <= RecentNovelty::kBlocks; ++i) {
    const RecentNovelty::Block& block = life.blocks[(life.block + i) % RecentNovelty::kBlocks];
    packer.pack_uint64(block.ngrams);
    packer.pack_uint64(block.singletons);
    packer.pack_uint64(block.refused);
  }
}

void pack_runs(Packer& packer, const LifeCycle::Saved& life) {
  packer.pack("runs").pack_array(3 + 2 * RecentRuns::kBlocks);
  packer.pack_uint64(life.learned.runs);
  packer.pack_uint64(life.shadow.runs);
  packer.pack_uint64(life.fresh_elsewhere ? 1 : 0);
  for (const RecentRuns::Block& block : life.runs) {
    packer.pack_uint64(block.runs);
    packer.pack_uint64(block.fresh);
  }
}

void read_runs(const Fields& fields, LifeCycle::Saved& life) {
  if (!fields.has("runs")) {
    // Saved before runs were counted. All but the latest start have ended, near enough: so it is known
    // whether they are short, and the recent ones are to come.
    life.learned.runs = life.learned.starts - std::min<std::uint64_t>(life.learned.starts, 1);
    return;
  }
  const auto runs = fields.exactly("runs", 3 + 2 * RecentRuns::kBlocks);
  life.learned.runs = runs[0];
  life.shadow.runs = runs[1];
  if (runs[2] > 1) throw Malformed("runs");
  life.fresh_elsewhere = runs[2] == 1;
  for (std::size_t i = 0; i < RecentRuns::kBlocks; ++i) {
    RecentRuns::Block& block = life.runs[i];
    block = {runs[3 + 2 * i], runs[4 + 2 * i]};
    if (block.runs > UINT32_MAX || block.fresh > block.runs) throw Malformed("runs");
  }
}

void read_time(const Fields& fields, const char* name, ObservedTime& time) {
  const auto numbers = fields.numbers(name, kMostSavedSpans);
  if (numbers.size() % 2 != 1) throw Malformed(name);
  std::vector<ObservedTime::Span> spans;
  for (std::size_t i = 1; i < numbers.size(); i += 2) {
    const ObservedTime::Span span{as_time(numbers[i], name), as_time(numbers[i + 1], name)};
    if (span.end < span.begin || span.end > ObservedTime::kLatest) throw Malformed(name);
    spans.push_back(span);
  }
  time.restore(as_time(numbers[0], name), spans);
}

LifeCycle::Saved read_life(const Fields& fields, std::chrono::nanoseconds longest_pause) {
  LifeCycle::Saved life(longest_pause);
  const std::uint64_t state = fields.number("state");
  if (state > static_cast<std::uint64_t>(ProfileState::armed)) throw Malformed("state");
  life.state = static_cast<ProfileState>(state);

  read_time(fields, "seen", life.learned.time);
  const auto learned = fields.exactly("learned", 5);
  life.learned.calls = learned[0];
  life.learned.episodes = learned[1];
  life.learned.starts = learned[2];
  life.learned.gaps = learned[3];
  life.learned.lost = learned[4];

  read_time(fields, "shadow_seen", life.shadow.time);
  const auto shadow = fields.exactly("shadow", 5);
  life.shadow.calls = shadow[0];
  life.shadow.ngrams = shadow[1];
  life.shadow.unseen = shadow[2];
  life.shadow.would_alert = shadow[3];
  if (shadow[4] > kMaxFrame) throw Malformed("shadow");
  const auto maxima = fields.exactly("maxima", kMaxFrame + 1);
  std::array<std::uint64_t, kMaxFrame + 1> histogram{};
  std::copy(maxima.begin(), maxima.end(), histogram.begin());
  life.shadow.scores.restore(static_cast<unsigned>(shadow[4]), histogram);

  life.extensions =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(fields.number("extensions"), UINT32_MAX));
  life.round = static_cast<std::uint32_t>(std::min<std::uint64_t>(fields.number("round"), UINT32_MAX));
  const std::uint64_t threshold = fields.number("threshold");
  if (threshold > kMaxFrame) throw Malformed("threshold");
  life.threshold = static_cast<unsigned>(threshold);
  const std::uint32_t call_score = fields.small_number_or("call_score", 0);
  if (call_score > static_cast<std::uint32_t>(CallScore::t_stide)) throw Malformed("call_score");
  life.call_score = static_cast<CallScore>(call_score);
  for (std::size_t i = 0; i < kThreadKinds; ++i) {
    if (!fields.has(kHeldOutFields.at(i))) continue;
    HeldOutSample& sample = life.shadow.threads.of(static_cast<ThreadKind>(i));
    decode_sample(fields.bytes(kHeldOutFields.at(i), kMostSampleBytes), sample);
    const auto numbers = fields.numbers(kFittedFields.at(i), kFittedNumbers);
    if (!numbers.empty()) life.bounds.fitted.at(i) = fitted_from(numbers);
  }

  // Blocks are counted on from kBlocks, so that the birth of the oldest singleton is not negative.
  life.block = RecentNovelty::kBlocks;
  const auto recent = fields.exactly("recent", 3 * RecentNovelty::kBlocks);
  for (std::size_t i = 0; i < RecentNovelty::kBlocks; ++i) {
    auto& block = life.blocks[(life.block + 1 + i) % RecentNovelty::kBlocks];
    block = {recent[3 * i], recent[3 * i + 1], recent[3 * i + 2]};
    // Bounded, so that sums over blocks cannot overflow.
    if (block.ngrams > UINT32_MAX || block.singletons > block.ngrams || block.refused > block.ngrams)
      throw Malformed("recent");
  }
  read_runs(fields, life);
  return life;
}

}  // namespace

std::string encode_profile(const Profile& profile) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  const LifeCycle::Saved life = profile.life().save();

  packer.pack_map(24 + 2 * kThreadKinds);
  packer.pack("v").pack_uint32(kProfileVersion);
  packer.pack("kind").pack("profile");
  packer.pack("image");
  pack_bytes(packer, profile.key().image);
  packer.pack("exe");
  pack_bytes(packer, profile.key().executable);
  packer.pack("arch").pack_uint32(static_cast<std::uint32_t>(profile.key().arch));
  packer.pack("order").pack_uint64(profile.counter().order());
  packer.pack("ngrams");
  pack_bytes(packer, encode_ngrams(profile.counter(), life.block));
  packer.pack("lessons");
  pack_bytes(packer, encode_lessons(profile.counter()));
  packer.pack("dropped").pack_uint64(profile.counter().dropped());
  packer.pack("state").pack_uint32(static_cast<std::uint32_t>(life.state));
  pack_learned(packer, life.learned);
  pack_shadow(packer, life.shadow);
  packer.pack("extensions").pack_uint32(life.extensions);
  packer.pack("round").pack_uint32(life.round);
  packer.pack("threshold").pack_uint32(life.threshold);
  packer.pack("call_score").pack_uint32(static_cast<std::uint32_t>(life.call_score));
  pack_threads(packer, profile, life);
  packer.pack("generation").pack_uint32(profile.generation());
  pack_blocks(packer, life);
  pack_runs(packer, life);
  return {buffer.data(), buffer.size()};
}

Result<ProfileKey> profile_key_of(std::string_view blob) {
  return guarded<ProfileKey>(blob, "profile", [&](const Fields& fields) -> Result<ProfileKey> {
    return ProfileKey{fields.bytes("image"), fields.bytes("exe"), as_arch(fields.number("arch"))};
  });
}

Result<std::vector<std::string>> teachers_of(std::string_view blob) {
  using Ids = std::vector<std::string>;
  return guarded<Ids>(blob, "profile", [&](const Fields& fields) -> Result<Ids> {
    return fields.has("lessons") ? decode_teachers(fields.bytes("lessons", kMaxNgramBytes)) : Ids{};
  });
}

Result<Profile> decode_profile(std::string_view blob, const LifeCycleOptions& options,
                               const ScoreOptions& score) {
  return guarded<Profile>(blob, "profile", [&](const Fields& fields) -> Result<Profile> {
    ProfileKey key{fields.bytes("image"), fields.bytes("exe"), as_arch(fields.number("arch"))};
    Profile profile(std::move(key), options, score);
    if (fields.number("order") != profile.counter().order()) return fail("learned with another n-gram order");
    const LifeCycle::Saved life = read_life(fields, options.longest_pause);
    NgramCounter counter(profile.counter().order(), options.max_ngrams);
    decode_ngrams(fields.bytes("ngrams", kMaxNgramBytes), life.block, counter);
    // Of what was saved before they were kept nobody knows who taught it.
    if (fields.has("lessons")) decode_lessons(fields.bytes("lessons", kMaxNgramBytes), counter);
    counter.set_dropped(fields.number("dropped"));
    FootprintSet footprints(Profile::kMostFootprints);
    std::set<Footprint> accepted;
    if (fields.has("footprints"))
      decode_footprints(fields.bytes("footprints", kMostSetBytes), Profile::kMostFootprints, footprints);
    if (fields.has("accepted")) {
      accepted =
          decode_footprints(fields.bytes("accepted", kMostAcceptedBytes), Profile::kMostAcceptedFootprints);
    }
    profile.restore(std::move(counter), life, fields.small_number_or("generation", 0), std::move(footprints),
                    std::move(accepted));
    return profile;
  });
}

}  // namespace da
