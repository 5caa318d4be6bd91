#include "analyzer/notify/notifier.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "analyzer/notify/mail_message.h"
#include "common/host_name.h"
#include "common/log.h"

namespace da {
namespace {

using namespace std::chrono_literals;

/// Of this run, so that no two of one host are taken for one.
std::string random_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

/// Runs on the worker's thread; what it needs, it owns.
asio::awaitable<SendOutcome> transmit(std::shared_ptr<SmtpClient> client, std::string mail,
                                      std::vector<std::string> recipients) {
  co_return client->send(mail, recipients);
}

std::string write_mail(const NotifyConfig& config, const Attempt& attempt,
                       const std::vector<MailAddress>& to) {
  ViewOptions options;
  options.mask = config.mask_secrets;
  options.bare = attempt.bare;
  options.config_file = config.config_file;
  const MailHead head{config.smtp->from,
                      to,
                      config.smtp->message_id_domain,
                      attempt.written,
                      attempt.message_id,
                      attempt.references,
                      attempt.note.incident};
  return compose_mail(make_view(attempt.note, attempt.notices, options), head);
}

std::vector<std::string> without_settled(const std::vector<MailAddress>& all,
                                         const std::vector<std::string>& settled) {
  std::vector<std::string> recipients;
  for (const MailAddress& to : all) {
    if (std::find(settled.begin(), settled.end(), to.spec()) == settled.end())
      recipients.push_back(to.spec());
  }
  return recipients;
}

void log_outcome(const Attempt& attempt, const SendOutcome& outcome) {
  const std::string what = mail_line(attempt.note);
  for (const std::string& recipient : outcome.refused_recipients) {
    log_error("mail server refused a recipient", "mail", attempt.message_id, "recipient", recipient);
  }
  switch (outcome.result) {
    case SendResult::accepted:
      log_info("mail sent", "mail", attempt.message_id, "about", what);
      break;
    case SendResult::deferred:
    case SendResult::unreachable:
      log_warning("mail not sent yet, will be tried again", "mail", attempt.message_id, "reason",
                  outcome.detail);
      break;
    case SendResult::unknown:
      log_warning("mail sent, but the server did not confirm it", "mail", attempt.message_id, "reason",
                  outcome.detail);
      break;
    case SendResult::refused:
      log_error("mail refused for good", "mail", attempt.message_id, "about", what, "reason", outcome.detail,
                "sent_again_without_details", outcome.content_refused && !attempt.bare);
      break;
  }
}

}  // namespace

Notifier::Notifier(asio::any_io_executor executor, NotifyConfig config, MarkSending mark_sending)
    : config_(std::move(config)),
      mark_sending_(std::move(mark_sending)),
      state_(config_.policy, config_.outbox, config_.blind),
      redis_watch_(config_.blind, host_name("unknown"), random_name()),
      wake_(executor),
      patience_(executor) {
  if (!config_.smtp) return;
  client_ = std::make_shared<SmtpClient>(*config_.smtp);
  worker_ = std::make_unique<asio::thread_pool>(1);
}

Notifier::~Notifier() {
  if (!client_) return;
  client_->abort();
  worker_->join();
}

void Notifier::set_silences(std::vector<Silence> silences) {
  state_.set_silences(std::move(silences), clock_.now());
  wake_.cancel();
}

AlertPolicy::Taken Notifier::submit(Alert alert, ShardId shard) {
  const std::string id = alert.id;
  const std::string container = alert.container_name.empty() ? alert.container_id : alert.container_name;
  const std::string what = headline(alert);
  const std::string image = alert.image;
  const auto pid = to_raw(alert.pid);
  const std::string host = alert.host;
  const auto taken = state_.submit(std::move(alert), shard, clock_.now());
  // A program that departs all the time must not fill the log, too.
  if (taken == AlertPolicy::Taken::listed) {
    log_warning("alert", "id", id, "what", what, "container", container, "image", image, "host", host, "pid",
                pid);
  } else if (taken == AlertPolicy::Taken::silenced) {
    log_debug("alert, silenced", "id", id, "what", what, "container", container, "host", host, "pid", pid);
  } else {
    log_debug("alert, counted only", "id", id, "what", what, "container", container, "host", host, "pid",
              pid);
  }
  wake_.cancel();
  return taken;
}

std::vector<BlindNews> Notifier::see(const Sight& sight) {
  auto all = state_.see(sight, clock_.now());
  for (const BlindNews& news : all) {
    const std::uint64_t lost = news.lost_queue + std::max(news.lost_retention, news.missing);
    if (news.over) {
      log_info("a host is seen again", "host", news.host, "was", kind_key(news.kind), "records_lost", lost);
    } else {
      log_warning("blind on a host", "host", news.host, "why", kind_key(news.kind), "records_lost", lost);
    }
  }
  if (!all.empty()) wake_.cancel();
  return all;
}

void Notifier::see_redis(const std::string& redis, bool reached) {
  const auto news = redis_watch_.see(redis, reached, clock_.now());
  if (!news) return;
  if (news->over) {
    log_info("redis is there again, for good", "redis", redis);
  } else {
    log_warning("cut off from redis: nothing of what it holds is judged here", "redis", redis);
  }
  state_.tell_unstored(*news, clock_.now());
  wake_.cancel();
}

asio::awaitable<void> Notifier::run() {
  for (;;) {
    if (stopping_ && std::chrono::steady_clock::now() >= give_up_) break;
    NotifyStep step = state_.next(clock_.now());
    if (step.attempt) {
      co_await attempt(*std::move(step.attempt));
    } else if (stopping_) {
      break;
    } else {
      co_await wait_until(step.wake);
    }
  }
  patience_.cancel();
  const NotifyCounters counters = state_.counters();
  log_info("notifier stopped", "mails_sent", counters.mails_sent, "mails_waiting", counters.mails_waiting);
}

asio::awaitable<void> Notifier::attempt(Attempt attempt) {
  if (!client_) {
    log_warning("no mail server configured", "mail", attempt.message_id, "about", mail_line(attempt.note));
    SendOutcome logged;
    logged.result = SendResult::accepted;
    state_.sent(attempt.mail, logged, clock_.now());
    co_return;
  }
  const std::vector<MailAddress> to = recipients_of(config_.smtp->routes, config_.smtp->to, attempt.note);
  std::vector<std::string> recipients = without_settled(to, attempt.settled);
  if (recipients.empty()) {  // the configuration changed
    SendOutcome nobody;
    nobody.result = SendResult::refused;
    nobody.detail = "no recipient is left";
    state_.sent(attempt.mail, nobody, clock_.now());
    co_return;
  }
  if (attempts_.was_accepted(attempt.ledger_key)) {
    log_info("mail was sent before redis forgot it, not sent again", "mail", attempt.message_id);
    state_.was_sent(attempt.mail);
    co_return;
  }
  const bool marked = is_marked(attempt.note);
  const MarkAnswer answer = marked ? co_await ask_ledger(attempt.ledger_key) : MarkAnswer::not_asked;
  if (answer == MarkAnswer::already) {
    log_warning("mail may have been sent by an earlier run, not sent again", "mail", attempt.message_id);
  }
  if (!state_.marked(attempt.mail, answer, clock_.now())) co_return;

  if (marked) attempts_.begun(attempt.ledger_key);
  last_attempt_ = std::chrono::steady_clock::now();
  auto sending = transmit(client_, write_mail(config_, attempt, to), std::move(recipients));
  const SendOutcome outcome = co_await asio::co_spawn(*worker_, std::move(sending), asio::use_awaitable);
  log_outcome(attempt, outcome);
  if (outcome.result == SendResult::accepted) {
    attempts_.accepted(attempt.ledger_key);
  } else if (outcome.result != SendResult::unknown) {
    attempts_.failed(attempt.ledger_key);
  }
  state_.sent(attempt.mail, outcome, clock_.now());
}

asio::awaitable<MarkAnswer> Notifier::ask_ledger(std::string key) {
  try {
    co_return co_await mark_sending_(std::move(key));
  } catch (const std::exception& error) {
    log_warning("mail ledger does not answer", "reason", error.what());
  }
  co_return MarkAnswer::unavailable;
}

asio::awaitable<void> Notifier::wait_until(std::optional<Moment> wake) {
  constexpr std::chrono::milliseconds longest = 1h;
  std::chrono::milliseconds wait = longest;
  // Compared before subtracting: "never" is the largest moment there is.
  if (const Moment moment = clock_.now(); wake && *wake < moment + longest)
    wait = std::max(*wake - moment, 1ms);
  wake_.expires_after(wait);
  error_code ignored;  // submit() and stop() cancel the timer
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void Notifier::stop(std::chrono::milliseconds patience) {
  if (stopping_) return;
  stopping_ = true;
  give_up_ = std::chrono::steady_clock::now() + patience;
  state_.flush(clock_.now());
  if (client_) {
    patience_.expires_after(patience);
    patience_.async_wait([client = client_](const error_code& error) {
      if (!error) client->abort();
    });
  }
  wake_.cancel();
}

void Notifier::restore(ShardId shard, const Rows& rows) {
  for (const Error& error : state_.restore(shard, rows, clock_.now())) {
    log_error("stored alert or mail ignored", "shard", to_raw(shard), "reason", error.message());
  }
  wake_.cancel();
}

void Notifier::release(ShardId shard) {
  state_.release(shard, clock_.now());
  wake_.cancel();
}

NotifyCounters Notifier::counters() const {
  NotifyCounters counters = state_.counters();
  if (!client_) counters.mails_sent = 0;
  return counters;
}

}  // namespace da
