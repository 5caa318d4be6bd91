#include "analyzer/page/page_reader.h"

#include <algorithm>
#include <utility>

#include "analyzer/detect/blob_id.h"
#include "analyzer/notify/alert_view.h"
#include "analyzer/notify/row_codec.h"
#include "analyzer/operate/alert_desk.h"
#include "analyzer/operate/collector_reader.h"
#include "analyzer/operate/live_reader.h"
#include "analyzer/operate/model_catalogue.h"
#include "analyzer/operate/order_desk.h"
#include "analyzer/operate/profile_report.h"
#include "analyzer/operate/silence_desk.h"
#include "analyzer/store/commit.h"
#include "common/glob.h"

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr auto kCommandTimeout = 5s;
/// Analyzers look for orders twice a second.
constexpr auto kOrderPatience = 3s;
/// What is silenced or young is read again so often.
constexpr auto kBetweenLooks = 5s;
constexpr std::int64_t kYoung = 60'000'000'000;
constexpr std::string_view kMembers = "members";
constexpr std::string_view kImagePrefix = "image:";

AlertSummary summary_of(const Alert& alert) {
  AlertSummary summary;
  summary.id = alert.id;
  summary.kind = alert.kind;
  summary.time_ns = alert.time_ns;
  summary.headline = headline(alert);
  summary.host = alert.host;
  summary.container_id = alert.container_id;
  summary.container_name = alert.container_name;
  summary.image = alert.image;
  summary.image_key = alert.behaviour.image;
  summary.executable = alert.executable;
  summary.silenced_by = alert.silenced_by;
  summary.verdict = undecided(alert.silenced_by);
  return summary;
}

ProfileSummary summary_of(const ProgramKey& key, const Program& program) {
  ProfileSummary summary;
  summary.executable = key.executable;
  summary.arch = arch_name(key.arch);
  if (!program.profile) {
    summary.reason = "no profile: there was no room for another";
    return summary;
  }
  const Profile& profile = *program.profile;
  summary.id = profile_blob_id(profile.key());
  summary.state = to_string(profile.life().state());
  summary.reason = profile.reason();
  summary.calls = profile.life().learned().calls;
  summary.ngrams = profile.counter().size();
  summary.threshold = profile.life().threshold();
  summary.frozen = profile.life().frozen();
  return summary;
}

ImageSummary summary_of(const ImageModels& models) {
  ImageSummary summary;
  summary.key = models.image.id();
  summary.name = models.image.name();
  summary.armed = models.image.armed();
  summary.frozen = models.decisions.frozen;
  summary.reason = models.image.reason();
  for (const auto& [key, program] : models.image.programs())
    summary.programs.push_back(summary_of(key, program));
  return summary;
}

}  // namespace

PageReader::PageReader(const redis::Nodes& nodes, const DetectorOptions& detector, const ViewOptions& view)
    : redis_(nodes, kCommandTimeout), detector_(detector), view_(view) {}

Result<> PageReader::read_now(PageState& state) {
  auto rows = read_live(redis_);
  if (!rows) return tl::unexpected(rows.error());
  auto members = redis_.sorted(ShardId{0}, kMembers);
  if (!members) return tl::unexpected(members.error());
  if (auto collectors = read_collectors(redis_)) state.collectors = *std::move(collectors);
  state.programs = *std::move(rows);
  state.analyzers = *std::move(members);
  // Behind the slash is what tells two of the same name apart.
  for (std::string& name : state.analyzers)
    name = name.substr(0, name.find('/'));
  std::ranges::sort(state.analyzers);
  return {};
}

Result<> PageReader::read_kept(PageState& state) {
  auto read = read_models(state);
  if (read) read = read_alerts(state);
  // A users.acl of before there were silences does not let us: then there are none.
  if (auto table = read_silences(redis_)) {
    state.silences = std::move(table->silences);
    std::erase_if(state.silences, [now = wall_clock()](const Silence& one) { return !one.in_force(now); });
  }
  // Another Redis may answer next, or the same, restored: all is read anew.
  if (!read) seen_.clear();
  return read;
}

Result<std::set<std::string>> PageReader::changed_images(ShardId shard, const std::set<std::string>& images) {
  Seen& seen = seen_[shard];
  const auto changes = redis_.changes(shard, kKnownKey, seen.commit);
  if (!changes) return tl::unexpected(changes.error());
  std::set<std::string> changed;
  for (const std::string& image : images) {
    const auto is_about_it = [&](const std::string& id) { return id.find(image) != std::string::npos; };
    if (!seen.images.contains(image) || std::ranges::any_of(changes->fields, is_about_it))
      changed.insert(image);
  }
  seen.commit = changes->commit;
  return changed;
}

