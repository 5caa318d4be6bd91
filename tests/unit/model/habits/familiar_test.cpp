#include "analyzer/model/habits/familiar.h"

#include <catch2/catch.hpp>

#include "analyzer/model/habits/path_object.h"
#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;

namespace {

PrefixTree::Limits path_limits() {
  PrefixTree::Limits limits;
  limits.keep = &is_secret_name;
  return limits;
}

struct Paths {
  PrefixTree tree{path_limits()};

  explicit Paths(std::initializer_list<const char*> paths) {
    for (const char* path : paths)
      tree.add(object(path), {1, 1});
  }
  [[nodiscard]] static Trail object(const char* path) {
    PathObject object;
    object_of_path({path}, object);
    return object.trail;
  }
  [[nodiscard]] bool knows(const char* path) const { return familiar_path(tree, object(path)); }
};

}  // namespace

SCENARIO("other files of the same kind are familiar") {
  const Paths paths{"/var/www/html/index.html", "/var/lib/app/2026-11-25/7.json", "/srv/users/ann/1/a",
                    "/srv/users/bob/2/b", "/srv/users/cid/3/c"};
  CHECK(paths.knows("/var/www/html/other.html"));
  CHECK(paths.knows("/var/www/html/img/new.png"));
  CHECK(paths.knows("/var/lib/app/2026-11-26/8.json"));
  CHECK(paths.knows("/srv/users/dan/4/d"));
}

SCENARIO("files of others are not") {
  const Paths paths{"/var/www/html/index.html", "/etc/nginx/nginx.conf", "/var/lib/app/x", "/home/app/data/x",
                    "/proc/self/smaps"};
  CHECK_FALSE(paths.knows("/etc/shadow"));
  CHECK_FALSE(paths.knows("/root/notes"));
  CHECK_FALSE(paths.knows("/var/lib/mysql/user.frm"));
  CHECK_FALSE(paths.knows("/home/joe/data/x"));
  CHECK_FALSE(paths.knows("/proc/self/environ"));
  CHECK_FALSE(paths.knows("/proc/1/environ"));
  CHECK_FALSE(paths.knows("../../../etc/passwd"));
}

SCENARIO("what lies beside a secret says nothing about it") {
  const Paths paths{"/home/app/x", "/var/www/html/index.html"};
  CHECK(paths.knows("/home/app/new/x"));
  CHECK_FALSE(paths.knows("/home/app/.ssh/id_rsa"));
  CHECK_FALSE(paths.knows("/var/www/html/.env"));
  CHECK_FALSE(paths.knows("/var/www/html/.git/config"));
}

SCENARIO("of public networks only few and well known ones are judged") {
  PrefixTree tree(PrefixTree::Limits{});
  tree.add(trail_of({"reaches", "public", "443", "93.184"}), {100, 1});
  CHECK(familiar_address(tree, trail_of({"reaches", "public", "443", "1.2"})));
  CHECK_FALSE(familiar_address(tree, trail_of({"reaches", "public", "4444", "93.184"})));
  CHECK_FALSE(familiar_address(tree, trail_of({"reaches", "private", "443"})));
  tree.add(trail_of({"reaches", "public", "443", "93.184"}), {5000, 1});
  CHECK_FALSE(familiar_address(tree, trail_of({"reaches", "public", "443", "1.2"})));
  for (const char* network : {"5.6", "7.8", "9.10"})
    tree.add(trail_of({"reaches", "public", "443", network}), {5000, 1});
  CHECK(familiar_address(tree, trail_of({"reaches", "public", "443", "1.2"})));
}

SCENARIO("a command that only begins like another is not known") {
  PrefixTree tree(PrefixTree::Limits{});
  tree.add(trail_of({"sh", "-c", "backup"}), {9, 1});
  CHECK(familiar_command(tree, trail_of({"sh", "-c", "backup"})));
  CHECK_FALSE(familiar_command(tree, trail_of({"sh", "-c"})));
  CHECK_FALSE(familiar_command(tree, trail_of({"sh", "-c", "backup", "word"})));
}
