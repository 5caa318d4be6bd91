#include "analyzer/store/decisions_codec.h"

#include <algorithm>

#include <msgpack.hpp>

#include "analyzer/model/habits/habit_object.h"
#include "analyzer/store/profile_codec.h"
#include "analyzer/store/profile_fields.h"
#include "analyzer/store/thread_columns.h"

namespace da {
namespace {

using profile_fields::as_arch;
using profile_fields::as_time;
using profile_fields::Fields;
using profile_fields::guarded;
using profile_fields::Item;
using profile_fields::Malformed;
using profile_fields::pack_bytes;
using profile_fields::Packer;

constexpr std::size_t kProgramItems = 8;
constexpr std::size_t kFootprintItems = 3;
constexpr std::size_t kStartItems = 3;
constexpr std::size_t kOrderItems = 7;
constexpr std::size_t kObjectItems = 5;
constexpr std::size_t kMostObjectRows = std::size_t{1} << 18U;
constexpr std::size_t kNgramBytes = 16;

/// The oldest symbol first, each with its high byte first.
std::string encode_set(const std::set<Ngram>& ngrams) {
  std::string bytes;
  bytes.reserve(kNgramBytes * ngrams.size());
  for (const Ngram ngram : ngrams) {
    for (unsigned shift = 8 * kNgramBytes; shift > 0;) {
      shift -= 8;
      bytes.push_back(static_cast<char>((ngram >> shift) & 0xffU));
    }
  }
  return bytes;
}

std::set<Ngram> decode_set(const std::string& bytes) {
  if (bytes.size() % kNgramBytes != 0) throw Malformed("n-grams");
  std::set<Ngram> ngrams;
  for (std::size_t at = 0; at < bytes.size(); at += kNgramBytes) {
    Ngram ngram = kEmptyNgram;
    for (std::size_t i = 0; i < kNgramBytes; ++i)
      ngram = (ngram << 8U) | static_cast<std::uint8_t>(bytes[at + i]);
    if (ngram == kEmptyNgram) throw Malformed("n-grams");
    for (std::size_t age = 0; age < length_of(ngram); ++age) {
      if (!is_symbol(symbol_at(ngram, age))) throw Malformed("n-grams");
    }
    ngrams.insert(ngram);
  }
  return ngrams;
}

Ruling as_ruling(const Item& item) {
  const std::uint64_t raw = item.as_number();
  if (raw > static_cast<std::uint64_t>(Ruling::rejected)) throw Malformed("ruling");
  return static_cast<Ruling>(raw);
}

std::uint32_t as_small(const Item& item) {
  const std::uint64_t raw = item.as_number();
  if (raw > UINT32_MAX) throw Malformed("generation");
  return static_cast<std::uint32_t>(raw);
}

std::vector<Item> rows(const Fields& fields, const char* name, std::size_t width, std::size_t most) {
  auto items = fields.items(name, width * most);
  if (items.size() % width != 0) throw Malformed(name);
  return items;
}

/// Of habits: a row for each, so that a reader that does not know them passes them over.
void pack_objects(Packer& packer, const Decisions& decisions) {
  std::size_t rows = 0;
  for (const auto& [key, program] : decisions.programs)
    rows += program.accepted_objects.size() + program.rejected_objects.size();
  packer.pack("objects").pack_array(static_cast<std::uint32_t>(kObjectItems * rows));
  const auto pack = [&](const ProgramKey& key, Ruling ruling,
                        const std::map<std::string, std::uint64_t>& objects) {
    for (const auto& [object, amount] : objects) {
      pack_bytes(packer, key.executable);
      packer.pack_uint32(static_cast<std::uint32_t>(key.arch));
      packer.pack_uint32(static_cast<std::uint32_t>(ruling));
      pack_bytes(packer, object);
      packer.pack_uint64(amount);
    }
  };
  for (const auto& [key, program] : decisions.programs) {
    pack(key, Ruling::accepted, program.accepted_objects);
    pack(key, Ruling::rejected, program.rejected_objects);
  }
}

void read_objects(const Fields& fields, Decisions& decisions) {
  const auto items = rows(fields, "objects", kObjectItems, kMostObjectRows);
  for (std::size_t i = 0; i < items.size(); i += kObjectItems) {
    const auto program = decisions.programs.find({items[i].as_bytes(), as_arch(items[i + 1].as_number())});
    std::string object = items[i + 3].as_bytes(HabitObject::kMostBytes);
    const Ruling ruling = as_ruling(items[i + 2]);
    if (program == decisions.programs.end() || ruling == Ruling::none || !habit_object_from(object))
      throw Malformed("objects");
    auto& objects =
        ruling == Ruling::accepted ? program->second.accepted_objects : program->second.rejected_objects;
    objects.insert_or_assign(std::move(object), items[i + 4].as_number());
    if (objects.size() > ProgramDecisions::kMostObjects) throw Malformed("objects");
  }
}

}  // namespace

std::string encode_decisions(const Decisions& decisions) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(13);
  packer.pack("v").pack_uint32(kProfileVersion);
  packer.pack("kind").pack("decisions");
  packer.pack("image");
  pack_bytes(packer, decisions.image);
  packer.pack("name");
  pack_bytes(packer, decisions.name);
  packer.pack("frozen").pack_uint32(decisions.frozen ? 1 : 0);
  packer.pack("generation").pack_uint32(decisions.generation);
  packer.pack("forgotten").pack_uint32(decisions.forgotten);
  packer.pack("programs").pack_array(static_cast<std::uint32_t>(kProgramItems * decisions.programs.size()));
  for (const auto& [key, program] : decisions.programs) {
    pack_bytes(packer, key.executable);
    packer.pack_uint32(static_cast<std::uint32_t>(key.arch));
    packer.pack_uint32(static_cast<std::uint32_t>(program.ruling));
    packer.pack_uint32(program.frozen ? 1 : 0);
    packer.pack_uint32(program.generation);
    packer.pack_uint32(program.known_since);
    pack_bytes(packer, encode_set(program.accepted));
    pack_bytes(packer, encode_set(program.rejected));
  }
  const auto with_footprints =
      std::count_if(decisions.programs.begin(), decisions.programs.end(),
                    [](const auto& program) { return !program.second.accepted_footprints.empty(); });
  packer.pack("footprints")
      .pack_array(static_cast<std::uint32_t>(kFootprintItems * static_cast<std::size_t>(with_footprints)));
  for (const auto& [key, program] : decisions.programs) {
    if (program.accepted_footprints.empty()) continue;
    pack_bytes(packer, key.executable);
    packer.pack_uint32(static_cast<std::uint32_t>(key.arch));
    pack_bytes(packer, encode_footprints(program.accepted_footprints));
  }
  pack_objects(packer, decisions);
  packer.pack("starts").pack_array(static_cast<std::uint32_t>(kStartItems * decisions.starts.size()));
  for (const auto& [start, ruling] : decisions.starts) {
    pack_bytes(packer, start.first);
    pack_bytes(packer, start.second);
    packer.pack_uint32(static_cast<std::uint32_t>(ruling));
  }
  packer.pack("unlearned").pack_array(static_cast<std::uint32_t>(2 * decisions.unlearned.size()));
  for (const auto& [container, since_ns] : decisions.unlearned) {
    pack_bytes(packer, container);
    packer.pack_uint64(static_cast<std::uint64_t>(since_ns));
  }
  packer.pack("orders").pack_array(static_cast<std::uint32_t>(kOrderItems * decisions.orders.size()));
  for (const CarriedOut& order : decisions.orders) {
    for (const std::string* text : {&order.order, &order.verb, &order.target, &order.author, &order.comment})
      pack_bytes(packer, *text);
    packer.pack_uint64(static_cast<std::uint64_t>(order.time_ns));
    pack_bytes(packer, order.refused);
  }
  return {buffer.data(), buffer.size()};
}

