#include "analyzer/config_keys.h"

#include "analyzer/config.h"
#include "common/config/log_keys.h"
#include "common/metrics/metrics_keys.h"
#include "common/redis/redis_keys.h"

namespace da {
namespace {

constexpr KeyInfo kOwnKeys[] = {
    {"shards", Effect::restart,
     "Number of streams. The same in every collector and analyzer that share a Redis."},

    {"learning.min_time", Effect::anew,
     "A profile learns until it was seen running for so long; pauses are cut short."},
    {"learning.min_calls", Effect::anew, "And until it has shown so many calls."},
    {"learning.min_episodes", Effect::anew,
     "And until so many threads of it ended, or ran for another `episode_calls` calls."},
    {"learning.episode_calls", Effect::anew, "Calls of a thread that runs on, which count as an episode."},
    {"learning.unseen_mass", Effect::anew,
     "And until the Good-Turing estimate of what is still unseen, among the last `recent_calls`, is no "
     "more."},
    {"learning.recent_calls", Effect::anew, "Calls on which that estimate is made; at most min_calls.",
     "10000, or min_calls if that is less"},
    {"learning.min_runs", Effect::anew,
     "Of a program whose runs make fewer than min_calls: runs, in place of calls and episodes."},
    {"learning.unseen_runs", Effect::anew,
     "And of the last min_runs no larger share may have shown something new."},
    {"learning.shadow_time", Effect::anew,
     "Then it is in shadow (it scores, and mails nothing) until it was seen running for so long."},
    {"learning.shadow_calls", Effect::anew, "And until it has shown so many calls."},
    {"learning.shadow_runs", Effect::anew, "Of a program whose runs are short, in place of calls."},
    {"learning.shadow_unseen", Effect::anew,
     "With a larger share of unseen n-grams in shadow it goes back to learning."},
    {"learning.max_extensions", Effect::anew,
     "Shadow starts again this often when it would have mailed; then the threshold moves."},
    {"learning.settle_time", Effect::anew,
     "A profile that is not armed after so long cannot settle, and its image no longer waits for it. 0: "
     "does."},
    {"learning.min_starts", Effect::anew,
     "Programs whose start was learned less often are not judged while they start."},
    {"learning.start_grace", Effect::anew, "How long a start takes."},
    {"learning.image_quiet", Effect::anew, "An image is armed when no new program came for so long."},
    {"learning.busy_share", Effect::anew, "And every program with this share of its calls is armed."},
    {"learning.from_predecessor", Effect::anew,
     "A new image begins from the counts of another of the same repository, in shadow."},
    {"learning.forget_after", Effect::anew,
     "An image is forgotten when no record of it came for so long; 0: never (docs/operator.md)."},
    {"learning.max_ngrams", Effect::anew, "N-grams of a profile, of all orders; 24 bytes each."},

    {"habits.min_time", Effect::anew,
     "A habit is judged when its program was seen running for so long, pauses cut short."},
    {"habits.recent", Effect::anew, "And nothing new came for so long that was seen once only."},
    {"habits.min_runs", Effect::anew, "Starts of a program, before its arguments are judged."},
    {"habits.reads", Effect::anew, "Directories that a program reads: learned and judged."},
    {"habits.changes", Effect::anew, "Directories that it changes."},
    {"habits.reaches", Effect::anew, "Addresses that it reaches."},
    {"habits.runs", Effect::anew, "Arguments with which it is run."},
    {"habits.pace", Effect::anew, "How much it does in a time."},

    {"score.method", Effect::anew,
     "What is judged: calls one by one (departures; or stide and t-stide, by n-grams never or rarely seen), "
     "or "
     "combined: whole threads, too. A profile that another score of calls has armed goes back to shadow "
     "(docs/model.md)."},
    {"score.ngram", Effect::anew, "Calls of an n-gram at most."},
    {"score.frame", Effect::anew, "An alert is raised by what departs among so many calls of a thread."},
    {"score.minimum", Effect::anew, "The threshold is never lower; below `frame`.",
     "4; 12 for stide and t-stide"},
    {"score.margin", Effect::anew, "Above the highest score of held-out ordinary behaviour."},
    {"score.budget", Effect::anew,
     "False alarms about whole threads that are allowed a container and day; method: combined only."},
    {"score.rare", Effect::anew,
     "t-stide only: an n-gram that is a lower share of all than this counts as unseen."},

    {"exec.starts", Effect::anew,
     "A program started from outside its container (docker exec, a health check) where that was never "
     "learned: "
     "told; or learned without an alert; or neither told, nor judged, nor learned."},
    {"exec.exceptions[].images", Effect::anew,
     "Images for which that is otherwise: a shell glob over the name; the first that fits counts.", "", true},
    {"exec.exceptions[].starts", Effect::anew, "What holds for those."},

    {"checkpoint.interval", Effect::anew,
     "How often read positions, profiles and waiting mails are saved, in one step."},

    {"smtp.host", Effect::anew,
     "The mail server, by name or address. Without this section alerts are only logged.", "", true},
    {"smtp.security", Effect::anew,
     "TLS by STARTTLS, which is required; or from the first byte; or none, to this machine only."},
    {"smtp.allow_plaintext", Effect::anew, "Permits security: none to another machine."},
    {"smtp.port", Effect::anew, "Its port.", "587; 465 for tls, 25 for none"},
    {"smtp.ca_file", Effect::anew, "Authorities for its certificate, PEM; empty: the system's."},
    {"smtp.username", Effect::anew, "To log in with; empty: no login."},
    {"smtp.password", Effect::anew,
     "Its password. Better in a file, or in the environment as DOCKER_ANOMALIES_SMTP_PASSWORD."},
    {"smtp.password_file", Effect::anew,
     "A file that holds the password, instead; one newline at its end is dropped. Read again when a login "
     "fails."},
    {"smtp.auth", Effect::anew, "How to log in; auto: the strongest way that the server offers."},
    {"smtp.from", Effect::anew, "Sender of the mails.", "", true},
    {"smtp.to", Effect::anew, "Recipients, 1 to 50: of what no route fits.", "", true},
    {"smtp.routes[].min_severity", Effect::anew,
     "Of a route: incidents that are so urgent, or more (docs/operator.md). The first route that fits has "
     "the "
     "mail."},
    {"smtp.routes[].image", Effect::anew, "And of such images: a glob over the name; empty: any."},
    {"smtp.routes[].container", Effect::anew, "And in such containers: a glob over the name; empty: any."},
    {"smtp.routes[].label", Effect::anew,
     "And of containers with such a label: `name=glob`, or `name` for any value; empty: any. The collectors "
     "tell "
     "those labels that `containers.labels` names."},
    {"smtp.routes[].to", Effect::anew, "Its recipients, 1 to 50.", "", true},
    {"smtp.routes[].continue", Effect::anew, "Routes after it are tried, too."},
    {"smtp.message_id_domain", Effect::anew, "Domain of Message-IDs, and our name in EHLO.",
     "that of smtp.from"},
    {"smtp.connect_timeout", Effect::anew, "For the connection, TLS and login."},
    {"smtp.timeout", Effect::anew, "For all of one mail."},

    {"notify.group_wait", Effect::anew,
     "Alerts of one container within this time go into the first mail of an incident."},
    {"notify.group_interval", Effect::anew,
     "Follow-ups, for findings not yet shown, come at most this often."},
    {"notify.repeat_interval", Effect::anew,
     "Mere repeats of what was mailed are counted, and told this often."},
    {"notify.resolve_after", Effect::anew, "Without a new alert for so long the incident is over."},
    {"notify.alerts_per_mail", Effect::anew, "Alerts that a mail shows; the rest is counted."},
    {"notify.outbox_mails", Effect::anew, "Mails that wait while the mail server is away."},
    {"notify.mask_secrets", Effect::anew, "Shows *** for what looks like a password or token in arguments."},

    {"notify.blindness.mail", Effect::anew,
     "Mails when records of a host are lost, or its collector is silent or sees nothing, or this analyzer "
     "has "
     "no Redis, and when that is over. false: it is only logged."},
    {"notify.blindness.after", Effect::anew,
     "A collector that says nothing for so long, or sees nothing, is told of, and an analyzer that has no "
     "Redis."},
    {"notify.blindness.calm", Effect::anew, "Without a loss for so long, or with Redis again, that is over."},
    {"notify.blindness.lost_records", Effect::anew, "Losses of fewer records in one episode are not told."},

    {"outputs.file.path", Effect::anew,
     "A file to which each alert, and each decision about one, is appended as a line of JSON "
     "(docs/outputs.md); opened anew on SIGHUP and "
     "SIGUSR1.",
     "", true},
    {"outputs.syslog.socket", Effect::anew,
     "A unix socket to which alerts go as datagrams, in the form of RFC 5424."},
    {"outputs.syslog.facility", Effect::anew, "Of those messages."},
    {"outputs.webhook.url", Effect::anew,
     "Where alerts are posted as JSON: https://..., or http://... to this machine.", "", true},
    {"outputs.webhook.allow_plaintext", Effect::anew, "Permits http to another machine."},
    {"outputs.webhook.token", Effect::anew,
     "Sent as a bearer token. Better in a file, or in the environment as DOCKER_ANOMALIES_WEBHOOK_TOKEN."},
    {"outputs.webhook.token_file", Effect::anew,
     "A file that holds the token, instead; one newline at its end is dropped."},
    {"outputs.webhook.ca_file", Effect::anew, "Authorities for its certificate, PEM; empty: the system's."},
    {"outputs.webhook.timeout", Effect::anew, "For all of one post."},
    {"outputs.webhook.queue", Effect::anew,
     "Events that wait while the server is away; beyond that the oldest is dropped."},

    {"page.listen", Effect::anew,
     "Numeric address and port of the status page (docs/page.md); empty: there is none. Beyond loopback it "
     "needs "
     "`token_file` or `trusted_header`."},
    {"page.token", Effect::anew,
     "What operators log in with, 16 characters at least; without it, and without `trusted_header`, the page "
     "changes nothing. Better in a file, or in the environment as DOCKER_ANOMALIES_PAGE_TOKEN."},
    {"page.token_file", Effect::anew,
     "A file that holds the token, instead; one newline at its end is dropped."},
    {"page.trusted_header", Effect::anew,
     "A header in which a proxy says who asks, such as X-Forwarded-User; who is named is an operator."},
    {"page.trusted_proxies", Effect::anew, "Addresses of proxies whose header is believed.",
     "127.0.0.1, ::1"},
    {"page.hosts", Effect::anew,
     "Names by which browsers may call the page, beside addresses and localhost."},
    {"page.session", Effect::anew, "How long a login lasts."},

    {"import.trusted_keys", Effect::at_once,
     "Files of public keys (Ed25519, PEM): `profile import` takes only bundles that one of them signed. Read "
     "by "
     "each command anew."},
};

}  // namespace

const KeyTable& analyzer_key_table() {
  static const KeyTable all = [] {
    KeyTable rows(std::begin(kOwnKeys), std::end(kOwnKeys));
    rows.insert(rows.end(), std::begin(kRedisKeys), std::end(kRedisKeys));
    rows.insert(rows.end(), std::begin(kMetricsKeys), std::end(kMetricsKeys));
    rows.insert(rows.end(), std::begin(kLogKeys), std::end(kLogKeys));
    return rows;
  }();
  return all;
}

std::vector<ReadKeys> every_analyzer_key() {
  constexpr const char* kOne =
      "redis: {url: \"tls://redis.example\", tls: {}}\n"
      "exec: {exceptions: [{images: \"*\"}]}\n"
      "smtp: {host: mail.example, from: a@mail.example, to: [b@mail.example], routes: [{to: "
      "[c@mail.example]}]}\n"
      "outputs: {file: {path: /alerts}, syslog: {}, webhook: {url: \"https://hooks.example/\"}}\n";
  // redis.url and redis.nodes exclude each other.
  constexpr const char* kOther = "redis: {nodes: [{url: \"tcp://redis.example\", shards: 0-15}]}\n";
  return {read_analyzer_config(Section::parse(kOne, "one")).keys,
          read_analyzer_config(Section::parse(kOther, "other")).keys};
}

}  // namespace da
