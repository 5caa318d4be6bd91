#include "analyzer/model/habits/path_object.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <utility>

#include "analyzer/model/habits/general_name.h"

namespace da {
namespace {

/// The parts of a path: no "", ".", nor ".." but as told by `up`.
class Parts {
 public:
  explicit Parts(std::string_view path) noexcept : absolute_(path.starts_with('/')) {
    std::size_t at = 0;
    while (at < path.size()) {
      const std::size_t slash = std::min(path.find('/', at), path.size());
      take(path.substr(at, slash - at));
      at = slash + 1;
    }
  }

  [[nodiscard]] bool absolute() const noexcept { return absolute_; }
  [[nodiscard]] bool up() const noexcept { return up_; }
  [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
  [[nodiscard]] bool complete() const noexcept { return left_out_ == 0; }
  /// Empty beyond the last.
  [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {
    return i < size() ? parts_[begin_ + i] : std::string_view();
  }
  [[nodiscard]] std::string_view last() const noexcept {
    return size() == 0 ? std::string_view() : parts_[end_ - 1];
  }
  void drop_last() noexcept {
    if (size() > 0) --end_;
  }
  void drop_first() noexcept {
    if (size() > 0) ++begin_;
  }
  void keep(std::size_t count) noexcept { end_ = std::min(end_, begin_ + count); }
  [[nodiscard]] bool begins_with(std::initializer_list<std::string_view> names) const noexcept {
    if (names.size() > size()) return false;
    return std::equal(names.begin(), names.end(), parts_.begin() + static_cast<std::ptrdiff_t>(begin_));
  }
  [[nodiscard]] bool is(std::initializer_list<std::string_view> names) const noexcept {
    return names.size() == size() && begins_with(names);
  }

 private:
  void take(std::string_view part) noexcept {
    if (part.empty() || part == ".") return;
    if (part != "..") {
      if (end_ < parts_.size()) {
        parts_[end_++] = part;
      } else {
        ++left_out_;
      }
    } else if (left_out_ > 0) {
      --left_out_;
    } else if (end_ > 0) {
      --end_;
    } else if (!absolute_) {
      up_ = true;
    }
  }

  // A captured path of 300 bytes can have more, beyond what a trail keeps: they are only counted.
  std::array<std::string_view, 32> parts_;
  std::size_t left_out_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool absolute_;
  bool up_ = false;
};

template <std::size_t Size>
bool one_of(std::string_view name, const std::array<std::string_view, Size>& names) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_number(std::string_view name) noexcept {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_process(std::string_view name) noexcept {
  return name == "self" || name == "thread-self" || is_number(name);
}

// What the C library, run-time libraries and allocators read of their own accord.
constexpr std::array<std::string_view, 22> kCommonEtc = {
    "hosts",      "resolv.conf", "nsswitch.conf", "host.conf",  "gai.conf",       "services",
    "protocols",  "networks",    "localtime",     "timezone",   "ld.so.cache",    "ld.so.preload",
    "ld.so.conf", "mime.types",  "locale.alias",  "os-release", "debian_version", "lsb-release",
    "inputrc",    "bash.bashrc", "profile",       "magic"};
constexpr std::array<std::string_view, 8> kCommonDevices = {"null",    "zero",  "full",   "random",
                                                            "urandom", "stdin", "stdout", "stderr"};
constexpr std::array<std::string_view, 12> kCommonProc = {"meminfo",     "cpuinfo", "stat",    "loadavg",
                                                          "filesystems", "mounts",  "uptime",  "version",
                                                          "cgroups",     "vmstat",  "devices", "sys"};
constexpr std::array<std::string_view, 15> kCommonOfSelf = {
    "maps",   "smaps_rollup", "mounts", "mountinfo", "cgroup", "stat", "statm",    "status",
    "limits", "auxv",         "comm",   "fd",        "fdinfo", "task", "oom_score"};
constexpr std::array<std::string_view, 6> kDistribution = {"lib",    "lib32", "lib64",
                                                           "libx32", "share", "libexec"};

constexpr std::array<std::string_view, 26> kSecretNames = {
    ".ssh",        ".aws",           ".azure",     ".git",
    ".env",        ".htpasswd",      ".kube",      ".docker",
    ".gnupg",      ".netrc",         ".pgpass",    ".npmrc",
    ".my.cnf",     ".bash_history",  ".gitconfig", ".git-credentials",
    "secrets",     "shadow",         "gshadow",    "sudoers",
    "id_rsa",      "id_ed25519",     "private",    "authorized_keys",
    "docker.sock", "containerd.sock"};
/// By the first byte: nearly no name.
constexpr std::array<bool, 256> kBeginsSecret = [] {
  std::array<bool, 256> begins{};
  for (const std::string_view name : kSecretNames)
    begins[static_cast<unsigned char>(name.front())] = true;
  return begins;
}();

/// /lib is /usr/lib, /var/run is /run, on every system that is in use.
void resolve_well_known_links(Parts& parts) noexcept {
  if (parts.begins_with({"var", "run"})) parts.drop_first();
}

/// Not what lies beyond: /proc/self/fd/7/etc/shadow is below the directory that was opened as 7.
bool is_common_of_self(const Parts& parts) noexcept {
  if (parts[2] == "task") return parts.size() <= 4 || (parts.size() == 5 && one_of(parts[4], kCommonOfSelf));
  if (parts[2] == "fd" || parts[2] == "fdinfo") return parts.size() <= 4;
  return parts.size() == 3 && one_of(parts[2], kCommonOfSelf);
}

bool is_common_read(const Parts& parts) noexcept {
  if (parts[0] == "etc") {
    if (parts[1] == "ssl") return parts[2] == "certs" || parts[2] == "openssl.cnf" || parts[2] == "cert.pem";
    if (parts.is({"etc", "alternatives", parts[2]}) || parts[1] == "ld.so.conf.d") return true;
    return parts.size() == 2 && one_of(parts[1], kCommonEtc);
  }
  if (parts[0] == "proc") {
    if (parts[1] == "self" || parts[1] == "thread-self") return is_common_of_self(parts);
    return one_of(parts[1], kCommonProc);
  }
  if (parts[0] == "sys") {
    return parts.begins_with({"sys", "devices", "system"}) || parts.begins_with({"sys", "fs", "cgroup"}) ||
           parts.begins_with({"sys", "kernel", "mm"});
  }
  return false;
}

bool names_own_program(const Parts& parts) noexcept {
  return parts.is({"proc", "self", "exe"});
}

/// Some serve files from /usr/share.
bool names_hidden_secret(const Parts& parts) noexcept {
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i].starts_with('.') && is_secret_name(parts[i])) return true;
  return false;
}

/// Leaves the part of the path that is one object; true if it is common.
bool fold_known_places(Parts& parts, bool writes) noexcept {
  if (parts[0] == "tmp") {
    parts.keep(1);
  } else if (parts.begins_with({"var", "tmp"}) || parts.begins_with({"dev", "shm"})) {
    parts.keep(2);
  } else if (parts[0] == "dev") {
    return parts.size() <= 3 && (one_of(parts[1], kCommonDevices) || parts[1] == "fd" || parts[1] == "tty");
  }
  if (writes) return false;

  // Of what is installed only the place: /lib, /usr/lib, /usr/local/share.
  const bool local = parts.begins_with({"usr", "local"});
  const std::size_t at = local ? 2 : parts[0] == "usr" ? 1 : 0;
  if (one_of(parts[at], kDistribution) && (at > 0 || parts[0] != "share") && !names_hidden_secret(parts)) {
    parts.keep(at + 1);
    return true;
  }
  return is_common_read(parts) || names_own_program(parts);
}

/// Is a file there an object of its own?
bool told_by_file(const Parts& parts) noexcept {
  switch (parts.size()) {
    case 1:
      return true;
    case 2:
      return parts[0] == "etc" || parts[0] == "root" || parts[0] == "dev" || parts[0] == "proc";
    case 3:
      return (parts[0] == "proc" && is_process(parts[1])) || parts.begins_with({"run", "secrets"});
    default:
      return false;
  }
}

/// Of the file's own name no rule looks at more than whether it is a secret's; they look at three names at
/// most, but for /proc.
bool goes_by_directory(const Parts& parts, bool from_root) noexcept {
  if (!parts.complete()) return false;
  return from_root ? parts.size() > 3 && parts[0] != "proc" : parts.size() > 1;
}

void push_general(Trail& trail, std::string_view name) noexcept {
  if (is_secret_name(name)) {
    trail.push(name);
    return;
  }
  NameBuffer buffer;
  const std::string_view general = general_name(name, buffer);
  // Not to be taken for "(serving)" or its like, which begin a trail.
  if (trail.empty() && general.starts_with('(')) {
    std::array<char, Trail::kMostBytes + 1> marked{'('};
    const std::size_t kept = general.copy(marked.data() + 1, marked.size() - 1);
    trail.push({marked.data(), kept + 1});
    return;
  }
  trail.push(general);
}

}  // namespace

void object_of_path(const PathUse& use, PathObject& object) noexcept {
  Parts parts(use.path);
  object.trail.clear();
  object.common = false;
  if (use.truncated) {
    parts.drop_last();  // a name that was cut off
    object.trail.push("(long)");
  } else if (parts.absolute()) {
    resolve_well_known_links(parts);
  } else {
    object.trail.push(parts.up() ? ".." : use.relative_to_fd ? "(fd)" : ".");
  }

  const bool from_root = parts.absolute() || parts.up();
  // Compiled Python, written and read wherever a module is first imported.
  if (parts.size() > 1 && parts[parts.size() - 2] == "__pycache__") object.common = true;
  object.any_name = !use.truncated && !use.is_directory && goes_by_directory(parts, from_root) &&
                    is_ordinary_name(use.path.substr(use.path.rfind('/') + 1));
  const std::size_t before = parts.size();
  if (from_root && !use.truncated) object.common |= fold_known_places(parts, use.writes);
  const bool folded = parts.size() < before || (parts[0] == "tmp" && parts.size() == 1);
  const bool by_file = from_root && told_by_file(parts);
  if (use.serving && by_file && !folded && !use.writes && parts.absolute()) object.trail.push(kServing);
  if (!use.truncated && !folded && !use.is_directory && !by_file && !is_secret_name(parts.last()))
    parts.drop_last();
  for (std::size_t i = 0; i < parts.size(); ++i)
    push_general(object.trail, parts[i]);
  if (object.trail.empty()) object.trail.push("");  // "/" itself
}

bool is_ordinary_name(std::string_view name) noexcept {
  return !name.empty() && name != "." && name != ".." && !is_secret_name(name);
}

bool is_secret_name(std::string_view name) noexcept {
  if (name.size() < 4 || name.size() > 16) return false;
  return kBeginsSecret[static_cast<unsigned char>(name.front())] && one_of(name, kSecretNames);
}

bool is_shared_directory(const Trail& trail, std::size_t depth) noexcept {
  static constexpr std::array<std::string_view, 17> kTop = {"etc",  "usr",  "var",   "home",   "opt", "srv",
                                                            "run",  "mnt",  "media", "proc",   "sys", "dev",
                                                            "root", "boot", "..",    "(long)", "sbin"};
  static constexpr std::array<std::string_view, 5> kBelowVar = {"lib", "log", "cache", "spool", "mail"};
  if (depth == 0) return true;
  if (depth == 1) return one_of(trail[0], kTop);
  if (trail[0] == ".." || trail[0] == "(long)") return depth <= 3;
  if (depth > 2) return false;
  return (trail[0] == "var" && one_of(trail[1], kBelowVar)) || (trail[0] == "usr" && trail[1] == "local") ||
         (trail[0] == "run" && trail[1] == "secrets") || (trail[0] == "proc" && trail[1] != "sys");
}

}  // namespace da
