#include "analyzer/detect/alert_builder.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <vector>

#include "analyzer/detect/catalogue.h"
#include "analyzer/detect/habit_watch.h"
#include "analyzer/detect/thread_words.h"
#include "analyzer/model/habits/habit_object.h"
#include "analyzer/model/words.h"
#include "proto/fnv1a.h"
#include "proto/syscalls/describe.h"
#include "proto/syscalls/table.h"

namespace da {
namespace {

constexpr std::size_t kExpectations = 3;
constexpr std::size_t kProgramsNamed = 8;

const char* counted_words(CallScore score) {
  switch (score) {
    case CallScore::stide:
      return "n-grams never seen";
    case CallScore::t_stide:
      return "n-grams rarely or never seen";
    case CallScore::departures:
      break;
  }
  return "departures from known sequences";
}

/// Index into the ring of the first unseen call that the alert is about; ring.size() if there is none.
std::size_t first_unseen(const Thread& thread, const PendingAlert& pending) {
  const EvidenceRing& ring = thread.ring;
  const std::uint64_t oldest = ring.pushed() - ring.size();
  if (pending.evidence < oldest || pending.evidence >= ring.pushed()) return ring.size();
  auto first = static_cast<std::size_t>(pending.evidence - oldest);
  if (pending.kind == AlertKind::unusual_thread) {
    first = ring.size();
    for (std::size_t at = ring.size(); at-- > 0 && ring[at].program == thread.programs;) {
      if (ring[at].unseen) first = at;
    }
    return first;
  }
  if (pending.kind != AlertKind::unseen_sequence) return first;

  // Back through the locality frame as far as it is one program's and nothing was lost.
  const Profile* profile = thread.profile();
  const std::size_t frame = profile == nullptr ? 0 : profile->score_options().frame;
  const std::size_t raised = first;
  for (std::size_t at = raised + 1; at-- > 0 && raised - at < frame;) {
    const Evidence& call = ring[at];
    if (call.program != thread.programs) break;
    if (call.unseen) first = at;
    if (call.after_gap) break;
  }
  return first;
}

/// The names of the n-gram that ring[end] ends, oldest first.
std::vector<std::string> ngram_names(const EvidenceRing& ring, std::size_t end) {
  std::vector<std::string> names;
  std::size_t length = length_of(ring[end].ngram);
  for (std::size_t at = end + 1; at-- > 0 && length > 0; --length) {
    if (ring[at].program != ring[end].program) break;
    names.push_back(call_name(ring[at].call));
    if (ring[at].after_gap) break;
  }
  std::reverse(names.begin(), names.end());
  return names;
}

const char* id_prefix(AlertKind kind) {
  switch (kind) {
    case AlertKind::new_executable:
      return "exe";
    case AlertKind::new_start:
      return "start";
    case AlertKind::new_call:
      return "call";
    case AlertKind::unusual_thread:
      return "thread";
    case AlertKind::new_directory_read:
      return "read";
    case AlertKind::new_directory_changed:
      return "change";
    case AlertKind::new_address:
      return "address";
    case AlertKind::new_arguments:
      return "arguments";
    case AlertKind::unusual_pace:
      return "pace";
    case AlertKind::unseen_sequence:
      break;
  }
  return "seq";
}

std::string alert_id(const Thread& thread, const PendingAlert& pending) {
  const char* prefix = id_prefix(pending.kind);
  std::uint64_t hash = fnv1a_of(to_raw(thread.key.epoch), thread.key.host);
  hash = fnv1a_of(to_raw(thread.key.task), hash);
  hash = fnv1a_of(static_cast<std::uint64_t>(pending.kind), hash);
  hash = fnv1a_of(pending.record, hash);
  hash = fnv1a_of(pending.time_ns, hash);
  char text[32];
  std::snprintf(text, sizeof text, "%s-%016llx", prefix, static_cast<unsigned long long>(hash));
  return text;
}

void describe_process(Alert& alert, std::string_view host, const Origin& origin, const Segment& segment) {
  alert.host = host;
  alert.container_id = origin.container_id;
  alert.container_name = origin.container_name;
  alert.labels = origin.labels;
  alert.image = origin.image;
  alert.image_id = origin.image_id;
  alert.executable = origin.executable;
  alert.command_line = origin.command_line;
  alert.pid = segment.pid;
  alert.tid = segment.tid;
  alert.parent_executable = origin.parent_executable;
  alert.parent_pid = origin.parent_pid;
}

void show_calls(Alert& alert, const EvidenceRing& ring) {
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Evidence& call = ring[i];
    alert.calls.push_back({call.time_ns, call.tid, call.described(), call.unseen});
    // A gap before the oldest call shown is none within the evidence.
    if (i > 0 && call.after_gap) alert.gap_free = false;
  }
}

/// The call that ring[end] is, and those before it that belong to its n-gram of at most `order` calls.
Behaviour::Calls calls_up_to(const EvidenceRing& ring, std::size_t end, std::size_t order) {
  Behaviour::Calls calls;
  for (std::size_t at = end + 1; at-- > 0 && calls.size() < order;) {
    if (ring[at].program != ring[end].program) break;
    calls.push_back(symbol_of(ring[at].call));
    if (ring[at].after_gap) break;
  }
  std::reverse(calls.begin(), calls.end());
  return calls;
}

/// Every n-gram that holds a departure, and not only the phrases that departed: once those are known, the
/// phrases go on and depart one call later.
void note_behaviour(Alert& alert, const Thread& thread, const Profile& profile) {
  const EvidenceRing& ring = thread.ring;
  const std::size_t order = profile.score_options().order;
  Behaviour& behaviour = alert.behaviour;
  std::size_t since_departure = order;
  for (std::size_t at = alert.first_unseen; at < ring.size(); ++at) {
    const Evidence& call = ring[at];
    if (call.program != thread.programs) break;
    const bool departs = call.unseen || at == alert.first_unseen;
    since_departure = departs ? 0 : since_departure + 1;
    if (call.after_gap && !departs) since_departure = order;
    if (since_departure >= order) continue;
    behaviour.windows.push_back(calls_up_to(ring, at, order));
    if (departs && alert.kind == AlertKind::unseen_sequence)
      behaviour.unseen.push_back(calls_up_to(ring, at, std::max<std::size_t>(1, length_of(call.ngram))));
  }
  if (alert.kind == AlertKind::new_call && alert.first_unseen < ring.size())
    behaviour.unseen = {{symbol_of(ring[alert.first_unseen].call)}};
}

/// All that is shown of the thread, since it is the whole that departs.
void note_thread(Alert& alert, const Thread& thread, const Profile& profile, const ThreadVerdict& verdict) {
  const EvidenceRing& ring = thread.ring;
  const std::size_t order = profile.score_options().order;
  Behaviour& behaviour = alert.behaviour;
  behaviour.footprint = bits_of(verdict.footprint);
  for (std::size_t at = 0; at < ring.size(); ++at) {
    const Evidence& call = ring[at];
    if (call.program != thread.programs) continue;
    behaviour.windows.push_back(calls_up_to(ring, at, order));
    if (call.unseen)
      behaviour.unseen.push_back(calls_up_to(ring, at, std::max<std::size_t>(1, length_of(call.ngram))));
  }
  alert.score = verdict.score;
  alert.threshold = verdict.threshold;
  alert.score_meaning =
      "how far " + counted(verdict.calls, "call") + " of this thread are from those learned, all in all";
  alert.thread = thread_words(verdict, thread.arch);
}

void explain(Alert& alert, const Thread& thread, const PendingAlert& pending, const Profile& profile) {
  const ScoreOptions& score = profile.score_options();
  if (pending.verdict) {
    note_thread(alert, thread, profile, *pending.verdict);
  } else {
    note_behaviour(alert, thread, profile);
    alert.score = pending.score;
    alert.threshold = profile.life().threshold();
    alert.score_meaning = std::string(counted_words(score.call_score())) + " among the last " +
                          std::to_string(score.frame) + " calls (waiting and repetition not counted)";
  }
  if (alert.first_unseen < thread.ring.size()) {
    alert.unseen_ngram = ngram_names(thread.ring, alert.first_unseen);
    const Ngram context = context_of(thread.ring[alert.first_unseen].ngram);
    for (const ExpectedCall& next : profile.expected(context, kExpectations))
      alert.expected.push_back({call_name(next.call), next.probability});
  }
  alert.profile = profile.description();
}

}  // namespace

