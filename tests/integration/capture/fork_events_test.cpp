// The process connector with real forks. Skipped where the kernel does not serve us.
#include "collector/capture/birth/fork_events.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <thread>

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "collector/capture/birth/fork_filter.h"

using namespace da;

namespace {

std::optional<ForkEvents> open_or_skip() {
  auto events = ForkEvents::open();
  if (events) return std::move(*events);
  std::cout << "SKIPPED: " << events.error().message() << '\n';
  return std::nullopt;
}

Pid own_pid() {
  return Pid{::getpid()};
}

/// A child that ends at once.
Pid fork_child() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(child > 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  return Pid{child};
}

/// A process that forks so many children, and is then waited for.
Pid fork_parent(int children) {
  const pid_t parent = ::fork();
  if (parent == 0) {
    for (int i = 0; i < children; ++i) {
      const pid_t child = ::vfork();
      if (child == 0) ::_exit(0);
      ::waitpid(child, nullptr, 0);
    }
    ::_exit(0);
  }
  REQUIRE(::waitpid(parent, nullptr, 0) == parent);
  return Pid{parent};
}

/// The children told until `last` is among them, or 5 s have passed.
std::vector<Pid> read_until(ForkEvents& events, Pid last) {
  std::vector<Pid> children;
  while (std::find(children.begin(), children.end(), last) == children.end()) {
    pollfd readable{events.fd(), POLLIN, 0};
    if (::poll(&readable, 1, 5000) != 1) break;
    for (const auto& fork : events.read().forks)
      children.push_back(fork.child);
  }
  return children;
}

bool is_readable(const ForkEvents& events) {
  pollfd readable{events.fd(), POLLIN, 0};
  return ::poll(&readable, 1, 0) == 1;
}

}  // namespace

SCENARIO("each fork of a parent is told, in order, and no thread") {
  auto events = open_or_skip();
  if (!events) return;
  const std::vector<Pid> parents{own_pid()};
  events->set_parents(parents);
  std::vector<Pid> children;
  for (int i = 0; i < 20; ++i) {
    children.push_back(fork_child());
    std::thread([&] { children.push_back(fork_child()); }).join();
  }
  CHECK(read_until(*events, children.back()) == children);
}

SCENARIO("forks of others do not even wake us") {
  auto events = open_or_skip();
  if (!events) return;
  fork_child();
  fork_parent(200);
  CHECK_FALSE(is_readable(*events));
  const std::vector<Pid> parents{own_pid()};
  events->set_parents(parents);
  const Pid other = fork_parent(200);
  CHECK(read_until(*events, other) == std::vector<Pid>{other});
  CHECK_FALSE(is_readable(*events));
  events->set_parents({});
  fork_child();
  CHECK_FALSE(is_readable(*events));
}

SCENARIO("with more parents than a filter holds the others are told apart here") {
  auto events = open_or_skip();
  if (!events) return;
  std::vector<Pid> parents{own_pid()};
  for (std::size_t i = 0; i <= kMaxFilteredParents; ++i)
    parents.push_back(Pid{-1 - static_cast<int>(i)});
  events->set_parents(parents);
  const Pid other = fork_parent(50);
  const Pid child = fork_child();
  CHECK(read_until(*events, child) == std::vector<Pid>{other, child});
}

SCENARIO("more forks than the socket holds are told as a loss, and then it goes on") {
  auto events = open_or_skip();
  if (!events) return;
  const std::vector<Pid> parents{own_pid()};
  events->set_parents(parents);
  const int small = 1;  // the kernel's least
  REQUIRE(::setsockopt(events->fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
  for (int i = 0; i < 100; ++i)
    fork_child();
  const ForkNews news = events->read();
  CHECK(news.lost);
  CHECK(news.forks.size() < 100);
  const Pid child = fork_child();
  const ForkNews after = events->read();
  CHECK_FALSE(after.lost);
  REQUIRE(after.forks.size() == 1);
  CHECK(after.forks[0].child == child);
  CHECK(after.forks[0].parent == own_pid());
}

SCENARIO("in a network namespace of its own the error says what is missing") {
  if (!open_or_skip()) return;
  std::string message;
  // Namespaces belong to the thread.
  bool unshared = false;
  std::thread([&] {
    unshared = ::unshare(CLONE_NEWNET) == 0;
    if (!unshared) return;
    const auto events = ForkEvents::open();
    if (!events) message = events.error().message();
  }).join();
  if (!unshared) {
    std::cout << "SKIPPED: no network namespace can be made\n";
    return;
  }
  CHECK(message == "process connector: needs the host's network namespace");
}
