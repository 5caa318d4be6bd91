// A path that a call was given, as the object that it is about: mostly the directory, in general terms.
//
//   object_of_path({"/var/www/html/../html/2026/11/a.png"})  // {"var", "www", "html", "#"}
//   object_of_path({"/proc/4711/environ"})                   // {"proc", "#", "environ"}
//
// "//", "." and ".." are taken out as far as the path alone tells (a symbolic link may say otherwise). A
// relative path begins with ".", or with ".." (once, however often it goes up), or with "(fd)" if it is
// relative to another directory than the current one. One that did not fit the capture begins with
// "(long)": what is beyond the cut may lead anywhere.
//
// - Where files of many owners lie side by side (/etc, /root, /proc/PID, ...) the object is the file itself,
// and
//   so it is where its name tells a secret (.env, id_rsa, shadow).
//   What a process reads of them after it has accepted a connection begins with "(serving)": nearly every
//   server reads /etc/passwd when it starts, few when they are asked something.
// - Temporary directories are one object each, whatever lies in them.
// - What came with the distribution (/usr/lib, /usr/share) is *common* when read: a run-time library may
// begin to
//   read there at any time, so that it is neither learned nor judged. So are the files that the C library
//   reads of its own accord (/etc/hosts, /proc/meminfo, /dev/urandom).
#pragma once

#include <cstdint>
#include <string_view>

#include "analyzer/model/habits/trail.h"

namespace da {

struct PathUse {
  std::string_view path;
  bool truncated = false;
  bool relative_to_fd = false;  ///< if it is relative at all
  bool writes = false;
  bool is_directory = false;  ///< the object is what it names, not what that lies in
  bool serving = false;       ///< by a process that has accepted a connection
};

/// Begins a trail: see above.
inline constexpr std::string_view kServing = "(serving)";

struct PathObject {
  Trail trail;
  bool common = false;
  /// Any other ordinary name in place of the last makes the same object.
  bool any_name = false;
};

/// Bytes are hostile: any value. Allocates nothing.
void object_of_path(const PathUse& use, PathObject& object) noexcept;

/// Neither "", "." nor "..", nor a secret's.
[[nodiscard]] bool is_ordinary_name(std::string_view name) noexcept;

/// Names that tell a secret: never general, and what a program may do next to them says nothing about them.
[[nodiscard]] bool is_secret_name(std::string_view name) noexcept;

/// Does a directory hold things of many owners, so that a program that works in one of them need not be
/// expected in another? `depth`: how many of the trail's names are meant.
[[nodiscard]] bool is_shared_directory(const Trail& trail, std::size_t depth) noexcept;

}  // namespace da