Alert build_alert(const Thread& thread, const PendingAlert& pending, std::string_view host,
                  const Origin& origin, const Segment& segment) {
  Alert alert;
  alert.id = alert_id(thread, pending);
  alert.kind = pending.kind;
  alert.time_ns = pending.time_ns;
  describe_process(alert, host, origin, segment);
  if (pending.verdict && bounded_path(origin.executable) != thread.executable) {
    // Told at an exec: the process is another program already.
    alert.executable = thread.executable;
    alert.command_line.clear();
    alert.parent_executable.clear();
  }
  show_calls(alert, thread.ring);
  alert.first_unseen = first_unseen(thread, pending);
  if (alert.first_unseen < alert.calls.size()) alert.calls[alert.first_unseen].unseen = true;
  if (thread.image != nullptr) {
    alert.behaviour.image = thread.image->id();
    alert.behaviour.executable = thread.executable;
    alert.behaviour.arch = static_cast<std::uint8_t>(thread.arch);
  }
  if (about_program(pending.kind)) {
    alert.behaviour.parent = pending.started_by;
    alert.profile = pending.words;
    alert.started_by = pending.started_by;
  } else if (const Profile* profile = thread.profile()) {
    explain(alert, thread, pending, *profile);
  }
  return alert;
}

Alert build_alert(const Thread& thread, const HabitFinding& finding, const SyscallRecord& record,
                  std::uint64_t record_number, std::string_view host, const Origin& origin,
                  const Segment& segment) {
  PendingAlert found;
  found.kind = kind_of(finding.habit);
  found.record = record_number;
  found.time_ns = record.time_ns;
  Alert alert;
  alert.id = alert_id(thread, found);
  alert.kind = found.kind;
  alert.time_ns = record.time_ns;
  describe_process(alert, host, origin, segment);
  show_calls(alert, thread.ring);
  const EvidenceRing& ring = thread.ring;
  const bool in_ring = ring.size() > 0 && ring[ring.size() - 1].time_ns == record.time_ns &&
                       ring[ring.size() - 1].call == record.call;
  if (!in_ring) alert.calls.push_back({record.time_ns, segment.tid, describe_call(record), false});
  alert.first_unseen = alert.calls.size() - 1;
  alert.calls.back().unseen = true;

  alert.behaviour.image = thread.image->id();
  alert.behaviour.executable = thread.executable;
  alert.behaviour.arch = static_cast<std::uint8_t>(thread.arch);
  alert.behaviour.object = finding.object;
  alert.behaviour.amount = finding.amount;
  alert.found = finding.words;
  if (const auto object = habit_object_from(finding.object)) alert.object = words_of(*object);
  alert.usual = thread.program->habits->habits().seen_words(finding.habit);
  if (const Profile* profile = thread.profile()) alert.profile = profile->description();
  return alert;
}