Result<> PageReader::read_models(PageState& state) {
  std::set<std::string> all;
  for (const ShardId shard : redis_.shards()) {
    const auto ids = redis_.fields(shard, kKnownKey);
    if (!ids) return tl::unexpected(ids.error());
    std::set<std::string> images;
    for (const std::string& id : *ids) {
      if (id.starts_with(kImagePrefix)) images.insert(id.substr(kImagePrefix.size()));
    }
    const auto changed = changed_images(shard, images);
    if (!changed) return tl::unexpected(changed.error());
    std::set<std::string>& seen = seen_[shard].images;
    seen = images;
    for (const std::string& image : *changed) {
      const auto models = da::read_models(redis_, image, detector_);
      if (!models) {
        // A commit fell between its parts, perhaps: the next reading tries again, though nothing may change
        // then.
        images_.erase(image);
        seen.erase(image);
        continue;
      }
      images_.insert_or_assign(image, summary_of(*models));
      decided_.insert_or_assign(image, models->decisions);
    }
    all.merge(images);
  }
  std::erase_if(images_, [&](const auto& entry) { return !all.contains(entry.first); });
  std::erase_if(decided_, [&](const auto& entry) { return !all.contains(entry.first); });
  state.unreadable = all.size() - images_.size();
  state.images.clear();
  for (const auto& [key, image] : images_)
    state.images.push_back(image);
  std::ranges::stable_sort(state.images, {}, &ImageSummary::name);
  return {};
}

Result<> PageReader::read_alerts(PageState& state) {
  // Those are told after all, perhaps, or were silenced after they had come: not every time, for Redis' sake.
  if (const auto now = Clock::now(); now >= look_again_) {
    look_again_ = now + kBetweenLooks;
    std::erase_if(alerts_, [](const auto& entry) {
      return entry.second.verdict.state == "silenced" || now_ns() - entry.second.time_ns < kYoung;
    });
  }
  std::set<std::string> all;
  for (const ShardId shard : redis_.shards()) {
    const auto ids = redis_.fields(shard, kAlertsKey);
    if (!ids) return tl::unexpected(ids.error());
    for (const std::string& id : *ids) {
      all.insert(id);
      if (alerts_.contains(id) || bad_alerts_.contains(id)) continue;
      const auto row = redis_.field(shard, kAlertsKey, id);
      if (!row) return tl::unexpected(row.error());
      if (!*row) continue;
      const auto alert = decode_alert(**row);
      if (alert && alert->id == id) {
        alerts_.emplace(id, summary_of(*alert));
      } else {
        bad_alerts_.insert(id);
      }
    }
  }
  std::erase_if(alerts_, [&](const auto& entry) { return !all.contains(entry.first); });
  std::erase_if(bad_alerts_, [&](const std::string& id) { return !all.contains(id); });
  state.unreadable += bad_alerts_.size();
  state.alerts.clear();
  for (const auto& [id, alert] : alerts_) {
    state.alerts.push_back(alert);
    if (const auto decided = decided_.find(alert.image_key); decided != decided_.end())
      state.alerts.back().verdict = verdict_on(id, alert.silenced_by, decided->second);
  }
  std::ranges::sort(state.alerts, [](const AlertSummary& a, const AlertSummary& b) {
    return std::pair(b.time_ns, a.id) < std::pair(a.time_ns, b.id);
  });
  return {};
}

Result<AlertDetail> PageReader::alert(const std::string& id) {
  const auto alert = find_alert(redis_, id);
  if (!alert) return tl::unexpected(alert.error());
  AlertDetail detail{make_alert_view(*alert, view_), summary_of(*alert)};
  if (alert->behaviour.image.empty()) return detail;
  const auto decisions = decisions_of(redis_, alert->behaviour.image);
  if (!decisions) return tl::unexpected(decisions.error());
  detail.summary.verdict = verdict_on(id, alert->silenced_by, *decisions);
  return detail;
}

Result<ProfileDetail> PageReader::profile(const std::string& id) {
  const auto catalogue = ModelCatalogue::read(redis_);
  if (!catalogue) return tl::unexpected(catalogue.error());
  const auto name = catalogue->find(id, false);
  if (!name) return tl::unexpected(name.error());
  if (name->is_image()) return fail("no profile: " + id);
  const auto models = da::read_models(redis_, name->image, detector_);
  if (!models) return tl::unexpected(models.error());
  const auto program = models->image.programs().find(name->program);
  if (program == models->image.programs().end() || !program->second.profile) return fail("no profile: " + id);
  return ProfileDetail{summary_of(program->first, program->second), models->image.name(),
                       profile_text(*models, name->program)};
}

Result<> PageReader::silence(const std::string& id, std::chrono::hours time, const std::string& author,
                             const std::string& comment) {
  const auto alert = find_alert(redis_, id);
  if (!alert) return tl::unexpected(alert.error());
  Silence silence;
  silence.container =
      glob_of_text(alert->container_name.empty() ? alert->container_id : alert->container_name);
  silence.executable = glob_of_text(alert->executable);
  silence.author = author;
  silence.comment = comment;
  silence.ends = wall_clock() + time;
  const auto made = add_silence(redis_, std::move(silence));
  if (!made) return tl::unexpected(made.error());
  return {};
}

Result<> PageReader::end_silence(const std::string& id, const std::string& author) {
  const auto ended = da::end_silence(redis_, id, author);
  if (!ended) return tl::unexpected(ended.error());
  return {};
}

Result<> PageReader::judge(const std::string& id, OrderVerb verb, const std::string& author,
                           const std::string& comment) {
  const auto alert = find_alert(redis_, id);
  if (!alert) return tl::unexpected(alert.error());
  auto order = order_about(*alert, verb, comment);
  if (!order) return tl::unexpected(order.error());
  order->author = author;
  const auto done = carry_out(redis_, *std::move(order), {}, kOrderPatience);
  if (!done) return tl::unexpected(done.error());
  return {};
}

}  // namespace da
