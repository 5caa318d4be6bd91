#include "analyzer/model/habits/path_object.h"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "analyzer/model/habits/object_habit.h"
#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;

namespace {

std::string object(PathUse use) {
  PathObject object;
  object_of_path(use, object);
  return (object.common ? "common: " : "") + words_of(object.trail, '/');
}
std::string read(std::string_view path) {
  return object({path, false, false, false, false, false});
}
std::string changed(std::string_view path) {
  return object({path, false, false, true, false, false});
}

}  // namespace

SCENARIO("a file is told by its directory, in general terms") {
  CHECK(read("/var/www/html/index.html") == "var/www/html");
  CHECK(read("/var/www/html/2026/11/26/a.png") == "var/www/html/#/#/#");
  CHECK(read("/srv//app/./a/../b/c") == "srv/app/b");
  CHECK(read("base/16384/2619") == "./base/#");
  CHECK(changed("/var/lib/app/x") == "var/lib/app");
}

SCENARIO("a path that goes up is told by where it leads") {
  CHECK(read("/srv/files/../../etc/passwd") == "etc/passwd");
  CHECK(read("/../../etc/shadow") == "etc/shadow");
  CHECK(read("../../../../etc/passwd") == "../etc/passwd");
  CHECK(read("../etc/passwd") == "../etc/passwd");
  CHECK(read("static/../../etc/passwd") == "../etc/passwd");
  std::string deep = "/";
  for (int i = 0; i < 40; ++i)
    deep += "a/";
  for (int i = 0; i < 40; ++i)
    deep += "../";
  CHECK(read(deep + "etc/passwd") == "etc/passwd");
}

SCENARIO("where files of many owners lie together, the file is told") {
  CHECK(read("/etc/shadow") == "etc/shadow");
  CHECK(read("/proc/4711/environ") == "proc/#/environ");
  CHECK(read("/root/.bash_history") == "root/.bash_history");
  CHECK(read("/home/joe/.ssh/id_rsa") == "home/joe/.ssh/id_rsa");
  CHECK(read("/var/www/html/.env") == "var/www/html/.env");
  CHECK(read("/var/run/docker.sock") == "run/docker.sock");
}

SCENARIO("what a server reads there after it was asked something is told apart") {
  CHECK(object({"/etc/passwd", false, false, false, false, true}) == "(serving)/etc/passwd");
  CHECK(object({"/var/www/a", false, false, false, false, true}) == "var/www");
}

SCENARIO("what came with the distribution, and what the C library reads, is common") {
  CHECK(read("/usr/lib/python3/email/mime/text.py") == "common: usr/lib");
  CHECK(read("/lib/x86_64-linux-gnu/libc.so.6") == "common: lib");
  CHECK(read("/usr/share/zoneinfo/Europe/Berlin") == "common: usr/share");
  CHECK(read("/etc/resolv.conf").starts_with("common"));
  CHECK(read("/dev/urandom").starts_with("common"));
  CHECK(read("/proc/self/maps").starts_with("common"));
  CHECK(read("/proc/sys/vm/overcommit_memory").starts_with("common"));
  CHECK(read("/etc/ssl/certs/ca.pem").starts_with("common"));

  CHECK(read("/proc/self/fd/7").starts_with("common"));
  CHECK(read("/proc/self/task/77/comm").starts_with("common"));

  CHECK(read("/proc/self/fd/7/etc/shadow") == "proc/self/fd/#/etc/shadow");
  CHECK(read("/proc/self/task/77/root/etc/passwd") == "proc/self/task/#/root/etc");
  CHECK(read("/dev/fd/7/etc/passwd") == "dev/fd/#/etc");
  CHECK(read("/usr/share/nginx/html/.git/config") == "usr/share/nginx/html/.git");
  CHECK(changed("/usr/lib/python3/os.py") == "usr/lib/python#");
  CHECK(changed("/etc/resolv.conf") == "etc/resolv.conf");
  CHECK(read("/etc/ssl/private/key.pem") == "etc/ssl/private");
  CHECK(changed("/app/__pycache__/a.cpython-311.pyc.1234").starts_with("common"));
}

SCENARIO("temporary directories are one object each") {
  CHECK(changed("/tmp/tmpab12/deep/file") == "tmp");
  CHECK(read("/tmp/x") == "tmp");
  CHECK(changed("/var/tmp/x") == "var/tmp");
  CHECK(changed("/dev/shm/PostgreSQL.123") == "dev/shm");
}

SCENARIO("a directory that is itself opened is told as such") {
  CHECK(object({"/root", false, false, false, true, false}) == "root");
  CHECK(object({"/", false, false, false, true, false}).empty());
  CHECK(object({"/var/www/html", false, false, false, true, false}) == "var/www/html");
}

SCENARIO("a path relative to a descriptor, and one that was cut off, are told apart") {
  CHECK(object({"etc/app/x", false, true, false, false, false}) == "(fd)/etc/app");
  CHECK(object({"/var/www/" + std::string(280, 'a'), true, false, false, false, false}) == "(long)/var/www");
}

SCENARIO("hostile bytes make no trouble") {
  CHECK(read("/(serving)/x") == "((serving)");
  CHECK(read("/(long)") == "((long)");
  CHECK(object_words(trail_of({"(serving)"}), '/') == "/(serving)");
  CHECK(read("") == ".");
  CHECK(read("\xff\x01/\n/x") == "./\\xff\\x01/\\x0a");
  CHECK(read("/a/*/b") == "a/**");
  CHECK(read(std::string(300, '/')).empty());
}

SCENARIO("where a directory stands for all in it, any other ordinary name makes the same object") {
  static const std::vector<std::string> names = {
      "var",     "www",  "usr",  "share", "lib",    "local", "etc", "ssl",          "passwd", "tmp", "run",
      "secrets", ".ssh", "proc", "self",  "task",   "fd",    "1",   "__pycache__",  "..",     ".",   "",
      "certs",   "maps", "sys",  "fs",    "cgroup", "dev",   "shm", "alternatives", "root",   "home"};
  std::mt19937 random(9);
  const auto some = [&] { return names[random() % names.size()]; };
  std::size_t seen = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string directory = random() % 3 == 0 ? "" : "/";
    for (auto left = random() % 7; left > 0; --left)
      directory += some() + "/";
    const std::string name = some();
    const std::string other = some();
    if (!is_ordinary_name(name) || !is_ordinary_name(other)) continue;
    const std::string path = directory + name;
    const std::string beside = directory + other;
    PathUse use{path, false, random() % 2 == 0, random() % 2 == 0, false, random() % 2 == 0};
    PathObject one;
    object_of_path(use, one);
    if (!one.any_name) continue;
    ++seen;
    use.path = beside;
    PathObject two;
    object_of_path(use, two);
    INFO(path << " and " << beside);
    REQUIRE(two.any_name);
    REQUIRE(one.common == two.common);
    REQUIRE(words_of(one.trail, '/') == words_of(two.trail, '/'));
  }
  CHECK(seen > 10'000);
  PathObject object;
  object_of_path({"/srv/app/data/.env"}, object);
  CHECK_FALSE(object.any_name);
}