void note_scores(Alert& alert, ScoreSeries& scores) {
  // The score of a thread as a whole is another one.
  if (alert.kind != AlertKind::unseen_sequence && alert.kind != AlertKind::new_call) return;
  constexpr std::int64_t step = ScoreSeries::kStepNs;
  const std::int64_t time =
      std::clamp<std::int64_t>(alert.time_ns, 0, std::numeric_limits<std::int64_t>::max() - 2 * step);
  scores.note(time, static_cast<std::int32_t>(alert.score));
  alert.scores.step_ns = step;
  alert.scores.end_ns = (time / step + 1) * step;
  alert.scores.values = scores.values(time);
  std::vector<std::int32_t>& values = alert.scores.values;
  values.erase(values.begin(), std::find_if(values.begin(), values.end(), [](std::int32_t value) {
                 return value != ScoreSeries::kNothing;
               }));
}

std::string known_programs(const Image& image) {
  std::string text =
      "image " + image.name() + " has " + counted(image.known_programs().size(), "known program");
  std::size_t named = 0;
  for (const auto& [key, program] : image.known_programs()) {
    if (named == kProgramsNamed) {
      text += " ...";
      break;
    }
    text += named++ == 0 ? ": " : ", ";
    text += key.executable;
  }
  return text;
}

}  // namespace da
