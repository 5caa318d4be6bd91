#include "analyzer/notify/alert_bounds.h"

#include <algorithm>

namespace da {
namespace {

constexpr std::size_t kCallsBefore = 32;
constexpr std::size_t kCallsAfter = 16;
constexpr std::size_t kCallText = 1024;
constexpr std::size_t kNameText = 1024;
constexpr std::size_t kCommandText = 4096;
constexpr std::size_t kLabelsText = 4096;  // all that a collector may tell
constexpr std::size_t kListItems = 32;
constexpr std::size_t kNgrams = 64;
constexpr std::size_t kNgramCalls = 8;

void bound(std::string& text, std::size_t limit) {
  if (text.size() > limit) text.resize(limit);
}

}  // namespace

void bound_alert(Alert& alert) {
  for (std::string* name :
       {&alert.id, &alert.host, &alert.container_id, &alert.container_name, &alert.image, &alert.image_id,
        &alert.executable, &alert.parent_executable, &alert.started_by, &alert.score_meaning, &alert.profile,
        &alert.behaviour.image, &alert.behaviour.executable, &alert.behaviour.parent, &alert.behaviour.object,
        &alert.found, &alert.object, &alert.usual}) {
    bound(*name, kNameText);
  }
  bound(alert.command_line, kCommandText);
  bound(alert.labels, kLabelsText);
  if (alert.unseen_ngram.size() > kListItems) alert.unseen_ngram.resize(kListItems);
  for (std::string& call : alert.unseen_ngram)
    bound(call, kNameText);
  if (alert.expected.size() > kListItems) alert.expected.resize(kListItems);
  for (Expectation& expected : alert.expected)
    bound(expected.call, kNameText);

  std::vector<std::int32_t>& scores = alert.scores.values;
  if (scores.size() > kMostScores)
    scores.erase(scores.begin(), scores.end() - static_cast<std::ptrdiff_t>(kMostScores));

  alert.first_unseen = std::min(alert.first_unseen, alert.calls.size());
  const std::size_t begin = alert.first_unseen > kCallsBefore ? alert.first_unseen - kCallsBefore : 0;
  const std::size_t end = std::min(alert.calls.size(), alert.first_unseen + kCallsAfter);
  alert.calls.erase(alert.calls.begin() + static_cast<std::ptrdiff_t>(end), alert.calls.end());
  alert.calls.erase(alert.calls.begin(), alert.calls.begin() + static_cast<std::ptrdiff_t>(begin));
  alert.first_unseen -= begin;
  for (EvidenceCall& call : alert.calls)
    bound(call.text, kCallText);
  for (std::vector<Behaviour::Calls>* list : {&alert.behaviour.windows, &alert.behaviour.unseen}) {
    if (list->size() > kNgrams) list->resize(kNgrams);
    for (Behaviour::Calls& calls : *list) {
      if (calls.size() > kNgramCalls) calls.resize(kNgramCalls);
    }
  }
}

}  // namespace da
