#include "collector/capture/ptrace/tracee_table.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace da::ptrace;

SCENARIO("tracees are found by task and by process") {
  TraceeTable table;
  CHECK(table.any_thread_of(Pid{10}) == nullptr);

  table.add(Tid{11}, Pid{10});
  CHECK(table.any_thread_of(Pid{10}) == table.find(Tid{11}));
  table.add(Tid{10}, Pid{10});
  table.add(Tid{12}, Pid{10});
  table.add(Tid{20}, Pid{20});
  CHECK(table.size() == 4);
  CHECK(table.any_thread_of(Pid{10}) == table.find(Tid{10}));

  table.erase(Tid{10});
  table.erase(Tid{10});
  CHECK(table.find(Tid{10}) == nullptr);
  REQUIRE(table.any_thread_of(Pid{10}) != nullptr);
  CHECK(table.any_thread_of(Pid{10})->pid == Pid{10});
  table.erase(Tid{11});
  table.erase(Tid{12});
  CHECK(table.any_thread_of(Pid{10}) == nullptr);
  CHECK(table.any_thread_of(Pid{20}) == table.find(Tid{20}));

  table.clear();
  CHECK(table.empty());
  CHECK(table.any_thread_of(Pid{20}) == nullptr);
}

SCENARIO("a thread that called exec goes on under the leader's tid") {
  TraceeTable table;
  table.add(Tid{10}, Pid{10});
  Tracee& caller = table.add(Tid{11}, Pid{10});
  table.erase(Tid{10});
  table.rename(Tid{11}, Tid{10});
  CHECK(table.find(Tid{10}) == &caller);
  CHECK(caller.tid == Tid{10});
  CHECK(table.find(Tid{11}) == nullptr);
  CHECK(table.any_thread_of(Pid{10}) == &caller);
  table.rename(Tid{99}, Tid{98});
  CHECK(table.size() == 1);
  table.erase(Tid{10});
  CHECK(table.any_thread_of(Pid{10}) == nullptr);
}
