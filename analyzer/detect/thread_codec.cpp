#include "analyzer/detect/thread_codec.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <msgpack.hpp>

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

constexpr std::uint64_t kUnborn = 1;
constexpr std::uint64_t kAttached = 2;
constexpr std::uint64_t kGap = 4;
constexpr std::uint64_t kToldSequence = 8;
constexpr std::uint64_t kToldCall = 16;
constexpr std::uint64_t kWholeRun = 32;
constexpr std::uint64_t kNewCall = 64;
constexpr std::uint64_t kIgnored = 128;

constexpr std::uint64_t kComplete = 1;
constexpr std::uint64_t kFirst = 2;
constexpr std::uint64_t kToldWhole = 4;
constexpr std::uint64_t kExplained = 8;
/// From this bit on: 1 and the window's kind, in three bits; 0: saved before there were kinds.
constexpr unsigned kKindShift = 4;
constexpr std::uint64_t kKindMask = 7;
constexpr std::uint64_t kForked = 128;
constexpr std::size_t kWholeNumbers = 9;

std::uint64_t as_raw(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value);
}

template <typename Value>
bool take_hex(std::string_view& text, char end, Value& value) noexcept {
  constexpr int kHex = 16;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value, kHex);
  if (problem != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (end == '\0') return text.empty();
  if (text.empty() || text.front() != end) return false;
  text.remove_prefix(1);
  return true;
}

Ngram checked_window(std::uint64_t high, std::uint64_t low) {
  const Ngram ngram = join(high, low);
  for (std::size_t age = 0; age < length_of(ngram); ++age) {
    if (!is_symbol(symbol_at(ngram, age))) throw Malformed("window");
  }
  return ngram;
}

void pack_whole(Packer& packer, const WholeThread& whole) {
  const ThreadScore::Saved score = whole.score.save();
  packer.pack("whole").pack_array(kWholeNumbers);
  packer.pack_uint64(whole.model);
  packer.pack_uint32(whole.calls);
  packer.pack_uint64((whole.complete ? kComplete : 0) | (whole.first ? kFirst : 0) |
                     (whole.told ? kToldWhole : 0) | (whole.explained ? kExplained : 0) |
                     (1 + static_cast<std::uint64_t>(whole.kind)) << kKindShift |
                     (whole.origin == ThreadOrigin::process ? kForked : 0));
  packer.pack_uint64(score.surprisal);
  packer.pack_uint64(score.capped);
  for (const std::uint32_t count : {score.calls, score.trigrams, score.unseen, score.rare})
    packer.pack_uint32(count);
  std::string footprint;
  append_footprint(footprint, score.footprint);
  packer.pack("footprint");
  pack_bytes(packer, footprint);
  packer.pack("process");
  if (whole.process) {
    packer.pack_array(2);
    packer.pack_uint64(as_raw(whole.process->time_ns));
    packer.pack_uint64(whole.process->seen ? 1 : 0);
  } else {
    packer.pack_array(0);
  }
}

WholeThread read_whole(const Fields& fields) {
  const auto numbers = fields.exactly("whole", kWholeNumbers);
  WholeThread whole;
  whole.model = numbers[0];
  if (numbers[1] >= WholeThread::kWindow) throw Malformed("whole");
  whole.calls = static_cast<std::uint32_t>(numbers[1]);
  whole.complete = (numbers[2] & kComplete) != 0;
  whole.first = (numbers[2] & kFirst) != 0;
  whole.told = (numbers[2] & kToldWhole) != 0;
  whole.explained = (numbers[2] & kExplained) != 0;
  whole.origin = (numbers[2] & kForked) != 0 ? ThreadOrigin::process : ThreadOrigin::thread;
  const std::uint64_t kind = numbers[2] >> kKindShift & kKindMask;
  if (kind > kThreadKinds) throw Malformed("whole");
  if (kind == 0) {
    whole.complete = whole.first = false;
  } else {
    whole.kind = static_cast<ThreadKind>(kind - 1);
  }
  if (fields.has("process")) {
    const auto process = fields.numbers("process", 2);
    if (process.size() == 2) whole.process = ProcessStart{as_time(process[0], "process"), process[1] == 1};
  }
  for (std::size_t i = 5; i < kWholeNumbers; ++i) {
    if (numbers[i] > WholeThread::kWindow) throw Malformed("whole");
  }
  ThreadScore::Saved score;
  score.surprisal = numbers[3];
  score.capped = numbers[4];
  score.calls = static_cast<std::uint32_t>(numbers[5]);
  score.trigrams = static_cast<std::uint32_t>(numbers[6]);
  score.unseen = static_cast<std::uint32_t>(numbers[7]);
  score.rare = static_cast<std::uint32_t>(numbers[8]);
  const std::string bytes = fields.bytes("footprint", kMostFootprintBytes);
  std::string_view rest = bytes;
  score.footprint = take_footprint(rest);
  if (!rest.empty()) throw Malformed("footprint");
  whole.score.restore(score);
  whole.interrupted = true;
  return whole;
}

}  // namespace

std::string thread_id(const ThreadKey& key) {
  return fmt::format("{:x}:{:x}:{:x}", key.host, to_raw(key.epoch), to_raw(key.task));
}

std::optional<ThreadKey> thread_key_from(std::string_view id) noexcept {
  std::uint64_t host = 0;
  std::uint64_t epoch = 0;
  std::uint64_t task = 0;
  if (!take_hex(id, ':', host) || !take_hex(id, ':', epoch) || !take_hex(id, '\0', task)) return std::nullopt;
  return ThreadKey{host, Epoch{epoch}, TaskSerial{task}};
}

