#include "analyzer/detect/order_rules.h"

#include <algorithm>

#include "analyzer/model/habits/habit_object.h"

namespace da {
namespace {

constexpr std::size_t kText = 512;

std::string bounded(const std::string& text) {
  return text.substr(0, kText);
}

ProgramKey key_of(const Behaviour& about) {
  return {about.executable, static_cast<Arch>(about.arch)};
}

Result<> rule_program(const Order& order, Ruling ruling, Decisions& decisions) {
  const ProgramKey key = key_of(order.about);
  const std::pair start(order.about.parent, order.about.executable);
  // A program that was accepted would be told again at once, as one that this parent never started.
  const bool about_start =
      !start.first.empty() && (order.kind == AlertKind::new_start || ruling == Ruling::accepted);
  if (order.kind == AlertKind::new_start && !about_start)
    return fail("the alert does not say who started it");
  if (about_start && !decisions.starts.contains(start) && decisions.starts.size() >= Decisions::kMostStarts)
    return fail("too many relations of programs are decided already");
  if (order.kind == AlertKind::new_executable) decisions.programs[key].ruling = ruling;
  if (about_start) decisions.starts[start] = ruling;
  return {};
}

Result<> accept_calls(const Order& order, ProgramDecisions& program) {
  const auto windows = ngrams_of(order.about.windows);
  const auto footprint = footprint_of(order.about.footprint);
  if (!footprint) return fail("the alert shows what is no footprint of a thread");
  const bool whole_thread = !order.about.footprint.empty();
  if (windows.empty() && !whole_thread) return fail("the alert shows no calls that could be accepted");
  if (whole_thread && !program.accepted_footprints.contains(*footprint) &&
      program.accepted_footprints.size() >= ProgramDecisions::kMostFootprints)
    return fail("too many threads are accepted already: relearn");
  auto accepted = program.accepted;
  accepted.insert(windows.begin(), windows.end());
  if (accepted.size() > ProgramDecisions::kMostAccepted) return fail("too much is accepted already: relearn");
  program.accepted = std::move(accepted);
  if (whole_thread) program.accepted_footprints.insert(*footprint);
  std::erase_if(program.rejected, [&](Ngram rejected) {
    return std::any_of(windows.begin(), windows.end(),
                       [&](Ngram window) { return contains(window, rejected); });
  });
  return {};
}

Result<> reject_calls(const Order& order, ProgramDecisions& program) {
  const auto unseen = ngrams_of(order.about.unseen);
  const auto footprint = footprint_of(order.about.footprint);
  const bool was_accepted = footprint && program.accepted_footprints.erase(*footprint) > 0;
  // Of a thread as a whole there may be no call that is not ordinary by itself.
  if (unseen.empty() && was_accepted) return {};
  if (unseen.empty()) return fail("the alert shows no calls that could be rejected");
  auto rejected = program.rejected;
  rejected.insert(unseen.begin(), unseen.end());
  if (rejected.size() > ProgramDecisions::kMostRejected) return fail("too much is rejected already");
  program.rejected = std::move(rejected);
  std::erase_if(program.accepted, [&](Ngram window) { return contains_any(window, unseen); });
  return {};
}

/// The last word holds.
Result<> rule_object(const Order& order, Ruling ruling, ProgramDecisions& program) {
  if (!habit_object_from(order.about.object)) return fail("the alert does not say what it is about");
  const bool accepted = ruling == Ruling::accepted;
  auto& objects = accepted ? program.accepted_objects : program.rejected_objects;
  if (!objects.contains(order.about.object) && objects.size() >= ProgramDecisions::kMostObjects)
    return fail(accepted ? "too much is accepted already: relearn" : "too much is rejected already");
  objects[order.about.object] = order.about.amount;
  (accepted ? program.rejected_objects : program.accepted_objects).erase(order.about.object);
  return {};
}

Result<> rule(const Order& order, Ruling ruling, Decisions& decisions) {
  const ProgramKey key = key_of(order.about);
  if (key.executable.empty()) return fail("the alert does not say which program it is about");
  if (!decisions.programs.contains(key) && decisions.programs.size() >= Decisions::kMostPrograms)
    return fail("too many programs are decided already");
  if (about_program(order.kind)) return rule_program(order, ruling, decisions);
  ProgramDecisions& program = decisions.programs[key];
  if (about_object(order.kind)) return rule_object(order, ruling, program);
  return ruling == Ruling::accepted ? accept_calls(order, program) : reject_calls(order, program);
}

Result<> unlearn(const Order& order, Decisions& decisions) {
  if (order.target.empty() || order.target.size() > kText) return fail("no container's id");
  if (!decisions.unlearned.contains(order.target) && decisions.unlearned.size() >= Decisions::kMostUnlearned)
    return fail("too many containers are unlearned already: delete the image");
  decisions.unlearned[order.target] = order.since_ns;
  return {};
}

void begin_anew(ProgramDecisions& program, bool with_program) {
  ++program.generation;
  program.frozen = false;
  if (with_program) program.known_since = program.generation;
}

Result<> rule_image(const Order& order, const std::set<ProgramKey>& known, Decisions& decisions) {
  switch (order.verb) {
    case OrderVerb::freeze:
    case OrderVerb::thaw:
      decisions.frozen = order.verb == OrderVerb::freeze;
      return {};
    default:
      break;
  }
  if (order.verb == OrderVerb::remove) {
    for (auto& [key, program] : decisions.programs)
      program = {Ruling::none, false, program.generation, program.known_since, {}, {}};
    decisions.starts.clear();
    decisions.unlearned.clear();
  }
  decisions.frozen = false;
  ++decisions.generation;
  for (const ProgramKey& key : known) {
    if (decisions.programs.size() < Decisions::kMostPrograms) decisions.programs[key];
  }
  for (auto& [key, program] : decisions.programs)
    begin_anew(program, true);
  return {};
}

Result<> rule_model(const Order& order, const std::set<ProgramKey>& known, Decisions& decisions) {
  if (order.about.executable.empty()) return rule_image(order, known, decisions);
  const ProgramKey key = key_of(order.about);
  if (!known.contains(key)) return fail("no such profile");
  if (!decisions.programs.contains(key) && decisions.programs.size() >= Decisions::kMostPrograms)
    return fail("too many programs are decided already");
  ProgramDecisions& program = decisions.programs[key];
  switch (order.verb) {
    case OrderVerb::freeze:
    case OrderVerb::thaw:
      program.frozen = order.verb == OrderVerb::freeze;
      break;
    case OrderVerb::remove:
      program = {Ruling::none, false, program.generation, program.known_since, {}, {}};
      begin_anew(program, true);
      break;
    default:
      begin_anew(program, false);
  }
  return {};
}

}  // namespace

std::set<Ngram> ngrams_of(const std::vector<Behaviour::Calls>& lists) {
  std::set<Ngram> ngrams;
  for (const Behaviour::Calls& calls : lists) {
    Ngram ngram = kEmptyNgram;
    if (calls.size() > kMaxOrder) continue;
    bool good = !calls.empty();
    for (const std::uint16_t call : calls) {
      good = good && is_symbol(call);
      ngram = append(ngram, call);
    }
    if (good) ngrams.insert(ngram);
  }
  return ngrams;
}

Result<> apply_order(const Order& order, const std::set<ProgramKey>& known, Decisions& decisions) {
  constexpr std::size_t kPath = 512;
  if (order.about.arch > static_cast<std::uint8_t>(Arch::aarch64)) return fail("no such architecture");
  if (order.about.executable.size() > kPath || order.about.parent.size() > kPath)
    return fail("a path is longer than those of models");
  switch (order.verb) {
    case OrderVerb::accept:
      return rule(order, Ruling::accepted, decisions);
    case OrderVerb::reject:
      return rule(order, Ruling::rejected, decisions);
    case OrderVerb::unlearn:
      return unlearn(order, decisions);
    case OrderVerb::import:
      return {};  // the models are all there is to it
    case OrderVerb::freeze:
    case OrderVerb::thaw:
    case OrderVerb::relearn:
    case OrderVerb::remove:
      return rule_model(order, known, decisions);
  }
  return fail("no such order");
}

void note_order(const Order& order, const Result<>& done, Decisions& decisions) {
  decisions.orders.push_back({bounded(order.id), verb_name(order.verb), bounded(order.target),
                              bounded(order.author), bounded(order.comment), order.time_ns,
                              done ? "" : bounded(done.error().message())});
  if (decisions.orders.size() > Decisions::kMostOrders) decisions.orders.erase(decisions.orders.begin());
}

bool was_carried_out(const std::string& order_id, const Decisions& decisions) {
  return std::any_of(decisions.orders.begin(), decisions.orders.end(),
                     [&](const CarriedOut& done) { return done.order == order_id; });
}

}  // namespace da