Result<Decisions> decode_decisions(std::string_view blob) {
  return guarded<Decisions>(blob, "decisions", [](const Fields& fields) -> Result<Decisions> {
    Decisions decisions;
    decisions.image = fields.bytes("image");
    decisions.name = fields.bytes("name");
    decisions.frozen = fields.flag("frozen");
    decisions.generation = fields.small_number_or("generation", 0);
    decisions.forgotten = fields.small_number_or("forgotten", 0);
    if (decisions.forgotten > decisions.generation) throw Malformed("forgotten");
    const auto programs = rows(fields, "programs", kProgramItems, Decisions::kMostPrograms);
    for (std::size_t i = 0; i < programs.size(); i += kProgramItems) {
      ProgramDecisions program;
      program.ruling = as_ruling(programs[i + 2]);
      program.frozen = programs[i + 3].as_number() != 0;
      program.generation = as_small(programs[i + 4]);
      program.known_since = as_small(programs[i + 5]);
      if (program.known_since > program.generation) throw Malformed("generation");
      program.accepted = decode_set(programs[i + 6].as_bytes(kNgramBytes * ProgramDecisions::kMostAccepted));
      program.rejected = decode_set(programs[i + 7].as_bytes(kNgramBytes * ProgramDecisions::kMostRejected));
      decisions.programs.insert_or_assign({programs[i].as_bytes(), as_arch(programs[i + 1].as_number())},
                                          std::move(program));
    }
    if (fields.has("footprints")) {  // not in those of version 2
      constexpr std::size_t kMostBytes = ProgramDecisions::kMostFootprints * kMostFootprintBytes;
      const auto footprints = rows(fields, "footprints", kFootprintItems, Decisions::kMostPrograms);
      for (std::size_t i = 0; i < footprints.size(); i += kFootprintItems) {
        const auto program =
            decisions.programs.find({footprints[i].as_bytes(), as_arch(footprints[i + 1].as_number())});
        if (program == decisions.programs.end()) throw Malformed("footprints");
        program->second.accepted_footprints =
            decode_footprints(footprints[i + 2].as_bytes(kMostBytes), ProgramDecisions::kMostFootprints);
      }
    }
    if (fields.has("objects")) read_objects(fields, decisions);
    const auto starts = rows(fields, "starts", kStartItems, Decisions::kMostStarts);
    for (std::size_t i = 0; i < starts.size(); i += kStartItems)
      decisions.starts[{starts[i].as_bytes(), starts[i + 1].as_bytes()}] = as_ruling(starts[i + 2]);
    if (fields.has("unlearned")) {
      const auto unlearned = rows(fields, "unlearned", 2, Decisions::kMostUnlearned);
      for (std::size_t i = 0; i < unlearned.size(); i += 2)
        decisions.unlearned[unlearned[i].as_bytes()] = as_time(unlearned[i + 1].as_number(), "unlearned");
    }
    const auto orders = rows(fields, "orders", kOrderItems, Decisions::kMostOrders);
    for (std::size_t i = 0; i < orders.size(); i += kOrderItems) {
      decisions.orders.push_back({orders[i].as_bytes(), orders[i + 1].as_bytes(), orders[i + 2].as_bytes(),
                                  orders[i + 3].as_bytes(), orders[i + 4].as_bytes(),
                                  as_time(orders[i + 5].as_number(), "orders"), orders[i + 6].as_bytes()});
    }
    return decisions;
  });
}

}  // namespace da