std::string encode_thread(const Thread& thread) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  const ThreadWindow::Saved window = thread.state.window.save();
  packer.pack_map(14);
  packer.pack("v").pack_uint32(2);
  packer.pack("kind").pack("thread");
  packer.pack("image");
  pack_bytes(packer, thread.image == nullptr ? "" : thread.image->id());
  packer.pack("name");
  pack_bytes(packer, thread.image == nullptr ? "" : thread.image->name());
  packer.pack("exe");
  pack_bytes(packer, thread.executable);
  packer.pack("arch").pack_uint32(thread.program == nullptr ? 0U
                                                            : 1U + static_cast<std::uint32_t>(thread.arch));
  packer.pack("window").pack_array(5);
  packer.pack_uint64(high_half(window.ngram));
  packer.pack_uint64(low_half(window.ngram));
  packer.pack_uint32(window.frame);
  packer.pack_uint32(window.quiet);
  packer.pack_uint64(window.phrase);
  packer.pack("episode").pack_array(3);
  packer.pack_uint32(thread.state.episode_calls);
  packer.pack_uint32(thread.state.episode_highest);
  packer.pack_uint64(as_raw(thread.state.grace_until_ns));
  pack_whole(packer, thread.state.whole);
  packer.pack("lost").pack_array(2);
  packer.pack_uint64(thread.lost);
  packer.pack_uint32(thread.programs);
  packer.pack("flags").pack_uint64(
      (thread.unborn ? kUnborn : 0) | (thread.attached ? kAttached : 0) | (thread.gap ? kGap : 0) |
      (thread.state.told_sequence ? kToldSequence : 0) | (thread.state.told_call ? kToldCall : 0) |
      (thread.state.whole_run ? kWholeRun : 0) | (thread.state.new_call ? kNewCall : 0) |
      (thread.ignored ? kIgnored : 0));
  packer.pack("new_ngrams").pack_uint32(thread.state.new_ngrams);
  return {buffer.data(), buffer.size()};
}

Result<ThreadProgram> decode_thread(std::string_view blob, Thread& thread) {
  return guarded<ThreadProgram>(blob, "thread", [&](const Fields& fields) -> Result<ThreadProgram> {
    ThreadProgram program;
    program.image_id = fields.bytes("image");
    program.image_name = fields.bytes("name");
    thread.executable = fields.bytes("exe");
    if (const std::uint64_t arch = fields.number("arch"); arch > 0)
      program.arch = thread.arch = as_arch(arch - 1);

    const auto window = fields.exactly("window", 5);
    const auto episode = fields.exactly("episode", 3);
    const auto lost = fields.exactly("lost", 2);
    const std::uint64_t flags = fields.number("flags");
    if (window[2] > UINT32_MAX || window[3] > UINT32_MAX || window[4] > kMaxOrder) throw Malformed("window");
    if (episode[0] > UINT32_MAX || episode[1] > kMaxFrame || lost[1] > UINT32_MAX) throw Malformed("episode");
    thread.state.window.restore({checked_window(window[0], window[1]), static_cast<std::uint32_t>(window[2]),
                                 static_cast<std::uint32_t>(window[3]), static_cast<std::size_t>(window[4])});
    thread.state.episode_calls = static_cast<std::uint32_t>(episode[0]);
    thread.state.episode_highest = static_cast<unsigned>(episode[1]);
    thread.state.grace_until_ns = static_cast<std::int64_t>(episode[2]);
    thread.state.told_sequence = (flags & kToldSequence) != 0;
    thread.state.told_call = (flags & kToldCall) != 0;
    thread.state.whole_run = (flags & kWholeRun) != 0;
    thread.state.new_call = (flags & kNewCall) != 0;
    const std::uint32_t new_ngrams = fields.small_number_or("new_ngrams", 0);
    if (new_ngrams > kMaxOrder) throw Malformed("new_ngrams");
    thread.state.new_ngrams = static_cast<std::uint8_t>(new_ngrams);
    // Version 1 has none: the thread is observed from its next window on.
    if (fields.has("whole")) thread.state.whole = read_whole(fields);
    thread.lost = lost[0];
    thread.programs = static_cast<std::uint32_t>(lost[1]);
    thread.unborn = (flags & kUnborn) != 0;
    thread.attached = (flags & kAttached) != 0;
    thread.gap = (flags & kGap) != 0;
    thread.ignored = (flags & kIgnored) != 0;
    return program;
  });
}

std::string encode_told(const RecentExecutables& told) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(3);
  packer.pack("v").pack_uint32(1);
  packer.pack("kind").pack("told");
  packer.pack("told").pack_array(static_cast<std::uint32_t>(2 * told.told().size()));
  for (const auto& [what, time_ns] : told.told()) {
    pack_bytes(packer, what);
    packer.pack_uint64(as_raw(time_ns));
  }
  return {buffer.data(), buffer.size()};
}

Result<> decode_told(std::string_view blob, RecentExecutables& told) {
  const auto read = guarded<bool>(blob, "told", [&](const Fields& fields) -> Result<bool> {
    const auto items = fields.items("told", 2 * RecentExecutables::kCapacity);
    if (items.size() % 2 != 0) throw Malformed("told");
    for (std::size_t i = 0; i < items.size(); i += 2)
      told.restore(items[i].as_bytes(), static_cast<std::int64_t>(items[i + 1].as_number()));
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return {};
}

}  // namespace da
